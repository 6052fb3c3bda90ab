package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestTheRegisterTakesFromTheNotificationAndSaysSo(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(2*time.Hour, "Data set exported")
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"Keys withdrawn."}`)

	// While nothing is filed, the draft counts: what a person wrote into it.
	h.must(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD","content":{"fields":{
		"cause":"external_malicious","breach_nature":["confidentiality"],"impacts":["other"],"impacts_description":"Fraud by <i>mail</i>.","measures_taken":"Draft measure."}}}`)
	drafted := v.get("/register")
	shows(t, drafted, "From draft 1 of the notification to AEPD,", "not filed:", "Cause of the personal data breach (field 61): External malicious",
		"Fraud by &lt;i&gt;mail&lt;/i&gt;.", "Draft measure.", "From the tasks of the case:", "Keys withdrawn.", "From what was disclosed:")
	noWordMissing(t, drafted)

	// Then what was filed, and of the draft after it only what was not filed.
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE-1","at":"`+h.now(one)+`","subtype":"incomplete"}`)
	h.must(incident.RoleDPO, "POST", one+"/notifications", `{"obligation":1,"content":{"fields":{
		"measures_taken":"Second thought.","measures_after_description":"Keys live for a day."}}}`)
	filed := v.get("/register")
	shows(t, filed, "From the notification to AEPD, filed", "number REGAGE-1:", "Draft measure.", "Fraud by", "From draft 2", "Keys live for a day.")
	noWordMissing(t, filed)
	if strings.Contains(filed.body, "Second thought.") {
		t.Error("a draft goes before what the authority received")
	}
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get("/register")
	shows(t, spanish, "De la notificación a AEPD, presentada el", "Del borrador 2", "(campo 61)", "De las tareas del caso:")
	noWordMissing(t, spanish)

	var list registerList
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/register", "")), &list); err != nil || len(list.Incidents) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	e := list.Incidents[0]
	said := func(key string) incident.RegisterSaid {
		i := slices.IndexFunc(e.Said, func(s incident.RegisterSaid) bool { return s.Key == key })
		if i < 0 {
			t.Fatalf("the API says nothing of %s: %+v", key, e.Said)
		}
		return e.Said[i]
	}
	if s := said("measures_taken"); s.From != incident.RegisterFiled || s.Part != incident.RegisterRemedial || s.Field != 92 || s.Value != "Draft measure." {
		t.Errorf("the measures are %+v", s)
	}
	if s := said("measures_after_description"); s.From != incident.RegisterDrafted || s.Value != "Keys live for a day." {
		t.Errorf("the further measures are %+v", s)
	}
	if f := e.FormOf(incident.RegisterFiled); f == nil || f.Receipt != "REGAGE-1" || f.To != "AEPD" {
		t.Errorf("filed was %+v", f)
	}
	for _, form := range []string{"csv", "xlsx", "pdf"} {
		table := v.do(http.MethodPost, "/register/export", url.Values{"format": {form}})
		if table.status != http.StatusOK {
			t.Fatalf("the %s gave %d", form, table.status)
		}
		if form != "csv" {
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(table.body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		remedies := rows[1][slices.Index(rows[0], "Remedial action taken")]
		if !strings.Contains(remedies, "number REGAGE-1:\n") || !strings.Contains(remedies, "(field 92): Draft measure.") || !strings.Contains(remedies, "From the tasks of the case:") {
			t.Errorf("the table says %q", remedies)
		}
	}
}

func TestTheRegisterSaysWhyACaseWasNotNotified(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(2*time.Hour, "Sealed laptop lost")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/assessments", `{"facts":{"breach":["confidentiality"],"data":[{"kind":"email"}],"people":40,"exposure":"none"},
		"decision":{"notify_authority":false,"communicate":false,"reason":"The disk is sealed and the key safe.","dissent":"The rules advise otherwise."}}`)
	page := v.get("/register?outcome=not_notified")
	shows(t, page, "Why it was not notified (GDPR Art. 33(1)): The disk is sealed and the key safe.", "Decided on", "by: DPO", "From the assessment of the risk:")
	noWordMissing(t, page)
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get("/register")
	shows(t, spanish, "Por qué no se notificó (art. 33.1 RGPD): The disk is sealed")
	noWordMissing(t, spanish)
	table := v.do(http.MethodPost, "/register/export", url.Values{"format": {"csv"}})
	rows, err := csv.NewReader(strings.NewReader(table.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if why := rows[1][slices.Index(rows[0], "Why it was not notified (GDPR Art. 33(1))")]; why != "The disk is sealed and the key safe." {
		t.Errorf("the table says %q", why)
	}
}
