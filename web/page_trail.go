package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// trailRowsShown is how many entries a page shows.
const trailRowsShown = 50

type (
	// trailPage shows the whole record, of all cases and of the installation.
	trailPage struct {
		frame
		Rows          []trailRowShown
		Kinds         []choiceShown
		Roles         []choiceShown
		Filter        trailAsked
		Older         string // the page with older entries; empty for none
		Newest        string // the page with the newest ones; empty when it is this
		Zone          string
		OwnOnly       bool // whether the reader sees the installation's entries alone
		MayExport     bool
		Filtered      bool
		Problem       string
		Size          string
		Drawn         logDrawn
		Signed        string           // what the last checkpoint says; empty for none yet
		Sent          []string         // what was mailed last, to whom and when
		Confirmed     []string         // what somebody outside confirmed last, who and when
		ConfirmedEach []string         // which checkpoints they confirmed, the latest first
		Unconfirmed   []string         // who outside does not confirm, since when and why
		Keys          []ledgerKeyShown // those that sign the log, the present one first
		Checked       *checkedShown
		ExportNames   [][2]string // of the hidden fields of the export
	}
	// trailAsked is what the form was given.
	trailAsked    struct{ Incident, Kind, Role, From, To string }
	trailRowShown struct {
		Index           int64
		At, What, Who   string
		Case, Number    string
		Seq             int64
		Happened, Hash  string
		Data            string
		ForInstallation bool
	}
)

// trailPages are the pages of the whole record.
func (s *server) trailPages() []pageRoute {
	return []pageRoute{
		{"GET", "/audit", everyone(), false, s.trailPage},
		{"POST", "/audit/check", peopleReaders(), true, s.checkTrail},
		{"POST", "/audit/export", peopleReaders(), true, s.exportTrail},
		{"POST", "/audit/bundle", peopleReaders(), true, s.bundleFromTrail},
	}
}

func (s *server) trailPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", trailParameters()...); err != nil {
		return err
	}
	return s.showTrail(w, r, user, r.URL.Query(), nil)
}

// checkTrail computes the whole record anew and says on the page what it found.
func (s *server) checkTrail(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	report, err := s.audited(r, user, nil)
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	checked := checkedOf(report, words, words.At(s.Clock(), zoneOf(user.Zone)))
	return s.showTrail(w, r, user, nil, &checked)
}

// checkedOf says what a check of the whole record found.
func checkedOf(report ledger.LogReport, w wording.Words, at string) checkedShown {
	checked := checkedShown{OK: report.OK, Entries: report.Entries, Checkpoints: int64(report.Checkpoints), Root: report.Root,
		Warnings: report.Warnings, At: at}
	for _, p := range report.Problems {
		where := ""
		if p.Index >= 0 {
			where = w.T("check_place", p.Index) + " "
		}
		checked.Problems = append(checked.Problems, where+p.Detail)
	}
	return checked
}

func (s *server) showTrail(w http.ResponseWriter, r *http.Request, user postgres.User, given url.Values, checked *checkedShown) error {
	words, place := wording.For(user.Locale), zoneOf(user.Zone)
	page := trailPage{frame: s.frameFor(r, user, words.T("trail")), Zone: place.String(), Checked: checked,
		OwnOnly: !slices.Contains(caseReaders(), user.Role), MayExport: slices.Contains(peopleReaders(), user.Role),
		Filter: trailAsked{given.Get("incident"), given.Get("kind"), given.Get("role"), given.Get("from"), given.Get("to")}}
	page.AtTrail = true
	page.offer(words)
	for _, name := range trailParameters() {
		if given.Get(name) != "" && name != "before" {
			page.Filtered = true
			page.ExportNames = append(page.ExportNames, [2]string{name, given.Get(name)})
		}
	}
	status := http.StatusOK
	f, err := s.trailFilter(r.Context(), given, user, trailMoment(place))
	f.Limit = trailRowsShown
	var rows []postgres.TrailRow
	if err == nil {
		rows, err = s.Store.Trail(r.Context(), f)
	}
	if incident.KindOf(err) == incident.Invalid {
		page.Problem, status, err = words.T("trail_wrong_"+explain(err).Field), http.StatusBadRequest, nil
	}
	if err != nil {
		return err
	}
	if err := s.fillTrail(r, &page, rows, user); err != nil {
		return err
	}
	if f.Before != nil {
		page.Newest = "/audit?" + without(given, "before").Encode()
	}
	if len(rows) == trailRowsShown {
		next := without(given, "before")
		next.Set("before", strconv.FormatInt(rows[len(rows)-1].Index, 10))
		page.Older = "/audit?" + next.Encode()
	}
	s.show(w, r, status, "trail", page)
	return nil
}

