package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// pageHandler answers a person who is signed in.
type pageHandler = func(w http.ResponseWriter, r *http.Request, user postgres.User) error

// pageRoute is one page, or one button or download of a page.
type pageRoute struct {
	method, path string
	roles        []incident.Role // who may see or use it
	file         bool            // whether a file travels, or as much is counted, which takes longer
	handle       pageHandler
}

// oneCasePage is where everything about one case begins.
const oneCasePage = "/incidents/{id}"

// pageTable lists the pages for which one has to be signed in. Each area has a
// list of its own, beside its handlers.
func (s *server) pageTable() []pageRoute {
	return slices.Concat(
		s.casePages(),
		s.assessmentPages(),
		s.notificationPages(),
		s.recordPages(),
		s.stepPages(),
		s.joinPages(),
		s.lawPages(),
		s.peoplePages(),
		s.roundPages(),
		s.mailingPages(),
		s.publicPages(),
		s.retentionPages(),
		s.accountPages(),
		s.accountsPages(),
		s.vendorPages(),
		s.signalPages(),
		s.factorPages(),
		s.counselRoutes(),
		s.trailPages(),
		s.breachRegisterPages(),
		s.settingsPages(),
		s.keyPages(),
	)
}

// casePages are the lists of cases and the pages of one.
func (s *server) casePages() []pageRoute {
	return []pageRoute{
		{"GET", "/incidents", everyone(), false, s.incidentsPage},
		{"GET", "/incidents/new", responders(), false, s.reportPage},
		{"POST", "/incidents/new", responders(), true, s.report},
		{"GET", oneCasePage, caseReaders(), false, s.incidentPage},
		{"GET", "/deadlines", caseReaders(), false, s.deadlinesPage},
		{"GET", oneCasePage + "/at", caseReaders(), false, s.atPage},
		{"POST", oneCasePage + "/obligations/{obligation}/acknowledge", onDuty(), false, s.acknowledgePage},
		{"GET", oneCasePage + "/obligations/{obligation}/copy-sheet", caseReaders(), true, s.copySheet},
		{"GET", oneCasePage + "/documents/{document}", caseReaders(), true, s.showDocument},
		{"POST", oneCasePage + "/bundle", peopleReaders(), false, s.exportFromPage},
	}
}

// PagePatterns lists the patterns of everything that is served beside the API,
// in the order of the table, each as "METHOD /path/{part}": what a test of all
// pages visits.
func PagePatterns() []string {
	var list patterns
	(&server{}).registerPages(&list)
	return list
}

// patterns takes a table of pages down and serves nothing.
type patterns []string

// HandleFunc implements the part of [http.ServeMux] that pages need.
func (p *patterns) HandleFunc(pattern string, _ func(http.ResponseWriter, *http.Request)) {
	*p = append(*p, pattern)
}

// pageMux is where pages are registered.
type pageMux interface {
	HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request))
}

// registerPages adds the pages.
func (s *server) registerPages(mux pageMux) {
	for _, p := range s.pageTable() {
		mux.HandleFunc(p.method+" "+p.path, s.signedIn(p))
	}
	mux.HandleFunc("GET /static/{name}", s.serveStatic)
	s.registerLive(mux)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/incidents", http.StatusSeeOther)
	})
	mux.HandleFunc("/", within(pageTime, s.noPage))
	mux.HandleFunc("GET /sign-in", s.showSignIn)
	mux.HandleFunc("POST /sign-in", within(pageTime, s.signIn))
	mux.HandleFunc("GET /sign-in/code", within(pageTime, s.showCode))
	mux.HandleFunc("POST /sign-in/code", within(pageTime, s.giveCode))
	mux.HandleFunc("GET /sign-in/provider", within(providerTime, s.signInAtProvider))
	mux.HandleFunc("GET "+SignOnReturn, within(providerTime, s.returnFromProvider))
	mux.HandleFunc("POST /invitation/{secret}/provider", within(providerTime, s.acceptAtProvider))
	mux.HandleFunc("POST /sign-in/passkey", within(pageTime, s.keySignIn))
	mux.HandleFunc("POST /sign-in/passkey/begin", within(pageTime, s.beginKeySignIn))
	mux.HandleFunc("POST /sign-in/code/passkey", within(pageTime, s.keyCode))
	mux.HandleFunc("POST /sign-in/code/passkey/begin", within(pageTime, s.beginKeyCode))
	mux.HandleFunc("POST /sign-out", within(pageTime, s.signOut))
	// Whoever received a notice may check its code.
	mux.HandleFunc("GET /check", s.showCheck)
	mux.HandleFunc("POST /check", within(codeTime, s.checkCode))
	// The links of mails to accounts are for who has them.
	mux.HandleFunc("GET /invitation/{secret}", within(pageTime, s.showInvitation))
	mux.HandleFunc("POST /invitation/{secret}", within(stepTime, s.acceptInvitation))
	mux.HandleFunc("GET /counsel/{secret}", within(pageTime, s.showCounselDoor))
	mux.HandleFunc("POST /counsel/{secret}", within(stepTime, s.openCounselDoor))
	mux.HandleFunc("GET /forgotten", s.showForgotten)
	mux.HandleFunc("POST /forgotten", within(pageTime, s.askReset))
	mux.HandleFunc("GET /reset/{secret}", within(pageTime, s.showReset))
	mux.HandleFunc("POST /reset/{secret}", within(stepTime, s.acceptReset))
	// A vendor's link is the secret, too.
	mux.HandleFunc("GET /disclose/{token}", within(pageTime, s.showDisclose))
	mux.HandleFunc("POST /disclose/{token}", withinAfter(stepTime, s.takeDisclosure))
	// A calendar has no session: its address is the secret.
	mux.HandleFunc("GET /calendar/{secret}", within(pageTime, s.serveCalendar))
	// The link of a reminder is for who has it; its signature is checked.
	mux.HandleFunc("GET /ack/{token}", within(pageTime, s.showAck))
	mux.HandleFunc("POST /ack/{token}", within(stepTime, s.acceptAck))
}

