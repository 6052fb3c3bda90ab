package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/internal/memwatch"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp"
)

// BenchmarkImport reads a vendor's CSV, stores each person sealed, and matches
// them against as many accounts of the controller's. The yardstick is COPY of
// the same file into a table with one index, on the same server.
func BenchmarkImport(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d_rows", n), func(b *testing.B) {
			adminURL, ownerURL, appURL := cluster.Migrated(b)
			file := vendorFile(b, "person", n)
			s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
			loadAccounts(b, s, file)
			for i := range b.N {
				id := fmt.Sprintf("case-%d-%d", n, i)
				opened := openCase(b, s, id, time.Now())
				// Before and after, in case that the machine has other work.
				copied := timedCopy(b, adminURL, ownerURL, file) / 2
				checkpoint(b, adminURL)
				stop := memwatch.Watch()
				began := time.Now()
				counts := importAll(b, s, id, file)
				imported := time.Since(began)
				peak := stop()
				if _, err := s.Record(b.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, AfterSeq: opened.Seq,
					Command: incident.ImportPeople{Round: 1, Import: "bench", SHA256: fmt.Sprintf("%064d", i), Counts: counts}}); err != nil {
					b.Fatal(err)
				}
				began = time.Now()
				m, err := s.Match(b.Context(), id, 0)
				if err != nil || m.InAccounts != n {
					b.Fatalf("matched %+v, %v", m, err)
				}
				matched := time.Since(began)
				copied += timedCopy(b, adminURL, ownerURL, file) / 2
				whole := imported + matched
				b.ReportMetric(float64(n)/whole.Seconds(), "rows/s")
				b.ReportMetric(float64(n)/imported.Seconds(), "imported/s")
				b.ReportMetric(float64(n)/copied.Seconds(), "copied/s")
				b.ReportMetric(copied.Seconds()/whole.Seconds(), "of-copy")
				b.ReportMetric(matched.Seconds(), "s-matching")
				b.ReportMetric(memwatch.MB(peak.Heap), "MB-heap-peak")
				b.ReportMetric(memwatch.MB(peak.Held), "MB-held")
			}
		})
	}
}

// BenchmarkMatchStrangers matches people of whom nobody has an account against
// accounts of which nobody is in the file: each is looked for twice.
func BenchmarkMatchStrangers(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d_rows", n), func(b *testing.B) {
			_, _, appURL := cluster.Migrated(b)
			s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
			loadAccounts(b, s, vendorFile(b, "stranger", n))
			opened := openCase(b, s, "case", time.Now())
			counts := importAll(b, s, "case", vendorFile(b, "person", n))
			if _, err := s.Record(b.Context(), postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, AfterSeq: opened.Seq,
				Command: incident.ImportPeople{Round: 1, Import: "bench", SHA256: fmt.Sprintf("%064d", 0), Counts: counts}}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				m, err := s.Match(b.Context(), "case", 0)
				if err != nil || m.NotInAccounts != n || m.NotInFile != n {
					b.Fatalf("matched %+v, %v", m, err)
				}
			}
		})
	}
}

func vendorFile(b *testing.B, who string, n int) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "vendor.csv")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := fmt.Fprintln(f, "email,name,country,locale,user_id"); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if _, err := fmt.Fprintf(f, "%s%d@example.com,Person %d,ES,es-ES,%s-%d\n", who, i, i, who, i); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return name
}

// checkpoint writes out what is left from before, so that what is timed next
// does not do it.
func checkpoint(b *testing.B, adminURL string) {
	b.Helper()
	if _, err := connect(b, adminURL).Exec(b.Context(), `CHECKPOINT`); err != nil {
		b.Fatal(err)
	}
}

func timedCopy(b *testing.B, adminURL, ownerURL, file string) time.Duration {
	b.Helper()
	conn := connect(b, ownerURL)
	if _, err := conn.Exec(b.Context(), `DROP TABLE IF EXISTS yardstick; CREATE TABLE yardstick (email text, name text, country text, locale text, user_id text);
		CREATE INDEX ON yardstick (email)`); err != nil {
		b.Fatal(err)
	}
	f := opened(b, file)
	checkpoint(b, adminURL)
	began := time.Now()
	if _, err := conn.PgConn().CopyFrom(b.Context(), f, "COPY yardstick FROM STDIN (FORMAT csv, HEADER)"); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func opened(b *testing.B, file string) *os.File {
	b.Helper()
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	})
	return f
}

func loadAccounts(b *testing.B, s *postgres.Store, file string) {
	b.Helper()
	w, err := s.StageAccounts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := people.Read(b.Context(), opened(b, file), people.Options{}, func(p people.Person) error {
		return w.Add(b.Context(), postgres.ControllerAccount{Email: p.Email, UserID: p.UserID})
	}); err != nil {
		b.Fatal(err)
	}
	load := incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: strings.Repeat("0", 64)}
	if _, err := w.Finish(b.Context(), incident.Actor{Role: incident.RoleDPO}, load); err != nil {
		b.Fatal(err)
	}
}

func importAll(b *testing.B, s *postgres.Store, id, file string) incident.PeopleCounts {
	b.Helper()
	w, err := s.StageImport(b.Context(), id, "bench")
	if err != nil {
		b.Fatal(err)
	}
	mailable := func(address string) error {
		_, err := smtp.ParseAddress(address)
		return err
	}
	sum, err := people.Read(b.Context(), opened(b, file), people.Options{Keys: s.Matcher(), CheckEmail: mailable}, func(p people.Person) error {
		_, err := w.AddRow(b.Context(), &p)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Finish(b.Context()); err != nil {
		b.Fatal(err)
	}
	return incident.PeopleCounts{Rows: sum.Rows, Accepted: sum.Accepted, Undeliverable: sum.Undeliverable, Duplicates: sum.Duplicates,
		Rejected: sum.RejectedRows, ByCountry: sum.ByCountry, ByKind: sum.ByDataKind}
}
