package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr/form"
	"tocsin/incident"
)

// fieldsOf are the inputs of the form of a page as a browser would send them
// without a change, and then with some.
func inputsOf(t *testing.T, page seen, changes url.Values) url.Values {
	t.Helper()
	out := url.Values{}
	for _, tag := range regexp.MustCompile(`<input type="hidden" name="(key|was-\w+|version|edit)" value="([^"]*)">`).FindAllStringSubmatch(page.body, -1) {
		out.Add(tag[1], tag[2])
	}
	out.Set("version", out.Get("version"))
	for _, tag := range regexp.MustCompile(`<input id="f-\w+" name="(field-\w+)" value="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		out.Set(tag[1], tag[2])
	}
	for _, tag := range regexp.MustCompile(`(?s)<textarea id="f-\w+" name="(field-\w+)"[^>]*>(.*?)</textarea>`).FindAllStringSubmatch(page.body, -1) {
		out.Set(tag[1], tag[2])
	}
	for _, tag := range regexp.MustCompile(`(?s)<select [^>]*name="((?:field|state)-\w+)".*?</select>`).FindAllStringSubmatch(page.body, -1) {
		if chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(tag[0]); chosen != nil {
			out.Set(tag[1], chosen[1])
		}
	}
	for _, tag := range regexp.MustCompile(`name="(field-\w+)" value="([^"]*)" checked`).FindAllStringSubmatch(page.body, -1) {
		out.Add(tag[1], tag[2])
	}
	if len(out["key"]) == 0 {
		t.Fatalf("the page gave %d and asks for nothing", page.status)
	}
	for name, values := range changes {
		out[name] = values
	}
	return out
}

