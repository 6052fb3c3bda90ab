package system

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
)

func (h *house) rotateLedger(r LedgerRotation) LedgerRotated {
	h.t.Helper()
	done, err := RotateLedger(h.t.Context(), h.config, r)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

// something grows the record by one entry.
func (h *house) something(s *postgres.Store) {
	h.t.Helper()
	err := s.RecordForInstallation(h.t.Context(), incident.Engine(), incident.RunRecovery{Open: 1, Started: 1})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) checkpoint(s *postgres.Store) string {
	h.t.Helper()
	text, err := s.Checkpoint(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}

// sound demands a record that is as it was written, held against checkpoints.
func (h *house) sound(s *postgres.Store, kept ...string) {
	h.t.Helper()
	var given []ledger.LogCheckpoint
	for _, text := range kept {
		given = append(given, ledger.LogCheckpoint{Text: text, From: "a mail"})
	}
	report, err := s.Audit(h.t.Context(), given)
	if err != nil || !report.OK {
		h.t.Fatalf("%+v %v", report, err)
	}
}

func TestTheLedgersKeyIsChangedWhileServersRun(t *testing.T) {
	h := newHouse(t, 0)
	running := h.open() // with the keys of before
	h.something(running)
	first := h.checkpoint(running)
	started := h.open()
	keys, _, err := running.LedgerKeys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].File != "ledger.key" || !keys[0].Here {
		t.Fatalf("%+v %v", keys, err)
	}

	done := h.rotateLedger(LedgerRotation{Reason: "a person left"})
	if done.Before != keys[0].Key || done.Key == done.Before || !strings.HasPrefix(filepath.Base(done.File), "ledger-") {
		t.Errorf("%+v", done)
	}
	if info, err := os.Stat(done.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	h.something(running)
	second := h.checkpoint(running)
	if strings.Count(second, "— ") != 1 || second == first {
		t.Errorf("%s", second)
	}
	since := time.Now().Add(-time.Hour)
	third := h.rotateLedger(LedgerRotation{Reason: "it was seen", Compromised: true, Since: since})
	h.something(started)
	last := h.checkpoint(started)
	for _, s := range []*postgres.Store{running, started, h.open()} {
		h.sound(s, first, second, last)
		keys, rotations, err := s.LedgerKeys(t.Context())
		if err != nil || len(keys) != 3 || len(rotations) != 2 || keys[2].Key != third.Key || !keys[1].Compromised ||
			keys[1].Reason != "it was seen" || keys[0].Reason != "a person left" || keys[1].Begun.IsZero() {
			t.Errorf("%+v %v", keys, err)
		}
	}
}

// TestABundleAcrossAChangeOfTheKeyVerifies exports before and after, and writes
// the bundle of before again.
func TestABundleAcrossAChangeOfTheKeyVerifies(t *testing.T) {
	h := newHouse(t, 0)
	s := h.open()
	at := time.Now()
	open := incident.Open{ID: "case", Key: "key", Disclosure: incident.Disclosure{
		Title: "Vendor lost an export", Kind: "vendor", Vendor: "Example Analytics", ReceivedAt: at.Add(-time.Hour), OccurredFrom: at.Add(-240 * time.Hour),
		PersonalData: "yes", Summary: "An attacker exported profiles.", Authority: "AEPD", Zone: "Europe/Madrid",
	}}
	record := func(command incident.Command, actor incident.Actor) {
		t.Helper()
		if _, err := s.Record(t.Context(), postgres.Recording{
			Incident: "case", Actor: actor, Command: command,
			Key: postgres.RecordKey{WorkflowID: "w", RunID: "r", ActivityID: time.Now().String()},
		}); err != nil {
			t.Fatal(err)
		}
	}
	bundle := func() []byte {
		t.Helper()
		var b bytes.Buffer
		if err := s.Bundle(t.Context(), "case", &b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	record(open, incident.Actor{Role: incident.RoleDPO, ID: "someone"})
	record(incident.SealBundle{}, incident.Engine())
	before := bundle()
	done := h.rotateLedger(LedgerRotation{Reason: "yearly"})
	if !bytes.Equal(before, bundle()) {
		t.Error("the seal of before gives another bundle")
	}
	record(incident.SealBundle{}, incident.Engine())
	after := bundle()
	_, notes, err := s.LedgerKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		bundle []byte
		opts   ledger.VerifyOptions
	}{
		"before, the key of before":          {before, ledger.VerifyOptions{Key: done.Before}},
		"before, the later key and the note": {before, ledger.VerifyOptions{Key: done.Key, Rotations: notes}},
		"after, the key of before":           {after, ledger.VerifyOptions{Key: done.Before}},
		"after, the later key":               {after, ledger.VerifyOptions{Key: done.Key}},
	} {
		report, err := ledger.Verify(t.Context(), bytes.NewReader(one.bundle), int64(len(one.bundle)), one.opts)
		if err != nil || !report.OK {
			t.Errorf("%s: %+v %v", name, report, err)
		}
	}
}

func TestAMachineWithoutTheNewKeySignsNothing(t *testing.T) {
	h := newHouse(t, 0)
	done := h.rotateLedger(LedgerRotation{Prepare: true})
	if !done.Prepared || done.Before != "" {
		t.Fatalf("%+v", done)
	}
	s := h.open()
	if keys, _, err := s.LedgerKeys(t.Context()); err != nil || len(keys) != 1 {
		t.Fatalf("a key that is prepared signs: %+v %v", keys, err)
	}
	if again := h.rotateLedger(LedgerRotation{Prepare: true}); again.Key != done.Key {
		t.Errorf("a second key is prepared: %+v", again)
	}
	if used := h.rotateLedger(LedgerRotation{Reason: "yearly"}); used.Key != done.Key {
		t.Errorf("another key than the prepared one signs: %+v", used)
	}
	moved := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(done.File, moved); err != nil {
		t.Fatal(err)
	}
	h.something(s)
	if _, err := s.Checkpoint(t.Context()); incident.KindOf(err) != incident.Unavailable {
		t.Errorf("without the new key: %v", err)
	}
	if _, err := RotateLedger(t.Context(), h.config, LedgerRotation{Reason: "yearly"}); incident.KindOf(err) != incident.Unavailable {
		t.Errorf("a key that is away hands over: %v", err)
	}
	h.sound(s)
	if err := os.Rename(moved, done.File); err != nil {
		t.Fatal(err)
	}
	h.sound(s, h.checkpoint(s))
}

func TestAChangeOfTheLedgersKeyIsRefused(t *testing.T) {
	h := newHouse(t, 0)
	for name, r := range map[string]LedgerRotation{
		"without a reason":                 {},
		"since when, not compromised":      {Reason: "x", Since: time.Now()},
		"compromised from tomorrow on":     {Reason: "x", Compromised: true, Since: time.Now().Add(24 * time.Hour)},
		"a reason that is longer than all": {Reason: strings.Repeat("x", 1<<20)},
	} {
		if _, err := RotateLedger(t.Context(), h.config, r); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys, notes, err := h.open().LedgerKeys(t.Context()); err != nil || len(keys) != 1 || len(notes) != 0 {
		t.Errorf("%+v %v", keys, err)
	}
	if _, err := RotateLedger(t.Context(), Config{}, LedgerRotation{Reason: "x"}); err == nil || !strings.Contains(err.Error(), "TOCSIN_KEYS_DIR") {
		t.Errorf("without a directory: %v", err)
	}
}
