package postgres_test

import (
	"context"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestABackendKilledInTheMiddleLeavesNothing(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	adminURL, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	before := totals(t, ownerURL)

	// The recording waits at its very end, with events and ledger written.
	blocker, err := connect(t, ownerURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blocker.Exec(t.Context(), `LOCK TABLE recording IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	in := postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, Command: assessment(true)}
	answer := make(chan error, 1)
	go func() {
		_, err := s.Record(context.WithoutCancel(t.Context()), in)
		answer <- err
	}()
	admin := connect(t, adminURL)
	eventually(t, "the recording waiting for the lock", func() bool {
		var killed int
		err := admin.QueryRow(t.Context(), `
			SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO recording%'`).Scan(&killed)
		return err == nil && killed == 1
	})
	wantKind(t, <-answer, incident.Unavailable)
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := totals(t, ownerURL); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	out, err := s.Record(t.Context(), in)
	// The assessment, and the duty towards the people that it opens.
	if err != nil || len(out.Recorded) != 2 {
		t.Errorf("the retry recorded %d events, %v; want 2", len(out.Recorded), err)
	}
	checkLedger(t, s, "case")
	checkSnapshot(t, s, "case")
}

func TestAStoppedDatabaseIsUnavailableAndComesBack(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.Start(t, false)
	s := cluster.Store(t)
	at := time.Now().Add(-time.Minute)
	openCase(t, s, "case", at)
	user, token, err := s.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "A DPO", Role: incident.RoleDPO})
	if err != nil {
		t.Fatal(err)
	}
	in := postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, Command: assessment(true)}

	cluster.Stop(t)
	for name, call := range map[string]func() error{
		"Ping":          func() error { return s.Ping(t.Context()) },
		"Record":        func() error { _, err := s.Record(t.Context(), in); return err },
		"State":         func() error { _, err := s.State(t.Context(), "case"); return err },
		"Events":        func() error { _, err := s.Events(t.Context(), "case", 0); return err },
		"Incidents":     func() error { _, err := s.Incidents(t.Context(), postgres.IncidentFilter{}); return err },
		"UserByToken":   func() error { _, _, err := s.UserByToken(t.Context(), token); return err },
		"CreateSession": func() error { _, err := s.CreateSession(t.Context(), user.ID); return err },
		"PutDocument":   func() error { _, err := s.PutDocument(t.Context(), "case", "a", "", nil); return err },
		"Claim":         func() error { _, err := s.Claim(t.Context(), "case", 1, "w", 1); return err },
		"Checkpoint":    func() error { _, err := s.Checkpoint(t.Context()); return err },
	} {
		if err := call(); incident.KindOf(err) != incident.Unavailable {
			t.Errorf("%s gives %v (%s), want unavailable", name, err, incident.KindOf(err))
		}
	}
	cluster.Restart(t)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatalf("after the restart: %v", err)
	}
	if out, err := s.Record(t.Context(), in); err != nil || len(out.Recorded) != 2 {
		t.Errorf("the retry recorded %d events, %v; want 2", len(out.Recorded), err)
	}
}

func TestACallerWhoseTimeIsOverIsToldToTryAgain(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := s.Record(ctx, postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, Command: opening("case", time.Now())})
	wantKind(t, err, incident.Unavailable)
}
