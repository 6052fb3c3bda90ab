package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/templates"
	"tocsin/workflows"
)

// straight carries commands out in the record without an engine between: what
// the handlers do is under test here, the engine has its own tests.
type straight struct{ store *postgres.Store }

// SendAccountMail sends nothing: a test reads the mail from the store.
func (s straight) SendAccountMail(context.Context, string) error { return nil }

func (s straight) Command(ctx context.Context, id string, by incident.Actor, c incident.Command) (workflows.Reply, error) {
	done, err := s.store.Record(ctx, postgres.Recording{
		Incident: id, Key: postgres.RecordKey{WorkflowID: "test", RunID: "test", ActivityID: rand.Text()}, Actor: by, Command: c,
	})
	if err != nil {
		return workflows.Reply{}, err
	}
	reply := workflows.Reply{Incident: id, Number: done.Number, Seq: done.Seq, Events: []string{}}
	for _, e := range done.Recorded {
		reply.Events = append(reply.Events, e.Type)
	}
	return reply, nil
}

func composerFor(t testing.TB, config notice.Config) *notice.Composer {
	t.Helper()
	composer, err := notice.New(templates.Mail(), config)
	if err != nil {
		t.Fatal(err)
	}
	return composer
}

// house is a server over a real store, with a token per role.
type house struct {
	t      testing.TB
	store  *postgres.Store
	server *httptest.Server
	tokens map[incident.Role]string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func(*Config) {})
}

