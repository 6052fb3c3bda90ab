package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// trailParameters are the parameters by which entries of the whole record are
// chosen, on the page as in the API.
func trailParameters() []string {
	return []string{"incident", "kind", "role", "from", "to", "before"}
}

// kindOfEvent is how a type of events is written.
var kindOfEvent = regexp.MustCompile(`^[a-z][a-z0-9._]{0,63}$`)

// trailFilter reads which entries are asked for. Instants are read by moment,
// which says what was expected. Who has no access to the cases is given what
// belongs to no incident, and nothing else.
func (s *server) trailFilter(ctx context.Context, given url.Values, user postgres.User, moment func(field, text string) (time.Time, error)) (postgres.TrailFilter, error) {
	var f postgres.TrailFilter
	var err error
	switch id := strings.TrimSpace(given.Get("incident")); {
	case !slices.Contains(caseReaders(), user.Role):
		if id != "" && id != incident.InstallationID {
			return f, &incident.Error{Kind: incident.Forbidden, Message: "an administrator reads the installation's own entries; ask the DPO or a deputy for those of a case"}
		}
		f.Incident = incident.InstallationID
	case id == incident.InstallationID:
		f.Incident = id
	case id != "":
		state, err := s.find(ctx, id)
		if err != nil {
			if incident.KindOf(err) == incident.NotFound {
				err = incident.InvalidField("incident", intake.Shortened(id), "is no incident", "an id or a number of the list of incidents, or installation")
			}
			return f, err
		}
		f.Incident = state.ID
	}
	if kind := given.Get("kind"); kind != "" {
		if !kindOfEvent.MatchString(kind) {
			return f, incident.InvalidField("kind", intake.Shortened(kind), "is not known", "decisions, notifications, reminders, people, work, reads, security, or a type of events such as notification_filed")
		}
		f.Kind = func(one string) bool { return one == kind }
		if slices.Contains(incident.Areas(), kind) {
			f.Kind = func(one string) bool { return incident.InArea(kind, one) }
		}
	}
	if f.Role = given.Get("role"); f.Role != "" && !slices.Contains(actingRoles(), incident.Role(f.Role)) {
		return f, incident.InvalidField("role", intake.Shortened(f.Role), "is not known", "dpo, deputy, responder, approver, auditor, admin, or engine for Tocsin itself")
	}
	if f.From, err = moment("from", given.Get("from")); err != nil {
		return f, err
	}
	if f.Until, err = moment("to", given.Get("to")); err != nil {
		return f, err
	}
	if text := given.Get("before"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > 1<<53 {
			return f, incident.InvalidField("before", intake.Shortened(text), "is not a place in the log", "the index of the last entry of the page before")
		}
		f.Before = &n
	}
	return f, nil
}

// actingRoles are the roles in which anything is ever recorded.
func actingRoles() []incident.Role {
	return append(incident.Roles(), incident.RoleCounsel, incident.RoleEngine)
}

// trailInstant reads an instant of the API; none for an empty text.
func trailInstant(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, incident.InvalidField(field, intake.Shortened(text), "is not an instant", "an instant with offset, such as 2026-11-17T10:17:00+01:00")
	}
	return t, nil
}

// trailMoment reads a day, or a day with a time, as the form gives it in the
// reader's zone. A day that ends a span is meant to be in it.
func trailMoment(place *time.Location) func(field, text string) (time.Time, error) {
	return func(field, text string) (time.Time, error) {
		if text == "" {
			return time.Time{}, nil
		}
		if day, err := time.ParseInLocation(time.DateOnly, text, place); err == nil {
			if field == "to" {
				day = day.AddDate(0, 0, 1)
			}
			return day, nil
		}
		if at, ok := momentIn(text, place); ok {
			return at, nil
		}
		return time.Time{}, incident.InvalidField(field, intake.Shortened(text), "is not a day", "a day such as 2026-11-17")
	}
}

// trailList is the answer of the API.
type trailList struct {
	Entries []trailEntry `json:"entries" doc:"the entries, the latest recorded first"`
	Next    *int64       `json:"next,omitempty" doc:"give this as before for the entries that follow; absent at the end"`
}

type trailEntry struct {
	entryView
	Number string `json:"number,omitempty" doc:"the human number of the incident that the entry belongs to or is about; absent for none"`
}

// trailEntries answers entries of the whole record.
func (s *server) trailEntries(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", append(trailParameters(), "limit")...); err != nil {
		return err
	}
	f, err := s.trailFilter(r.Context(), r.URL.Query(), user, trailInstant)
	if err != nil {
		return err
	}
	limit, err := wholeNumber(r, "limit", postgres.MaxTrail)
	if err != nil {
		return err
	}
	f.Limit = 100
	if limit > 0 {
		f.Limit = int(limit)
	}
	rows, err := s.Store.Trail(r.Context(), f)
	if err != nil {
		return err
	}
	list := trailList{Entries: []trailEntry{}}
	for _, row := range rows {
		one, err := trailEntryOf(row)
		if err != nil {
			return err
		}
		list.Entries = append(list.Entries, one)
	}
	if len(rows) == f.Limit {
		list.Next = &rows[len(rows)-1].Index
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func trailEntryOf(row postgres.TrailRow) (trailEntry, error) {
	raw, err := row.Entry.MarshalCanonical()
	return trailEntry{entryView{Index: row.Index, Hash: row.Hash, Entry: raw}, row.Number}, err
}
