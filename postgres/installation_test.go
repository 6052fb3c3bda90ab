package postgres_test

import (
	"sync"
	"testing"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// loadOf stores accounts and lets them count.
func loadOf(t *testing.T, s *postgres.Store, accounts ...postgres.ControllerAccount) (postgres.AccountLoad, error) {
	t.Helper()
	w, err := s.StageAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts {
		if err := w.Add(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	load, err := w.Finish(t.Context(), dpo, incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: hash('a'), Rows: len(accounts)})
	if err != nil {
		if err := w.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return load, err
}

func TestLoadingAccountsStandsInTheLogBesideTheIncidents(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	if rows, err := s.InstallationEntries(t.Context()); err != nil || len(rows) != 0 {
		t.Fatalf("before anything was done there are %d entries, %v", len(rows), err)
	}
	openCase(t, s, "case", start)
	if _, err := loadOf(t, s, postgres.ControllerAccount{Email: "a@example.com"}, postgres.ControllerAccount{UserID: "u2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := loadOf(t, s, postgres.ControllerAccount{Email: "b@example.com"}); err != nil {
		t.Fatal(err)
	}
	if _, err := loadOf(t, s, postgres.ControllerAccount{Email: " "}); incident.KindOf(err) != incident.Invalid {
		t.Errorf("a load of nobody gives %v", err)
	}
	rows, err := s.InstallationEntries(t.Context())
	if err != nil || len(rows) != 2 {
		t.Fatalf("there are %d entries, %v", len(rows), err)
	}
	data, err := incident.DecodeData(rows[1].Entry.Type, rows[1].Entry.Data)
	if err != nil {
		t.Fatal(err)
	}
	want := incident.AccountsLoaded{Source: incident.AccountsFromFile, SHA256: hash('a'), Rows: 1, Accounts: 1, Replaced: 2}
	if data != incident.Data(want) || rows[1].Entry.Seq != 2 || rows[1].Entry.Actor != (ledger.Actor{Role: string(dpo.Role), ID: dpo.ID}) {
		t.Errorf("the entry is %+v with %+v", rows[1].Entry, data)
	}
	// One log: the incident's entries and these have one checkpoint.
	checkLedger(t, s, "case")
	checkLedger(t, s, incident.InstallationID)
	if _, err := s.State(t.Context(), incident.InstallationID); incident.KindOf(err) != incident.NotFound {
		t.Errorf("the installation is taken for an incident: %v", err)
	}
}

func TestOfLoadsAtTheSameTimeTheRecordSaysWhichCounts(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	first, err := s.StageAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadOf(t, s, postgres.ControllerAccount{Email: "late@example.com"}); err != nil {
		t.Fatal(err)
	}
	_, err = first.Finish(t.Context(), dpo, incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: hash('b'), Rows: 1})
	if incident.KindOf(err) != incident.Conflict {
		t.Errorf("a load that began before the one that counts gives %v", err)
	}
	if err := first.Discard(t.Context()); err != nil {
		t.Error(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			look := incident.SeePeople{Incident: "case", What: incident.SeenList, People: 3}
			if err := s.RecordForInstallation(t.Context(), dpo, look); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	rows, err := s.InstallationEntries(t.Context())
	if err != nil || len(rows) != 9 {
		t.Fatalf("there are %d entries, %v", len(rows), err)
	}
	for i, row := range rows {
		if row.Entry.Seq != int64(i)+1 {
			t.Errorf("entry %d has the number %d", i+1, row.Entry.Seq)
		}
	}
}
