package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

// theBreach are answers that make a high risk likely.
func theBreach() url.Values {
	return url.Values{
		"asked": {"1"}, "breach": {"confidentiality"}, "kind": {"name", "email", "password"}, "opens-password": {"financial"}, "people": {"12 408"},
		"identification": {"maximum"}, "exposure": {"unknown_recipients"}, "malicious": {"yes"}, "unintelligible": {"no"},
		"vulnerable_people": {"no"},
	}
}

// decision is the page's own form of the decision, filled in.
func decision(page seen, further url.Values) url.Values {
	form := url.Values{"notify_authority": {"yes"}, "communicate": {"yes"}, "reason": {"Strangers have passwords."}}
	_, part, _ := strings.Cut(page.body, `<form method="post" class="stack steps" action="/incidents/`)
	for _, field := range hiddenField.FindAllStringSubmatch(part, -1) {
		form.Add(field[1], field[2])
	}
	maps.Copy(form, further)
	return form
}

func TestTheQuestionnaireAsksOnlyWhatBearsOnTheCase(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	path := "/incidents/" + h.open() + "/assessment"
	asked := func(page seen) []string {
		var list []string
		for _, found := range regexp.MustCompile(`data-question="(\w+)">`).FindAllStringSubmatch(page.body, -1) {
			list = append(list, found[1])
		}
		return list
	}
	first := v.get(path)
	shows(t, first, "What was lost?", "Tick what was lost and ask")
	for _, c := range []struct {
		answers  string
		asks     []string
		asksNone []string
	}{
		{"breach=availability", []string{"availability_loss", "restored", "essential_service"}, []string{"exposure", "integrity_loss"}},
		{"breach=confidentiality", []string{"exposure", "unintelligible"}, []string{"availability_loss", "recipient_trusted"}},
		{"breach=confidentiality&exposure=known_recipients", []string{"recipient_trusted", "recipient_confirmed_deletion"}, nil},
		{"breach=integrity&vulnerable_people=yes", []string{"minors", "integrity_loss"}, []string{"exposure"}},
		{theBreach().Encode(), []string{"subsequent_measures", "disproportionate_effort"}, []string{"key_compromised"}},
	} {
		list := asked(v.get(path + "?asked=1&" + c.answers))
		for _, name := range c.asks {
			if !slices.Contains(list, name) {
				t.Errorf("%s: %s is not asked", c.answers, name)
			}
		}
		for _, name := range c.asksNone {
			if slices.Contains(list, name) {
				t.Errorf("%s: %s is asked", c.answers, name)
			}
		}
	}
}

func TestTheAdviceSaysWhyAndWhatIsNotKnown(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	path := "/incidents/" + h.open() + "/assessment?"
	shows(t, v.get(path+theBreach().Encode()), "A high risk is likely", "notify it (GDPR Art. 33)", "tell each person (GDPR Art. 34)",
		"read in its source on 20", "to be confirmed", "This is advice.", "GDPR Art. 33(1)")
	unknown := v.get(path + "asked=1&breach=confidentiality&exposure=unknown")
	shows(t, unknown, "Not known yet", "Which kinds of data are affected?", "Provisional.", "Not known, so the worst counts")
	spanish := h.as(incident.RoleDPO, "es@example.com", "es").get(path + theBreach().Encode())
	shows(t, spanish, `lang="es"`, "Es probable un alto riesgo", "¿Qué se perdió?", "leído en su fuente")
	for _, page := range []seen{unknown, spanish} {
		if missing := regexp.MustCompile(`\?[a-z_]+\?`).FindString(page.body); missing != "" {
			t.Errorf("the page has no words for %s", missing)
		}
	}
}

func TestEveryAnswerHasItsWordsInBothLanguages(t *testing.T) {
	for _, locale := range []string{"en", "es"} {
		w := wording.For(locale)
		for _, q := range questionsOf() {
			for _, code := range q.codes {
				key := "ask_" + q.name + "_" + code
				if w.Own(key) == "" && code != "yes" && code != "no" {
					t.Errorf("%s has no words in %s", key, locale)
				}
			}
			if w.Own("ask_"+q.name) == "" || w.Own("fact_"+q.name) == "" {
				t.Errorf("%s has no question or no name in %s", q.name, locale)
			}
		}
		for _, k := range gdpr.KindContexts() {
			if name := kindOrGroup(k.Key, w); name == "" || name == w.T("kind_other") {
				t.Errorf("the kind %s has no name in %s", k.Key, locale)
			}
		}
	}
}

