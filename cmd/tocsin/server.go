package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/cmd/internal/system"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web"
)

const (
	// stopTime is how long requests that are under way have to end, so that the
	// whole stop fits into 15 seconds.
	stopTime = 8 * time.Second
	// bounceStopTime is how long reports that are being taken in have to end; what
	// was not acknowledged comes again.
	bounceStopTime = 3 * time.Second
	// probeTime bounds a health check.
	probeTime = 4 * time.Second
)

// serverCommands are the commands that run on the server's side and read their
// configuration from the environment.
func (s *session) serverCommands() []*cobra.Command {
	command := func(use, short string, work func(context.Context, system.Config) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: arguments(), RunE: does(func(ctx context.Context, _ []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			return work(ctx, config)
		})}
	}
	return []*cobra.Command{
		command("serve", "Run the web server: pages and API", s.serve),
		command("worker", "Run the workers: reminders, mailings and what is recorded", s.work),
		command("migrate", "Bring the database to the newest schema, as the role that owns it", s.migrate),
		s.recoverCommand(),
		command("healthcheck", "Ask the server or worker of this container whether it is alive", s.healthcheck),
		group("keys", "The keys of an installation", s.keysCreate(), s.keysRotate(), s.keysReplace()),
	}
}

// logger writes what the operator should know to standard error.
func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func (s *session) serve(ctx context.Context, config system.Config) error {
	log := logger(slog.LevelInfo)
	parts, err := system.Open(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer parts.Close()
	handler, err := parts.Handler(nil)
	if err != nil {
		return err
	}
	bounces, err := parts.TakeInBounces(ctx)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	watched := parts.Watch(watching)
	err = s.listen(ctx, config.Listen, handler, log, parts.EndStreams)
	stop()
	watched()
	if bounces != nil {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), bounceStopTime)
		defer cancel()
		err = errors.Join(err, bounces.Stop(limit))
	}
	return err
}

// listen answers requests until the context ends. stopping is called when it begins
// to stop.
func (s *session) listen(ctx context.Context, address string, handler http.Handler, log *slog.Logger, stopping func()) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("TOCSIN_LISTEN: %s cannot be taken, another program may have it: %w", address, err)
	}
	server := web.NewServer(handler, log)
	server.RegisterOnShutdown(stopping)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(web.Guard(listener)) }()
	if err := s.write([]byte("ready http://" + listener.Addr().String() + "\n")); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("the web server ended: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		// What has not ended by now is cut off; its caller gives it again.
		return server.Close()
	}
	return nil
}

func (s *session) work(ctx context.Context, config system.Config) error {
	log := logger(slog.LevelInfo)
	parts, err := system.Open(ctx, config, true, log)
	if err != nil {
		return err
	}
	defer parts.Close()
	if err := parts.StartWorkers(); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	watched := parts.Watch(watching)
	defer func() {
		stop()
		watched()
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// A caller that went away cannot be told so.
		_, _ = w.Write([]byte("{\"status\":\"alive\"}\n"))
	})
	mux.Handle("GET /readyz", parts.ReadyHandler())
	return s.listen(ctx, config.Listen, mux, log, func() {})
}

func (s *session) migrate(ctx context.Context, config system.Config) error {
	if config.OwnerDatabaseURL == "" {
		return errors.New("TOCSIN_OWNER_DATABASE_URL is not set: expected postgres://owner:password@host/tocsin, " +
			"or TOCSIN_OWNER_DATABASE_URL_FILE")
	}
	role := "tocsin_app"
	if u, err := url.Parse(config.DatabaseURL); err == nil && u.User.Username() != "" {
		role = u.User.Username()
	}
	if err := postgres.Migrate(ctx, config.OwnerDatabaseURL, role); err != nil {
		return err
	}
	type migrated struct {
		// Role is the role that was given the application's rights.
		Role string `json:"role"`
	}
	return result(s, migrated{role}, func(p page, v migrated) {
		p.text("The database has the newest schema; the role %s has the application's rights.", v.Role)
	})
}

