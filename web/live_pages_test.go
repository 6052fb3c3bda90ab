package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

var streamOfPage = regexp.MustCompile(`sse-connect="(/live[^"]*)"`)

// follows opens the stream that a page names.
func (v *visitor) follows(path string) (*http.Response, <-chan string) {
	v.t.Helper()
	page := v.get(path)
	found := streamOfPage.FindStringSubmatch(page.body)
	if found == nil {
		v.t.Fatalf("%s answers %d and names no stream: %.900s", path, page.status, page.body)
	}
	return v.h.stream(found[1], "Cookie", v.cookieHeader())
}

func TestNothingIsLostBetweenAPageAndItsStream(t *testing.T) {
	h, l := live(t)
	id := h.open()
	v := h.signedIn(incident.RoleDPO)
	page := streamOfPage.FindStringSubmatch(v.get("/incidents/" + id).body)
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"hush"}`)
	_, lines := h.stream(page[1], "Cookie", v.cookieHeader())
	until(t, lines, "event: changed")

	// A browser that comes back says what it heard last, whatever its address says.
	l.heard(postgres.Heard{Incident: id})
	mark := l.mark()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range []struct {
		mark, id string
		want     bool
	}{
		{mark, id, false}, {mark, "", false}, {mark, "ianother", false},
		{l.born + ".1", id, true}, {l.born + ".1", "", true},
		{"another." + strings.TrimPrefix(mark, l.born+"."), id, true},
		{"", id, true}, {l.born, id, true}, {l.born + ".x", id, true}, {l.born + ".-1", id, true},
	} {
		if got := l.since(c.mark, c.id); got != c.want {
			t.Errorf("since %q of %q is %v", c.mark, c.id, got)
		}
	}
	for range casesRemembered + 1 {
		l.remember("i" + strings.Repeat("x", int(l.heardOf%50)) + string(rune('a'+l.heardOf/50%26)) + string(rune('a'+l.heardOf/1300%26)))
	}
	if len(l.latest) > casesRemembered+1 {
		t.Errorf("%d cases are remembered", len(l.latest))
	}
	if !l.since(mark, id) && l.latest[id] == 0 && l.missed > 0 {
		t.Error("what is remembered no more counts as unchanged")
	}
}

func TestAPageOfPeopleHearsOfItsMailing(t *testing.T) {
	h, _ := live(t)
	id := h.open()
	v := h.signedIn(incident.RoleDPO)
	_, lines := v.follows("/incidents/" + id + "/people")
	_, list := v.follows("/incidents")
	until(t, lines, "retry: 5000")
	until(t, list, "retry: 5000")
	if err := h.store.TellProgress(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, lines, "event: progress")
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"hush"}`)
	for line := ""; line != "event: changed"; line = until(t, list, "event: ") {
		if line == "event: progress" {
			t.Error("the list of cases hears how a mailing goes on")
		}
	}
}

func TestOutsideCounselFollowsOneCaseWhileTheLinkIsOpen(t *testing.T) {
	h, _ := live(t)
	id, other := h.open(), h.openSince(0, "Another case")
	dpo := h.signedIn(incident.RoleDPO)
	made := dpo.press("/incidents/"+id+"/counsel", http.StatusOK, "name", "A firm", "days", "7")
	counsel := h.visitor()
	counsel.press(counselLinkShownOnce.FindString(made.body), http.StatusSeeOther)
	answer, lines := counsel.follows("/incidents/" + id)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the stream of counsel's case gives %d", answer.StatusCode)
	}
	for _, path := range []string{"/live", "/live/" + other} {
		if answer, _ := h.stream(path, "Cookie", counsel.cookieHeader()); answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s gives counsel %d", path, answer.StatusCode)
		}
	}
	revoke := regexp.MustCompile(`/incidents/[^"]+/counsel/[^"]+/revoke`).FindString(dpo.get("/incidents/" + id + "/counsel").body)
	dpo.press(revoke, http.StatusOK)
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"hush"}`)
	until(t, lines, "event: over")
	until(t, lines, "")
}

func TestAStreamEndsWithANewPassword(t *testing.T) {
	h, _ := live(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "en")
	_, lines := v.follows("/incidents")
	until(t, lines, "retry: 5000")
	users, err := h.store.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Email == "officer1@example.com" {
			if _, err := h.store.EndOtherSessions(t.Context(), u.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	until(t, lines, "event: over")
	until(t, lines, "")
	// What htmx asks for afterwards is refused and not led to another page.
	if got := v.do(http.MethodGet, "/incidents", nil, "HX-Request", "true"); got.status != http.StatusUnauthorized || got.body != "" {
		t.Errorf("a part of a page gives %d %q", got.status, got.body)
	}
}

func TestOnlyPagesThatCanBeAskedForAgainFollow(t *testing.T) {
	h, _ := live(t)
	id := h.open()
	v := h.signedIn(incident.RoleDPO)
	for path, want := range map[string]bool{
		"/incidents": true, "/deadlines": true, "/incidents/" + id: true, "/incidents/" + id + "/people": true, "/incidents/" + id + "/tasks": true,
		"/incidents/" + id + "/evidence": true, "/incidents/" + id + "/timeline": true, "/incidents/" + id + "/authority": true,
		"/incidents/" + id + "/assessment": false, "/account": false, "/incidents/new": false,
	} {
		page := v.get(path)
		if got := streamOfPage.MatchString(page.body); got != want {
			t.Errorf("%s, %d, follows: %v", path, page.status, got)
		}
		if strings.Contains(page.body, "<script>") || !strings.Contains(page.body, `"allowEval":false`) {
			t.Errorf("%s lets htmx do more than it needs", path)
		}
	}
	if got := v.do(http.MethodPost, "/incidents/"+id+"/awareness", nil); streamOfPage.MatchString(got.body) {
		t.Errorf("the answer to a step, %d, follows", got.status)
	}
	if strings.Contains(h.visitor().get("/sign-in").body, "htmx") {
		t.Error("who is not signed in loads htmx")
	}
}
