package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"tocsin/controllerdb"
	"tocsin/holidays"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/siem"
	"tocsin/smtp"
	"tocsin/templates"
	"tocsin/web"
	"tocsin/worker"
	"tocsin/workflows"
)

// System is a running Tocsin: the parts that the web server and the workers
// share.
type System struct {
	// Store is the record.
	Store *postgres.Store
	// Engine gives commands to incidents' workflows.
	Engine *workflows.Client

	config   Config
	keys     Keys
	logger   *slog.Logger
	temporal client.Client
	relays   *smtp.Relays
	limits   smtp.Limits
	catcher  *smtp.Relays
	returnTo *smtp.VERP // nil without a domain for bounces
	composer *notice.Composer
	// forWorker says that this process sends.
	forWorker bool
	stand     stand
	// standingEnds ends what looks whether this is a copy; nil when nothing does.
	standingEnds func()
	workers      *worker.Workers // nil while everything is held
	toldHeld     bool            // that everything is held was logged
	telling      func()          // ends what wakes webhooks; nil when nothing does
	keeping      func()          // ends what looks after the recovery; nil without workers
	live         *web.Live       // tells open pages of changes; nil without pages
	hearing      func()          // ends what it hears by
	sinks        []siem.Sink     // of the record's entries
}

// rules are what every part decides and explains by.
func (c Config) rules() incident.Rules {
	return incident.Rules{Calendar: holidays.Calendar{}, Retention: c.Retention}
}

