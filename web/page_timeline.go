package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
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

// eventKinds groups the types of events for the filter.
func eventKinds() []struct {
	key   string
	holds func(kind string) bool
} {
	begins := func(with ...string) func(string) bool {
		return func(kind string) bool {
			return slices.ContainsFunc(with, func(one string) bool { return strings.HasPrefix(kind, one) })
		}
	}
	return []struct {
		key   string
		holds func(kind string) bool
	}{
		{"decisions", begins("incident_", "awareness_", "assessment_", "screening_", "obligation_", "fact_", "delay_")},
		{"notifications", begins("notification_", "public_", "publication_")},
		{"reminders", begins("reminder_")},
		{"people", begins("people_", "mailing_", "round_", "erasure_", "retention_", "warning_")},
		{"work", begins("task_", "documents_", "document_", "bundle_")},
	}
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
	words, place, query := wordsFor(user.Locale), placeOf(user, state), r.URL.Query()
	before, err := wholeNumber(r, "before", 1<<53)
	if err != nil {
		return err
	}
	page := timelinePage{caseFrame: s.caseFrameOf(r, user, state, tabTimeline, words.T("timeline")), Checked: checked, Newest: before == 0,
		MayExport: slices.Contains(peopleReaders(), user.Role), Kind: query.Get("kind"), Role: query.Get("role")}
	holds := func(string) bool { return true }
	for _, k := range eventKinds() {
		page.Kinds = append(page.Kinds, choiceShown{k.key, words.T("kind_of_" + k.key), k.key == page.Kind})
		if k.key == page.Kind {
			holds = k.holds
		}
	}
	for _, role := range append(incident.Roles(), incident.RoleEngine) {
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
			Recorded: words.At(e.Entry.RecordedAt, place), What: eventIn(e.Entry.Type, words), Who: names.in(words, &by), Hash: e.Hash, Data: indented(e.Entry.Data)})
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
	words := wordsFor(user.Locale)
	checked := &checkedShown{OK: report.OK, Entries: report.Entries, Checkpoints: int64(report.Checkpoints), Root: report.Root,
		Warnings: report.Warnings, At: words.At(s.Clock(), placeOf(user, state))}
	for _, p := range report.Problems {
		where := ""
		if p.Index >= 0 {
			where = words.T("check_place", p.Index) + " "
		}
		checked.Problems = append(checked.Problems, where+p.Detail)
	}
	return s.showTimeline(w, r, user, state, checked)
}
