package dossier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

func TestThePDFHoldsEveryTextOfTheDocument(t *testing.T) {
	d := sample()
	d.Exercise = true
	text := openPDF(t, printed(t, d)).text()
	needed := []string{
		d.Title, d.TitleEN, d.Reference, d.Authority.Name, d.Authority.NameEN, d.ContentHash, d.Footer,
		"ÜBUNG / EXERCISE", "Dieses Dokument gehört zu einer Übung.", "keine Angabe / no answer",
		"noch zu ermitteln / to be determined, Stand / as of 2026-10-05 09:30 +02:00",
		"nicht ermittelbar / cannot be determined", "geschätzt / estimated", "bekannt / known",
		"Seite 1 von 3 / Page 1 of 3", "Seite 3 von 3 / Page 3 of 3",
	}
	needed = append(needed, d.Notes...)
	lines := d.Meta
	for _, s := range d.Sections {
		needed = append(needed, s.Title, s.TitleEN)
		lines = append(lines, s.Lines...)
	}
	for _, l := range lines {
		needed = append(needed, l.Number, l.Label, l.LabelEN, l.Value, l.ValueEN, l.Note)
		if l.Key != "" && strings.Contains(text, l.Key) {
			t.Errorf("the key %s is printed", l.Key)
		}
	}
	for _, n := range needed {
		if !strings.Contains(text, squeezed(n)) {
			t.Errorf("the PDF lacks %q", n)
		}
	}
}

func TestThePDFTellsItsTitleLanguageAndDate(t *testing.T) {
	o := openPDF(t, printed(t, sample()))
	info := o.reader.Trailer().Key("Info")
	if got, want := info.Key("Title").Text(), sample().Title+" – INC-2026-0042"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	if got := info.Key("CreationDate").Text(); got != "D:20261006091500" {
		t.Errorf("creation date %q is not that of the document in UTC", got)
	}
	if got := o.reader.Trailer().Key("Root").Key("Lang").Text(); got != "de" {
		t.Errorf("language %q", got)
	}
	var headings []string
	for _, entry := range o.reader.Outline().Child {
		headings = append(headings, entry.Title)
	}
	if len(headings) != len(sample().Sections) {
		t.Errorf("the outline has %q", headings)
	}
}

func TestEveryPageHasItsFrame(t *testing.T) {
	d := sample()
	d.Exercise = true
	d.Sections[2].Lines[0].Value = long(20_000)
	o := openPDF(t, printed(t, d))
	pages := o.reader.NumPage()
	for number := 1; number <= pages; number++ {
		one := opened{}
		for _, p := range o.pieces {
			if p.page == number {
				one.pieces = append(one.pieces, p)
			}
			if p.x < margin/millimetre-1 || p.y < 20 || p.y > pageHeight/millimetre-20 {
				t.Fatalf("text at %.0f, %.0f is outside of the page", p.x, p.y)
			}
		}
		for _, part := range []string{"ÜBUNG / EXERCISE", "Tocsin · INC-2026-0042", "(BlnBDI)", d.ContentHash, d.Footer, fmt.Sprintf("Seite %d von %d", number, pages)} {
			if !strings.Contains(one.text(), squeezed(part)) {
				t.Errorf("page %d lacks %q", number, part)
			}
		}
	}
	if pages < 6 || !strings.Contains(o.text(), squeezed("97 … Fortsetzung / continued")) {
		t.Errorf("%d pages, and the long value is not marked as continued", pages)
	}
}

// TestNoLanguageComesOutAsBoxes looks at what is in the file: each letter must
// be readable as text, have an outline in the embedded font, and its own width.
func TestNoLanguageComesOutAsBoxes(t *testing.T) {
	for language, alphabet := range alphabets {
		t.Run(language, func(t *testing.T) {
			d := sample()
			d.Language = language
			// Labels and titles are bold, values regular.
			d.Sections = []Section{{Title: alphabet, Lines: []Line{{Label: alphabet, Value: alphabet}}}}
			o := openPDF(t, printed(t, d))
			checkGlyphs(t, o)
			// U+204A and the narrow space of French have near relatives.
			want := squeezed(strings.ReplaceAll(alphabet, "⁊", "[U+204A]"))
			if got := o.column(valueX); !strings.Contains(got, want) {
				t.Errorf("read %q, want %q", got, want)
			}
			if got := o.column(labelX); !strings.Contains(got, want) {
				t.Errorf("read in bold %q, want %q", got, want)
			}
		})
	}
}

