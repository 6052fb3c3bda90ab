package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// What stands for people's data in a case: an address, a Message-ID and a mail.
const (
	oneAddress   = "marker-ana@example.com"
	oneMessageID = "marker-1@mail.example.org"
	oneMail      = "From: marker-mail@example.net\r\n\r\nSomebody complains.\r\n"
)

// namesPeople says whether an answer holds any of that.
func namesPeople(body string) bool { return strings.Contains(body, "marker-") }

// peopledHouse has a case with one person who was told, one whom mail did not
// reach, and a mail as evidence.
func peopledHouse(t *testing.T) (h *house, id, document string) {
	t.Helper()
	h = newHouse(t)
	id = h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,organisation\n"+oneAddress+",marker-Ana,ACME\nnowhere,marker-Bo,ACME\n")
	h.must(incident.RoleDPO, "POST", one+"/documents?name=complaint.eml", oneMail)
	h.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected","content":`+strings.Replace(noticeOf(""), "%s", "", 1)+`}`)
	h.must(incident.RoleApprover, "POST", one+"/mailings/1/approve", "{}")
	h.must(incident.RoleDPO, "POST", one+"/mailings/1/start", "{}")
	if err := h.store.PrepareDeliveries(t.Context(), id, 1); err != nil {
		t.Fatal(err)
	}
	claimed, err := h.store.Claim(t.Context(), id, 1, "owner", 10)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d notices wait: %v", len(claimed), err)
	}
	out := postgres.DeliveryOutcome{State: postgres.StateAccepted, Code: 250, MessageID: oneMessageID, At: time.Now()}
	if _, err := h.store.Settle(t.Context(), id, claimed[0].ID, "owner", out); err != nil {
		t.Fatal(err)
	}
	counts, _, err := h.store.Counts(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	digest, root, err := h.store.HashOutcomes(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	finish := incident.FinishMailing{Round: 1, Counts: counts, SHA256: digest, Root: root}
	if _, err := (straight{h.store}).Command(t.Context(), id, incident.Engine(), finish); err != nil {
		t.Fatal(err)
	}
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(state.Documents, func(d incident.Document) bool { return d.Name == "complaint.eml" })
	return h, id, state.Documents[at].ID
}

// reads counts the entries that say who read people's data, or took evidence away.
func (h *house) reads(id string) (n int) {
	h.t.Helper()
	for _, chain := range []string{id, incident.InstallationID} {
		rows, err := h.store.Entries(h.t.Context(), chain)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, row := range rows {
			// A bundle has two entries: who asked, and the seal.
			if incident.InArea(incident.AreaReads, row.Entry.Type) && row.Entry.Type != incident.EvBundleExported {
				n++
			}
		}
	}
	return n
}

// TestEveryWayToPeoplesDataIsAnEntry goes through every page and every address of
// the API that only reads. Where the answer names somebody, one entry says who
// looked; a way that is added later and forgets it fails here.
func TestEveryWayToPeoplesDataIsAnEntry(t *testing.T) {
	h, id, document := peopledHouse(t)
	people, err := h.store.People(t.Context(), id, postgres.PeopleQuery{State: postgres.StateAccepted})
	if err != nil || len(people) != 1 {
		t.Fatalf("%d people were told: %v", len(people), err)
	}
	person := strconv.FormatInt(people[0].ID, 10)
	fill := strings.NewReplacer("{id}", id, "{round}", "1", "{document}", document, "{obligation}", "1", "{locale}", "en", "{task}", "1")
	query := map[string][]string{
		"/mailings/{round}/preview":  {"", "?person=" + person},
		"/mailings/{round}/proof":    {"?message_id=" + url.QueryEscape(oneMessageID)},
		"/people/organisation":       {"?organisation=ACME"},
		"/organisations/list":        {"?organisation=ACME"},
		"/people/list":               {"", "?state=accepted&round=1"},
		"/at":                        {"?time=" + url.QueryEscape(time.Now().Format(time.RFC3339))},
		"/people/untold":             {"", "?round=1"},
		"/mailings/{round}/progress": {""},
	}
	var ways []string
	for _, r := range (&server{}).table() {
		if r.method == http.MethodGet {
			ways = append(ways, r.path)
		}
	}
	for _, p := range (&server{}).pageTable() {
		if p.method == http.MethodGet {
			ways = append(ways, p.path)
		}
	}
	var named []string
	for _, way := range ways {
		asked := query[strings.TrimPrefix(strings.TrimPrefix(way, "/api/v1"), "/incidents/{id}")]
		if asked == nil {
			asked = []string{""}
		}
		for _, q := range asked {
			before := h.reads(id)
			status, body := h.ask(incident.RoleDPO, http.MethodGet, fill.Replace(way)+q, "")
			if !namesPeople(body) {
				continue
			}
			named = append(named, way)
			if after := h.reads(id); after != before+1 || status != http.StatusOK {
				t.Errorf("GET %s%s answered %d, names people and left %d entries, want 1", way, q, status, after-before)
			}
		}
	}
	// What is known to show them, so that the walk above cannot pass by seeing nothing.
	for _, way := range []string{
		oneCase + "/people", oneCase + "/people/untold", oneCase + "/people/organisation", oneCase + "/documents/{document}", oneCase + "/mailings/{round}/proof", oneCase + "/mailings/{round}/preview",
		oneCasePage + "/people/list", oneCasePage + "/people/untold", oneCasePage + "/organisations/list", oneCasePage + "/documents/{document}",
	} {
		if !slices.Contains(named, way) {
			t.Errorf("GET %s named nobody: the walk does not reach what it is for", way)
		}
	}
	for _, way := range []string{"/api/v1/incidents/", "/incidents/"} {
		before := h.reads(id)
		if status, body := h.ask(incident.RoleDPO, http.MethodPost, way+id+"/bundle", "{}"); status != http.StatusOK || !strings.Contains(body, oneMail) {
			t.Errorf("POST %s…/bundle answered %d", way, status)
		}
		if after := h.reads(id); after != before+1 {
			t.Errorf("POST %s…/bundle left %d entries of who took it, want 1", way, after-before)
		}
	}
	before := h.reads(id)
	if _, body := h.ask(incident.RoleDPO, http.MethodPost, "/api/v1/incidents/"+id+"/bundle", `{"with_people":true,"reason":"asked for"}`); !strings.Contains(body, oneAddress) {
		t.Error("the bundle with people's data holds nobody")
	}
	if after := h.reads(id); after != before+2 || len(h.taken(id)) != 1 {
		t.Errorf("a bundle with people's data left %d entries, want who asked and that people's data left", after-before)
	}
}