// noPage answers for an address that there is not: to who is signed in with the
// ways to the other pages, and in their language.
func (s *server) noPage(w http.ResponseWriter, r *http.Request) {
	if !programs(r) && s.sessionToken(r) != "" {
		// Whoever cannot be read is told as a stranger is: the page is missing either way.
		if user, err := s.authenticate(r); err == nil {
			r = r.WithContext(withReader(r.Context(), user))
		}
	}
	s.refuse(w, r, &incident.Error{Kind: incident.NotFound, Message: "there is no such page"})
}

// How long a page, a step that is recorded and a download may take. A part that
// hangs is answered as being away: a person in a hurry must not look at an
// empty window.
const (
	pageTime = 8 * time.Second
	stepTime = 30 * time.Second
	fileTime = 2 * time.Minute
	// providerTime is enough for the provider of identities to be asked twice.
	providerTime = 15 * time.Second
)

func within(limit time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}

// withinAfter bounds a request with a file after the last byte of it.
func withinAfter(limit time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r, cancel := intake.WhileItComes(w, r, limit)
		defer cancel()
		next(w, r)
	}
}

// readerKey is where a request keeps who is signed in, for error pages.
type readerKey struct{}

func withReader(ctx context.Context, reader postgres.User) context.Context {
	return context.WithValue(ctx, readerKey{}, reader)
}

// signedIn asks for a session, and for a role that may see the page.
func (s *server) signedIn(p pageRoute) http.HandlerFunc {
	limit := pageTime
	switch {
	case p.file:
		limit = fileTime
	case p.method == http.MethodPost:
		limit = stepTime
	}
	bounded := within
	if p.file && p.method == http.MethodPost {
		bounded = withinAfter
	}
	return bounded(limit, func(w http.ResponseWriter, r *http.Request) {
		r = s.marked(r)
		user, err := s.authenticate(r)
		if err != nil && incident.KindOf(err) == incident.Unauthenticated {
			if r.Header.Get("Authorization") == "" && s.letCounsel(w, r, p) {
				return
			}
			if r.Header.Get("HX-Request") == "true" {
				// A part of a page cannot become the page to sign in.
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if s.giveBack(w, r, p) {
				return
			}
			http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(backTo(r)), http.StatusSeeOther)
			return
		}
		if errors.Is(err, errSetUpFactor) {
			if !setsUpFactor(p) {
				http.Redirect(w, r, factorPath+"?next="+url.QueryEscape(backTo(r)), http.StatusSeeOther)
				return
			}
			r, err = r.WithContext(context.WithValue(r.Context(), setUpKey{}, true)), nil
		}
		if err == nil {
			r = r.WithContext(withReader(r.Context(), user))
			if slices.Contains(p.roles, user.Role) {
				err = p.handle(w, r, user)
			} else {
				err = &incident.Error{Kind: incident.Forbidden,
					Message: wording.For(user.Locale).T("your role, %s, may not do this; ask the DPO or a deputy", wording.For(user.Locale).Role(user.Role))}
			}
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
}

// backTo is the page to which a reader returns after something else came
// between: the page itself, or for a button the page on which it stands.
func backTo(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/ack/") {
		return r.URL.EscapedPath()
	}
	if id := r.PathValue("id"); id != "" {
		return "/incidents/" + url.PathEscape(id)
	}
	if r.URL.Path == "/incidents/new" {
		return r.URL.Path
	}
	if strings.HasPrefix(r.URL.Path, accountsPath) {
		return accountsPath
	}
	if v := r.PathValue("vendor"); v != "" {
		return "/vendors/" + url.PathEscape(v)
	}
	if r.URL.Path == "/vendors/new" {
		return r.URL.Path
	}
	if strings.HasPrefix(r.URL.Path, signalsPath) {
		return signalsPath
	}
	if strings.HasPrefix(r.URL.Path, "/account/") {
		return "/account"
	}
	if strings.HasPrefix(r.URL.Path, settingsPath+"/") {
		return settingsPath
	}
	if strings.HasPrefix(r.URL.Path, "/audit/") {
		return "/audit"
	}
	if strings.HasPrefix(r.URL.Path, "/register/") {
		return "/register"
	}
	return "/incidents"
}
