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

	"tocsin/activities"
	"tocsin/controllerdb"
	"tocsin/holidays"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/siem"
	"tocsin/smtp"
	"tocsin/templates"
	"tocsin/web"
	"tocsin/webhook"
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
	workers  *worker.Workers
	telling  func()      // ends what wakes webhooks; nil when nothing does
	live     *web.Live   // tells open pages of changes; nil without pages
	hearing  func()      // ends what it hears by
	sinks    []siem.Sink // of the record's entries
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
	s := &System{config: c, keys: keys, logger: logger}
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
		postgres.WithErasureList(postgres.NewErasureList(c.erasedDir(), keys.Store.Index)))
	if err != nil {
		s.temporal.Close()
		return nil, err
	}
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

// StartWorkers runs the workers of every task queue.
func (s *System) StartWorkers() error {
	// All workers of an installation share the limits through the record.
	limiter, err := smtp.NewLimiter(s.limits, activities.SharedRates{Store: s.Store}, nil)
	if err != nil {
		return err
	}
	writer, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		return err
	}
	s.workers, err = worker.Start(s.temporal, &activities.Activities{
		Signals: webhook.NewSender(s.config.Signals, time.Now), SignalWriter: writer,
		Store: s.Store, Relays: s.relays, Limiter: limiter, Catcher: s.catcher, ReturnTo: s.returnTo, Composer: s.composer,
		CheckpointTo: s.config.CheckpointTo, PublicURL: s.config.PublicURL, LinkKey: s.keys.Link, Logger: s.logger, Clock: time.Now,
	})
	if err == nil {
		s.tellWebhooks()
	}
	return err
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
	s.follow()
	return web.New(web.Config{
		SignOn: provider, SignOnOnly: s.config.SignOn.Only,
		Live: s.live, Accounts: accounts, Store: s.Store, Engine: s.Engine, PublicURL: s.config.PublicURL, LinkKey: s.keys.Link,
		CheckURL: s.config.CheckURL, TrustedProxies: s.config.TrustedProxies,
		Controller: web.Controller{
			Name: s.config.Controller.Name, ContactName: map[string]string{"en": s.config.Controller.Contact.Name},
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

// VKey is the key that checks this installation's checkpoints; it is public.
func (s *System) VKey() string { return s.keys.Store.VKey }

// Recovered is what a recovery found and did.
type Recovered struct {
	// Open is the number of open incidents in the record.
	Open int `json:"open"`
	// Retained are the closed incidents whose people's data are to be erased.
	Retained []string `json:"retained"`
	// Started are the incidents whose workflow did not run and was started.
	Started []string `json:"started"`
	// Checkpoints says that the daily checkpoints did not run and were started.
	Checkpoints bool `json:"checkpoints_started"`
	// Mails is the number of mails to accounts, such as invitations, that are
	// still to be sent.
	Mails int `json:"account_mails"`
	// Webhooks are those for which something waited and nothing ran: it was started.
	Webhooks []string `json:"webhooks_started"`
}

// Recover starts the workflow of every open incident that has none, and that of
// every retention, that of the daily checkpoints,
// and those of webhooks for which something waits: at the first start, after the
// loss of Temporal's database, or of a start that never happened.
func (s *System) Recover(ctx context.Context) (Recovered, error) {
	ids, err := s.Store.OpenIncidents(ctx)
	if err != nil {
		return Recovered{}, err
	}
	out := Recovered{Open: len(ids), Started: []string{}, Webhooks: []string{}}
	for _, id := range ids {
		started, err := s.Engine.Ensure(ctx, id)
		if err != nil {
			return out, err
		}
		if started {
			out.Started = append(out.Started, id)
		}
	}
	// Reports that were taken in and are not in the record yet.
	rounds, err := s.Store.UnrecordedBounces(ctx)
	if err != nil {
		return out, err
	}
	for _, r := range rounds {
		if err := s.Engine.RecordBounces(ctx, r.Incident, r.Round); err != nil {
			return out, err
		}
	}
	if out.Retained, err = s.Store.Retained(ctx); err != nil {
		return out, err
	}
	for _, id := range out.Retained {
		started, err := s.Engine.EnsureRetention(ctx, id)
		if err != nil {
			return out, err
		}
		if started {
			out.Started = append(out.Started, id)
		}
	}
	if out.Mails, err = s.sendUnsent(ctx); err != nil {
		return out, err
	}
	if out.Checkpoints, err = s.Engine.EnsureAnchors(ctx); err != nil {
		return out, err
	}
	if out.Webhooks, err = s.recoverWebhooks(ctx); err != nil || len(out.Started) == 0 {
		return out, err
	}
	return out, s.Store.RecordForInstallation(ctx, incident.Engine(), incident.RunRecovery{Open: out.Open, Started: len(out.Started)})
}

// sendUnsent has the mails to accounts sent that were decided while the engine
// was away, and says how many there were.
func (s *System) sendUnsent(ctx context.Context) (int, error) {
	mails, err := s.Store.UnsentMails(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range mails {
		if err := s.Engine.SendAccountMail(ctx, id); err != nil {
			return 0, err
		}
	}
	return len(mails), nil
}

// Tidy removes what uploads that came to nothing left behind, and completes this
// machine's list of erased incidents.
func (s *System) Tidy(ctx context.Context) (postgres.Swept, error) {
	if err := s.Store.CompleteErasureList(ctx); err != nil {
		return postgres.Swept{}, err
	}
	if _, err := s.Store.RecordFailures(ctx); err != nil {
		return postgres.Swept{}, err
	}
	return s.Store.Sweep(ctx)
}

// Close stops the workers and closes the parts, in this order, so that what
// runs can still record.
func (s *System) Close() {
	for _, end := range []func(){s.telling, s.hearing} {
		if end != nil {
			end()
		}
	}
	if s.workers != nil {
		s.workers.Stop()
	}
	s.temporal.Close()
	s.Store.Close()
}
