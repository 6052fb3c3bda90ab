package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"tocsin/controllerdb"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/signon"
	"tocsin/templates"
	"tocsin/web/intake"
	"tocsin/webhook"
	"tocsin/workflows"
)

// Engine carries out commands. [workflows.Client] is the real one.
type Engine interface {
	// Command gives a command to an incident and answers when its events are
	// recorded. Errors are [*incident.Error].
	Command(ctx context.Context, id string, actor incident.Actor, command incident.Command) (workflows.Reply, error)
	// SendAccountMail has one mail to the holder of an account sent, by its id.
	// Errors are [*incident.Error].
	SendAccountMail(ctx context.Context, mail string) error
}

// Probe tells whether a part that Tocsin needs answers.
type Probe struct {
	// Name is the part's name: database, engine or relay.
	Name string
	// Check returns nil when the part answers. Its error is logged, never shown.
	Check func(ctx context.Context) error
}

// Config is what the handlers work with.
type Config struct {
	// Store is the record and everything beside it. Required.
	Store *postgres.Store
	// Engine carries out commands. Required.
	Engine Engine
	// Composer renders and checks notices. Required.
	Composer *notice.Composer
	// PublicURL is where people reach the pages, without a trailing slash,
	// such as https://tocsin.example.com. With https cookies are Secure.
	PublicURL string
	// CheckURL is the page on which readers of notices enter a code, as it is
	// named in notices; empty when new notices carry no code. The page /check is
	// served all the same, for the notices that were sent before.
	CheckURL string
	// TrustedProxies are the networks of the reverse proxies before this server,
	// whose X-Forwarded-For is believed. None: the header is not read.
	TrustedProxies []netip.Prefix
	// LinkKey signs the links in reminders. Required.
	LinkKey []byte
	// Controller is the controller's own data, for drafts.
	Controller Controller
	// Accounts is the query on the controller's own database, to match people
	// against its accounts. Nil when none is set up.
	Accounts *controllerdb.Source
	// Live tells open pages that something has changed. Nil: they show what was so
	// when they were loaded.
	Live *Live
	// Signals says where webhooks may lead.
	Signals webhook.Policy
	// SignOn is the provider of identities through which people sign in. Nil when
	// none is set up.
	SignOn *signon.Provider
	// SignOnOnly says that passwords and passkeys are for a DPO with a second
	// factor alone, for when the provider is away.
	SignOnOnly bool
	// Rules are those by which the store decides, to explain what was computed.
	Rules incident.Rules
	// Held gives the reasons, some of incident's Held constants, for which this may be a
	// restored copy: pages say so, and nothing is taken in until somebody has taken over.
	// Nil, or none of them: it is not.
	Held func() []string
	// Ready are the parts that /readyz asks. The database is always asked.
	Ready []Probe
	// Around is what the operator set up, as the page of settings shows it.
	Around Surroundings
	// Streams are the names of the receivers of the record's entries, of which
	// /readyz says how far behind each is.
	Streams []string
	// Extra are further handlers by their pattern, such as "/dev/mail". They
	// are served as they are, without sign-in.
	Extra map[string]http.Handler
	// Clock gives the present instant, real time. Nil is the machine's clock.
	Clock func() time.Time
	// MaxUpload is the largest file that is taken, in bytes; 0 means 5 MB
	// (5 << 20). More than the store's own limit is not useful for documents.
	MaxUpload int64
	// MaxPeople is the largest file of people or accounts that is taken, in
	// bytes; 0 means 1 GB (1 << 30). Such a file is read row by row.
	MaxPeople int64
	// Logger takes what the operator should know. Nil is slog's default.
	Logger *slog.Logger
}

