package people_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"tocsin/people"
)

// table writes a file of six columns and so many rows.
func table(rows int, row string) []byte {
	var file bytes.Buffer
	file.WriteString("name,email,city,country,user_id,locale\n")
	for i := range rows {
		fmt.Fprintf(&file, row, i)
	}
	return file.Bytes()
}

const (
	rowAsItShouldBe  = "Ana Robles,ana.robles%d@example.com,Madrid,ES,user-%[1]d,es-ES\n"
	rowWithAccents   = "Élise Dubreuil,elise%d@example.org,Besançon,FR,user-%[1]d,fr-FR\n"
	rowWithQuotes    = "\"Robles, Ana\",\"ana%d@example.com\",\"Madrid\",\"ES\",\"user-%[1]d\",\"es-ES\"\n"
	rowThatIsNotShut = "\"Ana Robles,ana%d@example.com,Madrid,ES,user-%[1]d,es-ES\n"
)

// BenchmarkRead reads files of three sizes. The yardstick splits the same
// bytes with encoding/csv and does nothing with them.
func BenchmarkRead(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		file := table(rows, rowAsItShouldBe)
		b.Run(fmt.Sprintf("people/%d rows", rows), func(b *testing.B) { benchmarkRead(b, file, rows) })
		b.Run(fmt.Sprintf("yardstick encoding_csv/%d rows", rows), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				from := csv.NewReader(bytes.NewReader(file))
				from.ReuseRecord = true
				for {
					if _, err := from.Read(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkReadShapes reads rows that take the longer ways through the reader.
func BenchmarkReadShapes(b *testing.B) {
	const rows = 100_000
	for _, shape := range []struct{ name, row string }{
		{"accents", rowWithAccents}, {"quotes", rowWithQuotes}, {"every row opens a quote", rowThatIsNotShut},
	} {
		file := table(rows, shape.row)
		b.Run(shape.name, func(b *testing.B) { benchmarkRead(b, file, rows) })
	}
}

// BenchmarkReadFormats reads the same rows as JSON Lines and from a workbook.
func BenchmarkReadFormats(b *testing.B) {
	const rows = 100_000
	var objects, cells strings.Builder
	cells.WriteString(texts(1, "name", "email", "city", "country", "user_id", "locale"))
	for i := range rows {
		email, id := fmt.Sprintf("ana.robles%d@example.com", i), fmt.Sprintf("user-%d", i)
		fmt.Fprintf(&objects, `{"name":"Ana Robles","email":%q,"city":"Madrid","country":"ES","user_id":%q,"locale":"es-ES"}`+"\n", email, id)
		cells.WriteString(texts(i+2, "Ana Robles", email, "Madrid", "ES", id, "es-ES"))
	}
	b.Run("JSON Lines", func(b *testing.B) { benchmarkRead(b, []byte(objects.String()), rows) })
	b.Run("XLSX", func(b *testing.B) { benchmarkRead(b, xlsx(b, cells.String()), rows) })
}

// BenchmarkAnalyze looks at the first rows of a large file.
func BenchmarkAnalyze(b *testing.B) {
	file := table(100_000, rowAsItShouldBe)
	for b.Loop() {
		if a, err := people.Analyze(b.Context(), bytes.NewReader(file)); err != nil || a.Rows != people.AnalysedRows {
			b.Fatal(a, err)
		}
	}
}

func benchmarkRead(b *testing.B, file []byte, rows int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		summary, err := people.Read(b.Context(), bytes.NewReader(file), people.Options{}, func(people.Person) error { return nil })
		if err != nil || summary.Rows != rows {
			b.Fatal(summary, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(held(b, file, rows)), "held-B")
}

// held is the memory that is in use at the last row, the file itself left out.
func held(b *testing.B, file []byte, rows int) int64 {
	var before, last runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	handed := 0
	_, err := people.Read(b.Context(), bytes.NewReader(file), people.Options{}, func(people.Person) error {
		if handed++; handed == rows {
			runtime.GC()
			runtime.ReadMemStats(&last)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if handed < rows {
		return 0 // a shape of which rows are rejected
	}
	return int64(last.HeapAlloc) - int64(before.HeapAlloc)
}