// newHouseWith is newHouse with another configuration.
func newHouseWith(t *testing.T, change func(*Config)) *house {
	t.Helper()
	store := postgrestest.Store(t)
	composer := composerFor(t, notice.Config{From: "tocsin@example.com", Controller: "Example"})
	config := Config{
		Store: store, Engine: straight{store}, Composer: composer, PublicURL: "http://127.0.0.1",
		LinkKey: bytes.Repeat([]byte("k"), 32), MaxPeople: 6 << 20, Logger: slog.New(slog.DiscardHandler),
		Controller: Controller{Name: "Example", ContactName: map[string]string{"en": "DPO"}, Email: "dpo@example.com",
			PageURL: "https://privacy.example.com/incident"},
	}
	change(&config)
	handler, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: store, server: httptest.NewServer(handler), tokens: map[incident.Role]string{}}
	t.Cleanup(h.server.Close)
	for _, role := range incident.Roles() {
		_, token, err := store.CreateUser(t.Context(), postgres.NewUser{
			Email: string(role) + "@example.com", Name: string(role), Role: role, Locale: "en", Zone: "Europe/Madrid", Password: rand.Text(),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.tokens[role] = token
	}
	return h
}

// ask gives a request as a role and its status and body.
func (h *house) ask(role incident.Role, method, path, body string) (int, string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if token := h.tokens[role]; token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(response.Body); err != nil {
		h.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode, out.String()
}

// must expects success.
func (h *house) must(role incident.Role, method, path, body string) string {
	h.t.Helper()
	status, answer := h.ask(role, method, path, body)
	if status >= 300 {
		h.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

const anIncident = `{"key":"k","disclosure":{"title":"Exported data set","kind":"vendor","vendor":{"name":"Mirador Analytics",
"contact_email":"security@mirador.example.net"},"received_at":"%s","zone":"Europe/Madrid","authority":"AEPD","personal_data":"yes",
"summary":"A data set was exported."}}`

func (h *house) open() string {
	h.t.Helper()
	var answer struct{ ID string }
	body := fmt.Sprintf(anIncident, time.Now().Add(-time.Hour).Format(time.RFC3339))
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/incidents", body)), &answer); err != nil {
		h.t.Fatal(err)
	}
	return answer.ID
}

func (h *house) events(id string) int {
	h.t.Helper()
	state, err := h.store.State(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return int(state.Seq)
}

func TestEveryRouteIsHeldToItsRoles(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	for _, r := range (&server{}).table() {
		path := strings.NewReplacer("{id}", id, "{task}", "99", "{obligation}", "99", "{round}", "99", "{document}", "none",
			"{user}", "none", "{token}", "none", "{vendor}", "none", "{webhook}", "none", "{link}", "none").Replace(r.path)
		for _, role := range append([]incident.Role{""}, incident.Roles()...) {
			status, answer := h.ask(role, r.method, path, "")
			refused := status == http.StatusUnauthorized || status == http.StatusForbidden
			allowed := r.public() || slices.Contains(r.roles, role)
			if refused == allowed {
				t.Errorf("%s %s as %q: %d %s", r.method, r.path, role, status, answer)
			}
			if role == "" && !r.public() && status != http.StatusUnauthorized {
				t.Errorf("%s %s without a token: %d", r.method, r.path, status)
			}
		}
	}
}

func TestTheDescriptionHasEveryRouteAndNoOther(t *testing.T) {
	h := newHouse(t)
	var described struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(h.must("", "GET", "/api/openapi.json", "")), &described); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, methods := range described.Paths {
		n += len(methods)
	}
	table := (&server{}).table()
	for _, r := range table {
		if described.Paths[r.path][strings.ToLower(r.method)] == nil {
			t.Errorf("%s %s is not described", r.method, r.path)
		}
	}
	if n != len(table) {
		t.Errorf("%d operations are described and %d exist", n, len(table))
	}
}

func TestOpeningWithTheSameKeyAnswersTheSameIncident(t *testing.T) {
	h := newHouse(t)
	first := h.open()
	if second := h.open(); second != first {
		t.Errorf("the same key opened %s and %s", first, second)
	}
}

func TestAVendorsAddressStandsInNoEntry(t *testing.T) {
	h := newHouse(t)
	answer := h.must(incident.RoleDPO, "GET", "/api/v1/incidents/"+h.open()+"/audit", "")
	if strings.Contains(answer, "mirador.example.net") {
		t.Error("the vendor's address stands in the ledger")
	}
}

func TestWrongRequestsAreRefusedAndLeaveNothing(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	before := h.events(id)
	for name, c := range map[string]struct {
		path, body string
		status     int
		words      []string
	}{
		"half a document":    {one + "/close", `{"reason":`, 400, []string{"body"}},
		"two documents":      {one + "/close", `{"reason":"r"}{}`, 400, []string{"body"}},
		"a field twice":      {one + "/close", `{"reason":"a","reason":"b"}`, 400, []string{"reason"}},
		"an unknown field":   {one + "/close", `{"reason":"r","role":"dpo"}`, 400, []string{"role"}},
		"a missing field":    {one + "/close", `{}`, 400, []string{"reason"}},
		"a wrong type":       {one + "/close", `{"reason":7}`, 400, []string{"reason"}},
		"no offset":          {one + "/awareness", `{"at":"2026-11-17T10:17:00","reason":"r"}`, 400, []string{"at", "2026-11-17T10:17:00", "offset"}},
		"no such incident":   {"/api/v1/incidents/none/close", `{"reason":"r"}`, 404, []string{"none"}},
		"no such obligation": {one + "/obligations/7/delay-reasons", `{"reasons":"r"}`, 404, []string{"obligation", "7"}},
		"not a number":       {one + "/obligations/x/delay-reasons", `{"reasons":"r"}`, 400, []string{"obligation", "x"}},
		"a fraction in facts": {one + "/assessments", `{"facts":{"n":0.5},"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`,
			400, []string{"facts.n"}},
		"an odd severity": {one + "/assessments", `{"facts":{},"severity":{"dpc":9,"identification":1,"confidentiality":0,"integrity":0,
			"availability":0,"malicious":false},"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`,
			400, []string{"severity.dpc"}},
		"a severity without a term": {one + "/assessments", `{"facts":{},"severity":{"dpc":4,"identification":1},
			"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`, 400, []string{"severity.confidentiality"}},
		"a decision that does not say whether to notify": {one + "/assessments", `{"facts":{},"decision":{"communicate":true,"reason":"r"}}`,
			400, []string{"decision.notify_authority", "true or false"}},
		"a decision that does not say whether to tell the people": {one + "/assessments",
			`{"facts":{},"decision":{"notify_authority":true,"reason":"r"}}`, 400, []string{"decision.communicate"}},
		"facts nested too deep": {one + "/assessments", `{"facts":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20) +
			`,"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`, 400, []string{"facts", "16 levels"}},
		"a field that the form does not have": {one + "/notifications", `{"authority":"AEPD","content":{"fields":{"cuase":"unknown"}}}`, 400,
			[]string{"content.fields.cuase", "cause"}},
		"an option that the field does not have": {one + "/notifications", `{"authority":"AEPD","content":{"fields":{"cause":"magic"}}}`, 400,
			[]string{"cause (field 61)", "magic"}},
		"a time without offset in the form": {one + "/notifications", `{"authority":"AEPD","content":{"fields":{"occurred_from":"2025-11-08T21:40:00"}}}`,
			400, []string{"occurred_from", "2025-11-08T21:40:00"}},
		"a complete draft that is not": {one + "/notifications", `{"authority":"AEPD","content":{"subtype":"complete"}}`, 409,
			[]string{"breach_nature"}},
		"a notification to nobody":   {one + "/notifications", `{}`, 400, []string{"authority"}},
		"a regime that nobody knows": {one + "/obligations", `{"regime":"nis3","reason":"r"}`, 400, []string{"regime", "nis3", "nis2"}},
		"a fact that nothing counts from": {one + "/obligations/1/facts", `{"fact":"full_moon","at":"2025-11-08T21:40:00Z","reason":"r"}`, 400,
			[]string{"fact", "full_moon"}},
		"a question that nobody asks": {one + "/screening", `{"answers":{"weather":"yes"}}`, 400, []string{"weather"}},
		"facts that contradict each other": {one + "/assessments", `{"facts":{"breach":["confidentiality"],"availability_loss":"permanent"},
			"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`, 400, []string{"availability_loss", "permanent"}},
		"a withdrawal of nothing": {one + "/obligations/1/withdraw", `{"reason":"r"}`, 409, []string{"nothing to withdraw"}},
		"a file of nobody":        {one + "/people?name=none.csv", "email,name\n", 400, []string{"file", "holds nobody"}},
		"closing too early":       {one + "/close", `{"reason":"r"}`, 409, []string{"obligation 1"}},
		"a round too many":        {one + "/mailings", `{"template":"affected","round":3}`, 404, []string{"round"}},
		"a file by its path":      {one + "/documents?name=..%2F..%2Fetc%2Fpasswd", "x", 400, []string{"name"}},
		"an unknown role":         {"/api/v1/users", `{"email":"a@example.com","name":"A","role":"king"}`, 400, []string{"role", "king"}},
		"an address with a comment": {"/api/v1/users", `{"email":"a(b)@example.com","name":"A","role":"deputy"}`, 400,
			[]string{"email"}},
		"too much JSON":    {one + "/close", `{"reason":"` + strings.Repeat("x", 2<<20) + `"}`, 413, []string{"body"}},
		"too large a file": {one + "/people?name=big.csv", strings.Repeat("email!\n", 1<<20), 413, []string{"big.csv", "6 MB"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := h.ask(incident.RoleDPO, "POST", c.path, c.body)
			if status != c.status {
				t.Fatalf("status %d, expected %d: %s", status, c.status, answer)
			}
			for _, w := range c.words {
				if !strings.Contains(answer, w) {
					t.Errorf("%s does not say %q", answer, w)
				}
			}
		})
	}
	if after := h.events(id); after != before {
		t.Errorf("there were %d events and are %d", before, after)
	}
}

func TestPeopleAreImportedOnceAndSeenByThoseWhoMay(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	csv := "email,name,country\nana@example.com,Ana,ES\nANA@example.com,Ana,ES\nbroken,Bo,FR\n"
	var first importAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", csv)), &first); err != nil {
		t.Fatal(err)
	}
	if first.Accepted != 1 || first.Undeliverable != 1 || first.Duplicates != 1 || first.Round != 1 {
		t.Fatalf("the import says %+v", first)
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/people?name=a.csv&round=1", csv); status != http.StatusConflict {
		t.Errorf("the same file again: %d %s", status, answer)
	}
	list := h.must(incident.RoleAuditor, "GET", one+"/people", "")
	if !strings.Contains(list, "ana@example.com") || strings.Count(list, `"id"`) != 2 {
		t.Errorf("the list is %s", list)
	}
	looks := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(looks, incident.EvPeopleSeen) != 1 || !strings.Contains(looks, `"role":"auditor"`) || !strings.Contains(looks, `"people":2`) ||
		strings.Contains(looks, "example.com") {
		t.Errorf("of who looked the record says %s", looks)
	}
	if audit := h.must(incident.RoleDPO, "GET", one+"/audit", ""); strings.Contains(audit, "ana@example.com") {
		t.Error("a person stands in the ledger")
	}
}

// letters is a body of a size that nobody announced.
type letters struct{ left int }

// Read implements [io.Reader].
func (l *letters) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), l.left)
	for i := range p[:n] {
		p[i] = 'a'
	}
	l.left -= n
	return n, nil
}

