package web

import (
	"net/http"
	"net/url"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// registerRoutes are the register of GDPR Art. 33(5) for programs.
func (s *server) registerRoutes() []route {
	filter := []parameter{
		{name: "year", kind: "integer", doc: "the year to which a case is counted, in its own zone"},
		{name: "state", kind: "string", doc: "open or closed"},
		{name: "outcome", kind: "string", doc: "notified, owed (decided and not filed yet), not_notified, undecided, withdrawn or joined"},
		{name: "severity", kind: "string", doc: "low, medium, high or very_high"},
		{name: "vendor", kind: "string", doc: "a part of the vendor's name"},
		{name: "search", kind: "string", doc: "looked for in number, title, vendor, facts, reasons and the authority's numbers"},
		{name: "drills", kind: "string", doc: "yes takes drills in"},
	}
	return []route{
		get("/api/v1/register", "The register of GDPR Art. 33(5), the latest awareness first", caseReaders(), registerList{}, s.listRegister,
			append(filter, paged()...)...),
		get("/api/v1/register/figures", "The figures of a year of the register", caseReaders(), figuresAnswer{}, s.showFigures,
			parameter{name: "year", kind: "integer", doc: "the year of awareness; the present one without it"},
			parameter{name: "drills", kind: "string", doc: "yes takes drills in"}),
		givesFile(post("/api/v1/register/export", "The register as a file; who took it is recorded with the file's hash", peopleReaders(),
			registerRequest{}, nil, s.exportRegisterFile), "application/octet-stream"),
	}
}

// registerList is a page of the register.
type registerList struct {
	Incidents []incident.RegisterEntry `json:"incidents" doc:"the cases, the latest awareness first"`
	Total     int                      `json:"total" doc:"how many cases the filter chooses"`
	Next      string                   `json:"next,omitempty" doc:"give this as after for the cases that follow; absent at the end"`
}

func (s *server) listRegister(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", append(registerParameters(), "limit", "after")...); err != nil {
		return err
	}
	f, err := registerFilter(r.URL.Query())
	if err != nil {
		return err
	}
	limit, err := wholeNumber(r, "limit", postgres.MaxRegister)
	if err != nil {
		return err
	}
	f.Limit, f.After = 100, r.URL.Query().Get("after")
	if limit > 0 {
		f.Limit = int(limit)
	}
	out := registerList{Incidents: []incident.RegisterEntry{}}
	if out.Total, _, err = s.Store.CountRegister(r.Context(), f); err != nil {
		return err
	}
	list, err := s.Store.Register(r.Context(), f)
	if err != nil {
		return err
	}
	if err := s.tellForms(r.Context(), list, "en"); err != nil {
		return err
	}
	out.Incidents = append(out.Incidents, list...)
	if len(list) == f.Limit {
		out.Next = list[len(list)-1].ID
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// registerRequest asks for the register as a file.
type registerRequest struct {
	Format   string `json:"format" check:"required" doc:"csv, xlsx or pdf"`
	Year     string `json:"year" doc:"the year to which a case is counted"`
	State    string `json:"state" doc:"open or closed"`
	Outcome  string `json:"outcome" doc:"notified, owed, not_notified, undecided, withdrawn or joined"`
	Severity string `json:"severity" doc:"low, medium, high or very_high"`
	Vendor   string `json:"vendor" doc:"a part of the vendor's name"`
	Search   string `json:"search" doc:"looked for in number, title, vendor, facts, reasons and the authority's numbers"`
	Drills   string `json:"drills" doc:"yes takes drills in"`
}

func (s *server) exportRegisterFile(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body registerRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.giveRegister(w, r, user, body.Format, url.Values{"year": {body.Year}, "state": {body.State}, "outcome": {body.Outcome},
		"severity": {body.Severity}, "vendor": {body.Vendor}, "search": {body.Search}, "drills": {body.Drills}})
}
