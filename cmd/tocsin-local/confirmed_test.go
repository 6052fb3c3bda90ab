package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tocsin/anchor/anchortest"
	"tocsin/ledger"
)

// TestWhatOthersConfirmedIsInTheBundle has a witness and an authority confirm what
// the real parts signed, and checks the bundle with their keys.
func TestWhatOthersConfirmedIsInTheBundle(t *testing.T) {
	dir, work := folder(t), t.TempDir()
	r := start(t, dir, "127.0.0.1:0")
	dpo, key := firstAccount(t, dir), logKey(t, dir)
	give := func(into any, args ...string) {
		t.Helper()
		out, failed, err := r.run(t.Context(), dpo, append(args, "-o", "json")...)
		if err != nil {
			t.Fatalf("tocsin %s: %v: %s", args[0], err, failed)
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, content any) string {
		t.Helper()
		raw, err := json.Marshal(content)
		if text, plain := content.(string); plain {
			raw, err = []byte(text), nil
		}
		file := filepath.Join(work, name)
		if err == nil {
			err = os.WriteFile(file, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	var opened struct{ ID string }
	var disclosure map[string]any
	readInto(t, "../../examples/vendor-breach/disclosure.json", &disclosure)
	delete(disclosure, "attachments")
	give(&opened, "incident", "open", "--file", put("disclosure.json", disclosure))
	var signed struct{ Size int64 }
	give(&signed, "audit", "checkpoint")
	r.stop(t)

	w, authority := anchortest.NewWitness(t, key), anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	t.Setenv("TOCSIN_ANCHORS_FILE", put("anchors.json", map[string]any{
		"witnesses":  []any{map[string]any{"url": w.URL, "key": w.Key, "inner": true}},
		"timestamps": []any{map[string]any{"name": "tsa.example.com", "url": authority.URL, "roots_file": authority.RootsFile, "inner": true}},
	}))
	r = start(t, dir, "127.0.0.1:0")
	defer r.stop(t)
	bundle := filepath.Join(work, "bundle.zip")
	within(t, 5*time.Minute, time.Second, func() error { // they are asked at the start, and again two minutes later
		var report ledger.Report
		var written any
		give(&written, "audit", "export", opened.ID, "--out", bundle)
		give(&report, "verify", bundle, "--key", key, "--witness-keys", put("witnesses.txt", w.Key+"\n"), "--tsa-roots", authority.RootsFile)
		held := map[string]bool{}
		for _, c := range report.Confirmations {
			if c.State == ledger.ConfirmationHolds && c.Size >= signed.Size {
				held[c.By] = true
			}
		}
		if !report.OK || !held["witness.example.com"] || !held["CN=tsa.example.com"] {
			return fmt.Errorf("confirmed: %+v, problems: %+v", report.Confirmations, report.Problems)
		}
		return nil
	})
	replayAll(t, dir, 3)
}
