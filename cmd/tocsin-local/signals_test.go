package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// inbox is a receiver of signals on a socket of this machine.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	ids    []string
	types  []string
	heads  []http.Header
	bodies [][]byte
}

func newInbox(t *testing.T, status int) *inbox {
	t.Helper()
	in := &inbox{status: status}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the sender was killed
		}
		var what struct{ Type string }
		if err := json.Unmarshal(body, &what); err != nil {
			t.Errorf("a signal is no JSON: %v", err)
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.ids, in.types = append(in.ids, r.Header.Get("Webhook-Id")), append(in.types, what.Type)
		in.heads, in.bodies = append(in.heads, r.Header), append(in.bodies, body)
		w.WriteHeader(in.status)
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) answer(status int) { in.mu.Lock(); in.status = status; in.mu.Unlock() }

// told are the kinds of signal that arrived, each once, in the order of their first
// arrival.
func (in *inbox) told() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	var kinds []string
	seen := map[string]bool{}
	for i, id := range in.ids {
		if !seen[id] {
			kinds = append(kinds, in.types[i])
		}
		seen[id] = true
	}
	return kinds
}

// TestSignalsArriveThoughTocsinAndTheReceiverWereAway kills Tocsin while a receiver
// takes nothing: every signal arrives in order, under its own id, and signed.
func TestSignalsArriveThoughTocsinAndTheReceiverWereAway(t *testing.T) {
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0", "--signals-to-loopback")
	dpo := firstAccount(t, dir)
	as := func(into any, args ...string) {
		t.Helper()
		out, failed, err := r.run(t.Context(), dpo, append(args, "-o", "json")...)
		if err != nil {
			t.Fatalf("tocsin %s: %v: %s", args[0], err, failed)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(out), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	slow, done := newInbox(t, http.StatusServiceUnavailable), newInbox(t, http.StatusGone)
	var hook, gone struct{ ID, Secret string }
	as(&hook, "webhook", "add", "--name", "Ticketing", "--url", slow.URL+"/hidden")
	as(&gone, "webhook", "add", "--name", "Old", "--url", done.URL, "--kind", "incident.opened")

	var d map[string]any
	readInto(t, "../../examples/vendor-breach/disclosure.json", &d)
	delete(d, "attachments")
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "disclosure.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var opened struct{ ID string }
	as(&opened, "incident", "open", "--file", file)
	type line struct{ ID, State string }
	var list struct{ Webhooks []line }
	eventually(t, func() error {
		as(&list, "webhook", "list")
		if list.Webhooks[1].State != "gone" || len(slow.told()) == 0 {
			return fmt.Errorf("the webhooks are %+v", list.Webhooks)
		}
		return nil
	})
	eventually(t, func() error {
		if r.mails(t, "Signals no longer reach Old") != 1 {
			return errors.New("nobody was mailed that a receiver is gone")
		}
		return nil
	})
	r.kill(t)
	r = start(t, dir, "127.0.0.1:0", "--signals-to-loopback")
	t.Cleanup(func() { r.stop(t) })
	slow.answer(http.StatusOK)
	as(nil, "webhook", "test", hook.ID)
	want := []string{"incident.opened", "webhook.failing", "webhook.test"}
	eventually(t, func() error {
		if got := strings.Join(slow.told(), " "); got != strings.Join(want, " ") {
			return fmt.Errorf("told %s", got)
		}
		return nil
	})
	verifier, err := standardwebhooks.NewWebhook(hook.Secret)
	if err != nil {
		t.Fatal(err)
	}
	slow.mu.Lock()
	for i, body := range slow.bodies {
		if err := verifier.Verify(body, slow.heads[i]); err != nil {
			t.Errorf("the library refuses a signal: %v", err)
		}
		if strings.Contains(string(body), "analytics") || strings.Contains(string(body), "Mixpanel") {
			t.Errorf("a signal holds words of the case: %s", body)
		}
	}
	slow.mu.Unlock()
	var attempts struct{ Attempts []struct{ Result string } }
	as(&attempts, "webhook", "attempts", hook.ID)
	if n := len(attempts.Attempts); n < 4 || attempts.Attempts[0].Result != "delivered" || attempts.Attempts[n-1].Result != "refused" {
		t.Errorf("the attempts are %+v", attempts)
	}
	replayAll(t, dir, 4)
}
