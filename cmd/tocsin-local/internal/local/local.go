package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"tocsin/bounce"
	"tocsin/cmd/internal/system"
	"tocsin/cmd/tocsin-local/internal/mailcatcher"
	"tocsin/cmd/tocsin-local/internal/postgresserver"
	"tocsin/cmd/tocsin-local/internal/temporalserver"
	"tocsin/postgres"
	"tocsin/web"
)

// namespace is Temporal's namespace.
const namespace = "tocsin"

// memoryLimit is the soft limit of this process: Temporal's server allocates
// in bursts while it starts.
const memoryLimit = 384 << 20

// Options say how the system is started.
type Options struct {
	// Data is the folder that holds everything.
	Data string
	// Listen is host and port of the pages and the API.
	Listen string
	// SMTPURL is a relay for real incidents, or several apart by spaces; empty sends all mail to the catcher.
	SMTPURL string
	// SignalsToLoopback lets webhooks lead to this machine, by http too.
	SignalsToLoopback bool
	// TemporalAddress replaces the inner Temporal. Empty for the inner.
	TemporalAddress string
	// Settings are what it shares with a server. DatabaseURL among them replaces
	// the inner PostgreSQL: the address of an administrator of another one. With a
	// BounceDomain notices that come back are taken in on a free port of loopback.
	// Where this package sets a field itself, the one given does not count.
	Settings system.Config
	// Logger takes what the operator should know.
	Logger *slog.Logger
}

// System is the running system.
type System struct {
	options  Options
	lock     *os.File
	postgres *postgresserver.Server
	temporal *temporalserver.Server
	catcher  *mailcatcher.Catcher
	tocsin   *system.System
	watched  func()           // waits for what goes on beside requests
	bounces  *bounce.Listener // nil when none are taken in
	server   *http.Server
	listener net.Listener
	failed   chan error
	cancel   context.CancelFunc
}

// Start starts everything and returns when it answers.
func Start(ctx context.Context, o Options) (_ *System, failure error) {
	s := &System{options: o, failed: make(chan error, 4)}
	defer func() {
		if failure != nil {
			failure = errors.Join(failure, s.Stop())
		}
	}()
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if err := s.startTocsin(ctx); err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	return s, nil
}

