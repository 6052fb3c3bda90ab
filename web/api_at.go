package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// atAnswer is a case as it was known at an instant.
type atAnswer struct {
	Time     time.Time      `json:"time" doc:"the instant that was asked for, in the case's own time"`
	By       string         `json:"by" doc:"recorded (what was known then) or happened (what was so then, by all that was recorded ever)"`
	Known    bool           `json:"known" doc:"whether anything of the case was recorded by then"`
	Seq      int64          `json:"seq" doc:"the number of the last entry recorded by then; 0 for none"`
	Incident *incidentView  `json:"incident,omitempty" doc:"the case as it was known then"`
	Until    *time.Time     `json:"until,omitempty" doc:"the second instant"`
	Entries  []entryBetween `json:"entries,omitempty" doc:"what was recorded between the two instants"`
	Changes  []change       `json:"changes,omitempty" doc:"what was known otherwise at the second instant"`
}

// entryBetween is an entry without its content.
type entryBetween struct {
	Seq        int64     `json:"seq" doc:"its number within the incident"`
	Type       string    `json:"type" doc:"what happened, such as notification_filed"`
	At         time.Time `json:"at" doc:"when it happened, in the case's own time"`
	RecordedAt time.Time `json:"recorded_at" doc:"when it was recorded, real time"`
	Role       string    `json:"role" doc:"the role of who did it"`
}

// change is one thing that was known otherwise.
type change struct {
	Path   string          `json:"path" doc:"where it stands in the incident, such as obligations.0.status"`
	Before json.RawMessage `json:"before" doc:"what was known first; null for nothing"`
	After  json.RawMessage `json:"after" doc:"what was known at the second instant; null for nothing"`
}

func (s *server) showIncidentAt(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "time", "until", "by"); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	at, err := instantOf(r, "time")
	if err != nil {
		return err
	}
	var until time.Time
	if r.URL.Query().Get("until") != "" {
		if until, err = instantOf(r, "until"); err != nil {
			return err
		}
		if until.Before(at) {
			return incident.InvalidField("until", r.URL.Query().Get("until"), "is before --time", "a later instant")
		}
	}
	by, err := clockOf(r.URL.Query().Get("by"))
	if err != nil {
		return err
	}
	out, err := s.knownAt(r.Context(), state, at, until, by)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func instantOf(r *http.Request, name string) (time.Time, error) {
	text := r.URL.Query().Get(name)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, incident.InvalidField(name, intake.Shortened(text), "is not an instant",
			"RFC 3339 with offset, such as 2025-11-25T18:04:00+01:00; in an exercise, of its own time")
	}
	return at, nil
}

// By which of the two times of an entry a case is seen.
const (
	// byRecorded is when it was recorded: what was known.
	byRecorded = "recorded"
	// byHappened is when that happened which it tells of: what was so.
	byHappened = "happened"
)

// clockOf reads by which time a case is to be seen.
func clockOf(text string) (string, error) {
	switch text {
	case "", byRecorded:
		return byRecorded, nil
	case byHappened:
		return byHappened, nil
	}
	return "", incident.InvalidField("by", intake.Shortened(text), "is not known", "recorded or happened")
}

// instantOfEntry is when an entry counts from, in the case's own time.
func instantOfEntry(present *incident.State, e incident.Event, by string) time.Time {
	if by == byHappened {
		return e.Happened()
	}
	return present.Clock.At(e.RecordedAt)
}

// counts says whether an entry counts at an instant of the case's own time.
func counts(present *incident.State, e incident.Event, at time.Time, by string) bool {
	if by == byHappened {
		return !e.Happened().After(at)
	}
	return !e.RecordedAt.After(present.Clock.Real(at))
}

// knownAt folds what was recorded by an instant of the case's own time, or what
// had happened by then, and compares with a second instant when there is one.
func (s *server) knownAt(ctx context.Context, present *incident.State, at, until time.Time, by string) (atAnswer, error) {
	events, err := s.Store.Events(ctx, present.ID, 0)
	if err != nil {
		return atAnswer{}, err
	}
	place := zoneOf(present.Disclosure.Zone)
	out := atAnswer{Time: at.In(place), By: by}
	first, then := s.foldedAt(present, events, at, by)
	out.Known, out.Seq, out.Incident = first.Exists(), first.Seq, then
	if until.IsZero() {
		return out, nil
	}
	moment := until.In(place)
	out.Until, out.Entries, out.Changes = &moment, []entryBetween{}, []change{}
	_, later := s.foldedAt(present, events, until, by)
	for _, e := range events {
		if counts(present, e, until, by) && !counts(present, e, at, by) {
			out.Entries = append(out.Entries, entryBetween{
				Seq: e.Seq, Type: e.Type, At: e.At.In(place), RecordedAt: e.RecordedAt.In(place), Role: string(e.Actor.Role)})
		}
	}
	out.Changes, err = changes(then, later)
	return out, err
}

// foldedAt gives the state and its view; the view is nil when nothing of the
// case was known.
func (s *server) foldedAt(present *incident.State, events []incident.Event, at time.Time, by string) (*incident.State, *incidentView) {
	real := present.Clock.Real(at)
	state := incident.KnownBy(events, real)
	if by == byHappened {
		state = incident.HappenedBy(events, at)
	}
	if !state.Exists() {
		return state, nil
	}
	view := s.viewAt(state, real)
	return state, &view
}

// changes compares two views, field by field. Clocks that only run on are no
// change.
func changes(before, after *incidentView) ([]change, error) {
	first, err := leavesOf(before)
	if err != nil {
		return nil, err
	}
	second, err := leavesOf(after)
	if err != nil {
		return nil, err
	}
	paths := maps.Clone(first)
	maps.Copy(paths, second)
	out := []change{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		was, is := first[path], second[path]
		if string(was) != string(is) {
			out = append(out, change{Path: path, Before: orNull(was), After: orNull(is)})
		}
	}
	return out, nil
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

// running are fields that change by themselves as time goes on.
func running() []string { return []string{"now", "seq", "left_seconds", "left", "overdue_seconds"} }

// leavesOf gives each value of a view by its path.
func leavesOf(view *incidentView) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	if view == nil {
		return out, nil
	}
	raw, err := json.Marshal(view)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	var walk func(path, name string, value any) error
	walk = func(path, name string, value any) error {
		join := func(next string) string {
			if path == "" {
				return next
			}
			return path + "." + next
		}
		switch v := value.(type) {
		case map[string]any:
			for key, inner := range v {
				if err := walk(join(key), key, inner); err != nil {
					return err
				}
			}
		case []any:
			for i, inner := range v {
				if err := walk(join(fmt.Sprint(i)), name, inner); err != nil {
					return err
				}
			}
		default:
			if slices.Contains(running(), name) {
				return nil
			}
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			out[path] = text
		}
		return nil
	}
	return out, walk("", "", tree)
}
