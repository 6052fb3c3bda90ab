package controllerdb_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tocsin/controllerdb"
	"tocsin/people"
)

// BenchmarkAccountsByQuery reads a controller's accounts by a query, checked
// and mapped. The yardstick is COPY of the same rows to nowhere, through the
// same role. The heap is what is in use at the end of the reading.
func BenchmarkAccountsByQuery(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d_rows", n), func(b *testing.B) {
			s := newShop(b)
			s.do(`TRUNCATE shop.customer`)
			s.do(fmt.Sprintf(`INSERT INTO shop.customer SELECT n, 'customer' || n || '@example.com', 'secret', 'ES' FROM generate_series(1, %d) n`, n))
			s.do(`ANALYZE shop.customer`)
			source, err := controllerdb.New(s.url, theQuery)
			if err != nil {
				b.Fatal(err)
			}
			copied := s.copied(b)
			var heap runtime.MemStats
			read := 0
			began := time.Now()
			for b.Loop() {
				read = 0
				if _, err := source.Read(b.Context(), people.Options{}, func(people.Person) error {
					if read++; read == n {
						runtime.ReadMemStats(&heap)
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			each := time.Since(began) / time.Duration(b.N)
			if read != n {
				b.Fatalf("%d of %d accounts were read", read, n)
			}
			b.ReportMetric(float64(n)/each.Seconds(), "accounts/s")
			b.ReportMetric(float64(n)/copied.Seconds(), "copied/s")
			b.ReportMetric(copied.Seconds()/each.Seconds(), "of_copy")
			b.ReportMetric(float64(heap.HeapInuse)/1e6, "heap_MB")
		})
	}
}

// copied is how long COPY takes for the same rows.
func (s *shop) copied(b *testing.B) time.Duration {
	b.Helper()
	conn, err := pgconn.Connect(b.Context(), s.url)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	_, err = conn.CopyTo(b.Context(), io.Discard, `COPY (`+theQuery+`) TO STDOUT (FORMAT csv)`)
	took := time.Since(began)
	if err != nil {
		b.Fatal(err)
	}
	if err := conn.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	return took
}
