package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

// leafOfView is a place in the view of a case that holds a value.
type leafOfView struct {
	path string
	of   reflect.Type
}

// leavesOfType lists the places of a type's JSON that hold values.
func leavesOfType(of reflect.Type, path string) []leafOfView {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch of.Kind() {
	case reflect.Pointer:
		return leavesOfType(of.Elem(), path)
	case reflect.Slice:
		return leavesOfType(of.Elem(), path+".0")
	case reflect.Map:
		return leavesOfType(of.Elem(), join("email"))
	case reflect.Struct:
		if of == reflect.TypeFor[time.Time]() {
			return []leafOfView{{path, of}}
		}
		var list []leafOfView
		for i := range of.NumField() {
			f := of.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case f.Anonymous && name == "":
				list = append(list, leavesOfType(f.Type, path)...)
			case f.IsExported() && name != "-":
				list = append(list, leavesOfType(f.Type, join(name))...)
			}
		}
		return list
	}
	return []leafOfView{{path, of}}
}

// freeThen are the fields that hold what a person or a file said, or what Tocsin
// says in a sentence that is translated; each by itself and what is around it.
func freeThen() []string {
	return []string{".number", ".title", ".zone", ".vendor", ".summary", "next_action.text", "missing.text", "awareness.reason", "decision.reason", "decision.dissent",
		"obligations.article", "obligations.authority", "obligations.recipient", "obligations.reasons", "obligations.reason", "delay_reasons.text",
		"filings.receipt", "filings.delay_reasons", "attachment.name", "dossier.name", "documents.name",
		"joined_to.number", "joined_to.reason", "joined.number", "joined.reason", "joined.taken_out_reason", "told.number", "told.title", "told.vendor",
		"told.reference", "told.summary", "data_set.name", "tasks.title", "tasks.reason", "tasks.reopened", "tasks.note", "rounds.reason", "rounds.stop_reason"}
}

func TestEveryFieldThatCanDifferHasWords(t *testing.T) {
	raw := regexp.MustCompile(`\?[a-z_]+\?|[a-z]_[a-z]`)
	used := map[string]bool{}
	for _, w := range []wording.Words{wording.For("en"), wording.For("es")} {
		for _, leaf := range leavesOfType(reflect.TypeFor[incidentView](), "") {
			where := placeIn(leaf.path)
			parent, name := where.field()
			field := parent + "." + name
			if slices.Contains(running(), name) || where.unsaid() {
				continue
			}
			if said := where.In(w); raw.MatchString(said) {
				t.Errorf("%s: %s is called %q: add atf_%s to fieldThenTexts", w.Lang, leaf.path, said, name)
			}
			for i := range where.names {
				used[where.key(i, w)] = true
			}
			if leaf.of.Kind() != reflect.String {
				continue
			}
			codes, coded := codesThen()[field]
			free := slices.Contains(freeThen(), field)
			other := name == "role" || name == "owner" || name == "waits" || slices.Contains([]string{"reminders.rung", "reminders.into", "tasks.code", "obligations.stage", "filings.stage", "obligations.regime"}, field)
			if map[bool]int{true: 1}[coded]+map[bool]int{true: 1}[free]+map[bool]int{true: 1}[other] != 1 {
				t.Errorf("%s holds codes, or what somebody said? It has to be in codesThen, in what Value names, or in freeThen", leaf.path)
			}
			for _, code := range codes {
				used[codeKey(field, code)] = true
				value, _ := json.Marshal(code)
				if said := where.Value(value, w, time.UTC); raw.MatchString(said) {
					t.Errorf("%s: %s, when it is %s, is said to be %q", w.Lang, leaf.path, code, said)
				}
			}
		}
		for value, want := range map[string]string{`"dpo"`: map[string]string{"en": "DPO", "es": "DPD"}[w.Lang], `"engine"`: "Tocsin"} {
			if said := placeIn("awareness.0.by.role").Value(json.RawMessage(value), w, time.UTC); said != want {
				t.Errorf("%s: the role %s is said to be %q", w.Lang, value, said)
			}
		}
	}
	used["atv_step_follow_up"] = true
	for _, one := range wording.FieldThenTexts() {
		// What stands under a name of its own everywhere needs no general word.
		if !used[one[0]] && !slices.Contains([]string{"atf_accepted", "atf_undeliverable"}, one[0]) {
			t.Errorf("%s is the word of nothing", one[0])
		}
	}
	for field := range codesThen() {
		if !slices.ContainsFunc(leavesOfType(reflect.TypeFor[incidentView](), ""), func(l leafOfView) bool {
			parent, name := placeIn(l.path).field()
			return parent+"."+name == field
		}) {
			t.Errorf("there is no field %s that could hold codes", field)
		}
	}
}

func TestWhatDiffersIsSaidInTheReadersLanguage(t *testing.T) {
	h := newHouse(t)
	id := h.openSince(5*time.Hour, "Example")
	before := time.Now().Add(-time.Hour)
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{"breach":["confidentiality"],"data":[{"kind":"email"}],"people":40,"exposure":"unknown_recipients"},
		"decision":{"notify_authority":true,"communicate":true,"reason":"Phishing."}}`)
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"Keys withdrawn."}`)
	h.must(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD"}`)
	h.must(incident.RoleApprover, "POST", one+"/obligations/1/approve", "{}")
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE-1","at":"`+h.now(one)+`","subtype":"incomplete"}`)
	place := zoneOf("Europe/Madrid")
	address := "/incidents/" + id + "/at?time=" + url.QueryEscape(before.In(place).Format(localMoment)) + "&until=" + url.QueryEscape(time.Now().Add(time.Hour).In(place).Format(localMoment))
	cell := regexp.MustCompile(`(?s)<th scope="row">(.*?)</th><td data-label="[^"]*">(.*?)</td><td data-label="[^"]*">(.*?)</td>`)
	code := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	for language, want := range map[string][]string{
		"en": {"Duty 1: state", "Filing", "Task 1, done by: role", "incomplete, more follows", "telling the people", "responder"},
		"es": {"Obligación 1: estado", "presentación 1: alcance", "incompleta, habrá más", "Tarea 1", "decisión: motivo", "un alto riesgo"},
	} {
		page := h.as(incident.RoleAuditor, language+"@example.com", language).get(address)
		if page.status != http.StatusOK {
			t.Fatalf("the page gave %d", page.status)
		}
		noWordMissing(t, page)
		rows := cell.FindAllStringSubmatch(page.body, -1)
		if len(rows) < 20 {
			t.Errorf("%s: only %d rows differ", language, len(rows))
		}
		for _, row := range rows {
			for _, text := range row[1:] {
				if code.MatchString(text) || strings.ContainsAny(text, "{}[]") {
					t.Errorf("%s: raw stands %q in %q", language, text, row[1])
				}
			}
		}
		for _, text := range want {
			if !strings.Contains(strings.ToLower(page.body), strings.ToLower(text)) {
				t.Errorf("%s: the page does not say %q", language, text)
			}
		}
	}
}
