package postgres_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// stands demands for which reasons a machine is held; none when it may act.
func stands(t *testing.T, s *postgres.Store, m *postgres.Machine, want ...string) postgres.Standing {
	t.Helper()
	got, err := s.Stand(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Why, want) {
		t.Fatalf("the machine is held for %v, want %v", got.Why, want)
	}
	return got
}

func machine(id string) *postgres.Machine { return &postgres.Machine{ID: id + strings.Repeat("-", 16)} }

func TestAnotherMachineWaitsUntilSomebodyLetsItIn(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	first, second := machine("first"), machine("second")
	stands(t, s, nil)
	stands(t, s, first)
	openCase(t, s, "case", start)
	stands(t, s, first)
	stands(t, s, second, incident.HeldMachine)
	stands(t, s, nil, incident.HeldMachine)
	stands(t, s, first)
	done, err := s.Succeed(t.Context(), postgres.Succession{Reason: "a second machine for mailings"})
	if err != nil || done.Epoch != 2 || !slices.Equal(done.Why, []string{incident.HeldMachine}) {
		t.Fatalf("letting it in gives %+v, %v", done, err)
	}
	stands(t, s, second)
	stands(t, s, first)
	stands(t, s, nil)
	_, err = s.Succeed(t.Context(), postgres.Succession{Reason: "again"})
	wantKind(t, err, incident.Conflict)
	entries, err := s.InstallationEntries(t.Context())
	if err != nil || len(entries) == 0 || entries[len(entries)-1].Entry.Type != incident.EvTakenOver {
		t.Errorf("the installation's entries are %+v, %v", entries, err)
	}
}

func TestALogThatIsShorterOrAnotherThanSeenIsHeld(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	m := machine("only")
	openCase(t, s, "case", start)
	stands(t, s, m)
	before := *m
	m.Entries += 7 // as if the files of the database had been put back to an earlier day
	held := stands(t, s, m, incident.HeldShorter)
	if held.Lost != 7 {
		t.Errorf("%d entries are missing, want 7", held.Lost)
	}
	// The same again changes nothing, and what the machine has seen stays.
	stands(t, s, m, incident.HeldShorter)
	other := before
	other.Root = strings.Repeat("A", 43) + "="
	stands(t, s, &other, incident.HeldHistory)
	later := before
	later.Epoch = 3
	stands(t, s, &later, incident.HeldEarlier)
	stands(t, s, m, incident.HeldShorter)
	_, err := s.Succeed(t.Context(), postgres.Succession{Reason: "put back"})
	wantKind(t, err, incident.Invalid)
	_, err = s.Succeed(t.Context(), postgres.Succession{Reason: "put back", Checkpoints: []string{"not signed\n"}})
	wantKind(t, err, incident.Invalid)
	_, err = s.Succeed(t.Context(), postgres.Succession{WithoutCheckpoint: true})
	wantKind(t, err, incident.Invalid)
	if tried, err := s.Succeed(t.Context(), postgres.Succession{Reason: "put back", WithoutCheckpoint: true, Try: true}); err != nil || tried.Lost != 7 {
		t.Errorf("a try gives %+v, %v", tried, err)
	}
	stands(t, s, m, incident.HeldShorter)
	done, err := s.Succeed(t.Context(), postgres.Succession{Reason: "put back", WithoutCheckpoint: true})
	if err != nil || done.Lost != 7 || done.Epoch != 2 {
		t.Fatalf("the take-over is %+v, %v", done, err)
	}
	stands(t, s, m)
	if m.Epoch != 2 || m.Entries != before.Entries+1 {
		t.Errorf("the machine keeps %+v", m)
	}
}

// TestADumpAndABaseBackupAreRecognised restores the record by PostgreSQL's own
// programs: as a dump into another cluster, and as a base backup that is promoted.
func TestADumpAndABaseBackupAreRecognised(t *testing.T) {
	t.Parallel()
	original := postgrestest.Start(t, false)
	keys := postgrestest.Keys(t)
	adminURL, _, appURL := original.Migrated(t)
	s := postgrestest.Open(t, appURL, keys)
	id := sendingRound(t, s, "case", postgres.Person{Name: "Ana", Email: "ana@example.org", Country: "ES", Locale: "es"})
	if claimed, err := s.Claim(t.Context(), id, 1, "owner", 1); err != nil || len(claimed) != 1 {
		t.Fatalf("%d notices are being sent, %v", len(claimed), err)
	}
	m := machine("here")
	stands(t, s, m)
	dumped := original.Dump(t, adminURL)
	backup := original.BaseBackup(t)
	// The original goes on, and a checkpoint leaves the building.
	openCase(t, s, "later", start)
	stands(t, s, m)
	checkpoint, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	elsewhere := postgrestest.Start(t, false)
	restoredAdmin, _, restoredURL := elsewhere.New(t)
	elsewhere.Restore(t, restoredAdmin, dumped)
	_, promoted := backup.Promote(t, path.Base(strings.Split(appURL, "?")[0]))
	for name, url := range map[string]string{"a restored dump": restoredURL, "a promoted base backup": promoted} {
		t.Run(name, func(t *testing.T) {
			c := postgrestest.Open(t, url, keys)
			stands(t, c, nil, incident.HeldDatabase)
			kept := *m
			stands(t, c, &kept, incident.HeldDatabase, incident.HeldShorter)
			fresh := machine("new")
			stands(t, c, fresh, incident.HeldDatabase, incident.HeldMachine)
			_, err := c.Succeed(t.Context(), postgres.Succession{Reason: "the machine burnt down"})
			wantKind(t, err, incident.Invalid)
			done, err := c.Succeed(t.Context(), postgres.Succession{Reason: "the machine burnt down", Checkpoints: []string{checkpoint}})
			if err != nil || done.Lost == 0 || done.Epoch != 2 || done.InDoubt != 1 {
				t.Fatalf("the take-over is %+v, %v", done, err)
			}
			stands(t, c, fresh)
			stands(t, c, nil)
			checkLedger(t, c, id)
			// Whoever acted on the original is let in by nobody.
			original := *m
			stands(t, s, &original)
			// And the new machine is no machine of the original.
			moved := *fresh
			stands(t, s, &moved, incident.HeldEarlier)
		})
	}
}
