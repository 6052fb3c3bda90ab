package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/play"
)

// TestAClosedCaseIsErasedOnItsDateAndStillVerifies closes a drill whose clock
// runs 10,000 times as fast, waits until its people are erased on their date,
// and looks at all that has to remain.
func TestAClosedCaseIsErasedOnItsDateAndStillVerifies(t *testing.T) {
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	dpo := firstAccount(t, dir)
	work := t.TempDir()
	put := func(name string, v any) string {
		t.Helper()
		raw, err := json.Marshal(v)
		if text, ok := v.(string); ok {
			raw = []byte(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(work, name)
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	as := func(who play.Person, into any, args ...string) {
		t.Helper()
		out, failed, err := r.run(t.Context(), who, append(args, "-o", "json")...)
		if err != nil {
			t.Fatalf("tocsin %s: %v: %s", strings.Join(args, " "), err, failed)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(out), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	must := func(args ...string) { t.Helper(); as(dpo, nil, args...) }

	var d map[string]any
	readInto(t, "../../examples/vendor-breach/disclosure.json", &d)
	delete(d, "attachments")
	exercise, ok := d["exercise"].(map[string]any)
	if !ok {
		t.Fatal("the example is no exercise")
	}
	exercise["pace"] = 10_000
	var deputy struct{ Token string }
	as(dpo, &deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", "deputy")
	var opened struct{ ID string }
	as(dpo, &opened, "incident", "open", "--file", put("disclosure.json", d))
	must("people", "import", opened.ID, "--file", put("people.csv", "email,name\nana@example.com,Ana\nbo@example.com,Bo\n"))
	must("assessment", "record", opened.ID, "--file", put("assessment.json",
		map[string]any{"facts": map[string]any{}, "decision": map[string]any{"notify_authority": false, "communicate": false, "reason": "a drill"}}))
	must("retention", "set", opened.ID, "--days", "1", "--warn", "1", "--reason", "a drill")
	must("incident", "close", opened.ID, "--reason", "a drill")

	var v struct {
		Status, Because, Told string
		Warnings              []struct{ Accepted int }
		Erased                struct{ People int }
	}
	eventually(t, func() error {
		as(dpo, &v, "retention", "show", opened.ID)
		if v.Status != "erased" {
			return fmt.Errorf("the retention is %+v", v)
		}
		return nil
	})
	if v.Because != "policy" || v.Erased.People != 2 || len(v.Warnings) != 1 || v.Warnings[0].Accepted != 2 {
		t.Errorf("the retention ended as %+v; expected one warning that reached both", v)
	}
	eventually(t, func() error {
		if n := r.mails(t, "about to be erased") + r.mails(t, "will be erased"); n != 2 {
			return fmt.Errorf("%d warnings were mailed", n)
		}
		if r.mails(t, "People's data are erased") != 1 {
			return errors.New("no mail tells that people are erased")
		}
		return nil
	})
	var people struct {
		People []any
		Erased string
	}
	as(dpo, &people, "people", "list", opened.ID)
	if len(people.People) != 0 || !strings.Contains(people.Erased, "by policy") {
		t.Errorf("the people are %+v", people)
	}
	if _, failed, err := r.run(t.Context(), dpo, "people", "import", opened.ID, "--file", filepath.Join(work, "people.csv")); err == nil || !strings.Contains(failed, "erased on") {
		t.Errorf("an import into an erased case says %q, %v", failed, err)
	}
	bundle := filepath.Join(work, "bundle.zip")
	must("audit", "export", opened.ID, "--out", bundle)
	if out, failed, err := r.run(t.Context(), dpo, "verify", bundle, "--key", logKey(t, dir)); err != nil {
		t.Errorf("the bundle does not verify: %v %s %s", err, out, failed)
	}
	if listed, err := filepath.Glob(filepath.Join(dir, "keys", "erased", "[^.]*")); err != nil || len(listed) != 1 || filepath.Base(listed[0]) != opened.ID {
		t.Errorf("the list of erased incidents holds %v, %v", listed, err)
	}
	replayAll(t, dir, 4)
}

// mails counts the caught mails whose subject holds words.
func (r *running) mails(t *testing.T, words string) int {
	t.Helper()
	n := 0
	for _, m := range r.caught(t) {
		if strings.Contains(m.Subject, words) {
			n++
		}
	}
	return n
}
