package dossier

import (
	"bytes"
	"context"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// family is the name of the faces inside the PDF.
const family = "liberation"

// PDF prints a document on A4. It returns an [*Error] for a document that
// breaks a rule, and the context's error when it is cancelled; then no bytes.
func PDF(ctx context.Context, d Document) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	pages, err := layout(ctx, d.printed())
	if err != nil {
		return nil, err
	}
	file := newFile(d)
	for _, p := range pages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		drawPage(file, p)
	}
	var out bytes.Buffer
	if err := file.Output(&out); err != nil {
		return nil, fmt.Errorf("print dossier: write PDF: %w", err)
	}
	return mendTextMap(out.Bytes())
}

// newFile begins a PDF whose bytes depend on the document alone: the library's
// own dates come from the clock and its lists from maps unless told otherwise.
func newFile(d Document) *fpdf.Fpdf {
	file := fpdf.New("P", "mm", "A4", "")
	file.SetCatalogSort(true)
	file.SetCreationDate(d.CreatedAt.UTC())
	file.SetModificationDate(d.CreatedAt.UTC())
	file.SetTitle(oneLine(d.Title)+" – "+oneLine(d.Reference), true)
	file.SetSubject(oneLine(d.Authority.title()), true)
	file.SetCreator("Tocsin", true)
	file.SetProducer("Tocsin", true)
	file.SetLang(d.Language)
	file.SetMargins(0, 0, 0)
	file.SetAutoPageBreak(false, 0)
	file.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
	file.AddUTF8FontFromBytes(family, "B", liberationsansbold.TTF)
	return file
}

func drawPage(file *fpdf.Fpdf, p page) {
	file.AddPage()
	for _, b := range p.boxes {
		file.SetFillColor(b.ink.red, b.ink.green, b.ink.blue)
		file.Rect(b.x, b.y, b.width, b.height, "F")
	}
	for _, m := range p.marks {
		file.Bookmark(m.text, 0, m.y)
	}
	var last style
	for _, r := range p.runs {
		if r.style != last {
			weight := ""
			if r.style.bold {
				weight = "B"
			}
			file.SetFont(family, weight, r.style.size)
			file.SetTextColor(r.style.ink.red, r.style.ink.green, r.style.ink.blue)
			last = r.style
		}
		file.Text(r.x, r.y, r.text)
	}
}
