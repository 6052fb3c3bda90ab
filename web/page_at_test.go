package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

var (
	happenedBy   = regexp.MustCompile(`Happened by then \(\d+\)`)
	chosenMoment = regexp.MustCompile(`id="time" [^>]*value="([^"]+)"`)
)

func TestWhatWasRecordedLateIsSeenByWhenItHappenedAndNotByTheRecord(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.openSince(5*time.Hour, "Recorded late")
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":true,"communicate":false,"reason":"A risk."}}`)
	now := time.Now()
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"R-LATE","at":"`+now.Add(-3*time.Hour).Format(time.RFC3339)+`"}`)
	between := now.Add(-2 * time.Hour)
	ask := func(by string) atAnswer {
		t.Helper()
		var out atAnswer
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+"/at?"+url.Values{"time": {between.Format(time.RFC3339)},
			"until": {now.Add(time.Hour).Format(time.RFC3339)}, "by": {by}}.Encode(), "")), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := ask("recorded"); got.Known || got.By != "recorded" {
		t.Errorf("by the record something was known: %+v", got)
	}
	got := ask("happened")
	if !got.Known || got.Incident.Obligations[0].Status != incident.ObligationFiled {
		t.Fatalf("by what happened it is %+v", got)
	}
	for _, e := range got.Entries {
		if e.Type == incident.EvNotificationFiled {
			t.Error("the filing counts as later, though it happened before")
		}
	}
	if status, answer := h.ask(incident.RoleAuditor, "GET", one+"/at?by=guess&time="+url.QueryEscape(between.Format(time.RFC3339)), ""); status != http.StatusBadRequest || !strings.Contains(answer, `"by"`) {
		t.Errorf("a clock that is none gave %d %s", status, answer)
	}

	// The page: by the moment, and step by step without a script.
	place := zoneOf("Europe/Madrid")
	page := v.get("/incidents/" + id + "/at?by=happened&time=" + url.QueryEscape(between.In(place).Format(localMoment)))
	shows(t, page, `value="happened" checked`, `type="range"`, "Walk through the case", "filed")
	noWordMissing(t, page)
	if strings.Contains(page.body, "Recorded by then") || strings.Contains(page.body, "does not count for it") {
		t.Error("what happened is said to have been recorded by then")
	}
	shows(t, page, "<h1>How it was</h1>", "Happened by then (", "counts from when it happened")
	shows(t, v.get("/incidents/"+id+"/at?by=recorded&time="+url.QueryEscape(between.In(place).Format(localMoment))), "Nothing of this case was recorded by then.")
	first := v.get("/incidents/" + id + "/at?by=happened&step=1")
	shows(t, first, `href="/incidents/`+id+`/at?by=happened&amp;step=2"`, "Moment 1 of ")
	if strings.Contains(first.body, "step=0") {
		t.Error("there is a way to before the first moment")
	}
	last := v.get("/incidents/" + id + "/at?by=happened&step=9999")
	shows(t, last, "Earlier")
	// The form of that page, given as it stands, shows the same: its moment is a whole second.
	shown := chosenMoment.FindStringSubmatch(last.body)[1]
	again := v.get("/incidents/" + id + "/at?by=happened&time=" + url.QueryEscape(shown))
	if all := happenedBy.FindString(last.body); all == "" || happenedBy.FindString(again.body) != all {
		t.Errorf("at %s there is %q, and given again %q", shown, all, happenedBy.FindString(again.body))
	}
	if strings.Contains(last.body, ">Later<") {
		t.Error("there is a way past the last moment")
	}
	both := h.as(incident.RoleAuditor, "es@example.com", "es").get("/incidents/" + id + "/at?by=happened&time=" + url.QueryEscape(now.Add(-4*time.Hour).In(place).Format(localMoment)) +
		"&until=" + url.QueryEscape(now.Add(time.Hour).In(place).Format(localMoment)))
	shows(t, both, "Obligación 1: estado", "Recorrer el caso", "Plazo para notificar a AEPD, art. 33.1")
	noWordMissing(t, both)
	for _, wrong := range []string{"?by=guess", "?step=x", "?step=-1"} {
		if got := v.get("/incidents/" + id + "/at" + wrong); got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", wrong, got.status)
		}
	}
}

func TestALongCaseIsWalkedMomentByMoment(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.openSince(5*time.Hour, "Long")
	const further = 300
	for range further / 2 {
		h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/1/done", `{"note":"Done."}`)
		h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/tasks/1/reopen", `{"reason":"A second key works."}`)
	}
	moments := regexp.MustCompile(`Moment (\d+) of (\d+)`)
	for _, by := range []string{"recorded", "happened"} {
		address := "/incidents/" + id + "/at?by=" + by + "&step="
		last := v.get(address + "9999")
		found := moments.FindStringSubmatch(last.body)
		if found == nil || found[1] != found[2] {
			t.Fatalf("by what was %s the last moment is %q", by, found)
		}
		steps, err := strconv.Atoi(found[2])
		if err != nil || steps < further {
			t.Fatalf("by what was %s there are %d moments, %v", by, steps, err)
		}
		shows(t, last, "earlier ones stand in the audit trail", `max="`+found[2]+`" value="`+found[2]+`"`, "step="+strconv.Itoa(steps-1))
		middle := v.get(address + strconv.Itoa(steps/2))
		shows(t, middle, "Moment "+strconv.Itoa(steps/2)+" of "+found[2], "step="+strconv.Itoa(steps/2-1)+`"`, "step="+strconv.Itoa(steps/2+1)+`"`)
		noWordMissing(t, middle)
		if most := 150 << 10; len(last.body) > most {
			t.Errorf("the page has %d bytes; at most %d", len(last.body), most)
		}
	}
	before := v.get("/incidents/" + id + "/at?time=2020-01-01T00:00:00")
	shows(t, before, "Before the first of ", "step=1")
	noWordMissing(t, before)
}