// Recover opens the parts of a folder that is not served at the moment, lets do work
// with them, and closes them. No worker runs meanwhile.
func Recover(ctx context.Context, o Options, do func(*system.System) error) (failure error) {
	s := &System{options: o, failed: make(chan error, 4)}
	defer func() { failure = errors.Join(failure, s.Stop()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	// The machine says here that it waits.
	if _, err := s.tocsin.Standing(ctx); err != nil {
		return err
	}
	return do(s.tocsin)
}

// open starts what everything stands on, and opens the parts of Tocsin.
func (s *System) open(ctx context.Context) error {
	o := &s.options
	debug.SetMemoryLimit(memoryLimit)
	if err := s.takeFolder(); err != nil {
		return err
	}
	// The address is taken first: when it is in use, nothing else is started.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %s cannot be taken, another program may have it: %w", o.Listen, err)
	}
	s.listener = listener
	settings, err := readSettings(o.Data)
	if err != nil {
		return err
	}
	if _, err := system.CreateKeys(filepath.Join(o.Data, "keys"), settings.Origin); err != nil {
		return err
	}
	if err := s.startPostgres(ctx); err != nil {
		return err
	}
	database := settings.database()
	// Our own tables and Temporal's are set up side by side.
	prepared := make(chan error, 1)
	go func() { prepared <- s.prepareDatabase(ctx, database) }()
	starting := s.startTemporal(ctx)
	if err := errors.Join(<-prepared, starting); err != nil {
		return err
	}
	if s.catcher, err = mailcatcher.Start(ctx, mailcatcher.Config{Dir: filepath.Join(o.Data, "mail"), Logger: o.Logger}); err != nil {
		return err
	}
	return s.openTocsin(ctx, database)
}

func (s *System) startPostgres(ctx context.Context) error {
	if s.options.Settings.DatabaseURL != "" {
		return nil
	}
	var err error
	s.postgres, err = postgresserver.Start(ctx, postgresserver.Config{Dir: s.options.Data, Logger: s.options.Logger})
	return err
}

// adminURL reaches a database as an administrator.
func (s *System) adminURL(database string) (string, error) {
	if s.postgres != nil {
		return s.postgres.URL(database), nil
	}
	return withDatabase(s.options.Settings.DatabaseURL, database)
}

func (s *System) prepareDatabase(ctx context.Context, d postgres.Database) error {
	admin, err := s.adminURL("postgres")
	if err != nil {
		return err
	}
	if err := postgres.EnsureDatabase(ctx, admin, d); err != nil {
		return err
	}
	owner, err := withLogin(admin, d.Name, d.Owner, d.OwnerPassword)
	if err != nil {
		return err
	}
	return postgres.Migrate(ctx, owner, d.App)
}

func (s *System) startTemporal(ctx context.Context) error {
	if s.options.TemporalAddress != "" {
		return nil
	}
	admin, err := s.adminURL("postgres")
	if err != nil {
		return err
	}
	s.temporal, err = temporalserver.Start(ctx, temporalserver.Config{
		PostgresURL: admin, Namespace: namespace, UI: true, Logger: s.options.Logger,
	})
	return err
}

func (s *System) openTocsin(ctx context.Context, d postgres.Database) error {
	admin, err := s.adminURL("postgres")
	if err != nil {
		return err
	}
	app, err := withLogin(admin, d.Name, d.App, d.AppPassword)
	if err != nil {
		return err
	}
	controller, err := readController(s.options.Data)
	if err != nil {
		return err
	}
	caught := "smtp://" + s.catcher.Addr()
	config := s.options.Settings
	config.DatabaseURL, config.KeysDir, config.Controller = app, filepath.Join(s.options.Data, "keys"), controller
	config.TemporalAddress, config.TemporalNamespace = s.options.TemporalAddress, namespace
	config.SMTPRelays, config.ExerciseSMTPURL, config.MailFrom = s.options.SMTPURL, caught, mailFrom
	config.PublicURL, config.Listen = s.URL(), s.options.Listen
	config.Signals.Loopback = s.options.SignalsToLoopback
	if config.SMTPRelays == "" {
		config.SMTPURL = caught
	}
	if config.BounceDomain != "" {
		config.BounceListen = "127.0.0.1:0"
	}
	if s.temporal != nil {
		config.TemporalAddress = s.temporal.FrontendHostPort()
	}
	s.tocsin, err = system.Open(ctx, config, true, s.options.Logger)
	return err
}

func (s *System) startTocsin(ctx context.Context) (err error) {
	if err := s.tocsin.StartWorkers(); err != nil {
		return err
	}
	if s.bounces, err = s.tocsin.TakeInBounces(ctx); err != nil {
		return err
	}
	if err := s.firstAccount(ctx); err != nil {
		return err
	}
	return s.serve()
}

func (s *System) serve() error {
	extra := map[string]http.Handler{"/dev/mail": s.catcher.Page(), "/dev/mail/": s.catcher.Page(), "/dev/mail.json": s.catcher.JSON()}
	handler, err := s.tocsin.Handler(extra)
	if err != nil {
		return err
	}
	s.server = web.NewServer(handler, s.options.Logger)
	s.server.RegisterOnShutdown(s.tocsin.EndStreams)
	go func() {
		if err := s.server.Serve(web.Guard(s.listener)); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("the web server ended: %w", err)
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.watched = s.tocsin.Watch(ctx)
	go s.watch(ctx)
	return s.writeWhere()
}

// watch reports a part that ended by itself.
func (s *System) watch(ctx context.Context) {
	var database, engine <-chan error
	if s.postgres != nil {
		database = s.postgres.Done()
	}
	if s.temporal != nil {
		engine = s.temporal.Failed()
	}
	select {
	case <-ctx.Done():
	case err := <-database:
		s.failed <- fmt.Errorf("the database ended: %w", err)
	case err := <-engine:
		s.failed <- fmt.Errorf("the workflow engine ended: %w", err)
	}
}

// writeWhere writes down where the parts are, for the demo and for people.
func (s *System) writeWhere() error {
	where := map[string]string{"url": s.URL(), "smtp": s.catcher.Addr(), "vkey": s.tocsin.VKey()}
	if s.temporal != nil {
		where["workflow_ui"], where["temporal"] = s.temporal.UIURL(), s.temporal.FrontendHostPort()
	}
	if s.bounces != nil {
		where["bounces"] = s.bounces.Addr()
	}
	content, err := json.MarshalIndent(where, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.options.Data, "where.json"), append(content, '\n'), 0o600)
}

// URL is the address of the pages and the API.
func (s *System) URL() string { return "http://" + s.listener.Addr().String() }

// Failed receives an error when a part ended by itself; then everything is to
// be stopped.
func (s *System) Failed() <-chan error { return s.failed }

// stopLimit bounds the whole stop.
const stopLimit = 14 * time.Second

// Stop stops everything, the last started first.
func (s *System) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	var errs []error
	if s.cancel != nil {
		s.cancel()
	}
	if s.watched != nil {
		s.watched()
	}
	if s.server != nil {
		short, done := context.WithTimeout(ctx, 3*time.Second)
		if err := s.server.Shutdown(short); err != nil {
			errs = append(errs, s.server.Close())
		}
		done()
	} else if s.listener != nil {
		errs = append(errs, s.listener.Close())
	}
	if s.bounces != nil {
		short, done := context.WithTimeout(ctx, 2*time.Second)
		errs = append(errs, s.bounces.Stop(short))
		done()
	}
	if s.tocsin != nil {
		s.tocsin.Close()
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop(ctx))
	}
	if s.catcher != nil {
		errs = append(errs, s.catcher.Stop(ctx))
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop(ctx))
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
