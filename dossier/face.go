package dossier

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// millimetre is one point of type in millimetres.
const millimetre = 25.4 / 72

// face is one font with the widths of its characters. It is made for one
// document and used by one goroutine.
type face struct {
	ttf  []byte
	font *sfnt.Font
	buf  sfnt.Buffer
	em   fixed.Int26_6
	// widths are thousandths of an em by block of 256 code points; unknown
	// means not looked up yet, absent that the font lacks the character.
	widths [256]*[256]int16
}

const (
	unknown int16 = -1
	absent  int16 = -2
)

func newFace(ttf []byte) (*face, error) {
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	return &face{ttf: ttf, font: parsed, em: fixed.I(int(parsed.UnitsPerEm()))}, nil
}

// faces are the two weights that a document is set in.
type faces struct{ regular, bold *face }

func newFaces() (faces, error) {
	regular, err := newFace(liberationsansregular.TTF)
	if err != nil {
		return faces{}, err
	}
	bold, err := newFace(liberationsansbold.TTF)
	if err != nil {
		return faces{}, err
	}
	return faces{regular: regular, bold: bold}, nil
}

// width is the advance of one character in thousandths of an em, or absent.
func (f *face) width(r rune) int16 {
	if r < 0 || r > 0xffff {
		return absent // the PDF addresses its fonts by two bytes
	}
	block := f.widths[r>>8]
	if block == nil {
		block = new([256]int16)
		for i := range block {
			block[i] = unknown
		}
		f.widths[r>>8] = block
	}
	if block[r&0xff] == unknown {
		block[r&0xff] = f.lookUp(r)
	}
	return block[r&0xff]
}

func (f *face) lookUp(r rune) int16 {
	if setsRightToLeft(r) {
		return absent
	}
	glyph, err := f.font.GlyphIndex(&f.buf, r)
	if err != nil || glyph == 0 {
		return absent
	}
	advance, err := f.font.GlyphAdvance(&f.buf, glyph, f.em, font.HintingNone)
	if err != nil {
		return absent
	}
	return int16((int64(advance)*1000 + int64(f.em)/2) / int64(f.em))
}

// setsRightToLeft reports letters that would stand in the wrong order here; a
// code can at least be looked up.
func setsRightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefe
}

// drawable rewrites plain text into characters that the face has. What it lacks
// becomes a near relative that looks the same, or a code.
func (f *face) drawable(text string) string {
	text = composed(text)
	if i := strings.IndexFunc(text, f.lacks); i < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 32)
	for _, r := range text {
		switch {
		case r == '\n', !f.lacks(r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteString("    ")
		case r == '\u2011':
			b.WriteByte('-')
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteString(code(r))
		}
	}
	return b.String()
}

func (f *face) lacks(r rune) bool { return r != '\n' && (r == '\t' || f.width(r) == absent) }

// measure is the length of drawable text in millimetres.
func (f *face) measure(text string, size float64) float64 {
	sum := 0
	for _, r := range text {
		sum += int(max(f.width(r), 0))
	}
	return float64(sum) / 1000 * size * millimetre
}

// wrap cuts drawable text into lines no longer than width millimetres. It
// breaks at spaces, after hyphens and slashes between letters, and where a word
// is longer than a line, inside the word. Only spaces at a break are left out.
func (f *face) wrap(text string, size, width float64) []string {
	limit := int(width / (size * millimetre) * 1000)
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = f.wrapParagraph(lines, paragraph, limit)
	}
	return lines
}

func (f *face) wrapParagraph(lines []string, text string, limit int) []string {
	start, sum := 0, 0             // the line under way
	opportunity, sumThere := -1, 0 // the last place to break it, and its length there
	previous := ' '
	for i, r := range text {
		w := int(max(f.width(r), 0))
		if r != ' ' && sum+w > limit && i > start && !unicode.Is(unicode.M, r) {
			end, rest := i, 0
			if opportunity > start {
				end, rest = opportunity, sum-sumThere
			}
			lines = append(lines, strings.TrimRight(text[start:end], " "))
			start, sum, opportunity = end, rest, -1
		}
		sum += w
		if breaksAfter(previous, r, text[i+utf8.RuneLen(r):]) {
			opportunity, sumThere = i+utf8.RuneLen(r), sum
		}
		previous = r
	}
	return append(lines, strings.TrimRight(text[start:], " "))
}

// breaksAfter reports whether a line may end after r.
func breaksAfter(previous, r rune, rest string) bool {
	switch r {
	case ' ', ']':
		return true
	case '-', '/', '‐', '–':
		next, _ := utf8.DecodeRuneInString(rest)
		return unicode.IsLetter(previous) && unicode.IsLetter(next)
	default:
		return false
	}
}

// shortened cuts drawable text with an ellipsis so that it fits into width
// millimetres. It serves the head of a page only, where the whole text stands
// on the first page.
func (f *face) shortened(text string, size, width float64) string {
	if f.measure(text, size) <= width {
		return text
	}
	room := width - f.measure("…", size)
	for i, r := range text {
		if room -= f.measure(string(r), size); room < 0 {
			return strings.TrimSpace(text[:i]) + "…"
		}
	}
	return text
}
