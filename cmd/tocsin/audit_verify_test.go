package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestAuditVerifySendsTheCheckpointsOfAFileAndFailsForABadRecord(t *testing.T) {
	kept := write(t, t.TempDir(), "kept.txt", "Keep this.\n\nlog.example\n1\nAAAA\n\n— log.example AAAA\n")
	empty := write(t, t.TempDir(), "empty.txt", "Dear all,\n")
	for _, one := range []struct {
		name, answer   string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"a good record", `{"ok":true,"entries":4,"incidents":1,"checkpoints":2,"root":"R","problems":[],"warnings":[]}`,
			[]string{"--checkpoint", kept}, exitDone, "GOOD", ""},
		{"a bad record", `{"ok":false,"problems":[{"index":3,"incident":"i1","entry":2,"kind":"changed_entry","detail":"it was changed"},
			{"index":-1,"kind":"forked_history","detail":"forked"}]}`,
			[]string{"--checkpoint", kept}, exitFailed, "place 3, entry 2 of i1: it was changed (changed_entry)", "it was changed (and 1 more)"},
		{"an answer without a verdict", `{}`, nil, exitFailed, "", "gives no reason"},
		{"a file without a checkpoint", `{"ok":true}`, []string{"--checkpoint", empty}, exitFailed, "", "holds no signed checkpoint"},
		{"a file that is not there", `{"ok":true}`, []string{"--checkpoint", empty + "x"}, exitFailed, "", "there is no such file"},
	} {
		t.Run(one.name, func(t *testing.T) {
			last := fakeServer(t, http.StatusOK, "application/json", one.answer)
			code, stdout, stderr := tocsin(t, append([]string{"audit", "verify"}, one.args...)...)
			if code != one.code || !strings.Contains(stdout, one.stdout) || !strings.Contains(stderr, one.stderr) {
				t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
			}
			if last.target == "" {
				return // refused before anything was asked
			}
			var sent struct {
				Checkpoints string `json:"checkpoints"`
			}
			if err := json.Unmarshal([]byte(last.body), &sent); err != nil || last.target != "/api/v1/audit/verify" ||
				strings.Contains(sent.Checkpoints, "— log.example AAAA\n") != (len(one.args) > 0) || strings.Contains(sent.Checkpoints, "Keep") {
				t.Errorf("sent %s to %s", last.body, last.target)
			}
		})
	}
}
