package dossier

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/go-fonts/liberation/liberationsansregular"
)

// filing is a document with n fields of about size bytes each.
func filing(n, size int) Document {
	d := sample()
	d.Sections = nil
	for i := range n {
		if i%10 == 0 {
			d.Sections = append(d.Sections, Section{Title: fmt.Sprintf("%d Abschnitt", i/10+1), TitleEN: "Section"})
		}
		s := &d.Sections[len(d.Sections)-1]
		s.Lines = append(s.Lines, Line{
			Number: fmt.Sprint(i + 1), Key: fmt.Sprintf("field_%d", i+1), Label: "Beschreibung des Vorfalls", LabelEN: "Description of the incident",
			Value: long(size), State: Known, AsOf: d.CreatedAt,
		})
	}
	return d
}

// BenchmarkPDF prints three sizes of document. The yardstick is the library
// alone, with the same font, writing about the text of the first size on pages
// without layout.
func BenchmarkPDF(b *testing.B) {
	b.Run("yardstick: bare text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			file := fpdf.New("P", "mm", "A4", "")
			file.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
			file.AddPage()
			file.SetFont(family, "", 10)
			for range 100 {
				file.MultiCell(0, 4.7, "Beschreibung des Vorfalls / Description of the incident\n"+long(60), "", "L", false)
			}
			var out bytes.Buffer
			if err := file.Output(&out); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, size := range []struct {
		name      string
		fields, n int
	}{{"100 short fields", 100, 60}, {"100 long fields", 100, 3000}, {"1000 fields", 1000, 60}} {
		b.Run(size.name, func(b *testing.B) {
			d := filing(size.fields, size.n)
			b.ReportAllocs()
			var content []byte
			for b.Loop() {
				var err error
				if content, err = PDF(context.Background(), d); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(content)), "file-bytes")
		})
	}
}

// BenchmarkHTML prints the form of 100 long fields as a page.
func BenchmarkHTML(b *testing.B) {
	d := filing(100, 3000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := HTML(d); err != nil {
			b.Fatal(err)
		}
	}
}
