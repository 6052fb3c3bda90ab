package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/incident"
)

// opened starts a system with one open incident.
func opened(t *testing.T) (*running, play.Person, string) {
	t.Helper()
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	dpo := firstAccount(t, dir)
	out, failed, err := r.run(t.Context(), dpo, "incident", "open", "--file", "../../examples/vendor-breach/disclosure.json", "-o", "json")
	if err != nil {
		t.Fatalf("%v: %s", err, failed)
	}
	var answer struct{ ID string }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatal(err)
	}
	return r, dpo, answer.ID
}

// entries counts the entries of a type in the incident's record; all of them
// for an empty type.
func (r *running) entries(t *testing.T, by play.Person, id, kind string) int {
	t.Helper()
	out, failed, err := r.run(t.Context(), by, "audit", "list", id, "-o", "json")
	if err != nil {
		t.Fatalf("%v: %s", err, failed)
	}
	var list struct {
		Entries []struct{ Entry struct{ Type string } }
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range list.Entries {
		if kind == "" || e.Entry.Type == kind {
			n++
		}
	}
	return n
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return -1
}

func TestBadInputIsRefusedInOneLineAndNothingIsRecorded(t *testing.T) {
	r, dpo, id := opened(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	disclosure := func(name string, change func(map[string]any)) string {
		var d map[string]any
		readInto(t, "../../examples/vendor-breach/disclosure.json", &d)
		delete(d, "attachments")
		change(d)
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return write(name, string(raw))
	}
	large := filepath.Join(dir, "large.csv")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 2<<30); err != nil {
		t.Fatal(err)
	}
	receipt := filepath.Join(dir, "receipt.pdf")
	if err := errors.Join(os.WriteFile(receipt, nil, 0o600), os.Truncate(receipt, 50<<20)); err != nil {
		t.Fatal(err)
	}
	before := r.entries(t, dpo, id, "")
	for name, c := range map[string]struct {
		by    play.Person
		args  []string
		words []string
	}{
		"malformed JSON": {dpo, []string{"incident", "open", "--file", write("a.json", "{")}, nil},
		"missing file":   {dpo, []string{"incident", "open", "--file", filepath.Join(dir, "none.json")}, []string{"none.json"}},
		"unknown field": {dpo, []string{"incident", "open", "--file",
			disclosure("b.json", func(d map[string]any) { d["colour"] = "red" })}, []string{"colour"}},
		"time without offset": {dpo, []string{"incident", "open", "--file",
			disclosure("c.json", func(d map[string]any) { d["received_at"] = "2025-11-25T18:04:00" })},
			[]string{"received_at", "2025-11-25T18:04:00", "offset"}},
		"time in the future": {dpo, []string{"incident", "open", "--file",
			disclosure("d.json", func(d map[string]any) { d["received_at"] = "2095-11-25T18:04:00Z" })}, []string{"received_at", "future"}},
		"awareness before the breach": {dpo, []string{"incident", "awareness", id, "--at", "2025-11-01T00:00:00Z", "--reason", "r"},
			[]string{"at", "2025-11-01", "before the breach"}},
		"awareness in the future": {dpo, []string{"incident", "awareness", id, "--at", "2035-11-01T00:00:00Z", "--reason", "r"},
			[]string{"future"}},
		"unknown authority": {dpo, []string{"incident", "open", "--file",
			disclosure("e.json", func(d map[string]any) { d["authority"] = "AEDP" })}, []string{"authority", "AEDP", "AEPD"}},
		"unknown authority in a draft": {dpo, []string{"notification", "draft", id, "--authority", "XYZ"}, []string{"authority", "XYZ"}},
		"an address that cannot be mailed": {dpo, []string{"incident", "open", "--file", disclosure("f.json", func(d map[string]any) {
			d["vendor"] = map[string]any{"name": "V", "contact_email": "\"a b\"@example.com"}
		})}, []string{"contact_email"}},
		"an account's address that cannot be mailed": {dpo, []string{"user", "add", "--email", "nobody", "--name", "N", "--role", "deputy"},
			[]string{"email"}},
		"a file over the limit": {dpo, []string{"people", "import", id, "--file", large}, []string{"large.csv", "1 GB"}},
		"a receipt over the limit": {dpo, []string{"notification", "file", id, "--obligation", "1", "--receipt", "R1",
			"--at", "2025-11-26T10:00:00Z", "--attachment", receipt}, []string{"receipt.pdf", "5 MB"}},
		"a wrong token":       {play.Person{Token: "tcs_wrong"}, []string{"incident", "list"}, []string{"token"}},
		"no token":            {play.Person{}, []string{"incident", "list"}, []string{"token"}},
		"an unknown incident": {dpo, []string{"task", "done", "inone", "1"}, []string{"inone", "no such incident"}},
		"an unknown task":     {dpo, []string{"task", "done", id, "99"}, []string{"99"}},
		"closing too early":   {dpo, []string{"incident", "close", id, "--reason", "r"}, []string{"obligation 1", "AEPD"}},
		"no reason":           {dpo, []string{"incident", "close", id, "--reason", ""}, []string{"reason"}},
		"mailing without people": {dpo, []string{"mailing", "draft", id, "--template", "affected"},
			[]string{"round"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, failed, err := r.run(t.Context(), c.by, append(c.args, "-o", "json")...)
			if exitCode(err) != 1 {
				t.Fatalf("exit code %d, expected 1: %s %s", exitCode(err), out, failed)
			}
			line := strings.TrimSuffix(failed, "\n")
			if line == "" || strings.Contains(line, "\n") || out != "" {
				t.Errorf("expected one line on standard error and nothing else: %q, %q", failed, out)
			}
			for _, w := range c.words {
				if !strings.Contains(line, w) {
					t.Errorf("%q does not say %q", line, w)
				}
			}
		})
	}
	if after := r.entries(t, dpo, id, ""); after != before {
		t.Errorf("the record had %d entries and has %d: something refused was recorded", before, after)
	}
	out, _, err := r.run(t.Context(), dpo, "incident", "list", "-o", "json")
	var list struct{ Incidents []any }
	if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list.Incidents) != 1 {
		t.Errorf("there are %d incidents, expected the one that was opened: %v", len(list.Incidents), err)
	}
	_, _, err = r.run(t.Context(), dpo, "incident", "frobnicate")
	if exitCode(err) != 2 {
		t.Errorf("an unknown command ended with %d, expected 2", exitCode(err))
	}
}

