package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// madridNow is the present minute as a form of a case in Madrid writes it.
func madridNow(t *testing.T) string {
	t.Helper()
	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().In(place).Format(localInstant)
}

// receipt is a form of a filing.
func (v *visitor) receipt(duty string, values [][2]string, name, content string) seen {
	v.t.Helper()
	return v.sendAs(duty+"/file", values, "attachment", name, content)
}

func TestAnotherPersonApprovesAndTheReceiptEndsTheClock(t *testing.T) {
	h := newHouse(t)
	drafter, other := h.signedIn(incident.RoleDPO), h.as(incident.RoleDeputy, "two@example.com", "es")
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	if got := drafter.do(http.MethodPost, duty+"/approve", url.Values{"version": {"1"}, "sure": {"yes"}}); got.status != http.StatusConflict {
		t.Errorf("approving nothing gave %d", got.status)
	}
	if got := drafter.do(http.MethodPost, duty+"/draft", url.Values{"version": {"0"}}); got.status != http.StatusSeeOther {
		t.Fatalf("the first draft gave %d: %s", got.status, wrongIn(got))
	}
	approve := url.Values{"version": {"1"}, "sure": {"yes"}}
	shows(t, drafter.get(duty), "drafted", "You drafted it")
	if got := drafter.do(http.MethodPost, duty+"/approve", approve); got.status != http.StatusForbidden || !strings.Contains(got.body, "was drafted by you") {
		t.Errorf("the drafter's approval gave %d", got.status)
	}
	shows(t, other.get(duty), "Doble control", `name="version" value="1"`)
	if got := other.do(http.MethodPost, duty+"/approve", url.Values{"version": {"1"}}); got.status != http.StatusBadRequest {
		t.Errorf("an approval without having read gave %d", got.status)
	}
	if got := other.do(http.MethodPost, duty+"/approve", url.Values{"version": {"7"}, "sure": {"yes"}}); got.status != http.StatusConflict {
		t.Errorf("the approval of another version gave %d", got.status)
	}
	if got := other.do(http.MethodPost, duty+"/approve", approve); got.status != http.StatusSeeOther || got.location != duty+"#approve" {
		t.Fatalf("the approval gave %d: %s", got.status, wrongIn(got))
	}
	filed := [][2]string{{"version", "1"}, {"receipt", "REGAGE25e1"}, {"at", madridNow(t)}, {"delay_reasons", ""}}
	if got := drafter.receipt(duty, filed, "receipt.pdf", "%PDF-1.4 receipt"); got.status != http.StatusSeeOther || got.location != duty+"#filed" {
		t.Fatalf("the filing gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, drafter.get(duty), "REGAGE25e1", "receipt.pdf", "approved by another person", "-copy-sheet.html", "follow-up", "Withdraw what was filed")
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if f := state.Obligation(1).Filings; len(f) != 1 || f[0].Attachment == nil || f[0].Frozen == nil || len(f[0].Dossier) != 3 {
		t.Errorf("what was filed is %+v", f)
	}
}

func TestAWrongFilingIsRefusedWithWhatWasWritten(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(80*time.Hour, "Late case")
	duty := "/incidents/" + id + "/obligations/1"
	before := h.events(id)
	for name, c := range map[string]struct {
		values [][2]string
		file   string
		status int
		words  string
	}{
		"no reasons for being late":  {[][2]string{{"receipt", "R-1"}, {"at", madridNow(t)}}, "", 400, "delay"},
		"no receipt":                 {[][2]string{{"receipt", " "}, {"at", madridNow(t)}}, "", 400, "receipt"},
		"no time":                    {[][2]string{{"receipt", "R-1"}, {"at", ""}}, "", 400, "A date with a time"},
		"a time to come":             {[][2]string{{"receipt", "R-1"}, {"at", "2099-01-01T10:00"}}, "", 400, "2099"},
		"another subtype":            {[][2]string{{"receipt", "R-1"}, {"at", madridNow(t)}, {"subtype", "complete"}}, "", 400, "withdraw"},
		"a page of before the draft": {[][2]string{{"version", "3"}, {"receipt", "R-1"}, {"at", madridNow(t)}}, "", 409, "another version"},
		"a withdrawal of nothing":    {[][2]string{{"receipt", "R-1"}, {"at", madridNow(t)}, {"subtype", "withdraw"}}, "", 400, "earlier filing"},
	} {
		values := append([][2]string{{"version", "0"}}, c.values...)
		if name == "a page of before the draft" {
			values = c.values
		}
		got := v.receipt(duty, values, "", "")
		if got.status != c.status || !strings.Contains(got.body, c.words) {
			t.Errorf("%s gave %d and does not say %q: %s", name, got.status, c.words, wrongIn(got))
		}
		if name == "no reasons for being late" && !strings.Contains(got.body, `value="R-1"`) {
			t.Error("the receipt that was written is gone")
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("refused forms recorded %d events", after-before)
	}
	late := [][2]string{{"version", "0"}, {"receipt", "R-1"}, {"at", madridNow(t)}, {"delay_reasons", "The vendor named the data only on Friday."}}
	if got := v.receipt(duty, late, "", ""); got.status != http.StatusSeeOther {
		t.Fatalf("a late filing with reasons gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(duty), " min late", "without approval")
}

func TestWhatWasFiledIsWithdrawnFromThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	if got := v.do(http.MethodPost, duty+"/withdraw", url.Values{"reason": {"no data"}}); got.status != http.StatusConflict {
		t.Errorf("withdrawing nothing gave %d", got.status)
	}
	v.receipt(duty, [][2]string{{"version", "0"}, {"receipt", "R-1"}, {"at", madridNow(t)}}, "", "")
	if got := v.do(http.MethodPost, duty+"/withdraw", url.Values{"reason": {" "}}); got.status != http.StatusBadRequest {
		t.Errorf("withdrawing without a reason gave %d", got.status)
	}
	if got := v.do(http.MethodPost, duty+"/withdraw", url.Values{"reason": {"No personal data were on it."}}); got.status != http.StatusSeeOther {
		t.Fatalf("the withdrawal gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(duty), "The latest draft withdraws what was filed", `name="subtype" value="withdraw"`, "withdrawal")
	if got := v.receipt(duty, [][2]string{{"version", "1"}, {"receipt", "R-2"}, {"at", madridNow(t)}, {"subtype", "withdraw"}}, "", ""); got.status != http.StatusSeeOther {
		t.Fatalf("filing the withdrawal gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(duty), "Withdrawn")
}

func TestADutyIsWaivedDelayedAndGivenItsStart(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/obligations", `{"regime":"dora","reason":"a bank"}`)
	first, second := "/incidents/"+id+"/obligations/1", "/incidents/"+id+"/obligations/2"
	shows(t, v.get("/incidents/"+id+"/authority"), `href="`+second+`"`)
	shows(t, v.get(second), "has a form of its own", "Fix the time from which it counts", `name="fact" value="`)
	fact := strings.SplitN(strings.SplitN(v.get(second).body, `name="fact" value="`, 2)[1], `"`, 2)[0]
	for name, form := range map[string]url.Values{
		"no time":   {"fact": {fact}, "at": {""}, "reason": {"r"}},
		"no reason": {"fact": {fact}, "at": {madridNow(t)}, "reason": {""}},
		"no fact":   {"fact": {"full_moon"}, "at": {madridNow(t)}, "reason": {"r"}},
	} {
		if got := v.do(http.MethodPost, second+"/facts", form); got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if got := v.do(http.MethodPost, second+"/facts", url.Values{"fact": {fact}, "at": {madridNow(t)}, "reason": {"classified today"}}); got.status != http.StatusSeeOther {
		t.Fatalf("the fact gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(second), "Open", "Due ")
	if got := v.do(http.MethodPost, first+"/delay-reasons", url.Values{"reason": {"The vendor is silent."}}); got.status != http.StatusSeeOther {
		t.Fatalf("the reason gave %d", got.status)
	}
	shows(t, v.get(first), "The vendor is silent.")
	for _, step := range []string{"/delay-reasons", "/waive"} {
		if got := v.do(http.MethodPost, first+step, url.Values{"reason": {" "}}); got.status != http.StatusBadRequest || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s without a reason gave %d", step, got.status)
		}
	}
	if got := v.do(http.MethodPost, first+"/waive", url.Values{"reason": {"It was no data of ours."}}); got.status != http.StatusSeeOther {
		t.Fatalf("waiving gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(first), "Does not apply", "It was no data of ours.")
	if got := v.get("/incidents/" + id + "/obligations/9"); got.status != http.StatusNotFound {
		t.Errorf("a duty that is not there gave %d", got.status)
	}
}

func TestTheCopySheetFollowsThePortal(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.openSince(time.Hour, "<script>alert(1)</script>")
	sheet := "/incidents/" + id + "/obligations/1/sheet"
	got := v.get(sheet)
	shows(t, got, "Fecha de detección de la brecha", `data-copy="v-`, `<pre id="v-`, "only in the portal", "/static/copy.js", "wording to be confirmed")
	if strings.Contains(got.body, "<script>alert") {
		t.Error("a title became markup")
	}
	if got := v.get(sheet + "?language=xx"); got.status != http.StatusBadRequest {
		t.Errorf("a language that is not there gave %d", got.status)
	}
	if got := v.get(sheet + "?tongue=es"); got.status != http.StatusBadRequest {
		t.Errorf("a parameter that is not there gave %d", got.status)
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/assessments",
		`{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"no data"}}`)
	if got := v.get(sheet); got.status != http.StatusConflict {
		t.Errorf("the sheet of a waived duty gave %d", got.status)
	}
}
