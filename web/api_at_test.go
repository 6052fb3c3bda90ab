package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestACaseIsShownAsItWasKnownAtAnInstant(t *testing.T) {
	h := newHouse(t)
	before := time.Now().Add(-time.Second)
	id := h.open()
	one := "/api/v1/incidents/" + id
	opened := h.lastRecorded(id)
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	h.must(incident.RoleDPO, "POST", one+"/awareness",
		`{"at":"`+time.Now().Add(-30*time.Minute).Format(time.RFC3339)+`","reason":"the data set came"}`)
	after := h.lastRecorded(id)

	at := func(query url.Values) atAnswer {
		t.Helper()
		var out atAnswer
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+"/at?"+query.Encode(), "")), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	exact := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
	if v := at(url.Values{"time": {exact(before)}}); v.Known || v.Seq != 0 || v.Incident != nil {
		t.Errorf("before the case: %+v", v)
	}
	then := at(url.Values{"time": {exact(opened)}})
	if !then.Known || then.Incident == nil || len(then.Incident.Awareness) != 1 || then.Incident.Tasks[0].DoneAt != nil || then.Entries != nil {
		t.Errorf("at the opening: %+v", then)
	}
	now := at(url.Values{"time": {exact(after)}})
	if now.Seq <= then.Seq || len(now.Incident.Awareness) != 2 || now.Incident.Tasks[0].DoneAt == nil {
		t.Errorf("at the end: %+v", now)
	}
	both := at(url.Values{"time": {exact(opened)}, "until": {exact(after)}})
	if int64(len(both.Entries)) != now.Seq-then.Seq || both.Entries[0].Type != incident.EvTaskCompleted {
		t.Errorf("between: %+v", both.Entries)
	}
	var paths []string
	for _, c := range both.Changes {
		paths = append(paths, c.Path)
	}
	for _, path := range []string{"awareness.1.reason", "tasks.0.note", "obligations.0.due"} {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is not among the changes %q", path, paths)
		}
	}
	if slices.Contains(paths, "seq") || slices.Contains(paths, "now") || slices.Contains(paths, "obligations.0.left_seconds") {
		t.Errorf("what runs on by itself counts as a change: %q", paths)
	}
	same := at(url.Values{"time": {exact(after)}, "until": {exact(after)}})
	if len(same.Entries) != 0 || len(same.Changes) != 0 {
		t.Errorf("nothing lies between: %+v", same)
	}
	for _, wrong := range []string{"", "time=yesterday", "time=" + url.QueryEscape(exact(after)) + "&until=" + url.QueryEscape(exact(opened)), "time=x&other=1"} {
		if status, answer := h.ask(incident.RoleDPO, "GET", one+"/at?"+wrong, ""); status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", wrong, status, answer)
		}
	}
	if status, _ := h.ask(incident.RoleAdmin, "GET", one+"/at?time="+url.QueryEscape(exact(after)), ""); status != http.StatusForbidden {
		t.Errorf("the administrator: %d", status)
	}
	h.pageAt(id, opened, after)
}

// pageAt looks at the page of two moments. A form knows whole seconds alone.
func (h *house) pageAt(id string, opened, after time.Time) {
	h.t.Helper()
	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		h.t.Fatal(err)
	}
	of := func(at time.Time) string { return url.QueryEscape(at.In(place).Format(localMoment)) }
	page := "/incidents/" + id + "/at"
	if shown := h.must(incident.RoleAuditor, "GET", page, ""); !strings.Contains(shown, "Choose a moment") || strings.Contains(shown, "Recorded by then") {
		h.t.Errorf("the empty page: %s", shown)
	}
	shown := h.must(incident.RoleAuditor, "GET", page+"?time="+of(opened.Add(-time.Hour))+"&until="+of(after.Add(time.Second)), "")
	for _, text := range []string{"Nothing of this case was recorded by then", "Recorded between the two", "Awareness 2: reason", "the data set came"} {
		if !strings.Contains(shown, text) {
			h.t.Errorf("the page does not say %q", text)
		}
	}
	if shown := h.must(incident.RoleAuditor, "GET", page+"?time="+of(after.Add(time.Second)), ""); !strings.Contains(shown, "Recorded by then") ||
		!strings.Contains(shown, "<dt>") || strings.Contains(shown, "Recorded between") {
		h.t.Errorf("the page of one moment: %s", shown)
	}
	for _, wrong := range []string{"?time=%3Cscript%3E", "?time=" + of(after) + "&until=x", "?time=" + of(after) + "&until=" + of(opened.Add(-time.Hour))} {
		status, shown := h.ask(incident.RoleAuditor, "GET", page+wrong, "")
		if status != http.StatusBadRequest || !strings.Contains(shown, "again.") || strings.Contains(shown, "<script>") {
			h.t.Errorf("%s: %d %s", wrong, status, shown)
		}
	}
}

// lastRecorded is when the last event of a case was recorded.
func (h *house) lastRecorded(id string) time.Time {
	h.t.Helper()
	events, err := h.store.Events(h.t.Context(), id, 0)
	if err != nil || len(events) == 0 {
		h.t.Fatalf("%d events, %v", len(events), err)
	}
	return events[len(events)-1].RecordedAt
}