// latest is the latest draft of a duty.
func (h *house) latest(id string, n int) form.Draft {
	h.t.Helper()
	state, err := h.store.State(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	drafts := state.Obligation(n).Drafts
	if len(drafts) == 0 {
		h.t.Fatal("nothing is drafted")
	}
	_, content, err := h.store.Document(h.t.Context(), id, drafts[len(drafts)-1].Content.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	draft, err := form.Decode(content)
	if err != nil {
		h.t.Fatal(err)
	}
	return draft
}

func TestTheFormShowsWhatIsKnownMissingAndLeftOpen(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	page := v.get("/incidents/" + id + "/authority")
	shows(t, page, "Notification to AEPD", "first notification, incomplete", "are missing for the least that can be filed now", "from the disclosure",
		"Who could know: security, vendor", "needed for any filing", `class="tag known"`, `class="tag missing"`, "Agencia Española de Protección de Datos",
		"Nothing is put down yet")
	if strings.Contains(page.body, `id="approve"`) {
		t.Error("there is something to approve before anything is drafted")
	}
	spanish := h.as(incident.RoleDPO, "es@example.com", "es").get("/incidents/" + id + "/obligations/1?edit=all")
	shows(t, spanish, "Notificación a AEPD", "Naturaleza de la brecha", "conocido", "falta", "de la comunicación recibida")
	for _, p := range []seen{page, spanish} {
		if missing := regexp.MustCompile(`\?[a-z_]+\?`).FindString(p.body); missing != "" {
			t.Errorf("the page has no words for %s", missing)
		}
	}
}

func TestOnlyWhatAPersonChangedBecomesTheirAnswer(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	page := v.get(duty + "?edit=all")
	changes := url.Values{"field-breach_nature": {"confidentiality"}, "field-cause": {"external_malicious"}, "field-systems_description": {"The vendor's store."},
		"field-records_known": {"exact"}, "state-records_known": {"estimated"}, "state-data_description": {"to_be_determined"}}
	if got := v.do(http.MethodPost, duty+"/draft", inputsOf(t, page, changes)); got.status != http.StatusSeeOther || got.location != duty+"#form" {
		t.Fatalf("the form gave %d: %s", got.status, wrongIn(got))
	}
	draft := h.latest(id, 1)
	for key, expected := range map[string]string{"cause": "external_malicious", "systems_description": "The vendor's store."} {
		if a := draft.Fields[key]; a.Value.Text() != expected || a.Prefilled {
			t.Errorf("%s is %+v", key, a)
		}
	}
	if a := draft.Fields["records_known"]; a.State != form.StateEstimated {
		t.Errorf("records_known is %+v", a)
	}
	if a := draft.Fields["data_description"]; a.State != form.StateToBeDetermined || !a.Value.IsZero() {
		t.Errorf("data_description is %+v", a)
	}
	for _, key := range []string{"controller_name", "reporter_function"} {
		if a, ok := draft.Fields[key]; !ok || !a.Prefilled {
			t.Errorf("%s was not changed and is %+v", key, a)
		}
	}
	// What the case learns later still replaces what it knew.
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/awareness",
		`{"at":"`+time.Now().Add(-30*time.Minute).Format(time.RFC3339)+`","reason":"read at half past"}`)
	before := draft.Fields["aware_at"].Value.Text()
	if got := v.do(http.MethodPost, duty+"/draft", url.Values{"version": {"1"}}); got.status != http.StatusSeeOther {
		t.Fatalf("drafting anew gave %d", got.status)
	}
	if after := h.latest(id, 1).Fields["aware_at"].Value.Text(); after == before {
		t.Errorf("the awareness is still %s", after)
	}
	if got := v.do(http.MethodPost, duty+"/draft", url.Values{"version": {"1"}}); got.status != http.StatusConflict || !strings.Contains(got.body, "Somebody put another version down") {
		t.Errorf("an old page gave %d", got.status)
	}
}

// wrongIn is what a page says is wrong.
func wrongIn(page seen) string {
	return strings.Join(regexp.MustCompile(`role="alert"[^>]*>([^<]*)<`).FindStringSubmatch(page.body), " ")
}

func TestWrongFieldsAreMarkedAndNothingIsLost(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	page := v.get(duty + "?edit=all")
	before := h.events(id)
	for name, c := range map[string]struct {
		change url.Values
		words  string
	}{
		"an option that is none":   {url.Values{"field-cause": {"magic"}}, "one of"},
		"a date that is none":      {url.Values{"field-aware_at": {"yesterday"}}, "A date with a time"},
		"an hour that is skipped":  {url.Values{"field-aware_at": {"2026-03-29T02:30"}}, "A date with a time"},
		"a text too long":          {url.Values{"field-controller_name": {strings.Repeat("x", 1200)}}, "at most 1000 characters"},
		"a state that is none":     {url.Values{"state-controller_name": {"perhaps"}}, "a state: known"},
		"a country that is none":   {url.Values{"key": {"establishment_countries"}, "field-establishment_countries": {"XX"}}, "codes of EEA countries"},
		"numbers without country":  {url.Values{"key": {"data_subjects_per_country"}, "field-data_subjects_per_country": {"many"}}, "ES: 180"},
		"a number in words":        {url.Values{"key": {"data_subjects_number"}, "field-data_subjects_number": {"many"}}, "whole number in figures"},
		"a field that is none":     {url.Values{"key": {"moon"}}, "moon"},
		"the kind of notification": {url.Values{"key": {"notification_type"}, "field-notification_type": {"follow_up"}}, "not a field of this form"},
		"a text with NUL":          {url.Values{"field-controller_name": {"a\x00b"}}, "not text"},
		"markup":                   {url.Values{"field-cause": {"<script>alert(1)</script>"}, "field-systems_description": {"<script>alert(2)</script>"}}, "one of"},
	} {
		got := v.do(http.MethodPost, duty+"/draft", inputsOf(t, page, c.change))
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, c.words) {
			t.Errorf("%s gave %d and does not say %q: %s", name, got.status, c.words, wrongIn(got))
		}
		if strings.Contains(got.body, "<script>alert") {
			t.Errorf("%s came back as markup", name)
		}
	}
	got := v.do(http.MethodPost, duty+"/draft", inputsOf(t, page, url.Values{"field-cause": {"magic"}, "field-systems_description": {"The vendor's store, kept."}}))
	if !strings.Contains(got.body, "The vendor&#39;s store, kept.") || !strings.Contains(got.body, `aria-invalid="true"`) {
		t.Error("what was written is gone, or the wrong field is not marked")
	}
	if after := h.events(id); after != before {
		t.Errorf("refused forms recorded %d events", after-before)
	}
}

