package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// approved is a round of people in a real case whose notice another has
// approved: it is ready to be sent.
type approved struct {
	dpo    play.Person
	id     string
	people int
}

// approveRound prepares a round with people p0 to pN-1 at example.org. Its mail
// goes to the relay that the system was started with.
func approveRound(t testing.TB, r *running, dir string, people int) approved {
	t.Helper()
	a := approved{dpo: firstAccount(t, dir), people: people}
	work := t.TempDir()
	var deputy struct{ Token string }
	r.give(t, a.dpo, &deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", "deputy")
	a.id = openReal(t, r, a.dpo, time.Now().Add(-time.Hour))

	rows := make([]string, 0, people+1)
	rows = append(rows, "email,name,country,locale")
	for n := range people {
		rows = append(rows, fmt.Sprintf("p%d@example.org,Person %d,ES,%s", n, n, []string{"es", "en"}[n%2]))
	}
	file := filepath.Join(work, "people.csv")
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.give(t, a.dpo, nil, "people", "import", a.id, "--file", file)
	r.give(t, a.dpo, nil, "mailing", "draft", a.id, "--template", "affected", "--file", "../../examples/vendor-breach/mailing.json")
	r.give(t, play.Person{Role: "deputy", Token: deputy.Token}, nil, "mailing", "approve", a.id, "--round", "1")
	return a
}

// openReal opens a real case that the controller became aware of at an instant.
func openReal(t testing.TB, r *running, by play.Person, aware time.Time) string {
	t.Helper()
	at := aware.Format(time.RFC3339Nano)
	raw, err := json.Marshal(map[string]any{
		"title": "Exported data set", "kind": "vendor", "vendor": map[string]string{"name": "Mirador Analytics"},
		"received_at": at, "zone": "Europe/Madrid", "authority": "AEPD", "personal_data": "yes",
		"awareness": map[string]string{"at": at, "reason": "the vendor's message named our data"},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "disclosure.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var opened struct{ ID string }
	r.give(t, by, &opened, "incident", "open", "--file", file)
	return opened.ID
}

// give gives a command that has to succeed, and reads its JSON.
func (r *running) give(t testing.TB, by play.Person, into any, args ...string) {
	t.Helper()
	out, failed, err := r.run(t.Context(), by, append(args, "-o", "json")...)
	if err != nil {
		t.Fatalf("tocsin %s: %v: %s", strings.Join(args[:min(2, len(args))], " "), err, failed)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(err)
	}
}

// send starts the round.
func (a approved) send(t testing.TB, r *running) {
	t.Helper()
	r.give(t, a.dpo, nil, "mailing", "start", a.id, "--round", "1")
}

// roundCounts is all that `tocsin mailing status` counts.
type roundCounts struct {
	Status                                                                                        string
	Total, Pending, Sending, Accepted, Deferred, Refused, Undeliverable, Unknown, Bounced, Resent int
}

// finished waits until the round has finished, and gives its counts.
func (a approved) finished(t testing.TB, r *running) roundCounts {
	t.Helper()
	var counts roundCounts
	within(t, 10*time.Minute, 300*time.Millisecond, func() error {
		counts = roundCounts{}
		r.give(t, a.dpo, &counts, "mailing", "status", a.id)
		if counts.Status != "finished" {
			return fmt.Errorf("the round is %+v", counts)
		}
		return nil
	})
	return counts
}

// listed is one person of `tocsin people list`.
type listed struct {
	Email     string `json:"email"`
	State     string `json:"state"`
	Resent    bool   `json:"resent"`
	MessageID string `json:"message_id"`
}

// list gives everybody of the round by address.
func (a approved) list(t testing.TB, r *running) map[string]listed {
	t.Helper()
	all := make(map[string]listed, a.people)
	for after := int64(0); ; {
		var some struct {
			People []listed
			Next   int64
		}
		r.give(t, a.dpo, &some, "people", "list", a.id, "--limit", "1000", "--after", strconv.FormatInt(after, 10))
		for _, p := range some.People {
			all[p.Email] = p
		}
		if after = some.Next; after == 0 {
			return all
		}
	}
}
