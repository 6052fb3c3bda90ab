package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestWhatWasTypedSurvivesTheEndOfTheSession(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	duty := "/incidents/" + id + "/obligations/1"
	written := inputsOf(t, v.get(duty+"?edit=all"), url.Values{"field-systems_description": {`The vendor’s "store" <b>`}, "field-cause": {"external_malicious"}})
	stranger := h.visitor()
	got := stranger.do(http.MethodPost, duty+"/draft", written)
	if got.status != http.StatusUnauthorized || !strings.Contains(got.body, `action="`+duty+`/draft"`) || strings.Contains(got.body, "<b>") {
		t.Fatalf("a form without a session gave %d: %s", got.status, got.body)
	}
	back := url.Values{}
	unescape := strings.NewReplacer("&#34;", `"`, "&lt;", "<", "&gt;", ">", "&#39;", "'", "&#43;", "+", "&amp;", "&")
	for _, tag := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(got.body, -1) {
		back.Add(unescape.Replace(tag[1]), unescape.Replace(tag[2]))
	}
	if got := v.do(http.MethodPost, duty+"/draft", back); got.status != http.StatusSeeOther {
		t.Fatalf("sending it again gave %d: %s", got.status, wrongIn(got))
	}
	if a := h.latest(id, 1).Fields["systems_description"]; a.Value.Text() != `The vendor’s "store" <b>` {
		t.Errorf("it became %+v", a)
	}
	file := stranger.sendAs(duty+"/file", [][2]string{{"receipt", "R-1"}}, "attachment", "a.pdf", "%PDF")
	if file.status != http.StatusUnauthorized || !strings.Contains(file.body, "the file was not taken") {
		t.Errorf("a file without a session gave %d", file.status)
	}
}

func TestNoPageGivesAPasswordOrALongFormBack(t *testing.T) {
	h := newHouse(t)
	stranger := h.visitor()
	for path, form := range map[string]url.Values{
		"/account/password":                   {"password": {"correct horse battery"}, "new": {"another one"}},
		"/incidents/none/obligations/1/draft": {"field-x": {strings.Repeat("long ", maxAgain)}},
	} {
		got := stranger.do(http.MethodPost, path, form)
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/sign-in") || strings.Contains(got.body, "horse") {
			t.Errorf("%s gave %d to %q", path, got.status, got.location)
		}
	}
}