func (s *session) healthcheck(ctx context.Context, config system.Config) error {
	host, port, err := net.SplitHostPort(config.Listen)
	if err != nil {
		return incident.InvalidField("TOCSIN_LISTEN", config.Listen, "is not host:port", "an address such as 127.0.0.1:8080")
	}
	if address := net.ParseIP(host); host == "" || address != nil && address.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	local := &session{out: s.out, url: "http://" + net.JoinHostPort(host, port), output: s.output}
	raw, err := local.get(ctx, "/healthz", nil)
	if err != nil {
		return err
	}
	return answer(s, raw, func(p page, v struct {
		Status string `json:"status"`
	}) {
		p.text("%s", v.Status)
	})
}

func (s *session) keysCreate() *cobra.Command {
	var dir, origin string
	c := &cobra.Command{
		Use: "create", Short: "Make the keys that a directory lacks; those that are there stay", Args: arguments(),
		RunE: does(func(context.Context, []string) error {
			if dir == "" {
				dir = os.Getenv("TOCSIN_KEYS_DIR")
			}
			if dir == "" {
				return errors.New("--dir and TOCSIN_KEYS_DIR are not set: expected the directory of keys")
			}
			if origin == "" {
				origin = "tocsin.example/" + strings.ToLower(rand.Text()[:12])
			}
			made, err := system.CreateKeys(dir, origin)
			if err != nil {
				return err
			}
			keys, err := system.LoadKeys(dir)
			if err != nil {
				return err
			}
			type created struct {
				// Made says whether a key was made.
				Made bool `json:"made"`
				// Dir is the directory of keys.
				Dir string `json:"dir"`
				// VKey is the public key that checks the record.
				VKey string `json:"vkey"`
			}
			return result(s, created{made, dir, keys.Store.VKey}, func(p page, v created) {
				if v.Made {
					p.text("Keys made in %s. Back them up now: without them the record cannot be read.", v.Dir)
				} else {
					p.text("Every key is in %s already; nothing changed.", v.Dir)
				}
				p.text("The key that checks the record, to be published: %s", v.VKey)
			})
		}),
	}
	c.Flags().StringVar(&dir, "dir", "", "the `directory` of keys (TOCSIN_KEYS_DIR)")
	c.Flags().StringVar(&origin, "origin", "", "the `name` of the record's log, such as tocsin.example.com/log")
	return c
}

func (s *session) userBootstrap() *cobra.Command {
	in := postgres.NewUser{Role: incident.RoleDPO}
	c := &cobra.Command{
		Use: "bootstrap --email ADDRESS --name TEXT", Args: arguments(),
		Short: "Make the first DPO's account directly in the database, when there is none",
		RunE: does(func(ctx context.Context, _ []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			made, err := bootstrap(ctx, config, in)
			if err != nil {
				return err
			}
			return result(s, made, showAccount)
		}),
	}
	c.Flags().StringVar(&in.Email, "email", "", "an `address` that can be mailed")
	c.Flags().StringVar(&in.Name, "name", "", "how colleagues know the person (`TEXT`)")
	c.Flags().StringVar(&in.Locale, "locale", "", "the `language` of mails, such as es")
	c.Flags().StringVar(&in.Zone, "zone", "", "the IANA `zone` in which times are shown, such as Europe/Madrid")
	return required(c, "email", "name")
}

// bootstrap makes the first account. It needs the database and the keys alone.
func bootstrap(ctx context.Context, config system.Config, in postgres.NewUser) (account, error) {
	if config.DatabaseURL == "" || config.KeysDir == "" {
		return account{}, errors.New("TOCSIN_DATABASE_URL and TOCSIN_KEYS_DIR are needed: give those of \"tocsin serve\"")
	}
	keys, err := system.LoadKeys(config.KeysDir)
	if err != nil {
		return account{}, err
	}
	store, err := postgres.Open(ctx, config.DatabaseURL, keys.Store)
	if err != nil {
		return account{}, err
	}
	defer store.Close()
	in.Password = rand.Text()
	user, token, err := store.CreateFirstUser(ctx, in)
	if err != nil {
		return account{}, err
	}
	return account{ID: user.ID, Token: token, Password: in.Password}, nil
}