// without gives a copy of the parameters without one and without empty ones.
func without(given url.Values, name string) url.Values {
	rest := url.Values{}
	for key := range given {
		if value := given.Get(key); key != name && value != "" {
			rest.Set(key, value)
		}
	}
	return rest
}

// offer fills the lists of the filter.
func (p *trailPage) offer(w wording.Words) {
	known := false
	for _, area := range incident.Areas() {
		on := area == p.Filter.Kind
		known = known || on
		p.Kinds = append(p.Kinds, choiceShown{area, w.T("trail_kind_" + area), on})
	}
	if !known && kindOfEvent.MatchString(p.Filter.Kind) { // a single type, from an address
		p.Kinds = append(p.Kinds, choiceShown{p.Filter.Kind, wording.Event(p.Filter.Kind, w), true})
	}
	for _, role := range actingRoles() {
		p.Roles = append(p.Roles, choiceShown{string(role), w.Role(role), string(role) == p.Filter.Role})
	}
}

// fillTrail puts the entries and the state of the log on the page.
func (s *server) fillTrail(r *http.Request, page *trailPage, rows []postgres.TrailRow, user postgres.User) error {
	place := zoneOf(user.Zone)
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	for _, row := range rows {
		e := row.Entry
		actor := incident.Actor{Role: incident.Role(e.Actor.Role), ID: e.Actor.ID}
		one := trailRowShown{Index: row.Index, At: page.W.At(e.RecordedAt, place), What: trailWhat(e, page.W, names), Who: names.in(page.W, &actor),
			Number: row.Number, Seq: e.Seq, Hash: row.Hash, Data: indented(e.Data), ForInstallation: e.Incident == incident.InstallationID}
		if !page.OwnOnly {
			one.Case = row.Case
		}
		if !e.At.Equal(e.RecordedAt) {
			one.Happened = page.W.At(e.At, place)
		}
		page.Rows = append(page.Rows, one)
	}
	if err := s.fillLedgerKeys(r.Context(), page, place); err != nil {
		return err
	}
	head, err := s.Store.LogHead(r.Context())
	if err != nil {
		return err
	}
	page.Size = page.W.N(int(head.Size))
	if head.Signed > 0 {
		page.Signed = page.W.T("trail_signed", head.Signed, page.W.At(head.SignedAt, place))
	}
	if page.Drawn, err = s.drawLog(r.Context(), head, page.W, place); err != nil {
		return err
	}
	if err := s.fillOutside(r.Context(), page, place); err != nil {
		return err
	}
	for _, to := range head.Sent {
		page.Sent = append(page.Sent, page.W.T("trail_sent_to_"+to.To, to.Size, page.W.At(to.At, place)))
	}
	return nil
}

// trailWhat says what an entry is about. What happened to an account is said
// together with whose it is, when another did it.
func trailWhat(e ledger.Entry, w wording.Words, names colleagues) string {
	data, err := incident.DecodeData(e.Type, e.Data)
	if err != nil {
		return wording.Event(e.Type, w)
	}
	switch d := data.(type) {
	case incident.AccountChanged:
		text := w.Own("account_did_" + d.What)
		if text == "" {
			text = wording.Event(e.Type, w) + ": " + wording.Spoken(d.What)
		}
		if name := names[d.Account]; d.Account != e.Actor.ID && name != "" {
			text += ": " + name
		}
		return text
	case incident.SignInFailed:
		text := w.T("trail_failed", d.Passwords, d.Codes)
		switch name := names[d.Account]; {
		case d.Account == "":
			text += ": " + w.T("trail_failed_nobody")
		case name != "":
			text += ": " + name
		}
		return text
	}
	return wording.Event(e.Type, w)
}
