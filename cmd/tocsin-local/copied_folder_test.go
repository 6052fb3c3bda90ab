package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/smtp/smtptest"
)

// localOnce runs tocsin-local to its end.
func localOnce(t *testing.T, args ...string) (out, failed string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.local, args...)
	var said, wrong strings.Builder
	command.Stdout, command.Stderr = &said, &wrong
	err := command.Run()
	return said.String(), wrong.String(), exitCode(err)
}

// copyFolder copies all of a folder as anybody would.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestACopiedFolderHoldsStillUntilItIsTakenOver copies the folder of a tocsin-local, as
// anybody would to have a second one. The copy is recognised though the database is the
// same to the last byte.
func TestACopiedFolderHoldsStillUntilItIsTakenOver(t *testing.T) {
	away := smtptest.Start(t, smtptest.Options{Answer: func(string) string { return "421 4.3.2 the relay is being shut down" }})
	dir, twin := folder(t), folder(t)
	r := start(t, dir, "127.0.0.1:0", "--smtp", "smtp://"+away.Address())
	dpo := firstAccount(t, dir)
	id := openReal(t, r, dpo, time.Now().Add(-50*time.Hour))
	eventually(t, func() error {
		if r.entries(t, dpo, id, incident.EvReminderFired) == 0 {
			return errors.New("no reminder was due")
		}
		return nil
	})
	if _, failed, code := localOnce(t, "recover", "--data", dir); code != 1 || !strings.Contains(failed, "another tocsin-local runs") {
		t.Errorf("a recovery beside a running one ends with %d: %s", code, failed)
	}
	r.stop(t)
	copyFolder(t, dir, twin)

	sink := smtptest.Start(t, smtptest.Options{Keep: true})
	c := start(t, twin, "127.0.0.1:0", "--smtp", "smtp://"+sink.Address())
	if status, body := get(t, c.url+"/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(body, `"held":["machine"]`) {
		t.Errorf("/readyz of the copy gives %d %s", status, body)
	}
	if _, failed, err := c.run(t.Context(), dpo, "task", "done", id, "1"); exitCode(err) != 1 || !strings.Contains(failed, "recover --take-over") {
		t.Errorf("a command on the copy ends with %d: %s", exitCode(err), failed)
	}
	c.stop(t)
	if n := sink.Taken(); n != 0 {
		t.Errorf("the copy sent %d mails", n)
	}

	for what, args := range map[string][]string{
		"may be a copy":        {"--data", twin},
		"reason":               {"--data", twin, "--take-over"},
		"no signed checkpoint": {"--data", twin, "--take-over", "--reason", "r", "--checkpoint", filepath.Join(twin, "settings.json")},
	} {
		if _, failed, code := localOnce(t, append([]string{"recover"}, args...)...); code != 1 || !strings.Contains(failed, what) {
			t.Errorf("recover %v ends with %d: %s", args, code, failed)
		}
	}
	for what, args := range map[string][]string{
		"--data is missing": {}, "belong to --take-over": {"--data", twin, "--reason", "r"}, "text or json": {"--data", twin, "-o", "xml"},
		"is no folder": {"--data", filepath.Join(twin, "none")},
	} {
		if _, failed, code := localOnce(t, append([]string{"recover"}, args...)...); code != 2 || !strings.Contains(failed, what) {
			t.Errorf("recover %v ends with %d: %s", args, code, failed)
		}
	}
	out, failed, code := localOnce(t, "recover", "--data", twin, "--take-over", "--reason", "moved to another disk", "-o", "json")
	var took struct {
		Epoch int
		Why   []string
	}
	if err := json.Unmarshal([]byte(out), &took); code != 0 || err != nil || took.Epoch != 2 || fmt.Sprint(took.Why) != "[machine]" {
		t.Fatalf("the take-over ends with %d: %v: %s %s", code, err, out, failed)
	}
	c = start(t, twin, "127.0.0.1:0", "--smtp", "smtp://"+sink.Address())
	eventually(t, func() error {
		if c.entries(t, dpo, id, incident.EvReminderAccepted) == 0 {
			return errors.New("the reminder that waited was not sent")
		}
		return nil
	})
	if err := ready(t, c.url); err != nil {
		t.Error(err)
	}
	for id, m := range sink.Messages() {
		if m.Copies != 1 {
			t.Errorf("%s came %d times", id, m.Copies)
		}
	}
	c.stop(t)
	if out, failed, code := localOnce(t, "recover", "--data", twin, "--dry-run"); code != 0 || !strings.Contains(out, "Open incidents 1") {
		t.Errorf("a recovery that changes nothing ends with %d: %s %s", code, out, failed)
	}
	// The original is where it was: its own file is no copy.
	r = start(t, dir, "127.0.0.1:0", "--smtp", "smtp://"+away.Address())
	if err := ready(t, r.url); err != nil {
		t.Error(err)
	}
	r.stop(t)
	if _, err := os.Stat(filepath.Join(dir, "keys", "erased", ".machine.json")); err != nil {
		t.Error(err)
	}
}
