package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// counselRoutes are the pages of one case on which the people who lead it keep the
// links for outside counsel.
func (s *server) counselRoutes() []pageRoute {
	const links = oneCasePage + "/counsel"
	return []pageRoute{
		{"GET", links, caseReaders(), false, s.counselPage},
		{"POST", links, leaders(), false, s.makeCounselLink},
		{"POST", links + "/{link}/revoke", leaders(), false, s.revokeCounselLink},
	}
}

// counselReads says whether outside counsel may read a page: of one case, and
// without the people affected and their files. Everything else is refused, also
// what is added later.
func counselReads(p pageRoute) bool {
	if p.method != http.MethodGet {
		return false
	}
	switch strings.TrimPrefix(p.path, oneCasePage) {
	case "", "/at", "/assessment", "/authority", "/obligations/{obligation}", "/tasks", "/evidence", "/timeline", "/public", "/public/{locale}":
		return strings.HasPrefix(p.path, oneCasePage)
	}
	return false
}

// counselCookie names the cookie of outside counsel. It is another than that of
// accounts: who is signed in and tries a link stays signed in.
func (s *server) counselCookie() string {
	if s.secure {
		return "__Host-tocsin-counsel"
	}
	return "tocsin-counsel"
}

// counsel gives the reader behind a link for outside counsel, and the case that
// may be read.
func (s *server) counsel(r *http.Request) (postgres.User, string, error) {
	c, err := r.Cookie(s.counselCookie())
	if err != nil || c.Value == "" || len(c.Value) > 200 {
		return postgres.User{}, "", &incident.Error{Kind: incident.Unauthenticated, Message: "no link was opened"}
	}
	link, err := s.Store.CounselOf(r.Context(), c.Value)
	if err != nil {
		return postgres.User{}, "", err
	}
	return postgres.User{ID: link.ID, Name: link.Name, Role: incident.RoleCounsel, Locale: link.Locale, Zone: link.Zone}, link.Incident, nil
}

// letCounsel serves a page to outside counsel. It says whether it answered: when
// nobody opened a link here, it did not.
func (s *server) letCounsel(w http.ResponseWriter, r *http.Request, p pageRoute) bool {
	reader, incidentID, err := s.counsel(r)
	if err != nil {
		return false
	}
	r = r.WithContext(withReader(r.Context(), reader))
	if !counselReads(p) || r.PathValue("id") != incidentID {
		s.refuse(w, r, &incident.Error{Kind: incident.Forbidden,
			Message: wording.For(reader.Locale).T("this link opens the pages of one case for reading, without the people affected")})
		return true
	}
	if err := p.handle(w, r, reader); err != nil {
		s.refuse(w, r, err)
	}
	return true
}

// paperFor is a file of a case as a reader sees it: outside counsel sees that it
// is there, and cannot open it.
func paperFor(reader postgres.User, d incident.Document) paperShown {
	paper := paperOf(d, wording.For(reader.Locale))
	if reader.Role == incident.RoleCounsel {
		paper.ID = ""
	}
	return paper
}

// counselLinkShown is a link in the list of a case.
type counselLinkShown struct {
	ID, Name, By, Made, Until, State, Opened string
	Open                                     bool
}

// counselLinksPage lists the links of a case and makes one.
type counselLinksPage struct {
	caseFrame
	Done, Problem string
	// Link is what opens, shown once, and LinkName for whom it is.
	Link, LinkName string
	Links          []counselLinkShown
	// May says that the reader can make and revoke links.
	May bool
	// Name and Days are what was filled in when it was refused.
	Name string
	Days int
}

func (s *server) counselPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showCounsel(w, r, user, http.StatusOK, counselLinksPage{})
}

func (s *server) showCounsel(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page counselLinksPage) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	links, err := s.Store.CounselLinks(r.Context(), state.ID)
	if err != nil {
		return err
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	words, place := wording.For(user.Locale), zoneOf(user.Zone)
	page.caseFrame = s.caseFrameOf(r, user, state, "counsel", words.T("Outside counsel"))
	page.May = slices.Contains(leaders(), user.Role)
	if page.Days == 0 {
		page.Days = incident.CounselDays
	}
	for _, l := range links {
		shown := counselLinkShown{ID: l.ID, Name: l.Name, By: names[l.MadeBy], Made: words.At(l.MadeAt, place), Until: words.At(l.ExpiresAt, place),
			Open: l.Open(s.Clock()), State: words.T("open"), Opened: words.T("never")}
		switch {
		case l.RevokedAt != nil:
			shown.State = words.T("revoked %s", words.At(*l.RevokedAt, place))
		case !shown.Open:
			shown.State = words.T("ended %s", words.At(l.ExpiresAt, place))
		}
		if l.OpenedAt != nil {
			shown.Opened = words.T("%d times, last on %s", l.Opened, words.At(*l.OpenedAt, place))
		}
		page.Links = append(page.Links, shown)
	}
	s.show(w, r, status, "counsel", page)
	return nil
}