// server holds what handlers need.
type server struct {
	Config
	routes   []route
	pages    *pages
	failures *failures // wrong passwords
	guesses  *failures // codes that are not known
	feeds    *failures // addresses of calendars that open nothing
	resets   *failures // questions for a new password
	opened   *failures // links for outside counsel
	knocks   *failures // links of vendors that open nothing
	told     *failures // disclosures through links, right ones too
	doors    doors     // disclosures that are coming
	links    *failures // links of mails to accounts that open nothing
	// questions counts what is asked of browsers where nobody is signed in.
	questions *failures
	parties   parties   // the names to which passkeys belong
	proxied   sync.Once // said that a proxy is not named
	readings  readings  // files of people that are being imported
	tallies   tallies   // counts of large rounds
	watch     watch
	probed    probed // what the parts answered to /readyz
	secure    bool   // cookies only over https
	openapi   []byte
}

// New gives the handler for everything that Tocsin serves.
func New(config Config) (http.Handler, error) {
	if config.Store == nil || config.Engine == nil || config.Composer == nil {
		return nil, errors.New("web: store, engine and composer are required")
	}
	if len(config.LinkKey) < 16 {
		return nil, errors.New("web: the key of acknowledgement links must have 16 bytes or more")
	}
	public, err := url.Parse(config.PublicURL)
	if err != nil || (public.Scheme != "http" && public.Scheme != "https") || public.Host == "" {
		return nil, errors.New("web: the public URL must be such as https://tocsin.example.com")
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.MaxUpload <= 0 {
		config.MaxUpload = postgres.MaxDocument
	}
	if config.MaxPeople <= 0 {
		config.MaxPeople = 1 << 30
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	s := &server{Config: config, failures: newFailures(config.Clock, passwordsPerPair, passwordsPerOrigin),
		guesses: newFailures(config.Clock, codesPerOrigin, codesPerOrigin),
		feeds:   newFailures(config.Clock, calendarsPerOrigin, calendarsPerOrigin),
		knocks:  newFailures(config.Clock, knocksPerOrigin, knocksPerOrigin),
		told:    newFailures(config.Clock, toldPerLink, toldPerOrigin),
		resets:  newFailures(config.Clock, resetsPerPair, resetsPerOrigin), opened: newFailures(config.Clock, opensPerPair, opensPerPair),
		links: newFailures(config.Clock, linksPerOrigin, linksPerOrigin), secure: public.Scheme == "https",
		questions: newFailures(config.Clock, questionsPerOrigin, questionsPerOrigin), probed: probed{now: time.Now}}
	if s.parties, err = newParties(public); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(templates.Page()); err != nil {
		return nil, err
	}
	s.routes = s.table()
	if s.openapi, err = describe(s.routes); err != nil {
		return nil, err
	}
	return s.handler()
}

// handler builds the multiplexer from the table of routes.
func (s *server) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, r := range s.routes {
		mux.Handle(r.method+" "+r.path, s.serve(r))
	}
	s.registerPages(mux)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &incident.Error{Kind: incident.NotFound,
			Message: "the API has nothing under this method and path; /api/openapi.json lists what there is"})
	})
	extra := http.NewServeMux()
	for pattern, h := range s.Extra {
		if !strings.HasPrefix(pattern, "/") {
			return nil, fmt.Errorf("web: the pattern %q of an extra handler does not begin with a slash", pattern)
		}
		extra.Handle(pattern, h)
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &incident.Error{Kind: incident.Forbidden,
			Message: "this request came from another site and was not carried out; use Tocsin's own pages"})
	}))
	own := s.recovered(s.secured(intake.InTime(guard.Handler(s.reading(mux)))))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := extra.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		own.ServeHTTP(w, r)
	}), nil
}

// pagePolicy is what the browser lets a page of ours do.
const pagePolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets the headers that hold for every answer.
func (s *server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// recovered answers a fault of a handler instead of breaking the connection
// without a word.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault == http.ErrAbortHandler { //nolint:errorlint // net/http panics with this very value
				panic(fault)
			}
			// Neither the fault's text nor the path is logged: both may hold data.
			s.Logger.ErrorContext(r.Context(), "a handler panicked", "route", r.Pattern, "type", fmt.Sprintf("%T", fault))
			s.refuse(w, r, errors.New("panic"))
		}()
		next.ServeHTTP(w, r)
	})
}
