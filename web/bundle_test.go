package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/ledger"
)

// verified checks a bundle as whoever receives it does.
func verified(t *testing.T, bundle string) ledger.Report {
	t.Helper()
	report, err := ledger.Verify(t.Context(), strings.NewReader(bundle), int64(len(bundle)), ledger.VerifyOptions{})
	if err != nil || !report.OK {
		t.Fatalf("the bundle does not verify: %v %v", err, report.Problems)
	}
	return report
}

// taken gives the entries that say that people's data left.
func (h *house) taken(id string) (data []string) {
	h.t.Helper()
	rows, err := h.store.Entries(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, row := range rows {
		if row.Entry.Type == incident.EvPeopleTaken {
			data = append(data, row.Entry.Actor.Role+" "+string(row.Entry.Data))
		}
	}
	return data
}

func TestPeoplesDataTravelInABundleByChoiceAlone(t *testing.T) {
	h, id, _ := peopledHouse(t)
	path := "/api/v1/incidents/" + id + "/bundle"
	if plain := h.must(incident.RoleDPO, "POST", path, `{}`); verified(t, plain).People != nil || strings.Contains(plain, oneAddress) {
		t.Error("people's data travel although nobody chose it")
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		role   incident.Role
		body   string
		status int
		words  string
	}{
		"no reason":                   {incident.RoleDPO, `{"with_people":true}`, 400, `"reason"`},
		"a reason of blanks":          {incident.RoleDPO, `{"with_people":true,"reason":"  "}`, 400, `"reason"`},
		"a reason without a choice":   {incident.RoleDPO, `{"reason":"for the authority"}`, 400, "without people's data"},
		"too long a reason":           {incident.RoleDPO, `{"with_people":true,"reason":"` + strings.Repeat("x", 5000) + `"}`, 400, `"reason"`},
		"a choice in words":           {incident.RoleDPO, `{"with_people":"yes","reason":"r"}`, 400, "with_people"},
		"an auditor":                  {incident.RoleAuditor, `{"with_people":true,"reason":"r"}`, 403, "people's data"},
		"a responder":                 {incident.RoleResponder, `{"with_people":true,"reason":"r"}`, 403, ""},
		"an administrator":            {incident.RoleAdmin, `{"with_people":true,"reason":"r"}`, 403, ""},
		"nobody who is signed in":     {"", `{"with_people":true,"reason":"r"}`, 401, ""},
		"something that is not asked": {incident.RoleDPO, `{"with_people":true,"reason":"r","for":"x"}`, 400, "for"},
	} {
		if status, answer := h.ask(c.role, "POST", path, c.body); status != c.status || !strings.Contains(answer, c.words) || namesPeople(answer) {
			t.Errorf("%s: %d %.200s", name, status, answer)
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("what was refused left %d entries", after-before)
	}

	bundle := h.must(incident.RoleDeputy, "POST", path, `{"with_people":true,"reason":"The authority asked for the list."}`)
	report := verified(t, bundle)
	if p := report.People; p == nil || p.People != 2 || p.Deliveries != 2 || p.By != "deputy" || len(p.Proven) != 1 || p.Reason != "The authority asked for the list." {
		t.Errorf("the bundle says %+v", p)
	}
	if !strings.Contains(bundle, `"email":"`+oneAddress+`"`) || !strings.Contains(bundle, `"message_id":"`+oneMessageID+`"`) {
		t.Error("the bundle does not hold who was told")
	}
	// The first page of the report says it too; it is stored without compression.
	if !strings.Contains(bundle, "the folder people/ has the data of 2 people") {
		t.Error("the report does not say that people's data travel beside it")
	}
	said := h.taken(id)
	if len(said) != 1 || said[0] != `deputy {"deliveries":2,"people":2,"reason":"The authority asked for the list."}` {
		t.Errorf("the record says %q", said)
	}
	h.must(incident.RoleDPO, "POST", path, `{"with_people":true,"reason":"Once more."}`)
	if said := h.taken(id); len(said) != 2 {
		t.Errorf("a second bundle is one of %d entries", len(said))
	}
	if trail := h.must(incident.RoleAuditor, "GET", "/api/v1/audit/entries?kind=reads&incident="+id, ""); strings.Count(trail, incident.EvPeopleTaken) != 2 {
		t.Errorf("the trail of reads lacks them: %s", trail)
	}
}

func TestThePageAsksWhyPeoplesDataLeave(t *testing.T) {
	h, id, _ := peopledHouse(t)
	dpo := h.as(incident.RoleDPO, "chief@example.com", "es")
	page := dpo.get("/incidents/" + id + "/evidence")
	shows(t, page, `name="with_people"`, "Incluir los datos de las personas", `name="reason"`)
	if strings.Contains(page.body, `value="yes" aria-describedby="bundle-people" checked`) {
		t.Error("the choice is made for the reader")
	}
	auditor := h.as(incident.RoleAuditor, "checks@example.com", "en")
	if page := auditor.get("/incidents/" + id + "/evidence"); strings.Contains(page.body, "with_people") || !strings.Contains(page.body, "/bundle") {
		t.Error("an auditor is offered people's data, or no bundle")
	}
	refused := dpo.press("/incidents/"+id+"/bundle", http.StatusBadRequest, "with_people", "yes", "reason", " ")
	if !strings.Contains(refused.body, `role="alert" id="bundle-fault"`) || !strings.Contains(refused.body, `aria-describedby="bundle-people" checked`) {
		t.Errorf("a missing reason is not told beside what was chosen: %s", refused.body)
	}
	refused = dpo.press("/incidents/"+id+"/bundle", http.StatusBadRequest, "reason", "<b>why</b>")
	if !strings.Contains(refused.body, `role="alert" id="bundle-fault"`) || !strings.Contains(refused.body, `value="&lt;b&gt;why&lt;/b&gt;"`) {
		t.Errorf("a reason without the choice is not told, or lost: %s", refused.body)
	}
	noWordMissing(t, refused)
	if said := h.taken(id); len(said) != 0 {
		t.Errorf("what was refused is recorded: %q", said)
	}
	got := dpo.do(http.MethodPost, "/incidents/"+id+"/bundle", url.Values{"with_people": {"yes"}, "reason": {"Nos los pidió la AEPD."}})
	if got.status != http.StatusOK || !strings.Contains(got.header.Get("Content-Disposition"), "-with-people.zip") {
		t.Fatalf("the page gave %d, %v", got.status, got.header)
	}
	if p := verified(t, got.body).People; p == nil || p.People != 2 || p.Reason != "Nos los pidió la AEPD." {
		t.Errorf("the bundle says %+v", p)
	}
	shows(t, dpo.get("/incidents/"+id+"/timeline"), "Sacados datos de las personas en un expediente")
}

func TestACaseWithoutPeopleOffersNoneToTake(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	v := h.signedIn(incident.RoleDPO)
	if page := v.get("/incidents/" + id + "/evidence"); strings.Contains(page.body, "with_people") {
		t.Error("people's data are offered, and there are none")
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/bundle", `{"with_people":true,"reason":"r"}`); status != http.StatusConflict || !strings.Contains(answer, "nobody was imported") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestErasedPeopleStayOutOfABundle(t *testing.T) {
	h := newHouse(t)
	id, one := h.settled()
	h.must(incident.RoleDPO, "POST", one+"/retention/erase", `{"reason":"all is settled"}`)
	h.must(incident.RoleDeputy, "POST", one+"/retention/confirm", `{}`)
	h.erase(id)
	bundle := h.must(incident.RoleDPO, "POST", one+"/bundle", `{"with_people":true,"reason":"What is left?"}`)
	p := verified(t, bundle).People
	if p == nil || p.ErasedAt == "" || p.People != 0 {
		t.Errorf("the bundle says %+v", p)
	}
	if !bytes.Contains([]byte(bundle), []byte("were erased on")) {
		t.Error("its first page does not say that they were erased")
	}
}
