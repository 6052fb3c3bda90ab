package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// timelineRows is how many entries a page shows.
const timelineRows = 100

type (
	// timelinePage shows the record of a case entry by entry.
	timelinePage struct {
		caseFrame
		Entries         []entryRow
		Kinds, Roles    []choiceShown
		All, Shown      int
		Older           string // the page with older entries; empty for none
		Newest          bool
		MayExport       bool
		Checked         *checkedShown
		Kind, Role, Far string
	}
	entryRow struct {
		Seq, Index         int64
		At, Recorded, What string
		Who, Hash, Data    string
	}
	// checkedShown is what a check of the whole record found.
	checkedShown struct {
		OK                   bool
		Entries, Checkpoints int64
		At, Root             string
		Problems, Warnings   []string
	}
)

// caseAreas are the areas that a case's own record is chosen by.
func caseAreas() []string {
	return []string{incident.AreaDecisions, incident.AreaNotifications, incident.AreaReminders, incident.AreaPeople, incident.AreaWork}
}

func (s *server) timelinePage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "kind", "role", "before"); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showTimeline(w, r, user, state, nil)
}

func (s *server) showTimeline(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, checked *checkedShown) error {
	words, place, query := wording.For(user.Locale), placeOf(user, state), r.URL.Query()
	before, err := wholeNumber(r, "before", 1<<53)
	if err != nil {
		return err
	}
	page := timelinePage{caseFrame: s.caseFrameOf(r, user, state, tabTimeline, words.T("timeline")), Checked: checked, Newest: before == 0,
		MayExport: slices.Contains(peopleReaders(), user.Role), Kind: query.Get("kind"), Role: query.Get("role")}
	holds := func(string) bool { return true }
	for _, area := range caseAreas() {
		page.Kinds = append(page.Kinds, choiceShown{area, words.T("trail_kind_" + area), area == page.Kind})
		if area == page.Kind {
			holds = func(kind string) bool { return incident.InArea(area, kind) }
		}
	}
	for _, role := range append(incident.Roles(), incident.RoleVendor, incident.RoleEngine) {
		page.Roles = append(page.Roles, choiceShown{string(role), words.Role(role), string(role) == page.Role})
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	page.All = int(state.Seq)
	chosen, more, err := s.entriesBefore(r.Context(), state.ID, before, func(e *ledger.Entry) bool {
		return holds(e.Type) && (page.Role == "" || e.Actor.Role == page.Role)
	})
	if err != nil {
		return err
	}
	if more {
		query.Set("before", strconv.FormatInt(chosen[len(chosen)-1].Entry.Seq, 10))
		page.Older = "?" + query.Encode()
	}
	for _, e := range chosen {
		by := incident.Actor{Role: incident.Role(e.Entry.Actor.Role), ID: e.Entry.Actor.ID}
		page.Entries = append(page.Entries, entryRow{Seq: e.Entry.Seq, Index: e.Index, At: words.At(e.Entry.At, place),
			Recorded: words.At(e.Entry.RecordedAt, place), What: wording.Event(e.Entry.Type, words), Who: names.in(words, &by), Hash: e.Hash, Data: indented(e.Entry.Data)})
	}
	page.Shown = len(page.Entries)
	s.show(w, r, http.StatusOK, "timeline", page)
	return nil
}

// entriesBefore gives the entries of a page that are chosen, the latest first, and
// whether there are further ones. It reads no more of a long record than it needs.
func (s *server) entriesBefore(ctx context.Context, id string, before int64, chosen func(*ledger.Entry) bool) (list []postgres.EntryRow, more bool, err error) {
	for {
		rows, err := s.Store.EntriesBefore(ctx, id, before, timelineRows+1)
		if err != nil {
			return nil, false, err
		}
		for i := range rows {
			switch {
			case !chosen(&rows[i].Entry):
			case len(list) == timelineRows:
				return list, true, nil
			default:
				list = append(list, rows[i])
			}
		}
		if len(rows) <= timelineRows {
			return list, false, nil
		}
		before = rows[len(rows)-1].Entry.Seq
	}
}

// indented writes an entry's data so that a person can read it.
func indented(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", " ") != nil {
		return string(raw)
	}
	return out.String()
}

// checkRecord computes the whole record anew and says what it found.
func (s *server) checkRecord(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	report, err := s.audited(r, user, nil)
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	checked := checkedOf(report, words, words.At(s.Clock(), placeOf(user, state)))
	return s.showTimeline(w, r, user, state, &checked)
}
