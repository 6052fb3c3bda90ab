package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	// figuresPage shows the figures of one year of the register, drawn and in
	// numbers. What is drawn says nothing that the tables do not.
	figuresPage struct {
		frame
		Year                   int
		Years                  []choiceShown
		Drills, None           bool
		Incidents, Told, Share string
		Overdue                string // says how many are overdue; empty for none
		Months                 []figuresMonth
		Spans                  []figuresSpan
		List, Problem          string
	}
	figuresMonth struct {
		Name                                                         string
		Incidents, Confidentiality, Integrity, Availability, Unknown int
		Width                                                        int // of the bar, in thousandths of the largest month
	}
	// figuresSpan is how long a step took. From is where the bar of the median ends,
	// Width how much further that of nine in ten goes, in thousandths of the longest.
	figuresSpan struct {
		Name, Cases, Median, P90 string
		From, Width              int
	}
)

func (s *server) figuresPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "year", "drills"); err != nil {
		return err
	}
	given := r.URL.Query()
	page := figuresPage{frame: s.frameFor(r, user, wording.For(user.Locale).T("register_figures")), Drills: given.Get("drills") == "yes",
		Year: s.Clock().In(zoneOf(user.Zone)).Year()}
	page.AtRegister = true
	status := http.StatusOK
	f, err := registerFilter(given)
	switch {
	case incident.KindOf(err) == incident.Invalid:
		page.Problem, status = page.W.T("register_wrong_"+explain(err).Field), http.StatusBadRequest
	case err != nil:
		return err
	case f.Year != 0:
		page.Year = f.Year
	}
	_, years, err := s.Store.CountRegister(r.Context(), f)
	if err != nil {
		return err
	}
	figures, err := s.Store.RegisterFigures(r.Context(), page.Year, page.Drills)
	if err != nil {
		return err
	}
	known := false
	for _, year := range years {
		known = known || year == page.Year
		page.Years = append(page.Years, choiceShown{strconv.Itoa(year), strconv.Itoa(year), year == page.Year})
	}
	if !known {
		page.Years = append([]choiceShown{{strconv.Itoa(page.Year), strconv.Itoa(page.Year), true}}, page.Years...)
	}
	page.List = "/register?" + without(url.Values{"year": {strconv.Itoa(page.Year)}, "drills": {given.Get("drills")}}, "").Encode()
	page.draw(figures)
	s.show(w, r, status, "figures", page)
	return nil
}

// draw puts the figures on the page.
func (p *figuresPage) draw(f postgres.RegisterFigures) {
	p.None = f.Incidents == 0
	p.Incidents, p.Told, p.Share = p.W.N(f.Incidents), p.W.N(int(f.Told)), "–"
	if owed := f.Filed + f.Overdue; owed > 0 {
		p.Share = p.W.T("figures_share", wholePercent(f.InTime, owed), f.InTime, owed)
	}
	if f.Overdue > 0 {
		p.Overdue = p.W.T("figures_overdue", f.Overdue)
	}
	most := 1
	for _, m := range f.Months {
		most = max(most, m.Incidents)
	}
	for i, m := range f.Months {
		p.Months = append(p.Months, figuresMonth{p.W.T("figures_month_" + strconv.Itoa(i+1)), m.Incidents, m.Confidentiality, m.Integrity, m.Availability, m.Unjudged,
			m.Incidents * 1000 / most})
	}
	steps := []struct {
		key string
		is  postgres.Lengths
	}{{"occurred", f.FromOccurrence}, {"word", f.FromWord}, {"decision", f.ToDecision}, {"filing", f.ToFiling}}
	longest := time.Second
	for _, one := range steps {
		longest = max(longest, one.is.P90)
	}
	for _, one := range steps {
		shown := figuresSpan{Name: p.W.T("figures_" + one.key), Cases: p.W.N(one.is.Cases), Median: "–", P90: "–"}
		if one.is.Cases > 0 {
			shown.Median, shown.P90 = p.W.Decimal(one.is.Median.Hours()), p.W.Decimal(one.is.P90.Hours())
			shown.From = max(0, int(one.is.Median*1000/longest))
			shown.Width = max(0, int(one.is.P90*1000/longest)-shown.From)
		}
		p.Spans = append(p.Spans, shown)
	}
}

// wholePercent is a share in whole percent. It is 100 only where all are meant, and
// 0 only where none is.
func wholePercent(part, of int) int {
	switch rounded := (part*100 + of/2) / of; {
	case rounded == 100 && part < of:
		return 99
	case rounded == 0 && part > 0:
		return 1
	default:
		return rounded
	}
}

// figuresAnswer are the figures of a year for programs. Lengths are in hours.
type figuresAnswer struct {
	Year           int             `json:"year" doc:"the year"`
	Incidents      int             `json:"incidents" doc:"the number of cases"`
	Months         []figuresCounts `json:"months" doc:"its twelve months, from January"`
	FromOccurrence figuresLengths  `json:"occurrence_to_awareness" doc:"from the beginning of the breach to awareness"`
	FromWord       figuresLengths  `json:"word_to_awareness" doc:"from the word of it to awareness"`
	ToDecision     figuresLengths  `json:"awareness_to_decision" doc:"from awareness to the first decision"`
	ToFiling       figuresLengths  `json:"awareness_to_filing" doc:"from awareness to the first filing under GDPR Art. 33"`
	Filed          int             `json:"filed" doc:"the cases that an authority was notified of"`
	InTime         int             `json:"filed_in_time" doc:"those of them that were not late"`
	Overdue        int             `json:"overdue" doc:"the cases of which an authority should have been notified by now and was not"`
	Told           int64           `json:"people_told" doc:"the people whom a message told"`
}

// figuresCounts counts the cases of a month.
type figuresCounts struct {
	Incidents       int `json:"incidents" doc:"all cases"`
	Confidentiality int `json:"confidentiality" doc:"those that lost confidentiality; a case may count for several properties"`
	Integrity       int `json:"integrity" doc:"those that lost integrity"`
	Availability    int `json:"availability" doc:"those that lost availability"`
	Unjudged        int `json:"unjudged" doc:"those of which nobody said what was lost"`
}

// figuresLengths says how lengths of time are spread.
type figuresLengths struct {
	Cases  int     `json:"cases" doc:"how many cases there are"`
	Median float64 `json:"median_hours" doc:"the hours that half of them do not exceed"`
	P90    float64 `json:"p90_hours" doc:"the hours that nine of ten do not exceed"`
}

func (s *server) showFigures(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "year", "drills"); err != nil {
		return err
	}
	f, err := registerFilter(r.URL.Query())
	if err != nil {
		return err
	}
	if f.Year == 0 {
		f.Year = s.Clock().UTC().Year()
	}
	if _, _, err := s.Store.CountRegister(r.Context(), f); err != nil {
		return err
	}
	figures, err := s.Store.RegisterFigures(r.Context(), f.Year, f.Drills)
	if err != nil {
		return err
	}
	hours := func(l postgres.Lengths) figuresLengths {
		return figuresLengths{l.Cases, l.Median.Hours(), l.P90.Hours()}
	}
	out := figuresAnswer{Year: figures.Year, Incidents: figures.Incidents, Filed: figures.Filed, InTime: figures.InTime, Overdue: figures.Overdue, Told: figures.Told,
		FromOccurrence: hours(figures.FromOccurrence), FromWord: hours(figures.FromWord), ToDecision: hours(figures.ToDecision), ToFiling: hours(figures.ToFiling)}
	for _, m := range figures.Months {
		out.Months = append(out.Months, figuresCounts(m))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
