package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/report"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// registerRows is how many cases of the register a page shows: each with all that
// Art. 33(5) asks for, and a page is to stay under 150 kB, as far as that goes in [longestLine].
const registerRows = 10

type (
	// registerPage is the register of GDPR Art. 33(5).
	registerPage struct {
		frame
		Filter                               registerAsked
		Years, States, Outcomes, Bands       []choiceShown
		Rows                                 []registerRow
		Count                                string
		Narrowed, MayExport, Empty, TooLarge bool
		TooMany, Problem, First, Next, Zone  string
		// Given are the hidden fields of the export.
		Given [][2]string
	}
	// registerAsked is what the form was given.
	registerAsked struct {
		Vendor, Search string
		Drills         bool
	}
	registerRow struct {
		ID, Number, Title, Vendor, Aware, Kind, People string
		Severity, Band, Outcome, OutcomeIs, State      string
		Why                                            string // why it was not notified; empty where it was
		Filings                                        []string
		Exercise, Late                                 bool
		Lines                                          []report.RegisterCell
		// Cut says that a line is shown in part: whole in the case and in a file.
		Cut bool
	}
)

// breachRegisterPages are the register and what is taken of it.
func (s *server) breachRegisterPages() []pageRoute {
	return []pageRoute{
		{"GET", "/register", caseReaders(), false, s.registerPage},
		{"GET", "/register/figures", caseReaders(), false, s.figuresPage},
		{"POST", "/register/export", peopleReaders(), true, s.exportRegister},
	}
}

func (s *server) registerPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", append(registerParameters(), "after")...); err != nil {
		return err
	}
	given := r.URL.Query()
	page := registerPage{frame: s.frameFor(r, user, wording.For(user.Locale).T("register")), Zone: zoneOf(user.Zone).String(),
		Filter: registerAsked{given.Get("vendor"), given.Get("search"), given.Get("drills") == "yes"}, MayExport: slices.Contains(peopleReaders(), user.Role)}
	page.AtRegister = true
	status := http.StatusOK
	f, err := registerFilter(given)
	if incident.KindOf(err) == incident.Invalid {
		page.Problem, status = page.W.T("register_wrong_"+explain(err).Field), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	n, years, err := s.Store.CountRegister(r.Context(), f)
	if err != nil {
		return err
	}
	page.offer(given, years)
	if page.Problem == "" {
		if err := s.fillRegister(r, &page, f, n, user); err != nil {
			return err
		}
	}
	s.show(w, r, status, "register", page)
	return nil
}

// offer fills the lists of the filter.
func (p *registerPage) offer(given url.Values, years []int) {
	for _, year := range years {
		text := strconv.Itoa(year)
		p.Years = append(p.Years, choiceShown{text, text, given.Get("year") == text})
	}
	for _, state := range []string{"open", "closed"} {
		p.States = append(p.States, choiceShown{state, p.W.T("register_" + state), given.Get("state") == state})
	}
	for _, outcome := range incident.RegisterOutcomes() {
		p.Outcomes = append(p.Outcomes, choiceShown{outcome, p.W.T("register_outcome_" + outcome), given.Get("outcome") == outcome})
	}
	for _, band := range incident.SeverityBands() {
		value := strings.ReplaceAll(band, " ", "_")
		p.Bands = append(p.Bands, choiceShown{value, p.W.T("register_band_" + value), given.Get("severity") == value})
	}
	for _, name := range registerParameters() {
		if value := given.Get(name); value != "" {
			p.Narrowed = true
			p.Given = append(p.Given, [2]string{name, value})
		}
	}
	p.Empty = len(years) == 0
}

// fillRegister puts the cases of a page on it.
func (s *server) fillRegister(r *http.Request, page *registerPage, f postgres.RegisterFilter, n int, user postgres.User) error {
	given := r.URL.Query()
	f.After, f.Limit = given.Get("after"), registerRows+1
	list, err := s.Store.Register(r.Context(), f)
	if err != nil {
		return err
	}
	page.Count = page.W.T("register_n", n)
	if n == 1 {
		page.Count = page.W.T("register_one")
	}
	if n > report.MaxPrinted {
		page.TooLarge, page.TooMany = true, page.W.T("register_too_many", n, report.MaxPrinted)
	}
	if f.After != "" {
		page.First = "/register?" + without(given, "after").Encode()
	}
	if len(list) > registerRows {
		list = list[:registerRows]
		next := without(given, "after")
		next.Set("after", list[registerRows-1].ID)
		page.Next = "/register?" + next.Encode()
	}
	if err := s.tellForms(r.Context(), list, page.W.Lang); err != nil {
		return err
	}
	told := report.NewRegister(s.registerReading(user, page.W))
	for i := range list {
		page.Rows = append(page.Rows, registerRowOf(&list[i], told, page.W, user))
	}
	return nil
}

// registerReading is how a reader reads the register.
func (s *server) registerReading(user postgres.User, w wording.Words) report.RegisterReading {
	return report.RegisterReading{Language: w.Lang, Zone: zoneOf(user.Zone), At: s.Clock(), Controller: s.Controller.Name, Said: w.Said,
		Task: func(t incident.Task) string { return taskIn(t, w) }, Role: w.Role}
}

// longestLine is how much of a line of the register a page shows, in characters.
const longestLine = 500

// briefLines are the lines as far as a page shows them, and whether one is cut.
func briefLines(lines []report.RegisterCell) (brief []report.RegisterCell, cut bool) {
	for _, l := range lines {
		short := intake.ShortenedTo(l.Value, longestLine)
		cut = cut || short != l.Value
		l.Value = short
		brief = append(brief, l)
	}
	return brief, cut
}

func registerRowOf(e *incident.RegisterEntry, told report.Register, w wording.Words, user postgres.User) registerRow {
	place := zoneOf(user.Zone)
	row := registerRow{ID: e.ID, Number: e.Number, Title: e.Title, Vendor: e.Vendor, Aware: w.At(e.AwareAt, place), Kind: told.Properties(e),
		People: w.T("register_unknown"), Severity: told.Band(e.Severity), Outcome: w.T("register_outcome_" + e.Outcome), OutcomeIs: e.Outcome,
		State: w.T("register_open"), Exercise: e.Exercise, Late: e.Late, Why: told.WhyNot(e)}
	row.Lines, row.Cut = briefLines(told.Lines(e))
	switch {
	case e.Listed > 0:
		row.People = w.N(e.Listed)
	case e.People != nil:
		row.People = w.T("register_about", *e.People)
	}
	if e.Outcome == incident.RegisterJoined {
		row.Outcome = w.T("state_joined_to", e.JoinedNumber)
	}
	if !e.ClosedAt.IsZero() {
		row.State = w.T("register_closed")
	}
	for _, f := range e.Filings {
		row.Filings = append(row.Filings, f.To+", "+w.At(f.At, place)+", "+w.T("register_number", f.Receipt))
	}
	return row
}
