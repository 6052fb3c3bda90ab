package web

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/postgres/postgrestest"
)

// toil does a task again and again: entries of which the case itself does not grow.
func (in *installation) toil(id string, entries int) {
	in.t.Helper()
	for i := range entries {
		var command incident.Command = incident.CompleteTask{Task: 1, Note: "Keys withdrawn."}
		if i%2 == 1 {
			command = incident.ReopenTask{Task: 1, Reason: "Another key was found."}
		}
		if _, err := (straight{in.store}).Command(in.t.Context(), id, incident.Actor{Role: incident.RoleDPO}, command); err != nil {
			in.t.Fatal(err)
		}
	}
}

// BenchmarkExport asks for the bundle of a case of so many entries, as a person
// does: its report is printed, the case is sealed, and the whole file is made. The
// yardstick is reading the same lines and hashing each.
func BenchmarkExport(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, entries := range []int{1_000, 3_000, 10_000} {
		in := newInstallation(b, cluster, 30, 100)
		id := in.openCase(40, time.Now())
		in.toil(id, entries-30)
		b.Run(fmt.Sprintf("entries=%d/export", entries), func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = len(in.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/bundle", "{}"))
			}
			b.ReportMetric(float64(size)/1e6, "MB")
		})
		b.Run(fmt.Sprintf("entries=%d/yardstick=rows", entries), func(b *testing.B) {
			conn, err := pgx.Connect(b.Context(), in.adminURL)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				rows, err := conn.Query(b.Context(), `SELECT entry FROM tocsin.ledger_entry WHERE incident = $1 ORDER BY seq`, id)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				var line []byte
				if _, err := pgx.ForEachRow(rows, []any{&line}, func() error { sha256.Sum256(line); n++; return nil }); err != nil || n < entries-30 {
					b.Fatal(n, err)
				}
			}
			if err := conn.Close(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}