func TestEveryFieldGoesThroughItsInputUnchanged(t *testing.T) {
	template, err := form.Template(form.Versions()[0])
	if err != nil {
		t.Fatal(err)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, madrid)
	for _, f := range template.Fields {
		if f.Key == "notification_type" || f.Key == "notification_subtype" {
			continue
		}
		value := form.Text("Two lines\nof text")
		switch {
		case f.List == form.ListCountPerCountry:
			value = form.Counts(map[string]int64{"ES": 180, "FR": 7})
		case f.List == form.ListAuthorities:
			value = form.Choices("AEPD", "CNIL")
		case f.List == form.ListCountries:
			value = form.Choices("ES", "FR")
		case f.Repeats:
			value = form.Choices("first party", "second party")
		case f.Type == form.TypeMulti:
			value = form.Choices(f.Options[0].Code)
		case f.Type == form.TypeEnum:
			value = form.Text(f.Options[0].Code)
		case f.Type == form.TypeNumber:
			value = form.Number(12408)
		case f.Type == form.TypeBoolean:
			value = form.Flag(true)
		case f.Type == form.TypeDatetime:
			value = form.Instant(now.Add(17 * time.Second))
		case f.Type == form.TypeDate:
			value = form.Day(now)
		}
		for _, state := range []form.State{"", form.StateEstimated} {
			draft, err := form.NewDraft(template.Version, form.New, form.Incomplete)
			if err != nil {
				t.Fatal(err)
			}
			if draft, err = draft.Set(now, f.Key, form.Answer{Value: value, State: state}); err != nil {
				continue // an option that is open by itself cannot be estimated
			}
			stored, _ := draft.Answer(f.Key)
			in := writtenOf(f, stored, madrid)
			posted := url.Values{"field-" + f.Key: in.values, "state-" + f.Key: {string(in.state)}}
			again := writtenIn(posted, f)
			answer, given, wrong := again.answer(f, madrid)
			if !given || wrong != "" || again.mark() != in.mark() {
				t.Errorf("%s: %+v came back as %+v (%s)", f.Key, in, again, wrong)
				continue
			}
			after, err := draft.Set(now.Add(time.Hour), f.Key, answer)
			if err != nil {
				t.Errorf("%s: %v", f.Key, err)
				continue
			}
			if b, _ := after.Answer(f.Key); b.State != stored.State || !b.Value.Equal(stored.Value) {
				t.Errorf("%s: %+v became %+v", f.Key, stored, b)
			}
		}
	}
}

func TestTwoWhoWriteAtTheSameTimeLoseNothing(t *testing.T) {
	h := newHouse(t)
	one, two := h.signedIn(incident.RoleDPO), h.as(incident.RoleDeputy, "two@example.com", "en")
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	page := one.get(duty + "?edit=all")
	both := url.Values{"field-systems_description": {"The vendor’s store."}, "field-cause": {"external_malicious"}, "field-controller_reference": {"THEIRS-7"}}
	if got := two.do(http.MethodPost, duty+"/draft", inputsOf(t, two.get(duty+"?edit=all"), both)); got.status != http.StatusSeeOther {
		t.Fatalf("the first of them got %d: %s", got.status, wrongIn(got))
	}
	mine := url.Values{"field-systems_description": {"Our own store."}, "field-cause": {"external_malicious"}, "field-data_description": {"Names."}}
	got := one.do(http.MethodPost, duty+"/draft", inputsOf(t, page, mine))
	if got.status != http.StatusConflict {
		t.Fatalf("the second of them got %d: %s", got.status, wrongIn(got))
	}
	for _, word := range []string{"saved version 1", "Our own store.", "“The vendor’s store.” was saved meanwhile", "Names.", "THEIRS-7", `href="#at-systems_description"`, "autofocus"} {
		if !strings.Contains(got.body, word) {
			t.Errorf("the page does not show %q", word)
		}
	}
	if n := strings.Count(got.body, "was saved meanwhile"); n != 1 {
		t.Errorf("%d answers are said to clash", n)
	}
	if h.latest(id, 1).Fields["systems_description"].Value.Text() != "The vendor’s store." {
		t.Error("what the first saved was replaced unseen")
	}
	if got := one.do(http.MethodPost, duty+"/draft", inputsOf(t, got, nil)); got.status != http.StatusSeeOther {
		t.Fatalf("saving what was shown gave %d: %s", got.status, wrongIn(got))
	}
	draft := h.latest(id, 1)
	for key, expected := range map[string]string{"systems_description": "Our own store.", "data_description": "Names.", "controller_reference": "THEIRS-7", "cause": "external_malicious"} {
		if a := draft.Fields[key]; a.Value.Text() != expected {
			t.Errorf("%s is %+v", key, a)
		}
	}
}