func TestFactsGoThroughTheFormUnchanged(t *testing.T) {
	people, records := 7, 9
	for _, facts := range []gdpr.BreachFacts{
		{Breach: []gdpr.Property{gdpr.Confidentiality}, People: &people, Records: &records, Exposure: gdpr.ExposureKnown, RecipientTrusted: gdpr.Yes,
			RecipientConfirmedDeletion: gdpr.No, Data: []gdpr.AffectedData{{Kind: "name", Adjustment: 1, Reason: "a dating service"},
				{Kind: "password", Opens: "bank_account"}}, Malicious: gdpr.No},
		{Breach: []gdpr.Property{gdpr.Integrity, gdpr.Availability}, AvailabilityLoss: gdpr.AvailabilityHours, Restored: gdpr.Yes, Backup: gdpr.Yes,
			IntegrityLoss: gdpr.IntegrityNone, EssentialService: gdpr.Yes, VulnerablePeople: gdpr.Yes, Minors: gdpr.Yes},
	} {
		again, err := answersIn(formOfFacts(facts))
		if err != nil {
			t.Fatal(err)
		}
		before, errBefore := json.Marshal(facts)
		after, errAfter := json.Marshal(again)
		if errBefore != nil || errAfter != nil || string(before) != string(after) {
			t.Errorf("%s became %s", before, after)
		}
	}
}

func TestADecisionIsRecordedWithTheAnswersThatWereJudged(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	path := "/incidents/" + id + "/assessment"
	answers := theBreach()
	answers.Set("weight-name", "1")
	page := v.get(path + "?" + answers.Encode())
	shows(t, page, "Why does “name” weigh otherwise?")
	form := decision(page, url.Values{"why-name": {"the list is of a dating service"}})
	if got := v.do(http.MethodPost, path, form); got.status != http.StatusSeeOther || got.location != path+"#recorded" {
		t.Fatalf("the form gave %d: %s", got.status, got.body)
	}
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	last, _ := state.Assessed()
	facts, err := gdpr.ParseBreachFacts(last.Facts)
	if err != nil || facts.People == nil || *facts.People != 12408 || len(facts.Data) != 3 || facts.Data[0].Reason != "the list is of a dating service" ||
		facts.Exposure != gdpr.ExposureUnknown || !last.Decision.NotifyAuthority || last.Advice == nil || last.Advice.Risk != gdpr.RiskHigh {
		t.Errorf("recorded is %s, %+v, %v", last.Facts, last.Decision, err)
	}
	shows(t, v.get(path), "Version 1", "Strangers have passwords.", `value="the list is of a dating service"`, `value="password" checked`)
	// Asking again keeps the words that do not stand in the address.
	shows(t, v.get(path+"?"+answers.Encode()), `value="the list is of a dating service"`)
	if got := v.do(http.MethodPost, path, form); got.status != http.StatusConflict || !strings.Contains(got.body, "since you opened this page") {
		t.Errorf("a page of before the assessment gave %d", got.status)
	}
}

func TestAWrongDecisionIsRefusedWithEverythingStillThere(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(time.Hour, "Case")
	path := "/incidents/" + id + "/assessment"
	page := v.get(path + "?" + theBreach().Encode())
	before := h.events(id)
	for name, c := range map[string]struct {
		change url.Values
		words  string
	}{
		"nothing decided on the people": {url.Values{"communicate": {""}}, "Tell the people affected?"},
		"an odd decision":               {url.Values{"notify_authority": {"perhaps"}}, "perhaps"},
		"no reason":                     {url.Values{"reason": {" "}}, "reason"},
		"a ground against the decision": {url.Values{"ground": {"a"}}, "ground"},
		"answers that contradict":       {url.Values{"exposure": {"none"}, "exfiltrated": {"yes"}}, "cannot both be true"},
		"an answer that is not one":     {url.Values{"exposure": {"moon"}}, "moon"},
		"a kind that is not one":        {url.Values{"kind": {"moon"}}, "moon"},
		"a number in words":             {url.Values{"people": {"many"}}, "many"},
		"nothing lost":                  {url.Values{"breach": nil}, "breach"},
		"a step that is not allowed":    {url.Values{"weight-name": {"-3"}}, "-3"},
		"a text with NUL":               {url.Values{"reason": {"a\x00b"}}, "NUL"},
	} {
		got := v.do(http.MethodPost, path, decision(page, c.change))
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, c.words) || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s gave %d and does not say %q", name, got.status, c.words)
		}
		if c.change.Get("reason") == "" && !strings.Contains(got.body, "Strangers have passwords.") && name != "no reason" {
			t.Errorf("%s: what was written is gone", name)
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("refused forms recorded %d events", after-before)
	}
}

func TestAnAnswerCannotBecomeMarkup(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	path := "/incidents/" + h.open() + "/assessment?asked=1&breach=confidentiality&"
	for _, name := range []string{"people", "exposure", "kind", "opens-password", "kind=password&opens-password", "kind=name&weight-name"} {
		got := v.get(path + name + "=" + url.QueryEscape(`"><script>alert(1)</script>`))
		if strings.Contains(got.body, "<script>alert") || got.status >= 500 {
			t.Errorf("%s gave %d or markup", name, got.status)
		}
	}
}
