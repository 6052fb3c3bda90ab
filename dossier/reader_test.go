package dossier

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/ledongthuc/pdf"
)

// piece is one drawn text as another reader finds it.
type piece struct {
	page int
	x, y float64 // points, from the lower left corner
	font string
	text string
}

// opened is a PDF read back by another library.
type opened struct {
	reader *pdf.Reader
	pieces []piece
}

func printed(t testing.TB, d Document) []byte {
	t.Helper()
	content, err := PDF(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func openPDF(t testing.TB, content []byte) opened {
	t.Helper()
	o, err := readPDF(content)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func readPDF(content []byte) (o opened, err error) {
	defer func() {
		if r := recover(); r != nil { // the library's way of saying that a file is broken
			err = fmt.Errorf("the PDF cannot be read: %v", r)
		}
	}()
	reader, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return opened{}, fmt.Errorf("the PDF cannot be read: %w", err)
	}
	o = opened{reader: reader}
	for number := 1; number <= reader.NumPage(); number++ {
		p := reader.Page(number)
		if p.V.IsNull() {
			return opened{}, fmt.Errorf("page %d is missing", number)
		}
		fonts := make(map[string]pdf.TextEncoding)
		for _, name := range p.Fonts() {
			f := p.Font(name)
			fonts[name] = f.Encoder()
		}
		at := piece{page: number}
		pdf.Interpret(p.V.Key("Contents"), func(stack *pdf.Stack, operator string) {
			args := make([]pdf.Value, stack.Len())
			for i := len(args) - 1; i >= 0; i-- {
				args[i] = stack.Pop()
			}
			switch operator {
			case "Tf":
				at.font = args[0].Name()
			case "Td":
				at.x, at.y = args[0].Float64(), args[1].Float64()
			case "Tj":
				at.text = fonts[at.font].Decode(args[0].RawString())
				o.pieces = append(o.pieces, at)
			}
		})
	}
	return o, nil
}

// text is all text in the order of the file, without spaces and line ends.
func (o opened) text() string {
	var b strings.Builder
	for _, p := range o.pieces {
		b.WriteString(p.text)
	}
	return squeezed(b.String())
}

// column is the text that begins at x millimetres, without head and foot.
func (o opened) column(x float64) string {
	var b strings.Builder
	for _, p := range o.pieces {
		if d := p.x*millimetre - x; d < 0.1 && d > -0.1 {
			b.WriteString(p.text)
		}
	}
	return squeezed(b.String())
}

// squeezed leaves spaces out, since lines are wrapped elsewhere on paper.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// embedded is one font of the PDF.
type embedded struct {
	name     string
	file     []byte
	glyphs   []byte // the glyph of each code, two bytes each
	widths   map[rune]int
	fallback int
}

func (o opened) fonts(t *testing.T) map[string]embedded {
	t.Helper()
	fonts := make(map[string]embedded)
	resources := o.reader.Page(1).Resources().Key("Font")
	for _, name := range resources.Keys() {
		font := resources.Key(name).Key("DescendantFonts").Index(0)
		e := embedded{
			name: font.Key("BaseFont").Name(), widths: make(map[rune]int),
			file:     stream(t, font.Key("FontDescriptor").Key("FontFile2")),
			glyphs:   stream(t, font.Key("CIDToGIDMap")),
			fallback: int(font.Key("DW").Int64()),
		}
		for w, i := font.Key("W"), 0; i < w.Len(); {
			first := rune(w.Index(i).Int64())
			if list := w.Index(i + 1); list.Kind() == pdf.Array {
				for j := range list.Len() {
					e.widths[first+rune(j)] = int(list.Index(j).Int64())
				}
				i += 2
				continue
			}
			for r := first; r <= rune(w.Index(i+1).Int64()); r++ {
				e.widths[r] = int(w.Index(i + 2).Int64())
			}
			i += 3
		}
		fonts[name] = e
	}
	return fonts
}

func stream(t *testing.T, value pdf.Value) []byte {
	t.Helper()
	content, err := io.ReadAll(value.Reader())
	if err != nil {
		t.Fatal(err)
	}
	return content
}
