package postgres_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"tocsin/anchor"
	"tocsin/anchor/anchortest"
	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// TestWhatOthersConfirmedTravels has a witness and an authority confirm
// checkpoints, and finds what they said in the bundle that is sealed next.
func TestWhatOthersConfirmedTravels(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	w := anchortest.NewWitness(t, keys.VKey)
	authority := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	openCase(t, s, "case", start)
	confirm := func() {
		t.Helper()
		if _, err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		text, size, before, err := s.NewestCheckpoint(t.Context(), incident.AnchorCosignature, "witness.example.com")
		if err != nil {
			t.Fatal(err)
		}
		proof, err := s.ProveGrowth(t.Context(), before, size)
		if err != nil {
			t.Fatal(err)
		}
		line, err := anchor.Witness{URL: w.URL, Key: w.Key, Client: http.DefaultClient}.Cosign(t.Context(), text, before, proof)
		if err != nil {
			t.Fatal(err)
		}
		_, at, err := anchor.Cosignature(text, line, w.Key)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, postgres.Anchor{Kind: incident.AnchorCosignature, Name: "witness.example.com", Size: size, Content: []byte(line), At: at})
		token, err := anchor.Authority{URL: authority.URL, Roots: authority.Roots, Client: http.DefaultClient}.Stamp(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if at, err = anchor.CheckStamp(text, token, authority.Roots); err != nil {
			t.Fatal(err)
		}
		keep(t, s, postgres.Anchor{Kind: incident.AnchorTimestamp, Name: "tsa.example.com", Size: size, Content: token, At: at})
	}
	check := func(c ledger.Confirmation, checkpoint string) (string, time.Time, error) {
		if c.Kind == ledger.Timestamp {
			at, err := anchor.CheckStamp(checkpoint, c.Content, authority.Roots)
			return c.Name, at, err
		}
		_, at, err := anchor.Cosignature(checkpoint, string(c.Content), w.Key)
		return c.Name, at, err
	}
	found := func(bundle []byte, check ledger.ConfirmationCheck) ledger.Report {
		t.Helper()
		report, err := ledger.Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), ledger.VerifyOptions{Key: keys.VKey, Confirm: check})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	confirm()
	bundle := sealed(t, s, keys.VKey)
	report := found(bundle, check)
	if !report.OK || len(report.Confirmations) != 2 || len(report.Warnings) != 0 {
		t.Fatalf("%+v", report)
	}
	for i, kind := range []string{ledger.Cosignature, ledger.Timestamp} {
		if c := report.Confirmations[i]; c.Kind != kind || c.State != ledger.ConfirmationHolds || c.Size >= report.Checkpoint.Size || c.By == "" {
			t.Errorf("%+v", c)
		}
	}
	// What is confirmed later changes nothing of what was sealed, and travels with the next.
	confirm()
	var again bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &again); err != nil || !bytes.Equal(bundle, again.Bytes()) {
		t.Errorf("the same seal gives two bundles: %v", err)
	}
	if report = found(sealed(t, s, keys.VKey), check); !report.OK || len(report.Confirmations) != 4 {
		t.Errorf("%+v", report)
	}
	// Whose key is not given, is not believed; whose does not hold, is a problem.
	unknown := func(ledger.Confirmation, string) (string, time.Time, error) {
		return "", time.Time{}, ledger.ErrNotChecked
	}
	for name, check := range map[string]ledger.ConfirmationCheck{"none": nil, "no key": unknown} {
		if r := found(bundle, check); !r.OK || len(r.Warnings) != 1 || r.Confirmations[0].State != ledger.ConfirmationNotChecked || r.Confirmations[0].By != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	bad := func(ledger.Confirmation, string) (string, time.Time, error) { return "", time.Time{}, errors.New("no") }
	if r := found(bundle, bad); r.OK || len(r.Problems) != 2 || r.Problems[0].Kind != ledger.KindConfirmation {
		t.Errorf("%+v", r)
	}
}