func TestTooLargeAFileIsRefusedWhetherOrNotItsSizeIsAnnounced(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	before := h.events(id)
	for path, limit := range map[string]string{
		"/people?name=big.csv": "6 MB", "/people/analysis?name=big.csv": "6 MB", "/documents?name=big.csv": "5 MB",
	} {
		for name, size := range map[string]int64{"announced": 50 << 20, "not announced": -1} {
			request, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+"/api/v1/incidents/"+id+path, &letters{50 << 20})
			if err != nil {
				t.Fatal(err)
			}
			request.ContentLength = size
			request.Header.Set("Authorization", "Bearer "+h.tokens[incident.RoleDPO])
			request.Header.Set("Expect", "100-continue")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatalf("%s, %s: %v", path, name, err)
			}
			answer, err := io.ReadAll(response.Body)
			if err = errors.Join(err, response.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(answer), limit) {
				t.Errorf("%s, %s: %d %s", path, name, response.StatusCode, answer)
			}
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("there were %d events and are %d", before, after)
	}
}

func TestAFurtherFileCountsOnlyWhomItAdds(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\nbo@example.com,Bo,FR\n")
	var further importAnswer
	answer := h.must(incident.RoleDPO, "POST", one+"/people?name=b.csv", "email,name,country\nana@example.com,Ana,ES\nnew@example.com,New,DE\n")
	if err := json.Unmarshal([]byte(answer), &further); err != nil {
		t.Fatal(err)
	}
	if further.Accepted != 1 || further.Duplicates != 1 || len(further.ByCountry) != 1 || further.ByCountry["DE"] != 1 ||
		further.ByDataKind["email"] != 1 {
		t.Errorf("the import says %+v", further)
	}
	before := h.events(id)
	for name, file := range map[string]string{
		"only known people": "email\nana@example.com\n", "the first file": "email,name,country\nana@example.com,Ana,ES\nbo@example.com,Bo,FR\n",
	} {
		if status, answer := h.ask(incident.RoleDPO, "POST", one+"/people?name=c.csv", file); status != http.StatusConflict {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("there were %d events and are %d", before, after)
	}
}

func TestADraftIsRefusedWhileNothingWasDone(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected"}`)
	if status != http.StatusBadRequest || !strings.Contains(answer, "measures") {
		t.Errorf("a notice without a measure: %d %s", status, answer)
	}
}

func TestADraftWithoutContentClaimsOnlyWhatIsRecorded(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	draft := h.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected"}`)
	if !strings.Contains(draft, "stopped the flow of data") || strings.Contains(draft, "secured the evidence") {
		t.Errorf("the draft does not follow the tasks: %s", draft)
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings/1/approve", "{}"); status != http.StatusForbidden {
		t.Errorf("the drafter's approval: %d %s", status, answer)
	}
	h.must(incident.RoleApprover, "POST", one+"/mailings/latest/approve", "{}")
	preview := h.must(incident.RoleDPO, "GET", one+"/mailings/1/preview?locale=es", "")
	if !strings.Contains(preview, "Reglamento") {
		t.Errorf("the Spanish preview is %s", preview)
	}
	h.must(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD"}`)
}

func TestAFirstDraftIsInTheLanguagesOfTheRoundAndEachTemplateCanBeSeen(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country,password\nana@example.com,Ana,LV,x\nbo@example.com,Bo,JP,x\n")
	for _, code := range []string{incident.TaskCutIntegration, incident.TaskSecureEvidence, incident.TaskAskVendor, incident.TaskReviewVendors} {
		h.must(incident.RoleDPO, "POST", one+"/tasks/"+code+"/done", `{"note":"done"}`)
	}
	type preview struct {
		Previews []previewOfOne `json:"previews"`
	}
	for _, template := range notice.Templates() {
		var seen preview
		answer := h.must(incident.RoleDPO, "GET", one+"/mailings/1/preview?template="+template, "")
		if err := json.Unmarshal([]byte(answer), &seen); err != nil {
			t.Fatal(err)
		}
		if len(seen.Previews) != 2 || seen.Previews[0].Locale != "en" || seen.Previews[1].Locale != "lv" || seen.Previews[1].Reviewed ||
			!strings.Contains(seen.Previews[1].Text, "VDAR") || !strings.Contains(seen.Previews[1].Text, "Esam pārtraukuši") {
			t.Errorf("%s: the previews are %s", template, answer)
		}
		// What only the controller can know is asked for, and nothing else.
		if (len(seen.Previews[1].Problems) > 0) != (template == notice.TemplateFollowUp) {
			t.Errorf("%s: problems %v", template, seen.Previews[1].Problems)
		}
	}
	if status, answer := h.ask(incident.RoleDPO, "GET", one+"/mailings/1/preview?template=other", ""); status != http.StatusBadRequest ||
		!strings.Contains(answer, "not_affected") {
		t.Errorf("an unknown template: %d %s", status, answer)
	}
	if status, answer := h.ask(incident.RoleDPO, "GET", one+"/mailings/1/preview", ""); status != http.StatusConflict {
		t.Errorf("no draft yet: %d %s", status, answer)
	}
	var draft mailingDraftAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected"}`)), &draft); err != nil {
		t.Fatal(err)
	}
	if words := draft.Content.Locales["lv"]; len(draft.Content.Locales) != 2 || len(words.Measures) != 4 || !draft.Content.AdviceByKind ||
		!slices.Equal(draft.Unreviewed, []string{"en", "lv"}) || draft.Content.Locales["en"].ContactName != "DPO" {
		t.Errorf("the draft is %+v", draft)
	}
	// Each task that a case may have is told in each language once it is done.
	composer, err := notice.New(templates.Mail(), notice.Config{From: "tocsin@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range composer.Locales() {
		for _, code := range []string{incident.TaskCutIntegration, incident.TaskSecureEvidence, incident.TaskAskVendor, incident.TaskReviewVendors, notice.MeasureNotified} {
			if len(composer.FirstWords(locale, notice.TemplateAffected, []string{code}).Measures) != 1 {
				t.Errorf("%s has no sentence for %s", locale, code)
			}
		}
	}
}

func TestABundleOverTheAPIVerifies(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	bundle := h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/bundle", "{}")
	if !strings.HasPrefix(bundle, "PK") {
		t.Fatal("the bundle is no ZIP")
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")
}
