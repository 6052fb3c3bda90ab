package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// BenchmarkAppendDurably is clients that record at the same time, each in a case
// of its own, on a server that writes through to the disk: commands of one entry,
// and openings of a case with all their entries. The yardstick is as many clients
// with a bare INSERT and COMMIT, for which the server may flush several at once.
func BenchmarkAppendDurably(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	_, ownerURL, appURL := cluster.Migrated(b)
	if _, err := connect(b, ownerURL).Exec(b.Context(), `CREATE TABLE tocsin.yardstick (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	bare, err := pgxpool.New(b.Context(), ownerURL+"&pool_max_conns=20")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(bare.Close)
	s := postgrestest.Open(b, appURL, postgrestest.Keys(b), postgres.WithMaxConns(20))
	cases := 0
	fresh := func() string { cases++; return fmt.Sprint("case-", cases) }
	for _, clients := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("clients=%d/yardstick=insert+commit", clients), func(b *testing.B) {
			together(b, clients, func(int) int {
				if _, err := bare.Exec(b.Context(), `INSERT INTO tocsin.yardstick (data) VALUES (repeat('x', 300))`); err != nil {
					b.Error(err)
				}
				return 1
			})
		})
		b.Run(fmt.Sprintf("clients=%d/commands", clients), func(b *testing.B) {
			ids, seqs, odd := make([]string, clients), make([]int64, clients), make([]int64, clients)
			for i := range ids {
				ids[i] = fresh()
				seqs[i] = openCase(b, s, ids[i], time.Now()).Seq
				odd[i] = 1 - seqs[i]%2
			}
			together(b, clients, func(i int) int {
				var command incident.Command = incident.CompleteTask{Task: 1}
				if seqs[i]%2 == odd[i] {
					command = incident.ReopenTask{Task: 1, Reason: "It was not the last key."}
				}
				out, err := s.Record(b.Context(), postgres.Recording{Incident: ids[i], Key: newKey(), Actor: dpo, Command: command, AfterSeq: seqs[i]})
				if err != nil {
					b.Error(err)
				}
				n := out.Seq - seqs[i]
				seqs[i] = out.Seq
				return int(n)
			})
		})
		b.Run(fmt.Sprintf("clients=%d/openings", clients), func(b *testing.B) {
			var mu sync.Mutex
			together(b, clients, func(int) int {
				mu.Lock()
				id := fresh()
				mu.Unlock()
				out, err := s.Record(b.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: opening(id, time.Now())})
				if err != nil {
					b.Error(err)
				}
				return int(out.Seq)
			})
		})
	}
}

// together has clients do something until it was done b.N times, and reports
// how many entries came of it.
func together(b *testing.B, clients int, do func(client int) (entries int)) {
	b.Helper()
	var all sync.WaitGroup
	counts := make([]int, clients)
	b.ResetTimer()
	for i := range clients {
		share := b.N / clients
		if i < b.N%clients {
			share++
		}
		all.Go(func() {
			for range share {
				counts[i] += do(i)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	total := 0
	for _, n := range counts {
		total += n
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkProof makes the proof that the log holds an entry, from the hashes in
// the database, and checks it. The yardstick is one question to the database.
func BenchmarkProof(b *testing.B) {
	_, ownerURL, appURL := postgrestest.Start(b, false).Migrated(b)
	owner, app := connect(b, ownerURL), connect(b, appURL)
	reader := postgres.HashReader(b.Context(), app)
	var hashes []tlog.Hash
	kept := tlog.HashReaderFunc(func(need []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(need))
		for i, position := range need {
			out[i] = hashes[position]
		}
		return out, nil
	})
	leaf := func(i int64) []byte { return fmt.Append(nil, "entry ", i) }
	size := int64(0)
	for _, wanted := range []int64{10_000, 100_000, 1_000_000} {
		var root tlog.Hash
		for size < wanted {
			leaves := make([][]byte, 10_000)
			for i := range leaves {
				leaves[i] = leaf(size + int64(i))
			}
			larger, added, now, err := ledger.Append(size, leaves, kept)
			if err != nil {
				b.Fatal(err)
			}
			first := int64(len(hashes))
			if _, err := owner.CopyFrom(b.Context(), pgx.Identifier{"tocsin", "ledger_hash"}, []string{"position", "hash"},
				pgx.CopyFromSlice(len(added), func(i int) ([]any, error) { return []any{first + int64(i), added[i][:]}, nil })); err != nil {
				b.Fatal(err)
			}
			hashes, size, root = append(hashes, added...), larger, now
		}
		if _, err := owner.Exec(b.Context(), `ANALYZE tocsin.ledger_hash`); err != nil {
			b.Fatal(err)
		}
		cp := ledger.Checkpoint{Size: size, Root: root}
		random := rand.New(rand.NewPCG(1, uint64(size)))
		b.Run(fmt.Sprintf("size=%d/proof", size), func(b *testing.B) {
			for b.Loop() {
				index := random.Int64N(size)
				proof, err := ledger.ProveInclusion(size, index, reader)
				if err == nil {
					err = ledger.CheckInclusion(cp, index, leaf(index), proof)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("size=%d/yardstick=question", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := app.Exec(b.Context(), `SELECT 1`); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
