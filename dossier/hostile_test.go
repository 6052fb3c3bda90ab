package dossier

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// hostile is input that has broken printers and pages elsewhere.
var hostile = []string{
	`<script>alert(1)</script><img src=x onerror=alert(1)>`,
	`"><svg/onload=alert(1)> ' onmouseover='x`,
	`</style><script>1</script>{{.Title}} {{template "x"}}`,
	"javascript:alert(1) \\) Tj ET (more) ( \\( endstream endobj {nb} {page}",
	"zero\x00byte \x1b[31mred \x7f",
	"user\u202egpj.exe \u2066a\u2069 \u200f",
	"broken \xff\xfe UTF-8 \xed\xa0\x80",
	"hidden \U000e0041\U000e0042 \u200d \u3164",
	"Z" + strings.Repeat("\u0301\u0323", 50) + "algo",
	"\u010a\u010d\u0a0d\u5c28 \u28295c",
	"🔒 张伟 שלום سلام \ufffd",
	"e\u0301 decomposed, \u1e9b\u0323",
	"\r\n\r\n \t tab\vvertical\fform\u2028line\u2029paragraph\u0085next",
	strings.Repeat("Ω", 5000),
}

func TestHostileTextIsPrintedVisiblyAndReadsAsItIs(t *testing.T) {
	for input, want := range map[string]string{
		hostile[3]:                     `javascript:alert(1)\)TjET(more)(\(endstreamendobj{nb}{page}`,
		hostile[4]:                     "zero[U+0000]byte[U+001B][31mred[U+007F]",
		hostile[5]:                     "user[U+202E]gpj.exe[U+2066]a[U+2069][U+200F]",
		"broken \xff UTF-8 \ufffd":     "broken[0xFF]UTF-8[U+FFFD]",
		"hidden \U000e0041\u200d":      "hidden[U+E0041][U+200D]",
		"🔒 张":                          "[U+1F512][U+5F20]",
		"שלום":                         "[U+05E9][U+05DC][U+05D5][U+05DD]",
		"e\u0301":                      "é",
		"soft\u00adhyphen\ufeff\ufe0f": "softhyphen",
		"no\u2011break":                "no-break",
		"a\r\nb\rc\vd\u2028e":          "abcde",
	} {
		d := sample()
		d.Sections = []Section{{Title: input, Lines: []Line{{Number: "1", Label: input, Value: input, Note: input}}}}
		o := openPDF(t, printed(t, d))
		checkGlyphs(t, o)
		for _, x := range []float64{labelX, valueX, margin} {
			if got := o.column(x); !strings.Contains(got, want) {
				t.Errorf("%q reads %q, want %q", input, got, want)
			}
		}
	}
}

// elements are all that a page may be made of.
var elements = strings.Fields("html head meta title style body header main footer section h1 h2 p ul li dl dt dd div span strong pre")

func TestHostileTextCannotLeaveItsPlaceInThePage(t *testing.T) {
	for _, kind := range []Kind{Dossier, CopySheet} {
		d := everywhere(strings.Join(hostile, "\n"))
		d.Kind = kind
		content, err := HTML(d)
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, content)
	}
}

func checkPage(t interface{ Errorf(string, ...any) }, content []byte) {
	if !utf8.Valid(content) {
		t.Errorf("the page is not valid UTF-8")
	}
	for _, r := range string(content) {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("the page holds %U", r)
		}
	}
	tokens := html.NewTokenizer(strings.NewReader(string(content)))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		if !strings.Contains(" "+strings.Join(elements, " ")+" ", " "+token.Data+" ") {
			t.Errorf("the page holds <%s>", token.Data)
		}
		for _, a := range token.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
				t.Errorf("<%s> has %s", token.Data, a.Key)
			}
		}
	}
}