// Open opens the parts. With forWorker, what sends mail is opened too.
func Open(ctx context.Context, c Config, forWorker bool, logger *slog.Logger) (*System, error) {
	if err := c.check(forWorker); err != nil {
		return nil, err
	}
	keys, err := LoadKeys(c.KeysDir)
	if err != nil {
		return nil, err
	}
	s := &System{config: c, keys: keys, logger: logger, forWorker: forWorker}
	if s.sinks, err = c.sinks(); err != nil {
		return nil, err
	}
	if err := s.openMail(forWorker); err != nil {
		return nil, err
	}
	if s.temporal, err = worker.Dial(worker.Connection{
		HostPort: c.TemporalAddress, Namespace: c.TemporalNamespace, Codec: keys.Codec, Logger: logger,
	}); err != nil {
		return nil, err
	}
	s.Engine = workflows.NewClient(s.temporal)
	s.Store, err = postgres.Open(ctx, c.DatabaseURL, keys.Store, postgres.WithRules(c.rules()),
		postgres.WithStandbys(c.Standbys), postgres.WithErasureList(postgres.NewErasureList(c.erasedDir(), keys.Store.Index)))
	if err != nil {
		s.temporal.Close()
		return nil, err
	}
	if err := checkKeys(ctx, s.Store, c.KeysDir, keys); err != nil {
		s.Close()
		return nil, err
	}
	s.noticeMissingSigner(ctx)
	if err := s.eraseAgain(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (c Config) erasedDir() string {
	if c.ErasedDir != "" {
		return c.ErasedDir
	}
	return filepath.Join(c.KeysDir, "erased")
}

// eraseAgain erases, before anything is served, what a restored backup brought
// back although it had been erased.
func (s *System) eraseAgain(ctx context.Context) error {
	again, err := s.Store.EraseAgain(ctx)
	for _, id := range again {
		s.logger.Warn("a backup was restored that held an erased incident; it was erased again", "incident", id)
	}
	return err
}

func (s *System) openMail(forWorker bool) error {
	var err error
	from := s.config.MailFrom
	if from == "" {
		from = s.config.Controller.Contact.Email // the web server previews and does not send
	}
	s.composer, err = notice.New(templates.Mail(), notice.Config{
		From: from, Controller: s.config.Controller.Name, CheckURL: s.config.CheckURL,
	})
	if err != nil {
		return fmt.Errorf("TOCSIN_MAIL_FROM: %w", err)
	}
	if s.config.BounceDomain != "" {
		if s.returnTo, err = smtp.NewVERP(s.config.BounceDomain, s.keys.Return); err != nil {
			return fmt.Errorf("TOCSIN_BOUNCE_DOMAIN is %q: %w; expected a domain such as bounces.example.com", s.config.BounceDomain, err)
		}
	}
	return s.openRelays(forWorker)
}

// accounts is the query on the controller's database; nil when none is set up.
func (c Config) accounts() (*controllerdb.Source, error) {
	if c.AccountsDatabaseURL == "" && c.AccountsQuery == "" {
		return nil, nil
	}
	if c.AccountsDatabaseURL == "" {
		return nil, errors.New(controllerdb.URLSetting + ": is not set, but " + controllerdb.QuerySetting + " is; expected both or neither")
	}
	return controllerdb.New(c.AccountsDatabaseURL, c.AccountsQuery)
}

// Handler gives the pages and the API. extra adds handlers by path.
func (s *System) Handler(extra map[string]http.Handler) (http.Handler, error) {
	accounts, err := s.config.accounts()
	if err != nil {
		return nil, err
	}
	provider, err := s.config.provider()
	if err != nil {
		return nil, err
	}
	if !s.forWorker {
		// Before the first request: none is taken in by a copy, not even at its start.
		if err := s.stands(context.Background()); err != nil {
			return nil, err
		}
		s.standing(func(postgres.Standing) {})
	}
	s.follow()
	return web.New(web.Config{
		Held:   s.HeldFor,
		SignOn: provider, SignOnOnly: s.config.SignOn.Only,
		Live: s.live, Accounts: accounts, Store: s.Store, Engine: s.Engine, PublicURL: s.config.PublicURL, LinkKey: s.keys.Link,
		CheckURL: s.config.CheckURL, TrustedProxies: s.config.TrustedProxies,
		Controller: web.Controller{
			Name: s.config.Controller.Name, Address: s.config.Controller.Address, ContactName: map[string]string{"en": s.config.Controller.Contact.Name},
			Email: s.config.Controller.Contact.Email, Phone: s.config.Controller.Contact.Phone,
			PageURL: s.config.Controller.PageURL,
		},
		Composer: s.composer, Rules: s.config.rules(), Signals: s.config.Signals,
		Ready: s.probes(), Streams: s.streams(), Around: s.around(), Extra: extra, Clock: time.Now, Logger: s.logger,
	})
}

// follow lets open pages hear what is recorded.
func (s *System) follow() {
	ctx, cancel := context.WithCancel(context.Background())
	s.live = web.NewLive(s.Store)
	var one sync.WaitGroup
	one.Go(func() { s.live.Run(ctx) })
	s.hearing = func() {
		cancel()
		one.Wait()
	}
}

// EndStreams ends what open pages wait for. It is called when the web server begins
// to stop, which otherwise waits for them.
func (s *System) EndStreams() {
	if s.live != nil {
		s.live.Stop()
	}
}

// probes say which parts answer.
func (s *System) probes() []web.Probe {
	probes := []web.Probe{
		{Name: "database", Check: s.Store.Ping},
		{Name: "engine", Check: s.Engine.Ping},
	}
	if s.relays != nil {
		probes = append(probes, web.Probe{Name: "relay", Check: s.anyRelay})
	}
	return probes
}

// ReadyHandler answers /readyz for a process without pages.
func (s *System) ReadyHandler() http.Handler { return web.ReadyHandler(s.probes(), s.HeldFor) }

// VKey is the key that checks this installation's checkpoints; it is public.
func (s *System) VKey() string { return s.keys.Store.VKey }

// Close stops the workers and closes the parts, in this order, so that what
// runs can still record.
func (s *System) Close() {
	for _, end := range []func(){s.standingEnds, s.hearing} {
		if end != nil {
			end()
		}
	}
	s.stopWorkers()
	s.temporal.Close()
	s.Store.Close()
}