func checkGlyphs(t *testing.T, o opened) {
	t.Helper()
	embeddedFonts := o.fonts(t)
	faces, err := newFaces()
	if err != nil {
		t.Fatal(err)
	}
	parsed := make(map[string]*sfnt.Font)
	for name, font := range embeddedFonts {
		if parsed[name], err = sfnt.Parse(font.file); err != nil {
			t.Fatalf("the embedded font %s: %v", font.name, err)
		}
	}
	var buf sfnt.Buffer
	for _, p := range o.pieces {
		font, face := embeddedFonts[p.font], faces.regular
		if strings.HasSuffix(font.name, "B") {
			face = faces.bold
		}
		for _, r := range p.text {
			if want := face.width(r); font.widths[r] < int(want)-1 || font.widths[r] > int(want)+1 {
				t.Errorf("%q in %s has the width %d, want %d", r, font.name, font.widths[r], want)
			}
			if r == ' ' || r == '\u00a0' || r == '\u202f' {
				continue
			}
			glyph := sfnt.GlyphIndex(int(font.glyphs[2*r])<<8 | int(font.glyphs[2*r+1]))
			outline, err := parsed[p.font].LoadGlyph(&buf, glyph, fixed.I(1000), nil)
			if glyph == 0 || err != nil || len(outline) == 0 {
				t.Errorf("%q in %s has no shape: %v", r, font.name, err)
			}
		}
	}
}

func TestTheFixedWordsHaveGlyphs(t *testing.T) {
	for language := range alphabets {
		d := sample()
		d.Language, d.Exercise = language, true
		d.Sections[2].Lines[0].Value = long(8000) // so that "continued" is used
		o := openPDF(t, printed(t, d))
		checkGlyphs(t, o)
		if text := o.text(); strings.Contains(text, "[U+") {
			t.Errorf("%s: a fixed word is printed as a code", language)
		}
	}
}

func TestAValueLongerThanAPageIsWhole(t *testing.T) {
	values := map[string]string{
		"200 KB of sentences":   long(200 << 10),
		"one word of 200 KB":    strings.Repeat("Donaudampfschiff", 200<<10/16),
		"many lines":            strings.Repeat("a\n", 5000) + "end",
		"Greek without a space": strings.Repeat("ξεσκεπάζω", 3000),
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			d := sample()
			d.Sections = []Section{{Title: "1", Lines: []Line{{Number: "1", Label: long(3000), Value: value, State: Known}}}}
			o := openPDF(t, printed(t, d))
			if got := o.column(valueX); !strings.HasSuffix(got, squeezed(value)) {
				t.Errorf("%d characters came back, want %d", len(got), len(squeezed(value)))
			}
		})
	}
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	first := printed(t, sample())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			d := sample()
			d.CreatedAt = d.CreatedAt.In(time.UTC) // the same instant in another zone
			if again, err := PDF(context.Background(), d); err != nil || !bytes.Equal(first, again) {
				t.Errorf("printing again gave other bytes (%v)", err)
			}
			if other, err := HTML(d); err != nil || len(other) == 0 {
				t.Error(err)
			}
		})
	}
	group.Wait()
	d := sample()
	d.Sections[0].Lines[1].Value += "."
	if bytes.Equal(first, printed(t, d)) {
		t.Error("another value gave the same bytes")
	}
}

func TestACancelledContextStopsThePrint(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if content, err := PDF(ctx, sample()); !errors.Is(err, context.Canceled) || content != nil {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}
