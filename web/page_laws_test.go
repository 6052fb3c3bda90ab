package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestQuestionsProposeLawsAndAPersonConfirmsThem(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	path := "/incidents/" + id + "/laws"
	shows(t, v.get(path), "Answer the questions", "Record the answers")
	shows(t, v.get("/incidents/"+id+"/authority"), `href="`+path+`"`)
	before := h.events(id)
	if got := v.do(http.MethodPost, path, url.Values{"financial_entity": {"perhaps"}}); got.status != http.StatusBadRequest || !strings.Contains(got.body, "perhaps") {
		t.Errorf("an odd answer gave %d", got.status)
	}
	for name, form := range map[string]url.Values{
		"no reason":        {"regime": {"dora"}, "reason": {" "}},
		"no such law":      {"regime": {"nis3"}, "reason": {"r"}},
		"no law":           {"reason": {"r"}},
		"a proposal":       {"regime": {"gdpr-omnibus"}, "reason": {""}},
		"a text with NUL":  {"regime": {"dora"}, "reason": {"a\x00b"}},
		"markup as reason": {"regime": {"nis3"}, "reason": {"<script>alert(1)</script>"}},
	} {
		if got := v.do(http.MethodPost, path+"/duty", form); got.status != http.StatusBadRequest || strings.Contains(got.body, "<script>alert") {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if after := h.events(id); after != before {
		t.Fatalf("refused forms recorded %d events", after-before)
	}
	answers := url.Values{"personal_data": {"yes"}, "financial_entity": {"yes"}, "united_kingdom": {"no"}}
	if got := v.do(http.MethodPost, path, answers); got.status != http.StatusSeeOther || got.location != path+"#proposals" {
		t.Fatalf("the answers gave %d: %s", got.status, wrongIn(got))
	}
	page := v.get(path)
	shows(t, page, "DORA Art. 19", "This case has this duty.", "Still to be answered:", `name="financial_entity" value="yes" checked`)
	if strings.Contains(page.body, "UK GDPR Art. 33") {
		t.Error("a law that was ruled out is proposed")
	}
	duty := url.Values{"regime": {"dora"}, "recipient": {"Banco de España"}, "country": {"es"}, "reason": {"We are a payment institution."}}
	if got := v.do(http.MethodPost, path+"/duty", duty); got.status != http.StatusSeeOther {
		t.Fatalf("confirming gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get("/incidents/"+id+"/authority"), "Banco de España")
	shows(t, h.as(incident.RoleAuditor, "es@example.com", "es").get(path), "¿Qué normas se aplican?", "Normas que pueden aplicarse", "disabled")
}
