package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAFurtherRoundSaysWhatItWillDoAndToHowMany(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "en")
	id := h.open()
	one, api := "/incidents/"+id, "/api/v1/incidents/"+id
	if page := v.get(one + "/people"); strings.Contains(page.body, `id="further"`) {
		t.Error("rounds are offered before anybody is known")
	}
	h.must(incident.RoleDPO, "POST", api+"/people?name=a.csv", "email,name\nana@example.com,Ana\nbo@example.com,Bo\n")
	page := v.get(one + "/people")
	shows(t, page, "Nobody was told yet.", "No stopped round left anybody out.", "Organisations whose people are affected", "Opening a round sends nothing")
	if strings.Contains(page.body, `name="scope"`) {
		t.Error("a round to nobody is offered")
	}
	content := fmt.Sprintf(noticeOf(""), "")
	h.sent(id, 1, `{"template":"affected","content":`+content+`}`)
	h.must(incident.RoleDPO, "POST", api+"/people?name=b.csv", "email,name,card\nana@example.com,Ana,4111111111111111\nbo@example.com,Bo,\n")
	shows(t, v.get(one+"/people"), "Tells 1 person that a later file exposes more", "Open the round for 1 person",
		"everybody who was told so far: 2 people", "Open the round for 2 people")

	before := h.events(id)
	open := func(values ...string) seen {
		form := url.Values{}
		for i := 0; i < len(values); i += 2 {
			form.Set(values[i], values[i+1])
		}
		return v.do(http.MethodPost, one+"/rounds", form)
	}
	for name, c := range map[string]struct {
		got    seen
		status int
		words  string
	}{
		"no reason":            {open("kind", "follow_up", "scope", "changed"), http.StatusBadRequest, `id="open-follow_up_changed-fault"`},
		"the rest of no round": {open("kind", "affected", "scope", "rest", "reason", "r"), http.StatusConflict, "No stopped round left anybody out"},
		"a kind that is none":  {open("kind", "king", "reason", "r"), http.StatusBadRequest, "is not a kind of round"},
		"a letter of control":  {open("kind", "follow_up", "scope", "told", "reason", "a\x00b"), http.StatusBadRequest, "not text"},
	} {
		if c.got.status != c.status || !strings.Contains(c.got.body, c.words) {
			t.Errorf("%s gave %d without %q: %s", name, c.got.status, c.words, c.got.body)
		}
	}
	if h.events(id) != before {
		t.Fatal("a refused round left something in the record")
	}
	got := open("kind", "follow_up", "scope", "changed", "reason", "The vendor sent a wider file.")
	if got.status != http.StatusSeeOther || got.location != one+"/people#round-3" {
		t.Fatalf("opening gave %d to %q: %s", got.status, got.location, got.body)
	}
	shows(t, v.get(one+"/people"), "Round 3, a follow-up", "The vendor sent a wider file.", "Round 3 of this kind was not sent yet", "Give this round up", "1 person.")

	// Its notice says what is new, in every language at once.
	path := one + "/mailings/3/words"
	form := v.get(path)
	shows(t, form, "What is new since the first message", `name="changes-en"`)
	words := url.Values{
		"locale": {"en"}, "version": {"0"}, "contact_name-en": {"Our officer"}, "email": {"dpo@example.com"}, "nature-en": {"A file was copied."},
		"consequences-en": {"False messages."}, "measures-en": {"Access was cut."},
	}
	if got := v.do(http.MethodPost, path, words); got.status != http.StatusBadRequest || !strings.Contains(got.body, "changes") {
		t.Errorf("a follow-up without news gave %d: %s", got.status, got.body)
	}
	words.Set("changes-en", "Card numbers were in it too.")
	if got := v.do(http.MethodPost, path, words); got.status != http.StatusSeeOther {
		t.Fatalf("the words gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(one+"/people"), "Card numbers were in it too.")
	stop := one + "/mailings/3/stop"
	if got := v.do(http.MethodPost, stop, url.Values{"reason": {"to everybody instead"}}); got.status != http.StatusSeeOther {
		t.Fatalf("giving the round up gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(one+"/people"), "It was stopped: to everybody instead", "Open the round for 1 person")
}

func TestWhomAStoppedRoundLeftOutIsOfferedOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDeputy, "deputy1@example.com", "es")
	id := h.open()
	one, api := "/incidents/"+id, "/api/v1/incidents/"+id
	h.must(incident.RoleDPO, "POST", api+"/people?name=a.csv", "email,name\nana@example.com,Ana\nbo@example.com,Bo\n")
	h.must(incident.RoleDPO, "POST", api+"/mailings", `{"template":"affected","content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
	h.must(incident.RoleApprover, "POST", api+"/mailings/1/approve", "{}")
	h.must(incident.RoleDPO, "POST", api+"/mailings/1/start", "{}")
	h.must(incident.RoleDPO, "POST", api+"/mailings/1/stop", `{"reason":"wrong words"}`)
	shows(t, v.get(one+"/people"), "Informa a 2 personas que una ronda detenida dejó fuera.")
	got := v.do(http.MethodPost, one+"/rounds", url.Values{"kind": {"affected"}, "scope": {"rest"}, "reason": {"con otras palabras"}})
	if got.status != http.StatusSeeOther || got.location != one+"/people#round-2" {
		t.Fatalf("opening gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(one+"/people"), "Abierta por Somebody (adjunto)", "con otras palabras", "2 personas.")
}

func TestAClosedCaseOpensNoRound(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "en")
	id := h.open()
	one, api := "/incidents/"+id, "/api/v1/incidents/"+id
	h.must(incident.RoleDPO, "POST", api+"/assessments", `{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"no risk"}}`)
	h.must(incident.RoleDPO, "POST", api+"/close", `{"reason":"done"}`)
	if page := v.get(one + "/people"); page.status != http.StatusOK || strings.Contains(page.body, `id="further"`) {
		t.Errorf("a closed case gave %d and offers rounds", page.status)
	}
	got := v.do(http.MethodPost, one+"/rounds", url.Values{"kind": {"follow_up"}, "scope": {"told"}, "reason": {"r"}})
	if got.status != http.StatusConflict || !strings.Contains(got.body, "closed") {
		t.Errorf("a closed case gave %d: %s", got.status, got.body)
	}
}

func TestRecipientsOfAFileAreChosenOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "en")
	id := h.open()
	one := "/incidents/" + id
	h.must(incident.RoleDPO, "POST", "/api/v1"+one+"/people?name=a.csv", "email,name,organisation\nana@example.com,Ana,ACME Ltd\nbo@example.com,Bo,ACME Ltd\n")
	accounts := "email,name,organisation,role\nana@example.com,Ana,ACME Ltd,member\nboss@example.com,Eva,ACME Ltd,admin\ncy@example.com,Cy,Bakers,admin\nbroken,Di,,\nshort\n"
	open := func(kind, reason, content string) seen {
		return v.send(one+"/rounds/recipients", [][2]string{{"kind", kind}, {"reason", reason}}, "accounts.csv", content)
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		got    seen
		status int
		words  string
	}{
		"no reason":         {open("not_affected", "", accounts), http.StatusBadRequest, `id="open-not_affected-fault"`},
		"affected alone":    {open("not_affected", "r", "email\nana@example.com\n"), http.StatusConflict, `id="open-not_affected-fault"`},
		"no administrator":  {open("affected_organisation", "r", "email,organisation,admin\ncy@example.com,Bakers,yes\n"), http.StatusConflict, `id="open-affected_organisation-fault"`},
		"no address column": {open("not_affected", "r", "a,b\n1,2\n"), http.StatusBadRequest, "columns"},
		"no file":           {v.send(one+"/rounds/recipients", [][2]string{{"kind", "not_affected"}, {"reason", "r"}}, "", ""), http.StatusBadRequest, "choose a file"},
	} {
		if c.got.status != c.status || !strings.Contains(strings.ToLower(c.got.body), strings.ToLower(c.words)) {
			t.Errorf("%s gave %d without %q: %s", name, c.got.status, c.words, c.got.body)
		}
	}
	if h.events(id) != before {
		t.Fatal("a refused round left something in the record")
	}
	for i, kind := range []string{"not_affected", "affected_organisation"} {
		got := open(kind, "They ask.", accounts)
		if got.status != http.StatusSeeOther || got.location != fmt.Sprintf("%s/people#round-%d", one, i+2) {
			t.Fatalf("%s gave %d to %q: %s", kind, got.status, got.location, got.body)
		}
	}
	shows(t, v.get(one+"/people"), "Round 2, to people not affected", "Rows left out since they are affected", "Rows that could not be read: 1.",
		"Round 3, to organisations", "Rows left out since they are no administrator")
}
