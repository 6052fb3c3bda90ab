package postgres_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestTheLedgersRootIsTheOneOfAllItsEntries(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			id := fmt.Sprintf("case-%d", i)
			openCase(t, s, id, start)
			record(t, s, id, dpo, assessment(true))
			record(t, s, id, dpo, incident.CompleteTask{Task: 1})
		})
	}
	all.Wait()
	text, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cp, err := ledger.ParseCheckpoint(text, note.VerifierList(keys.LedgerVerifier), keys.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if !cp.SignedAt.Equal(start) {
		t.Errorf("signed at %v, want %v", cp.SignedAt, start)
	}

	conn := connect(t, ownerURL)
	rows, err := conn.Query(t.Context(), `SELECT entry FROM ledger_entry ORDER BY index`)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		t.Fatal(err)
	}
	var again ledger.Memory
	size, root, err := again.Append(entries...)
	if err != nil {
		t.Fatal(err)
	}
	if size != cp.Size || root != cp.Root {
		t.Errorf("the checkpoint says %d %v, all entries give %d %v", cp.Size, cp.Root, size, root)
	}
	positions := make([]int64, ledger.FirstHash(size))
	for i := range positions {
		positions[i] = int64(i)
	}
	want, err := again.ReadHashes(positions)
	if err != nil {
		t.Fatal(err)
	}
	rows, err = conn.Query(t.Context(), `SELECT hash FROM ledger_hash ORDER BY position`)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tlog.Hash, error) {
		var b []byte
		err := row.Scan(&b)
		return tlog.Hash(b), err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stored, want) {
		t.Error("the stored hashes are not those that the entries give")
	}
}

func TestACheckpointIsSignedOncePerSizeAndExtendsTheLast(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	empty, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatalf("checkpoint of an empty ledger: %v", err)
	}
	openCase(t, s, "case", start)
	first, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour)
	second, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first != second || first == empty {
		t.Errorf("an unchanged ledger was signed anew:\n%s\n%s", first, second)
	}
	record(t, s, "case", dpo, assessment(false))
	third, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if third == second {
		t.Error("a longer ledger was not signed")
	}
	if cp, err := s.ReadCheckpoint(t.Context(), third); err != nil || !cp.SignedAt.Equal(clock.now()) {
		t.Errorf("the checkpoint reads as %+v, %v", cp, err)
	}
	if _, err := s.ReadCheckpoint(t.Context(), strings.Replace(third, "2026", "2025", 1)); err == nil {
		t.Error("an altered checkpoint was read")
	}
}

func TestAChangedLedgerIsNotSigned(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	if _, err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What only somebody who owns the database and disables the trigger can do.
	conn := connect(t, ownerURL)
	for _, statement := range []string{
		`ALTER TABLE ledger_hash DISABLE TRIGGER refuse_change`,
		`UPDATE ledger_hash SET hash = sha256(hash)`,
		`ALTER TABLE ledger_hash ENABLE ALWAYS TRIGGER refuse_change`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, "case", dpo, assessment(false))
	_, err := s.Checkpoint(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ledger was changed") {
		t.Errorf("error is %v, want that the ledger was changed", err)
	}
}

func TestABundleVerifiesOfflineAndIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	mail := putDocument(t, s, "case", "vendor.eml", "message/rfc822", "Subject: we lost your data\r\n\r\nSorry.")
	twin := putDocument(t, s, "case", "copy.eml", "message/rfc822", "Subject: we lost your data\r\n\r\nSorry.")
	command := opening("case", start)
	command.Documents = []incident.Document{mail, twin}
	record(t, s, "case", dpo, command)
	openCase(t, s, "another", start)
	record(t, s, "case", dpo, assessment(true))

	if err := s.Bundle(t.Context(), "case", &bytes.Buffer{}); incident.KindOf(err) != incident.Conflict {
		t.Errorf("a case without a seal gives %v, want a conflict", err)
	}
	clock.advance(time.Minute)
	record(t, s, "case", incident.Engine(), incident.SealBundle{})
	var first bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &first); err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(t.Context(), bytes.NewReader(first.Bytes()), int64(first.Len()), ledger.VerifyOptions{Key: keys.VKey})
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), "case", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK || report.Entries != int64(len(events)) || !report.KeyIndependent {
		t.Errorf("report is %+v, want ok with %d entries", report, len(events))
	}

	// Later entries of this and other cases do not change the sealed bundle.
	record(t, s, "another", dpo, assessment(true))
	record(t, s, "case", dpo, incident.CompleteTask{Task: 1})
	var second bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same seal gives two bundles")
	}
	checkSnapshot(t, s, "case")

	// Once the documents are erased the old seal is no longer served, and a new one is.
	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	if err := s.Bundle(t.Context(), "case", &bytes.Buffer{}); incident.KindOf(err) != incident.Conflict {
		t.Errorf("a seal over erased documents gives %v, want a conflict", err)
	}
	record(t, s, "case", incident.Engine(), incident.SealBundle{})
	var third bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &third); err != nil {
		t.Fatal(err)
	}
	report, err = ledger.Verify(t.Context(), bytes.NewReader(third.Bytes()), int64(third.Len()), ledger.VerifyOptions{Key: keys.VKey})
	if err != nil || !report.OK {
		t.Errorf("after erasure: report is %+v, %v, want ok", report, err)
	}
}

func putDocument(t *testing.T, s *postgres.Store, id, name, mediaType, content string) incident.Document {
	t.Helper()
	d, err := s.PutDocument(t.Context(), id, name, mediaType, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
