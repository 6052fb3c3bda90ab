package postgres_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// history gives the lines of the earlier checkpoints in a bundle.
func history(t *testing.T, bundle []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("history.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(content), "\n")
	return lines[:len(lines)-1]
}

func sealed(t *testing.T, s *postgres.Store, key string) []byte {
	t.Helper()
	record(t, s, "case", incident.Engine(), incident.SealBundle{})
	var b bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &b); err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), ledger.VerifyOptions{Key: key})
	if err != nil || !report.OK {
		t.Fatalf("%+v %v", report, err)
	}
	return b.Bytes()
}

func TestABundleHoldsTheCheckpointsSinceBeforeTheCase(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	checkpoint := func() {
		t.Helper()
		clock.advance(time.Hour)
		if _, err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	openCase(t, s, "before", start)
	checkpoint() // long before the case: it does not travel
	record(t, s, "before", dpo, assessment(true))
	checkpoint() // the last one before the case
	openCase(t, s, "case", start)
	if got := history(t, sealed(t, s, keys.VKey)); len(got) != 1 {
		t.Errorf("%d earlier checkpoints travel, want the last one before the case", len(got))
	}
	record(t, s, "before", dpo, incident.CompleteTask{Task: 1})
	checkpoint()
	// The first seal's checkpoint, the one just signed, and nothing from before but the last.
	bundle := sealed(t, s, keys.VKey)
	if got := history(t, bundle); len(got) != 3 {
		t.Errorf("%d earlier checkpoints travel, want 3", len(got))
	}
	// Those that are signed later change nothing.
	record(t, s, "case", dpo, assessment(true))
	checkpoint()
	var again bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &again); err != nil || !bytes.Equal(bundle, again.Bytes()) {
		t.Errorf("the same seal gives two bundles: %v", err)
	}
}

// TestACheckpointSignedWhileABundleIsSealedDoesNotSpoilIt signs and seals at
// the same time, while other cases grow.
func TestACheckpointSignedWhileABundleIsSealedDoesNotSpoilIt(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	openCase(t, s, "case", start)
	openCase(t, s, "another", start)
	done := make(chan struct{})
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.Checkpoint(t.Context()); err != nil {
					t.Errorf("checkpoint: %v", err)
					return
				}
			}
		})
	}
	others.Go(func() {
		for range 20 {
			record(t, s, "another", dpo, assessment(true))
		}
	})
	for range 20 {
		sealed(t, s, keys.VKey)
	}
	close(done)
	others.Wait()
}
