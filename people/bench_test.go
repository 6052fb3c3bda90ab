package people_test

import (
	"fmt"
	"strings"
	"testing"

	"tocsin/people"
)

func BenchmarkRead(b *testing.B) {
	for _, shape := range []struct{ name, row string }{
		{"rows as they should be", "Ana Robles,ana%d@example.com,Madrid,Madrid,ES,macOS,Firefox,https://docs.example.org/,org-1,user-%[1]d,es-ES\n"},
		{"every row opens a quote", "\"Ana Robles,ana%d@example.com,Madrid,Madrid,ES,macOS,Firefox,https://docs.example.org/,org-1,user-%[1]d,es-ES\n"},
	} {
		b.Run(shape.name, func(b *testing.B) {
			var file strings.Builder
			file.WriteString("display_name,email,city,region,country,os,browser,referrer,org_id,user_id,locale\n")
			for i := range 10_000 {
				fmt.Fprintf(&file, shape.row, i)
			}
			b.SetBytes(int64(file.Len()))
			for b.Loop() {
				summary, err := people.Read(b.Context(), strings.NewReader(file.String()), people.Options{}, func(people.Person) error { return nil })
				if err != nil || summary.Rows != 10_000 {
					b.Fatal(summary, err)
				}
			}
		})
	}
}
