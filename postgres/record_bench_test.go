package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// BenchmarkRecord is one client that records commands of one event in one case,
// on a server that writes through to the disk. The yardstick is a bare INSERT
// and COMMIT of an event's size on the same server.
func BenchmarkRecord(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	_, ownerURL, appURL := cluster.Migrated(b)
	conn := connect(b, ownerURL)
	if _, err := conn.Exec(b.Context(), `CREATE TABLE yardstick (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	b.Run("yardstick=insert+commit", func(b *testing.B) {
		for b.Loop() {
			tx, err := conn.Begin(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Exec(b.Context(), `INSERT INTO yardstick (data) VALUES (repeat('x', 300))`); err != nil {
				b.Fatal(err)
			}
			if err := tx.Commit(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
	b.Run("record", func(b *testing.B) {
		id := "case-" + time.Now().Format("150405.000000000")
		seq := openCase(b, s, id, time.Now()).Seq
		for b.Loop() {
			out, err := s.Record(b.Context(), postgres.Recording{
				Incident: id, Key: newKey(), Actor: incident.Engine(), Command: incident.SealBundle{}, AfterSeq: seq,
			})
			if err != nil {
				b.Fatal(err)
			}
			seq = out.Seq
		}
	})
}

// BenchmarkRecordInALongCase is one client that records commands of one event
// in a case that has had so many before, on a server that writes through to the
// disk: what a command costs must not grow with the case.
func BenchmarkRecordInALongCase(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	_, _, appURL := cluster.Migrated(b)
	s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
	id := "case-" + time.Now().Format("150405.000000000")
	seq := openCase(b, s, id, time.Now()).Seq
	give := func() {
		out, err := s.Record(b.Context(), postgres.Recording{
			Incident: id, Key: newKey(), Actor: dpo, AfterSeq: seq,
			Command: incident.GiveDelayReasons{Obligation: 1, Reasons: "The vendor has not said yet whose data were in the file; we asked again."},
		})
		if err != nil {
			b.Fatal(err)
		}
		seq = out.Seq
	}
	for _, before := range []int64{10, 300, 3000} {
		b.Run(fmt.Sprint("events=", before), func(b *testing.B) {
			for seq < before {
				give()
			}
			for b.Loop() {
				give()
			}
		})
	}
}