// everywhere is a document with the same text in every field that takes one.
func everywhere(text string) Document {
	short := text[:min(len(text), 390)]
	label := "L" + text[:min(len(text), MaxText-1)]
	line := Line{Number: "9" + text[:min(len(text), 20)], Key: short[:min(len(short), 200)], Label: label, LabelEN: label[1:], Value: text, ValueEN: text + ".", State: Estimated, Note: text}
	d := sample()
	d.Title, d.TitleEN, d.Reference, d.Footer = label, label[1:], label, short
	d.Authority = Authority{Code: short, Name: label, NameEN: label[1:]}
	d.ContentHash = text[:min(len(text), 160)]
	d.Meta, d.Notes, d.Exercise = []Line{line}, []string{text}, true
	d.Sections = []Section{{Title: label, TitleEN: label[1:], Lines: []Line{line, line}}, {Title: label}}
	return d
}

func TestADocumentBeyondTheLimitsIsRefusedByItsField(t *testing.T) {
	for want, change := range map[string]func(*Document){
		"Kind":           func(d *Document) { d.Kind = "letter" },
		"Language":       func(d *Document) { d.Language = "de) /OpenAction (x" },
		"CreatedAt":      func(d *Document) { d.CreatedAt = time.Time{} },
		"Title":          func(d *Document) { d.Title = " \n" },
		"Reference":      func(d *Document) { d.Reference = "" },
		"Authority.Name": func(d *Document) { d.Authority.Name = "" },
		"Footer":         func(d *Document) { d.Footer = long(500) },
		"Notes":          func(d *Document) { d.Notes = make([]string, MaxNotes+1) },
		"Sections":       func(d *Document) { d.Sections = make([]Section, MaxSections+1) },
		"Sections[1].Lines[3].Value (description)": func(d *Document) { d.Sections[1].Lines[3].Value = strings.Repeat("x", MaxValue+1) },
		"Sections[1].Lines[0].State (breach_when)": func(d *Document) { d.Sections[1].Lines[0].State = "guessed" },
		"Meta[2].Label": func(d *Document) { d.Meta[2].Label = "" },
		"Meta":          func(d *Document) { d.Meta = make([]Line, MaxLines+1) },
		"Sections[0].Lines": func(d *Document) {
			d.Sections[0].Lines = make([]Line, MaxLines)
			for i := range d.Sections[0].Lines {
				d.Sections[0].Lines[i].Label = "x"
			}
		},
		"Sections[2].Lines[16].Value": func(d *Document) {
			for range 16 {
				d.Sections[2].Lines = append(d.Sections[2].Lines, Line{Label: "x", Value: strings.Repeat("x", MaxValue)})
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			d := sample()
			change(&d)
			for name, print := range map[string]func() ([]byte, error){
				"PDF":  func() ([]byte, error) { return PDF(context.Background(), d) },
				"HTML": func() ([]byte, error) { return HTML(d) },
			} {
				content, err := print()
				var invalid *Error
				if !errors.As(err, &invalid) || content != nil {
					t.Fatalf("%s gave %d bytes and %v", name, len(content), err)
				}
				if invalid.Field != want {
					t.Errorf("%s names %s, want %s", name, invalid.Field, want)
				}
			}
		})
	}
}

func TestAnyTextIsWholeInBothFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.String(),
			rapid.StringOf(rapid.SampledFrom([]rune("aé șő\n-/]Ωж\u0301\u202e🔒( )\\\r"))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		).Draw(t, "value")
		checkWhole(t, value)
	})
}

func FuzzPrint(f *testing.F) {
	for _, input := range hostile {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if len(value) > 1<<14 {
			t.Skip("long values have a test of their own")
		}
		checkWhole(t, value)
	})
}

// checkWhole prints a value and finds it again, as far as it may be changed.
func checkWhole(t interface {
	Errorf(string, ...any)
	Fatal(...any)
}, value string) {
	d := everywhere(value)
	content, err := PDF(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	faces, err := newFaces()
	if err != nil {
		t.Fatal(err)
	}
	o, err := readPDF(content)
	if err != nil {
		t.Fatal(err)
	}
	got := o.column(valueX)
	if want := squeezed(faces.regular.drawable(plain(value))); !strings.Contains(got, want) {
		t.Errorf("the value came back as %q, want %q", got, want)
	}
	for _, kind := range []Kind{Dossier, CopySheet} {
		d.Kind = kind
		page, err := HTML(d)
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
	}
}