// openCounselLinks is how many links for outside counsel of a case are open.
func (s *server) openCounselLinks(r *http.Request, incidentID string) (int, error) {
	links, err := s.Store.CounselLinks(r.Context(), incidentID)
	n := 0
	for _, l := range links {
		if l.Open(s.Clock()) {
			n++
		}
	}
	return n, err
}

// counselStep carries out one form of that page, and tells there what was given
// wrongly.
func (s *server) counselStep(w http.ResponseWriter, r *http.Request, user postgres.User, page counselLinksPage, err error) error {
	switch kind := incident.KindOf(err); {
	case err == nil:
		return s.showCounsel(w, r, user, http.StatusOK, page)
	case kind == incident.Invalid || kind == incident.Conflict || kind == incident.NotFound:
		told := explain(err)
		page.Problem = wording.Sentence(told.Error())
		return s.showCounsel(w, r, user, statusOf(told.Kind), page)
	default:
		return err
	}
}

func (s *server) makeCounselLink(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	page := counselLinksPage{Name: intake.Shortened(r.PostForm.Get("name"))}
	if page.Days, err = strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days"))); err != nil {
		return s.counselStep(w, r, user, page, incident.InvalidField("days", intake.Shortened(r.PostForm.Get("days")), "is not a number of days", "a number from 1 to 30"))
	}
	link, secret, err := s.Store.MakeCounselLink(r.Context(), user, state.ID, r.PostForm.Get("name"), page.Days)
	if err == nil {
		page = counselLinksPage{Link: s.PublicURL + "/counsel/" + secret, LinkName: link.Name}
	}
	return s.counselStep(w, r, user, page, err)
}

func (s *server) revokeCounselLink(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	err = s.Store.RevokeCounselLink(r.Context(), actor(user), state.ID, r.PathValue("link"))
	return s.counselStep(w, r, user, counselLinksPage{Done: wording.For(user.Locale).T("The link is revoked and opens nothing any more.")}, err)
}

// counselDoorPage asks whoever has a link to open it.
type counselDoorPage struct {
	frame
	Until, Action string
}

// counselLinkOf finds the link in the address. Wrong ones are counted as those of
// mails are.
func (s *server) counselLinkOf(r *http.Request) (postgres.CounselLink, string, error) {
	secret, origin := r.PathValue("secret"), s.originOf(r)
	if len(secret) > 200 || s.links.wait("", origin) > 0 {
		secret = "" // of nobody
	}
	link, err := s.Store.CounselLink(r.Context(), secret)
	if incident.KindOf(err) == incident.NotFound {
		s.links.add("", origin)
	}
	return link, secret, err
}

// showCounselDoor opens nothing, so that a scanner of mail that follows links
// leaves no entry in the record, and tells nothing of the case.
func (s *server) showCounselDoor(w http.ResponseWriter, r *http.Request) {
	link, _, err := s.counselLinkOf(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	words := wording.For(link.Locale)
	s.show(w, r, http.StatusOK, "counseldoor", counselDoorPage{
		frame: frame{Title: words.T("A case to read"), Lang: words.Lang, W: words}, Until: words.At(link.ExpiresAt, zoneOf(link.Zone)),
		Action: (&url.URL{Path: r.URL.Path}).EscapedPath(),
	})
}

// openCounselDoor opens the link: that is recorded, and the case can be read for
// an hour.
func (s *server) openCounselDoor(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	link, secret, err := s.counselLinkOf(r)
	if err == nil {
		if text := tooMany(wording.For(link.Locale), s.opened.take(link.ID, s.originOf(r))); text != "" {
			err = &incident.Error{Kind: incident.Conflict, Message: text}
		}
	}
	var token string
	if err == nil {
		link, token, err = s.Store.OpenCounselLink(r.Context(), secret)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure on every https address; a local one has no TLS
		Name: s.counselCookie(), Value: token, Path: "/", MaxAge: int(postgres.CounselSession / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, "/incidents/"+url.PathEscape(link.Incident), http.StatusSeeOther)
}
