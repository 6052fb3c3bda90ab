package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestAuditKeyShowsThePresentKeyAndThoseBefore(t *testing.T) {
	note := "tocsin ledger key rotation 1\nlog.example\n4\n\n— log.example AAAA\n— log.example BBBB\n"
	text, err := json.Marshal(note)
	if err != nil {
		t.Fatal(err)
	}
	reply := `{"key":"log.example+02+B","fingerprint":"abcd 1234","file":"ledger-00000002.key","here":true,"rotations":[` + string(text) + `],"keys":[
		{"key":"log.example+01+A","from":0,"until":4,"ended":"2026-11-30T08:00:00Z","compromised":true,"since":"2026-11-29T08:00:00Z","reason":"it was seen"},
		{"key":"log.example+02+B","begun":"2026-11-30T08:00:00Z","from":5}]}`
	last := fakeServer(t, http.StatusOK, "application/json", reply)
	code, stdout, stderr := tocsin(t, "audit", "key")
	for _, want := range []string{"log.example+02+B", "abcd 1234", "Mon 30 Nov 2026", "ledger-00000002.key", "log.example+01+A",
		"entries 0 to 4", "COMPROMISED since 2026-11-29T08:00:00Z: it was seen"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s%s", want, stdout, stderr)
		}
	}
	if code != exitDone || last.method != "GET" || last.target != "/api/v1/audit/key" {
		t.Errorf("exit %d, asked %+v", code, last)
	}
	if code, stdout, _ := tocsin(t, "audit", "key", "--rotations"); code != exitDone || strings.TrimSpace(stdout) != strings.TrimSpace(note) {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	var whole ledgerKeys
	if code, stdout, _ := tocsin(t, "audit", "key", "-o", "json"); code != exitDone || json.Unmarshal([]byte(stdout), &whole) != nil || len(whole.Keys) != 2 {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}

func TestChangingTheLedgersKeyIsRefusedWithoutWhatItNeeds(t *testing.T) {
	t.Setenv("TOCSIN_KEYS_DIR", "")
	t.Setenv("TOCSIN_DATABASE_URL", "")
	nothing := write(t, t.TempDir(), "nothing.txt", "Dear all,\n")
	for _, one := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"audit", "key", "rotate"}, exitMisused, "reason"},
		{[]string{"audit", "key", "rotate", "--reason", "x", "--prepare"}, exitMisused, "prepare"},
		{[]string{"audit", "key", "rotate", "--reason", "x", "--compromised", "--since", "yesterday"}, exitFailed, "--since"},
		{[]string{"audit", "key", "rotate", "--reason", "x"}, exitFailed, "TOCSIN_KEYS_DIR"},
		{[]string{"audit", "key", "turn"}, exitMisused, "turn"},
		{[]string{"verify", nothing, "--rotations", nothing}, exitFailed, "holds no signed change"},
	} {
		code, _, stderr := tocsin(t, one.args...)
		if code != one.code || !strings.Contains(stderr, one.stderr) {
			t.Errorf("%q: exit %d, %s", one.args, code, stderr)
		}
	}
}
