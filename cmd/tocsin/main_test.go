package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tocsin": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script"), RequireExplicitExec: true})
}

// tocsin runs a command line inside this process.
func tocsin(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, failed bytes.Buffer
	code = run(t.Context(), args, &out, &failed)
	return code, out.String(), failed.String()
}

// checkLine checks that standard error is one line that holds every part.
func checkLine(t *testing.T, stderr string, parts ...string) {
	t.Helper()
	if strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") {
		t.Errorf("standard error is not one line: %q", stderr)
	}
	for _, part := range parts {
		if !strings.Contains(stderr, part) {
			t.Errorf("standard error %q lacks %q", stderr, part)
		}
	}
}

func TestDeadlineGivesEveryVectorOfTheLaw(t *testing.T) {
	var vectors []struct {
		Name       string    `json:"name"`
		Zone       string    `json:"zone"`
		Aware      string    `json:"aware"`
		Due        time.Time `json:"due"`
		OuterBound time.Time `json:"outer_bound"`
	}
	readVectors(t, "deadlines.json", &vectors)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			code, stdout, stderr := tocsin(t, "deadline", "--aware", v.Aware, "--zone", v.Zone, "-o", "json")
			if code != exitDone || stderr != "" {
				t.Fatalf("exit %d, standard error %q", code, stderr)
			}
			var got deadline
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatal(err)
			}
			for _, one := range []struct {
				name      string
				got, want time.Time
			}{{"due", got.Due, v.Due}, {"outer bound", got.OuterBound, v.OuterBound}} {
				if g, w := one.got.Format(time.RFC3339), one.want.Format(time.RFC3339); g != w {
					t.Errorf("%s %s, want %s", one.name, g, w)
				}
			}
			if got.Rule == "" {
				t.Error("no rule is named")
			}
		})
	}
}

func TestSeverityGivesEveryVectorOfTheMethod(t *testing.T) {
	var vectors []struct {
		DPC             json.Number `json:"dpc"`
		Identification  json.Number `json:"identification"`
		Confidentiality json.Number `json:"confidentiality"`
		Integrity       json.Number `json:"integrity"`
		Availability    json.Number `json:"availability"`
		Malicious       bool        `json:"malicious"`
		Score           json.Number `json:"score"`
		Band            string      `json:"band"`
	}
	readVectors(t, "enisa-severity.json", &vectors)
	for _, v := range vectors {
		args := []string{"severity", "-o", "json", "--dpc", v.DPC.String(), "--identification", v.Identification.String(),
			"--confidentiality", v.Confidentiality.String(), "--integrity", v.Integrity.String(),
			"--availability", v.Availability.String()}
		if v.Malicious {
			args = append(args, "--malicious")
		}
		code, stdout, stderr := tocsin(t, args...)
		var got struct {
			Score json.Number `json:"score"`
			Band  string      `json:"band"`
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitDone {
			t.Errorf("%v: exit %d, %q, %v", args, code, stderr, err)
			continue
		}
		want, err := v.Score.Float64()
		if err != nil {
			t.Fatal(err)
		}
		if score, err := got.Score.Float64(); err != nil || score != want || got.Band != v.Band {
			t.Errorf("%v: %s %s, want %s %s", args, got.Score, got.Band, v.Score, v.Band)
		}
	}
}

func readVectors(t *testing.T, name string, to any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "gdpr", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		t.Fatal(err)
	}
}

func TestEveryCommandThatLacksSomethingIsWrongUsage(t *testing.T) {
	for _, line := range []string{
		"", "incident", "incident open", "incident show", "incident awareness X --at 2026-01-01T00:00:00Z", "incident close X",
		"task done X", "people import X", "assessment record X", "notification draft X", "notification approve X",
		"notification file X --obligation 1", "notification delay X --obligation 1", "obligation ack X",
		"obligation waive X --obligation 1", "mailing draft X", "mailing stop X", "public draft", "public text X --locale es", "public published X --at 2026-01-01T00:00:00Z", "audit export X", "user add --email dpo@example.com",
		"deadline --zone UTC", "severity --dpc 1", "verify", "incident list extra", "incident list --unknown", "audit checkpoint extra",
		"obligation add X --regime nis2", "obligation fact X --obligation 1", "incident screening X", "law",
		"notification show X", "notification withdraw X --obligation 1", "notification sheet X --obligation 1", "assess",
		"user bootstrap", "keys", "keys rotate", "keys rotate --prepare --reason x", "serve extra", "incident list -o yaml", "people import X --file f --round one",
	} {
		t.Run(line, func(t *testing.T) {
			code, stdout, stderr := tocsin(t, strings.Fields(line)...)
			if code != exitMisused || stdout != "" {
				t.Errorf("exit %d, standard output %q; want 2 and nothing", code, stdout)
			}
			checkLine(t, stderr, "see \"tocsin", "--help\"")
		})
	}
}