func TestWhilePostgreSQLIsAwayCommandsAreUnavailableAndNothingIsHalfRecorded(t *testing.T) {
	r, dpo, id := opened(t)
	processes := r.postgres(t)
	signal := func(s syscall.Signal) {
		for _, p := range processes {
			if err := syscall.Kill(p, s); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Fatal(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	_, failed, err := r.run(t.Context(), dpo, "task", "done", id, "1", "--note", "done while the database was away")
	signal(syscall.SIGCONT)
	if exitCode(err) != 1 || !strings.Contains(failed, "unavailable") {
		t.Fatalf("exit code %d and %q; expected 1 and \"unavailable\"", exitCode(err), failed)
	}
	eventually(t, func() error {
		_, failed, err := r.run(t.Context(), dpo, "task", "done", id, "1", "--note", "done")
		if err != nil {
			return fmt.Errorf("%w: %s", err, failed)
		}
		return nil
	})
	if n := r.entries(t, dpo, id, incident.EvTaskCompleted); n != 1 {
		t.Errorf("the record has the task's completion %d times", n)
	}
}

// postgres lists the processes of the system's own PostgreSQL.
func (r *running) postgres(t *testing.T) []int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pgrep", "-P", fmt.Sprint(r.command.Process.Pid)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var postmaster int
	if _, err := fmt.Sscan(string(out), &postmaster); err != nil {
		t.Fatal(err)
	}
	out, err = exec.CommandContext(t.Context(), "pgrep", "-P", fmt.Sprint(postmaster)).Output()
	if err != nil {
		t.Fatal(err)
	}
	list := []int{postmaster}
	for field := range strings.FieldsSeq(string(out)) {
		var p int
		if _, err := fmt.Sscan(field, &p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// eventually waits for a condition with a limit.
func eventually(t testing.TB, holds func() error) {
	t.Helper()
	within(t, time.Minute, 300*time.Millisecond, holds)
}

// within waits until something holds, looking every so often.
func within(t testing.TB, limit, every time.Duration, holds func() error) {
	t.Helper()
	end := time.Now().Add(limit)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		<-ticker.C
	}
}
