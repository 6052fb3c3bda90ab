package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestEveryEntryOfTheLogIsHandedOutInOrderUntilItIsTaken(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", start)
	head, err := s.LogHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	away := true
	for len(got) < int(head.Size) {
		n, err := s.StreamNext(t.Context(), "syslog", 2, func(_ context.Context, rows []postgres.StreamRow) error {
			if away {
				return errors.New("the receiver is away")
			}
			for _, r := range rows {
				if r.Entry.Seq < 1 || len(r.Line) == 0 || r.Hash == "" {
					t.Errorf("an entry came without its content: %+v", r)
				}
				got = append(got, r.Index)
			}
			return nil
		})
		if away != (err != nil) || away && n != 0 {
			t.Fatalf("%d were sent, %v", n, err)
		}
		if behind, err := s.StreamsBehind(t.Context(), []string{"syslog", "lines"}); err != nil ||
			behind["syslog"] != head.Size-int64(len(got)) || behind["lines"] != head.Size {
			t.Fatalf("after %d entries the receivers are behind by %v, %v", len(got), behind, err)
		}
		away = false
	}
	for i, index := range got {
		if index != int64(i) {
			t.Fatalf("the entries came as %v", got)
		}
	}
	if n, err := s.StreamNext(t.Context(), "syslog", 2, func(context.Context, []postgres.StreamRow) error {
		t.Error("nothing is left, and something was sent")
		return nil
	}); n != 0 || err != nil {
		t.Errorf("with nothing left %d were sent, %v", n, err)
	}
}

func TestOneSenderAtATimeHasAReceiversTurn(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", start)
	first, err := s.StreamNext(t.Context(), "syslog", 100, func(ctx context.Context, rows []postgres.StreamRow) error {
		n, err := s.StreamNext(ctx, "syslog", 100, func(context.Context, []postgres.StreamRow) error {
			t.Error("a second sender has the turn of the first")
			return nil
		})
		if n != 0 || err != nil {
			t.Errorf("the second sender sent %d, %v", n, err)
		}
		n, err = s.StreamNext(ctx, "lines", 100, func(context.Context, []postgres.StreamRow) error { return nil })
		if n != len(rows) || err != nil {
			t.Errorf("another receiver was sent %d, %v", n, err)
		}
		return nil
	})
	if first == 0 || err != nil {
		t.Errorf("the first sender sent %d, %v", first, err)
	}
}

func TestFailedSignInsAreOneEntryAnHourForEachAccount(t *testing.T) {
	t.Parallel()
	w := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(w.now))
	user, _, err := s.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	fail := func(email string, times int) {
		t.Helper()
		for range times {
			if _, err := s.UserByPassword(t.Context(), email, "wrong"); incident.KindOf(err) != incident.Unauthenticated {
				t.Fatalf("a wrong password gives %v", err)
			}
		}
	}
	fail("dpo@example.com", 3)
	fail("nobody@example.com", 1)
	fail("somebody@example.com", 1)
	if n, err := s.RecordFailures(t.Context()); n != 0 || err != nil {
		t.Fatalf("before the hour has passed %d entries are recorded, %v", n, err)
	}
	w.advance(time.Hour)
	fail("dpo@example.com", 1)
	for _, want := range []int{2, 0} {
		if n, err := s.RecordFailures(t.Context()); n != want || err != nil {
			t.Fatalf("%d entries are recorded, %v", n, err)
		}
	}
	rows, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hour := start.Truncate(time.Hour)
	want := []incident.SignInFailed{{Hour: hour, Passwords: 2}, {Account: user.ID, Hour: hour, Passwords: 3}}
	var got []incident.SignInFailed
	for _, row := range rows {
		data, err := incident.DecodeData(row.Entry.Type, row.Entry.Data)
		if err != nil {
			t.Fatal(err)
		}
		if failed, ok := data.(incident.SignInFailed); ok {
			got = append(got, failed)
		}
	}
	slices.SortFunc(got, func(a, b incident.SignInFailed) int { return a.Passwords - b.Passwords })
	if !slices.Equal(got, want) {
		t.Errorf("the record says %+v, expected %+v", got, want)
	}
	checkLedger(t, s, incident.InstallationID)
}