// TestConfirmationsAreHeldAgainstTheLog changes them as only the owner of the
// tables can.
func TestConfirmationsAreHeldAgainstTheLog(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "other", start)
	openCase(t, s, "case", start)
	var sizes []int64
	for n := range 3 {
		record(t, s, "case", dpo, incident.CompleteTask{Task: n + 1})
		if _, err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, size, _, err := s.NewestCheckpoint(t.Context(), incident.AnchorTimestamp, "tsa.example.com")
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
		keep(t, s, postgres.Anchor{Kind: incident.AnchorTimestamp, Name: "tsa.example.com", Size: size, Content: []byte("token"), At: start})
	}
	audit := func() []int64 {
		t.Helper()
		report, err := s.Audit(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var entries []int64
		for _, p := range report.Problems {
			if p.Kind != ledger.KindConfirmation || p.Incident != incident.InstallationID || p.Index < 0 {
				t.Errorf("%+v", p)
			}
			entries = append(entries, p.Entry)
		}
		if report.OK != (len(entries) == 0) {
			t.Errorf("%+v", report)
		}
		return entries
	}
	if found := audit(); found != nil {
		t.Errorf("nothing was changed, and %d is found", found)
	}
	// What is listed for a case says how many of its entries it covers.
	_, before, err := s.AnchorsHeld(t.Context(), "other", 1)
	if err != nil || before != 3 {
		t.Errorf("%d confirmations cover an entry of the first case: %v", before, err)
	}
	list, all, err := s.AnchorsHeld(t.Context(), "case", 2)
	if err != nil || all != 3 || len(list) != 2 || list[0].Size != sizes[2] || list[0].Entries <= list[1].Entries || !list[0].At.Equal(start) {
		t.Errorf("%v of %d: %+v", err, all, list)
	}
	if list, all, err := s.AnchorsHeld(t.Context(), "nobody's", 2); err != nil || all != 0 || len(list) != 0 {
		t.Errorf("%v of %d: %+v", err, all, list)
	}
	conn := connect(t, ownerURL)
	for _, statement := range []string{
		`ALTER TABLE anchor DISABLE TRIGGER refuse_change`, `UPDATE anchor SET content = 'another' WHERE seq = (SELECT min(seq) FROM anchor)`,
		`DELETE FROM anchor WHERE seq = (SELECT max(seq) FROM anchor)`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if found := audit(); len(found) != 2 {
		t.Errorf("one was changed and one removed, and %d is found", found)
	}
}

// TestOfVeryManyConfirmationsSomeTravel keeps more than a bundle holds.
func TestOfVeryManyConfirmationsSomeTravel(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	openCase(t, s, "case", start)
	const confirmers, rounds = 41, 60
	for range rounds {
		if _, err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, size, _, err := s.NewestCheckpoint(t.Context(), incident.AnchorTimestamp, "A")
		if err != nil {
			t.Fatal(err)
		}
		for n := range confirmers {
			keep(t, s, postgres.Anchor{Kind: incident.AnchorTimestamp, Name: string(rune('A' + n)), Size: size, Content: []byte{1}, At: start})
		}
	}
	bundle := sealed(t, s, keys.VKey)
	report, err := ledger.Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), ledger.VerifyOptions{Key: keys.VKey})
	if err != nil || !report.OK {
		t.Fatalf("%v %+v", err, report.Problems)
	}
	const share = ledger.MaxConfirmations / confirmers
	if n := len(report.Confirmations); n != share*confirmers {
		t.Errorf("%d confirmations travel, want %d", n, share*confirmers)
	}
	newest := 0
	for _, c := range report.Confirmations {
		if c.Size == report.Confirmations[len(report.Confirmations)-1].Size {
			newest++
		}
	}
	if newest != confirmers {
		t.Errorf("of the newest checkpoint %d confirmations travel, want all %d", newest, confirmers)
	}
}

func keep(t *testing.T, s *postgres.Store, a postgres.Anchor) {
	t.Helper()
	if err := s.KeepAnchor(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}
