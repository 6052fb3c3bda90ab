package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/mailcatcher"
	"tocsin/cmd/tocsin-local/internal/play"
)

// TestWhileTheRelayIsAwayTheLadderGoesOnAndTheMailFollows opens a real case
// whose first reminders are overdue, while nothing listens where the relay
// should be.
func TestWhileTheRelayIsAwayTheLadderGoesOnAndTheMailFollows(t *testing.T) {
	dir, address := folder(t), freeAddress(t)
	r := start(t, dir, "127.0.0.1:0", "--smtp", "smtp://"+address)
	t.Cleanup(func() { r.stop(t) })
	dpo := firstAccount(t, dir)

	var d map[string]any
	readInto(t, "../../examples/vendor-breach/disclosure.json", &d)
	delete(d, "attachments")
	delete(d, "exercise")
	received := time.Now().Add(-50 * time.Hour).Format(time.RFC3339)
	d["received_at"] = received
	d["awareness"] = map[string]any{"at": received, "reason": "the vendor's message named our data"}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "disclosure.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(into any, args ...string) {
		t.Helper()
		out, failed, err := r.run(t.Context(), dpo, append(args, "-o", "json")...)
		if err != nil {
			t.Fatalf("tocsin %s: %v: %s", strings.Join(args, " "), err, failed)
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatal(err)
		}
	}
	var opened struct{ ID string }
	show(&opened, "incident", "open", "--file", file)
	rang := func() (fired, accepted int) {
		var c play.Case
		show(&c, "incident", "show", opened.ID)
		for _, rung := range c.Obligations[0].Reminders {
			fired++
			for _, call := range rung.Calls {
				if !call.AcceptedAt.IsZero() {
					accepted++
				}
			}
		}
		return fired, accepted
	}

	// The rungs are recorded as fired although no mail leaves; the parts say
	// that the relay is away; and people's commands go on.
	eventually(t, func() error {
		if fired, _ := rang(); fired < 2 {
			return fmt.Errorf("%d rungs have fired, expected those at 48 and 24 hours", fired)
		}
		return nil
	})
	if err := ready(t, r.url); err == nil || !strings.Contains(err.Error(), "relay:away") {
		t.Errorf("readiness is %v, expected the relay to be away", err)
	}
	show(&struct{}{}, "task", "done", opened.ID, "1", "--note", "cut at the firewall")
	if _, accepted := rang(); accepted != 0 {
		t.Fatalf("%d reminders were accepted by no relay", accepted)
	}

	// The relay comes back, and the mail follows by itself.
	relay, err := mailcatcher.Start(t.Context(), mailcatcher.Config{Dir: filepath.Join(dir, "relay"), Listen: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := relay.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() error {
		if _, accepted := rang(); accepted == 0 || relay.Count() == 0 {
			return errors.New("no reminder was accepted since the relay is back")
		}
		return ready(t, r.url)
	})
	if fired, _ := rang(); fired != 2 {
		t.Errorf("%d rungs are recorded, expected 2: one was rung again", fired)
	}
	if n := relay.Count(); n != 1 {
		t.Errorf("the relay took %d messages, expected one that tells both rungs", n)
	}
}
