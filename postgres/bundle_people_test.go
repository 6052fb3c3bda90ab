package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// takenAway exports a bundle with people's data, as the pages do.
func takenAway(t *testing.T, s *postgres.Store, id string, between func()) (*incident.BundlePeople, []byte, error) {
	t.Helper()
	taken, err := s.TakePeople(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close(t.Context())
	by := incident.Actor{Role: incident.RoleDPO, ID: "u1"}
	about, err := taken.Describe(t.Context(), by, "the authority asked")
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, id, by, incident.PrepareBundle{For: by, People: &incident.PeopleChosen{Reason: about.Reason, People: taken.People, Deliveries: taken.Deliveries}})
	record(t, s, id, incident.Engine(), incident.SealBundle{People: about})
	if between != nil {
		between()
	}
	var b bytes.Buffer
	err = s.BundleWithPeople(t.Context(), taken, about, &b)
	return about, b.Bytes(), err
}

func checked(t *testing.T, bundle []byte) ledger.Report {
	t.Helper()
	report, err := ledger.Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), ledger.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestABundleWithPeopleHoldsThemAsTheyWereAtOneMoment(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	erasable(t, s, "case")
	about, bundle, err := takenAway(t, s, "case", func() {
		// What changes after the seal is not in the bundle, and does not spoil it.
		ready := sendingRound(t, s, "other", somebody(9))
		settle(t, s, ready, claim(t, s, ready, "owner", 1)[0], "owner", accepted("m9@example.com"))
	})
	if err != nil {
		t.Fatal(err)
	}
	report := checked(t, bundle)
	if !report.OK || report.People == nil || report.People.People != 2 || report.People.Deliveries != 2 || fmt.Sprint(report.People.Proven) != "[1]" {
		t.Fatalf("the report is %+v: %v", report.People, report.Problems)
	}
	if about.People != 2 || len(about.Files) != 2 || !about.ErasedAt.IsZero() {
		t.Errorf("what is said of it is %+v", about)
	}
	for _, words := range []string{`"email":"person7@example.org"`, `"message_id":"m1@example.com"`, "the authority asked", "the data of 2 people"} {
		if !strings.Contains(string(bundle), words) {
			t.Errorf("the bundle lacks %s", words)
		}
	}
	if strings.Contains(string(bundle), "person9@") {
		t.Error("the bundle holds somebody of another case")
	}
	rows, err := s.Entries(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows {
		if strings.Contains(string(row.Entry.Data), "person7") {
			t.Errorf("entry %d names somebody", row.Entry.Seq)
		}
		if row.Entry.Type == incident.EvPeopleTaken {
			n++
			if row.Entry.Actor.ID != "u1" || !strings.Contains(string(row.Entry.Data), `"people":2`) || !strings.Contains(string(row.Entry.Data), "the authority asked") {
				t.Errorf("the entry says %s by %+v", row.Entry.Data, row.Entry.Actor)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d entries say that people's data left", n)
	}
	again, second, err := takenAway(t, s, "case", nil)
	if err != nil || !checked(t, second).OK || again.Files[1].SHA256 == about.Files[1].SHA256 {
		t.Errorf("a second bundle has %+v, %v: its hashes must not be those of the first", again, err)
	}
}

func TestABundleWithPeopleIsNotWrittenUnderAnothersSeal(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	erasable(t, s, "case")
	_, bundle, err := takenAway(t, s, "case", func() { record(t, s, "case", incident.Engine(), incident.SealBundle{}) })
	wantKind(t, err, incident.Conflict)
	if len(bundle) != 0 {
		t.Errorf("%d bytes left", len(bundle))
	}
	// The plain export that came last is whole, and the earlier seal spoils nothing.
	var plain bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &plain); err != nil || !checked(t, plain.Bytes()).OK || strings.Contains(plain.String(), "person7@example.org\"") {
		t.Errorf("the plain bundle: %v", err)
	}
}

func TestABundleAfterAnErasureSaysSoAndNamesNobody(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	erasable(t, s, "case")
	record(t, s, "case", dpo, incident.RequestErasure{Reason: "settled", Others: 1})
	record(t, s, "case", deputy, incident.ConfirmErasure{})
	record(t, s, "case", incident.Engine(), incident.BeginErasure{})
	record(t, s, "case", incident.Engine(), incident.FinishErasure{Counts: erase(t, s, "case")})
	about, bundle, err := takenAway(t, s, "case", nil)
	if err != nil {
		t.Fatal(err)
	}
	report := checked(t, bundle)
	if !report.OK || about.People != 0 || about.ErasedAt.IsZero() || report.People.ErasedAt == "" || fmt.Sprint(report.People.Proven) != "[1]" {
		t.Errorf("the report is %+v: %v", report.People, report.Problems)
	}
	if strings.Contains(string(bundle), "person7") || strings.Contains(string(bundle), "person8") {
		t.Error("the bundle names somebody who was erased")
	}
}

func TestTakingPeopleGivesItsConnectionBack(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	erasable(t, s, "case")
	for range 40 { // more than the pool holds
		taken, err := s.TakePeople(t.Context(), "case")
		if err != nil {
			t.Fatal(err)
		}
		if taken.People != 2 {
			t.Fatalf("%d people", taken.People)
		}
		taken.Close(t.Context())
		taken.Close(t.Context())
	}
	ended, cancel := context.WithCancel(t.Context())
	taken, err := s.TakePeople(ended, "case")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close(t.Context())
	cancel()
	if _, err := taken.Describe(ended, incident.Actor{Role: incident.RoleDPO, ID: "u1"}, "r"); err == nil {
		t.Error("people are read for somebody who has gone")
	}
}
