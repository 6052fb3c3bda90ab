package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// pages are the parsed templates and the static files.
type pages struct {
	templates map[string]*template.Template
	static    map[string]asset
}

// parsePages reads the pages' files once: each template is a page within the
// layout, and every other file is served as it is.
func parsePages(files fs.FS) (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, static: map[string]asset{}}
	list, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("list the files of pages: %w", err)
	}
	for _, file := range list { // before the templates, which name them
		if name := file.Name(); !strings.HasSuffix(name, ".html") {
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, fmt.Errorf("read the file of pages %s: %w", name, err)
			}
			if p.static[name], err = newAsset(name, content); err != nil {
				return nil, err
			}
		}
	}
	functions := pageFunctions()
	functions["static"] = p.address
	for _, file := range list {
		name, isPage := strings.CutSuffix(file.Name(), ".html")
		switch {
		case !isPage:
		case name != "layout" && name != "case":
			p.templates[name], err = template.New(file.Name()).Option("missingkey=error").Funcs(functions).ParseFS(files, "layout.html", "case.html", file.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("read the file of pages %s: %w", file.Name(), err)
		}
	}
	return p, nil
}

// pageFunctions are what templates can call.
func pageFunctions() template.FuncMap {
	return template.FuncMap{
		"long":    wording.Long,
		"duty":    withCase,
		"list":    withWords,
		"rows":    vendorRows,
		"confirm": confirming,
		"fault":   roundPart.Fault,
		"besides": fault,
	}
}

// dutyOfCase is a duty with what its form needs to know of its case.
type dutyOfCase struct {
	D          dutyShown
	W          wording.Words
	ID, Number string
	Pace       int64
}

// withCase hands a duty to its part of the page.
func withCase(d dutyShown, w wording.Words, id, number string, pace int64) dutyOfCase {
	return dutyOfCase{d, w, id, number, pace}
}

// reminderList is a list of reminders with the words for it.
type reminderList struct {
	W    wording.Words
	List []reminderShown
}

// withWords hands a list of reminders to its part of the page.
func withWords(w wording.Words, list []reminderShown) reminderList { return reminderList{w, list} }

// frame is what every page shows.
type frame struct {
	// Title is the page's title.
	Title string
	// User is who is signed in; its ID is empty for nobody.
	User postgres.User
	// AtIncidents marks the place in the navigation.
	AtIncidents bool
	// AtDeadlines marks the deadlines in the navigation.
	AtDeadlines bool
	// AtVendors marks the vendors in the navigation.
	AtVendors bool
	// AtRegister marks the register in the navigation.
	AtRegister bool
	// AtSettings marks the settings in the navigation.
	AtSettings bool
	// AtTrail marks the audit trail in the navigation.
	AtTrail bool
	// AtAccount marks the own account in the navigation.
	AtAccount bool
	// Lang is the language of the page's own text; empty for English.
	Lang string
	// W are the words of that language; English when there are none.
	W wording.Words
	// Stream is the address of the events that bring the page up to date while it is
	// open; empty for none.
	Stream string
	// Trouble says which part does not answer; empty when all do.
	Trouble string
}

// Guest says that the reader is outside counsel, who reads one case and has no
// account.
func (f frame) Guest() bool { return f.User.Role == incident.RoleCounsel }

// show renders a page to the end before a byte of it is sent.
func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var out bytes.Buffer
	if err := s.pages.templates[name].Execute(&out, data); err != nil {
		s.Logger.ErrorContext(r.Context(), "a page could not be rendered", "page", name, "error", err.Error())
		http.Error(w, "Something went wrong inside Tocsin. The legal deadline goes on. Tell whoever runs Tocsin for you: its log has the details.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	page, language := out.Bytes(), languageOf(data)
	if status >= http.StatusBadRequest {
		page = withFault(page, language)
	}
	// A reader that went away cannot be told so.
	_, _ = w.Write(wording.WithInstants(page, language, true)) //nolint:gosec // the templates have escaped it; what is added is made of times
}

// languageOf gives the words of the language of a page.
func languageOf(data any) wording.Words {
	if page, ok := data.(interface{ language() string }); ok {
		return wording.For(page.language())
	}
	return wording.For("")
}

// language is the language of a page.
func (f frame) language() string { return f.Lang }

// signInPage asks for e-mail and password.
type signInPage struct {
	frame
	Text, Next, Email string
	// Keys says that passkeys can be used at this address.
	Keys bool
	// Provider is what the provider of identities is called; empty without one.
	// Only says that a password is for an emergency.
	Provider string
	Only     bool
}

// localPath keeps a redirect on this site: a path of ours, nothing else.
func localPath(path string) string {
	odd := func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, odd) {
		return "/incidents"
	}
	return path
}

// showSignInPage says which ways there are, and shows the page.
func (s *server) showSignInPage(w http.ResponseWriter, r *http.Request, status int, page signInPage) {
	party, _ := s.parties.party(r)
	page.Keys = party != nil
	if s.SignOn != nil {
		page.Provider, page.Only = s.SignOn.Name(), s.SignOnOnly
	}
	s.show(w, r, status, "signin", page)
}

func (s *server) showSignIn(w http.ResponseWriter, r *http.Request) {
	s.showSignInPage(w, r, http.StatusOK, signInPage{frame: s.frameAsked(r, "Sign in"), Next: localPath(r.URL.Query().Get("next"))})
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, incident.InvalidField("form", "", "cannot be read", "e-mail and password"))
		return
	}
	// In the form in which the store looks it up: guesses at one account count
	// together however the address is written.
	email, origin := strings.ToLower(strings.TrimSpace(r.PostForm.Get("email"))), s.originOf(r)
	page := signInPage{frame: s.frameAsked(r, "Sign in"), Next: localPath(r.PostForm.Get("next")), Email: email}
	if page.Text = tooMany(page.W, s.failures.take(email, origin)); page.Text != "" {
		s.showSignInPage(w, r, http.StatusTooManyRequests, page)
		return
	}
	user, err := s.Store.UserByPassword(r.Context(), email, r.PostForm.Get("password"))
	if err == nil {
		var may bool
		if may, err = s.mayUsePassword(r, user); err == nil && !may {
			err = &incident.Error{Kind: incident.Unauthenticated} // told as a wrong password
		}
	}
	if err != nil {
		if incident.KindOf(err) != incident.Unauthenticated {
			s.failures.back(email, origin)
			s.refuse(w, r, err)
			return
		}
		page.Text = page.W.T("E-mail or password is wrong. Try again, or choose a new password under “Forgotten password?”.")
		s.showSignInPage(w, r, http.StatusUnauthorized, page)
		return
	}
	s.failures.right(email, origin)
	session, err := s.Store.CreateSession(r.Context(), user.ID)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := s.beginSession(w, r, session); err != nil {
		s.refuse(w, r, err)
		return
	}
	if session.Pending {
		http.Redirect(w, r, "/sign-in/code?next="+url.QueryEscape(page.Next), http.StatusSeeOther)
		return
	}
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
