package postgres_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestAFurtherMachineIsLetInWhereAnotherActs(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	first, second := machine("first"), machine("second")
	stands(t, s, first)
	openCase(t, s, "case", start)
	// Nobody who acts looks at this database, as in a copy: it waits, however often it asks.
	for range 3 {
		stands(t, s, second, incident.HeldMachine)
	}
	stands(t, s, first)
	stands(t, s, second)
	stands(t, s, first)
	stands(t, s, nil)
	if second.Epoch != 1 || second.Entries == 0 {
		t.Errorf("the machine that was let in keeps %+v", second)
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil || len(entries) != 1 || entries[0].Entry.Type != incident.EvMachineAdmitted {
		t.Errorf("the installation's entries are %+v, %v", entries, err)
	}
	// What a process saw before it was started anew does not count: it may have come to
	// a copy since.
	third := machine("third")
	stands(t, s, third, incident.HeldMachine)
	stands(t, s, first)
	third.Saw = nil
	stands(t, s, third, incident.HeldMachine)
	// One that has seen more than is here waits for a person beside others that act.
	third.Epoch, third.Entries = 1, 1000
	stands(t, s, first)
	stands(t, s, third, incident.HeldShorter, incident.HeldMachine)
}

// at is the server of an address, as TOCSIN_STANDBYS names it.
func at(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestAPromotionIsFollowedOnlyWhereItWasExpectedAndByAll(t *testing.T) {
	t.Parallel()
	original := postgrestest.Start(t, false)
	keys := postgrestest.Keys(t)
	_, _, appURL := original.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	one, two := machine("one"), machine("two")
	stands(t, s, one)
	stands(t, s, two, incident.HeldMachine)
	stands(t, s, one)
	stands(t, s, two)
	openCase(t, s, "case", start)
	backup := original.BaseBackup(t)
	_, promoted := backup.Promote(t, path.Base(strings.Split(appURL, "?")[0]))

	elsewhere := postgrestest.Open(t, promoted, keys, postgres.WithStandbys([]string{"192.0.2.1:5432"}))
	expected := postgrestest.Open(t, promoted, keys, postgres.WithStandbys([]string{"192.0.2.1:5432", at(t, promoted)}))
	follow := postgres.Succession{Reason: "promoted", Followed: true, WithoutCheckpoint: true}
	may := func(s *postgres.Store, m *postgres.Machine, want bool, why ...string) {
		t.Helper()
		if got := stands(t, s, m, why...); got.Promoted != want {
			t.Fatalf("that it may be followed is %v", got.Promoted)
		}
		if !want {
			_, err := s.Succeed(t.Context(), follow)
			wantKind(t, err, incident.Conflict)
		}
	}
	may(elsewhere, one, false, incident.HeldDatabase)
	may(expected, one, false, incident.HeldDatabase) // the other machine may still act on the original
	kept := *two
	kept.Entries += 1000
	may(expected, &kept, false, incident.HeldDatabase, incident.HeldShorter)
	may(expected, two, true, incident.HeldDatabase)
	may(elsewhere, two, false, incident.HeldDatabase)
	stranger := machine("stranger")
	may(expected, stranger, false, incident.HeldDatabase, incident.HeldMachine)
	if _, err := s.Succeed(t.Context(), follow); incident.KindOf(err) != incident.Conflict {
		t.Errorf("the original follows itself: %v", err)
	}
	// The stranger waits too: a person decides.
	done, err := expected.Succeed(t.Context(), postgres.Succession{Reason: "switched over", WithoutCheckpoint: true})
	if err != nil || done.Epoch != 2 || done.Followed {
		t.Fatalf("the take-over is %+v, %v", done, err)
	}
	for _, m := range []*postgres.Machine{one, two, stranger} {
		stands(t, expected, m)
	}
	// A machine that came over acts on the original no more.
	stands(t, s, one, incident.HeldEarlier)
}

func TestAPromotionThatWasExpectedIsFollowedWithoutAPerson(t *testing.T) {
	t.Parallel()
	original := postgrestest.Start(t, false)
	keys := postgrestest.Keys(t)
	_, _, appURL := original.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	m := machine("only")
	id := sendingRound(t, s, "case", postgres.Person{Name: "Ana", Email: "ana@example.org", Country: "ES", Locale: "es"})
	if claimed, err := s.Claim(t.Context(), id, 1, "owner", 1); err != nil || len(claimed) != 1 {
		t.Fatalf("%d notices are being sent, %v", len(claimed), err)
	}
	stands(t, s, m)
	_, promoted := original.BaseBackup(t).Promote(t, path.Base(strings.Split(appURL, "?")[0]))
	c := postgrestest.Open(t, promoted, keys, postgres.WithStandbys([]string{at(t, promoted)}))
	if got := stands(t, c, m, incident.HeldDatabase); !got.Promoted {
		t.Fatal("the promotion is not recognised")
	}
	done, err := c.Succeed(t.Context(), postgres.Succession{Reason: "promoted", Followed: true, WithoutCheckpoint: true})
	if err != nil || !done.Followed || done.Epoch != 2 || done.InDoubt != 1 {
		t.Fatalf("following is %+v, %v", done, err)
	}
	stands(t, c, m)
	stands(t, s, m, incident.HeldEarlier)
	checkLedger(t, c, id)
}

// TestWhereTheClusterCannotBeAskedItsAddressCounts takes away the right to ask, as some
// providers do.
func TestWhereTheClusterCannotBeAskedItsAddressCounts(t *testing.T) {
	t.Parallel()
	original, elsewhere := postgrestest.Start(t, false), postgrestest.Start(t, false)
	keys := postgrestest.Keys(t)
	adminURL, _, appURL := original.Migrated(t)
	forbid := func(adminURL string) {
		t.Helper()
		conn := connect(t, adminURL)
		if _, err := conn.Exec(t.Context(), `REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`); err != nil {
			t.Fatal(err)
		}
	}
	forbid(adminURL)
	s := postgrestest.Open(t, appURL, keys)
	m := machine("here")
	stands(t, s, m)
	openCase(t, s, "case", start)
	stands(t, s, m)
	stands(t, postgrestest.Open(t, appURL, keys), m)

	restoredAdmin, _, restoredURL := elsewhere.New(t)
	elsewhere.Restore(t, restoredAdmin, original.Dump(t, adminURL))
	forbid(restoredAdmin)
	c := postgrestest.Open(t, restoredURL, keys, postgres.WithStandbys([]string{at(t, restoredURL)}))
	if got := stands(t, c, m, incident.HeldDatabase); got.Promoted {
		t.Error("a copy at another address is taken for a promotion")
	}
	done, err := c.Succeed(t.Context(), postgres.Succession{Reason: "restored", WithoutCheckpoint: true})
	if err != nil || done.Epoch != 2 {
		t.Fatalf("the take-over is %+v, %v", done, err)
	}
	stands(t, c, m)
	stands(t, s, m, incident.HeldEarlier)
}
