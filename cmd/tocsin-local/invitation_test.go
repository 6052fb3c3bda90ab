package main

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// linkIn finds the link of a kind in a mail that was caught for a recipient.
func (r *running) linkIn(t *testing.T, kind, recipient string) string {
	t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(r.url+"/"+kind+"/") + `[\w-]+`)
	var found string
	eventually(t, func() error {
		for _, m := range r.caught(t) {
			if found = link.FindString(m.Text); found != "" && slices.Contains(m.To, recipient) {
				return nil
			}
		}
		return errors.New("no mail of kind " + kind + " came to " + recipient)
	})
	return found
}

// browser keeps cookies and follows redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// fill sends a form and gives the path on which it ended, and the status.
func fill(t *testing.T, client *http.Client, address string, form url.Values) (string, int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.Request.URL.Path, answer.StatusCode
}

// TestAnInvitedPersonSignsInAndForgetsThePassword goes the whole way: the command,
// the engine, the relay, the pages.
func TestAnInvitedPersonSignsInAndForgetsThePassword(t *testing.T) {
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	dpo := firstAccount(t, dir)
	var added struct {
		ID, Token, Password string
		InvitedUntil        time.Time `json:"invited_until"`
	}
	r.give(t, dpo, &added, "user", "add", "--email", "eva@example.com", "--name", "Eva", "--role", "deputy", "--locale", "es", "--invite")
	if added.ID == "" || added.Token != "" || added.Password != "" || added.InvitedUntil.IsZero() {
		t.Fatalf("the invitation answers %+v", added)
	}
	link := r.linkIn(t, "invitation", "eva@example.com")
	client := browser(t)
	const chosen = "three words and a verb"
	if _, status := fill(t, client, link, url.Values{"new": {chosen}, "again": {chosen}}); status != http.StatusOK {
		t.Fatalf("choosing a password gave %d", status)
	}
	if path, status := fill(t, client, r.url+"/sign-in", url.Values{"email": {"eva@example.com"}, "password": {chosen}}); path != "/incidents" || status != http.StatusOK {
		t.Errorf("signing in gave %d on %s", status, path)
	}
	for _, address := range []string{"nobody@example.com", "eva@example.com"} {
		if _, status := fill(t, client, r.url+"/forgotten", url.Values{"email": {address}}); status != http.StatusOK {
			t.Fatalf("asking for a new password gave %d", status)
		}
	}
	const next = "another sentence to go on"
	if _, status := fill(t, client, r.linkIn(t, "reset", "eva@example.com"), url.Values{"new": {next}, "again": {next}}); status != http.StatusOK {
		t.Fatalf("choosing a new password gave %d", status)
	}
	if path, _ := fill(t, client, r.url+"/sign-in", url.Values{"email": {"eva@example.com"}, "password": {next}}); path != "/incidents" {
		t.Errorf("signing in with it led to %s", path)
	}
	eventually(t, func() error {
		for _, m := range r.caught(t) {
			if slices.Contains(m.To, "nobody@example.com") {
				t.Error("who has no account was written to")
			}
			if strings.Contains(m.Subject, "Se ha cambiado su contraseña") {
				return nil
			}
		}
		return errors.New("nobody was told that the password was changed")
	})
	replayAll(t, dir, 5)
}
