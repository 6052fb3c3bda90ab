package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// pages are the parsed templates and the static files.
type pages struct {
	templates map[string]*template.Template
	static    map[string][]byte
}

// parsePages reads the pages' files once.
func parsePages(files fs.FS) (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, static: map[string][]byte{}}
	for _, name := range []string{"message", "signin", "ack", "incidents", "incident"} {
		t, err := template.New(name+".html").Option("missingkey=error").Funcs(template.FuncMap{"duty": withCase}).ParseFS(files, "layout.html", name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		p.templates[name] = t
	}
	for _, name := range []string{"tocsin.css", "clock.js", "icon.svg"} {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read page file: %w", err)
		}
		p.static[name] = content
	}
	return p, nil
}

// dutyOfCase is a duty with what its form needs to know of its case.
type dutyOfCase struct {
	D    dutyShown
	ID   string
	Pace int64
}

// withCase hands a duty to its part of the page.
func withCase(d dutyShown, id string, pace int64) dutyOfCase { return dutyOfCase{d, id, pace} }

// frame is what every page shows.
type frame struct {
	// Title is the page's title.
	Title string
	// User is who is signed in; its ID is empty for nobody.
	User postgres.User
	// AtIncidents marks the place in the navigation.
	AtIncidents bool
}

// show renders a page to the end before a byte of it is sent.
func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var out bytes.Buffer
	if err := s.pages.templates[name].Execute(&out, data); err != nil {
		s.Logger.ErrorContext(r.Context(), "a page could not be rendered", "page", name, "error", err.Error())
		http.Error(w, "A fault inside Tocsin; its log has the details.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A reader that went away cannot be told so.
	_, _ = out.WriteTo(w)
}

// messagePage says one thing.
type messagePage struct {
	frame
	Text string
}

// refusePage tells a person what is wrong.
func (s *server) refusePage(w http.ResponseWriter, r *http.Request, told *incident.Error) {
	title := map[incident.Kind]string{
		incident.NotFound: "Not found", incident.Forbidden: "Not allowed", incident.Unauthenticated: "Please sign in",
		incident.Unavailable: "Not available just now", incident.Internal: "Something went wrong",
	}[told.Kind]
	if title == "" {
		title = "This was not carried out"
	}
	s.show(w, r, statusOf(told.Kind), "message", messagePage{frame: frame{Title: title}, Text: told.Error()})
}

// registerPages adds the pages.
func (s *server) registerPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /static/{name}", s.serveStatic)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/incidents", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &incident.Error{Kind: incident.NotFound, Message: "there is no such page"})
	})
	mux.HandleFunc("GET /sign-in", s.showSignIn)
	mux.HandleFunc("POST /sign-in", s.signIn)
	mux.HandleFunc("POST /sign-out", s.signOut)
	mux.HandleFunc("GET /incidents", s.signedIn(everyone(), s.incidentsPage))
	mux.HandleFunc("GET /incidents/{id}", s.signedIn(caseReaders(), s.incidentPage))
	mux.HandleFunc("POST /incidents/{id}/obligations/{obligation}/acknowledge", s.signedIn(onDuty(), s.acknowledgePage))
	mux.HandleFunc("GET /incidents/{id}/obligations/{obligation}/copy-sheet", s.signedIn(caseReaders(), s.copySheet))
	mux.HandleFunc("GET /incidents/{id}/documents/{document}", s.signedIn(caseReaders(), s.showDocument))
	mux.HandleFunc("POST /incidents/{id}/bundle", s.signedIn(peopleReaders(), s.exportBundle))
	mux.HandleFunc("GET /ack/{token}", s.showAck)
	mux.HandleFunc("POST /ack/{token}", s.acceptAck)
}

func (s *server) serveStatic(w http.ResponseWriter, r *http.Request) {
	content, ok := s.pages.static[r.PathValue("name")]
	if !ok {
		s.refuse(w, r, &incident.Error{Kind: incident.NotFound, Message: "there is no such file"})
		return
	}
	kind := "text/css; charset=utf-8"
	switch name := r.PathValue("name"); {
	case strings.HasSuffix(name, ".js"):
		kind = "text/javascript; charset=utf-8"
	case strings.HasSuffix(name, ".svg"):
		kind = "image/svg+xml"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	// A reader that went away cannot be told so.
	_, _ = w.Write(content)
}

// pageHandler shows a page to somebody who is signed in.
type pageHandler = func(w http.ResponseWriter, r *http.Request, user postgres.User) error

// signedIn asks for a session, and for a role that may see the page.
func (s *server) signedIn(roles []incident.Role, next pageHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, err := s.authenticate(r)
		if err != nil && incident.KindOf(err) == incident.Unauthenticated {
			http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
			return
		}
		if err == nil && !slices.Contains(roles, user.Role) {
			err = &incident.Error{Kind: incident.Forbidden, Message: "your role may not see this page; ask the DPO"}
		}
		if err == nil {
			err = next(w, r, user)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	}
}

// signInPage asks for e-mail and password.
type signInPage struct {
	frame
	Text, Next, Email string
}

// localPath keeps a redirect on this site: a path of ours, nothing else.
func localPath(path string) string {
	odd := func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, odd) {
		return "/incidents"
	}
	return path
}

func (s *server) showSignIn(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "signin", signInPage{frame: frame{Title: "Sign in"}, Next: localPath(r.URL.Query().Get("next"))})
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, incident.InvalidField("form", "", "cannot be read", "e-mail and password"))
		return
	}
	// In the form in which the store looks it up: guesses at one account count
	// together however the address is written.
	email, origin := strings.ToLower(strings.TrimSpace(r.PostForm.Get("email"))), originOf(r)
	page := signInPage{frame: frame{Title: "Sign in"}, Next: localPath(r.PostForm.Get("next")), Email: email}
	if wait := s.failures.wait(email, origin); wait > 0 {
		page.Text = fmt.Sprintf("Too many failed attempts. Try again in %s.", wait.Round(time.Second))
		s.show(w, r, http.StatusTooManyRequests, "signin", page)
		return
	}
	user, err := s.Store.UserByPassword(r.Context(), email, r.PostForm.Get("password"))
	if err != nil {
		if incident.KindOf(err) != incident.Unauthenticated {
			s.refuse(w, r, err)
			return
		}
		s.failures.add(email, origin)
		page.Text = "E-mail or password is wrong."
		s.show(w, r, http.StatusUnauthorized, "signin", page)
		return
	}
	s.failures.forget(email, origin)
	token, err := s.Store.CreateSession(r.Context(), user.ID)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.setSession(w, token, int(postgres.SessionLength/time.Second))
	http.Redirect(w, r, page.Next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	if token := s.sessionToken(r); token != "" {
		if err := s.Store.EndSession(r.Context(), token); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	s.setSession(w, "", -1)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// originOf is the address that a request came from, without its port.
func originOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
