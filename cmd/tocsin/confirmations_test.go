package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tocsin/anchor"
	"tocsin/anchor/anchortest"
	"tocsin/ledger"
)

// confirmedLog is a log whose checkpoint of one entry a witness and an authority
// confirmed, and the bundle that was sealed next.
type confirmedLog struct {
	vkey, checkpoint string
	witness          *anchortest.Witness
	authority        *anchortest.Authority
	confirmations    []ledger.Confirmation
	bundle           []byte
}

func newConfirmedLog(t *testing.T) confirmedLog {
	t.Helper()
	const origin, id = "log.example.com", "i1"
	now := ledger.Instant(time.Now())
	secret, public, err := ledger.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	var log ledger.Memory
	record := func(kind string, data json.RawMessage) {
		t.Helper()
		line, err := ledger.Entry{Version: 1, Incident: id, Seq: log.Size() + 1, Type: kind, At: now, RecordedAt: now,
			Actor: ledger.Actor{Role: "engine"}, Data: data}.MarshalCanonical()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := log.Append(line); err != nil {
			t.Fatal(err)
		}
	}
	sign := func() string {
		t.Helper()
		root, err := ledger.Root(log.Size(), &log)
		if err != nil {
			t.Fatal(err)
		}
		text, err := ledger.Sign(ledger.Checkpoint{Origin: origin, Size: log.Size(), Root: root, SignedAt: now}, signer)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	record("incident_opened", json.RawMessage(`{}`))
	l := confirmedLog{vkey: public, checkpoint: sign(), witness: anchortest.NewWitness(t, public),
		authority: anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)}
	line, err := anchor.Witness{URL: l.witness.URL, Key: l.witness.Key, Client: http.DefaultClient}.Cosign(t.Context(), l.checkpoint, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, cosigned, err := anchor.Cosignature(l.checkpoint, line, l.witness.Key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := anchor.Authority{URL: l.authority.URL, Roots: l.authority.Roots, Client: http.DefaultClient}.Stamp(t.Context(), l.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	stamped, err := anchor.CheckStamp(l.checkpoint, token, l.authority.Roots)
	if err != nil {
		t.Fatal(err)
	}
	l.confirmations = []ledger.Confirmation{
		{Kind: ledger.Cosignature, Name: "witness.example.com", Size: 1, Content: []byte(line), At: cosigned},
		{Kind: ledger.Timestamp, Name: "Stamps Ltd", Size: 1, Content: token, At: stamped},
	}
	head := ledger.BundleHead{Incident: id, Origin: origin, Key: public, Entries: 2, History: []int64{1}, Confirmations: l.confirmations}
	seal, err := head.SealData()
	if err != nil {
		t.Fatal(err)
	}
	record(ledger.BundleSealType, seal)
	var b bytes.Buffer
	err = ledger.WriteBundle(t.Context(), &b, ledger.BundleSource{Head: head, Checkpoint: sign(), Past: []string{l.checkpoint}, Hashes: &log,
		Leaves: func(yield func(ledger.Leaf, error) bool) {
			for i := range log.Size() {
				if !yield(ledger.Leaf{Index: i, Entry: log.Leaf(i)}, nil) {
					return
				}
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	l.bundle = b.Bytes()
	return l
}

func TestVerifySaysWhoConfirmed(t *testing.T) {
	l := newConfirmedLog(t)
	dir := t.TempDir()
	bundle := write(t, dir, "bundle.zip", string(l.bundle))
	witnesses := write(t, dir, "witnesses.txt", "# from the witness\n"+l.witness.Key+"\n")
	strangers := write(t, dir, "strangers.txt", anchortest.NewWitness(t, l.vkey).Key+"\n")
	otherRoots := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping).RootsFile
	for _, one := range []struct {
		name           string
		args           []string
		code           int
		states         []string
		stdout, stderr []string
	}{
		{"no keys", nil, exitDone, []string{ledger.ConfirmationNotChecked, ledger.ConfirmationNotChecked},
			[]string{"GOOD", "Not checked", `witness "witness.example.com": at size 1, 2`, `time stamp "Stamps Ltd": at size 1`, "key not given"}, nil},
		{"both", []string{"--witness-keys", witnesses, "--tsa-roots", l.authority.RootsFile}, exitDone, []string{ledger.ConfirmationHolds, ledger.ConfirmationHolds},
			[]string{"GOOD", "Confirmed", `witness "witness.example.com": at size 1, 2`, `time stamp "CN=tsa.example.com": at size 1`}, nil},
		{"another root", []string{"--witness-keys", witnesses, "--tsa-roots", otherRoots}, exitDone, []string{ledger.ConfirmationHolds, ledger.ConfirmationNotChecked},
			[]string{"Confirmed", "Not checked"}, nil},
		{"another key of the witness's name", []string{"--witness-keys", strangers}, exitFailed, []string{ledger.ConfirmationUnsound, ledger.ConfirmationNotChecked},
			[]string{"BAD", "Unsound", "confirmation"}, []string{"the cosignature of the checkpoint of 1 entries"}},
		{"a file without keys", []string{"--witness-keys", bundle}, exitFailed, nil, nil, []string{"--witness-keys", "verifier keys for cosignatures"}},
		{"a file without certificates", []string{"--tsa-roots", witnesses}, exitFailed, nil, nil, []string{"--tsa-roots", "root certificates in PEM"}},
		{"a file that is not there", []string{"--tsa-roots", witnesses + "x"}, exitFailed, nil, nil, []string{"there is no such file"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			args := append([]string{"verify", bundle, "--key", l.vkey}, one.args...)
			code, stdout, stderr := tocsin(t, args...)
			if code != one.code {
				t.Errorf("exit %d: %s", code, stderr)
			}
			for _, part := range one.stdout {
				if !strings.Contains(stdout, part) {
					t.Errorf("%q is missing in\n%s", part, stdout)
				}
			}
			if one.code != exitDone {
				checkLine(t, stderr, one.stderr...)
			}
			_, stdout, _ = tocsin(t, append(args, "-o", "json")...)
			var report ledger.Report
			if err := json.Unmarshal([]byte(stdout), &report); err != nil && one.states != nil {
				t.Fatal(err)
			}
			var states []string
			for _, c := range report.Confirmations {
				states = append(states, c.State)
			}
			if !slices.Equal(states, one.states) {
				t.Errorf("%q, want %q", states, one.states)
			}
		})
	}
}

// TestAuditVerifyChecksConfirmationsHere takes them from the server page by page,
// and believes its verdict about them as little as its keys.
func TestAuditVerifyChecksConfirmationsHere(t *testing.T) {
	l := newConfirmedLog(t)
	witnesses := write(t, t.TempDir(), "witnesses.txt", l.witness.Key+"\n")
	var listed []any
	for _, c := range l.confirmations {
		listed = append(listed, map[string]any{"kind": c.Kind, "name": c.Name, "size": c.Size, "at": c.At, "content": c.Content, "checkpoint": l.checkpoint})
	}
	const good = `{"ok":true,"entries":2,"problems":[],"warnings":[]}`
	serve := func(t *testing.T, first, second []any) {
		t.Helper()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.URL.Path == "/api/v1/audit/verify":
				_, _ = io.WriteString(w, good)
			case r.URL.Query().Get("after") == "0":
				_ = json.NewEncoder(w).Encode(map[string]any{"confirmations": first, "next": 7})
			default:
				_ = json.NewEncoder(w).Encode(map[string]any{"confirmations": second})
			}
		}))
		t.Cleanup(server.Close)
		t.Setenv("TOCSIN_URL", server.URL)
		t.Setenv("TOCSIN_TOKEN", "t")
	}
	t.Run("those that hold", func(t *testing.T) {
		serve(t, listed[:1], listed[1:])
		code, stdout, stderr := tocsin(t, "audit", "verify", "--witness-keys", witnesses, "--tsa-roots", l.authority.RootsFile)
		if code != exitDone || strings.Count(stdout, "Confirmed") != 2 {
			t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
		}
	})
	t.Run("one without a key", func(t *testing.T) {
		serve(t, listed[:1], listed[1:])
		code, stdout, _ := tocsin(t, "audit", "verify", "--witness-keys", witnesses, "-o", "json")
		var report recordReport
		if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitDone || !report.OK || len(report.Confirmations) != 2 ||
			report.Confirmations[0].State != ledger.ConfirmationHolds || report.Confirmations[1].State != ledger.ConfirmationNotChecked {
			t.Errorf("exit %d %v\n%s", code, err, stdout)
		}
	})
	t.Run("kept in a file, and held against the bundle", func(t *testing.T) {
		serve(t, listed[:1], listed[1:])
		code, stdout, _ := tocsin(t, "audit", "confirmations")
		if code != exitDone || !strings.Contains(stdout, "witness.example.com") || !strings.Contains(stdout, "Stamps Ltd") {
			t.Errorf("exit %d\n%s", code, stdout)
		}
		_, stdout, _ = tocsin(t, "audit", "confirmations", "-o", "json")
		dir := t.TempDir()
		bundle, file := write(t, dir, "bundle.zip", string(l.bundle)), write(t, dir, "confirmations.json", stdout)
		args := []string{"verify", bundle, "--key", l.vkey, "--witness-keys", witnesses, "--tsa-roots", l.authority.RootsFile, "--confirmations"}
		if code, stdout, stderr := tocsin(t, append(args, file)...); code != exitDone || strings.Count(stdout, "Confirmed") != 2 {
			t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
		}
		forged := write(t, dir, "forged.json", strings.ReplaceAll(stdout, `"Stamps Ltd","size":1`, `"Stamps Ltd","size":2`))
		if code, _, stderr := tocsin(t, append(args, forged)...); code != exitFailed {
			t.Errorf("exit %d\n%s", code, stderr)
		}
		for _, bad := range []string{"{}", "[]", l.witness.Key, `{"confirmations":[],"other":1}`} {
			code, _, stderr := tocsin(t, append(args, write(t, dir, "bad.json", bad))...)
			if code != exitFailed {
				t.Errorf("%q: exit %d", bad, code)
			}
			checkLine(t, stderr, "--confirmations", "holds no confirmations")
		}
	})
	t.Run("nobody", func(t *testing.T) {
		serve(t, nil, []any{})
		if code, stdout, _ := tocsin(t, "audit", "confirmations"); code != exitDone || !strings.Contains(stdout, "Nobody outside") {
			t.Errorf("exit %d\n%s", code, stdout)
		}
	})
	t.Run("one of another checkpoint", func(t *testing.T) {
		changed := maps.Clone(listed[0].(map[string]any))
		changed["checkpoint"] = strings.Replace(l.checkpoint, "\n1\n", "\n2\n", 1)
		serve(t, []any{changed}, listed[1:])
		code, stdout, stderr := tocsin(t, "audit", "verify", "--witness-keys", witnesses)
		if code != exitFailed || !strings.Contains(stdout, "Unsound") || !strings.Contains(stdout, "BAD") {
			t.Errorf("exit %d\n%s", code, stdout)
		}
		checkLine(t, stderr, "the checkpoint of 1 entries does not hold")
	})
}
