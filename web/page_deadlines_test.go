package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"tocsin/incident"
)

var calendarShown = regexp.MustCompile(`http://127\.0\.0\.1(/calendar/tcc_[\w-]{43}\.ics)`)

func TestDeadlinesStandTheMostUrgentFirstAndDrillsLast(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	if page := v.get("/deadlines"); !strings.Contains(page.body, "No deadline is running") {
		t.Errorf("without a case the page gave %d and does not say so", page.status)
	}
	h.openSince(2*time.Hour, "Later <b>")
	h.openSince(50*time.Hour, "Sooner")
	h.openSince(71*time.Hour, "Drill", `,"exercise":{"pace":1}`)
	page := v.get("/deadlines")
	shows(t, page, "Sooner", "Later &lt;b&gt;", "Drill", "exercise", "AEPD", "not yet")
	sooner, later, drill := strings.Index(page.body, "Sooner"), strings.Index(page.body, "Later"), strings.Index(page.body, "Drill")
	if sooner > later || later > drill {
		t.Errorf("the order is sooner %d, later %d, drill %d", sooner, later, drill)
	}
}

func TestTheCalendarTellsLimitsAndNobody(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(10*time.Hour, "Payroll of Nina")
	h.openSince(11*time.Hour, "Drill", `,"exercise":{"pace":1}`)
	made := v.press("/account/calendar", http.StatusOK)
	shows(t, made, "Outlook", "From URL", "New Calendar Subscription", "the reminders of Tocsin come by mail", "Replace the address", "End the address")
	address := calendarShown.FindStringSubmatch(made.body)
	if address == nil {
		t.Fatal("no address is shown")
	}
	shows(t, v.get("/account"), "Lost it, or might somebody else have it?")
	if calendarShown.MatchString(v.get("/account").body) {
		t.Error("the address is shown twice")
	}
	stranger := h.visitor()
	got := stranger.get(address[1])
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Fatalf("the calendar gave %d as %q", got.status, got.header.Get("Content-Type"))
	}
	calendar, err := ics.ParseCalendar(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	events := calendar.Events()
	if len(events) != 1 {
		t.Fatalf("%d entries, want the one of the real case", len(events))
	}
	if end, err := events[0].GetEndAt(); err != nil || !end.Equal(state.Obligations[0].DueAt.Truncate(time.Second)) {
		t.Errorf("the entry ends at %v, the limit is %v (%v)", end, state.Obligations[0].DueAt, err)
	}
	if !strings.Contains(got.body, state.Number) || strings.Contains(got.body, "Nina") || strings.Contains(got.body, "Mirador") {
		t.Error("the calendar does not name the number alone")
	}
	// The address opens nothing else, a new one replaces it, and it can be ended.
	if got := stranger.do(http.MethodGet, "/incidents", nil, "Authorization", "Bearer "+address[1][10:57]); got.status == http.StatusOK {
		t.Error("the calendar's secret opens a page")
	}
	second := calendarShown.FindStringSubmatch(v.press("/account/calendar", http.StatusOK).body)
	if got := stranger.get(address[1]); got.status != http.StatusNotFound {
		t.Errorf("a replaced address gave %d", got.status)
	}
	v.press("/account/calendar/remove", http.StatusOK)
	if got := stranger.get(second[1]); got.status != http.StatusNotFound {
		t.Errorf("an ended address gave %d", got.status)
	}
	for range calendarsPerOrigin {
		stranger.get("/calendar/tcc_wrong.ics")
	}
	if got := stranger.get("/calendar/tcc_wrong.ics"); !strings.Contains(got.body, "too many") && !strings.Contains(got.body, "Too many") {
		t.Errorf("guessing goes on: %d", got.status)
	}
}
