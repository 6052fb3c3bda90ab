package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
)

var sessionEnded = regexp.MustCompile(`/account/sessions/([0-9a-f]{16})/end`)

func TestSessionsAreListedToTheirHolderAndEndedOneByOne(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	if page := v.get("/account"); sessionEnded.MatchString(page.body) || !strings.Contains(page.body, "You are signed in here alone.") {
		t.Error("the only session can be ended in the list, or the page does not say that it is the only one")
	}
	phone := h.visitor()
	const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1 <b>"
	got := phone.do(http.MethodPost, "/sign-in", map[string][]string{"email": {visitorEmail}, "password": {visitorPassword}}, "User-Agent", agent)
	if got.status != http.StatusSeeOther {
		t.Fatalf("signing in gave %d", got.status)
	}
	page := v.get("/account")
	shows(t, page, "Safari, iPhone", "this one", "End all other sessions")
	noWordMissing(t, page)
	one := sessionEnded.FindAllStringSubmatch(page.body, -1)
	if len(one) != 1 {
		t.Fatalf("%d sessions can be ended, want the other one", len(one))
	}

	stranger := h.as(incident.RoleResponder, "stranger@example.com", "es")
	stranger.press("/account/sessions/"+one[0][1]+"/end", http.StatusNotFound)
	if got := phone.get("/incidents"); got.status != http.StatusOK {
		t.Fatalf("a stranger ended it: %d", got.status)
	}
	shows(t, v.press("/account/sessions/"+one[0][1]+"/end", http.StatusOK), "The session has ended.", "You are signed in here alone.")
	if got := phone.get("/incidents"); got.status != http.StatusSeeOther {
		t.Errorf("the session that was ended gives %d", got.status)
	}
	v.press("/account/sessions/"+one[0][1]+"/end", http.StatusNotFound)
	v.press("/account/sessions/%25/end", http.StatusNotFound)
	shows(t, v.get("/audit?kind=security"), "Other sessions ended")
}

func TestADeviceIsNamedByWordsOfOursAlone(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                "Firefox, Linux",
		"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36":              "Chrome, Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15":    "Safari, Mac",
		"<script>alert(1)</script>": "",
		"":                          "",
	} {
		r := &http.Request{Header: http.Header{"User-Agent": {agent}}}
		if got := deviceOf(r); got != want {
			t.Errorf("%q is called %q, want %q", agent, got, want)
		}
	}
}
