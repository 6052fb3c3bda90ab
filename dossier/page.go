package dossier

// The page is A4, measured in millimetres from its upper left corner.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 18.0
	textWidth  = pageWidth - 2*margin
	// The form has two columns: the questions, with their numbers hanging on
	// the left, and the answers.
	numberWidth = 10.0
	labelX      = margin + numberWidth
	labelWidth  = 52.0
	valueX      = labelX + labelWidth + 6
	valueWidth  = pageWidth - margin - valueX
)

// ink is a colour.
type ink struct{ red, green, blue int }

// The few colours of the house. Each text colour has a contrast of at least
// 4.5 to 1 on white and on its tint (WCAG 2.2, criterion 1.4.3), and prints
// well in grey.
var (
	black  = ink{23, 33, 43}
	grey   = ink{86, 98, 110}
	green  = ink{13, 82, 74}
	amber  = ink{138, 75, 0}
	hair   = ink{214, 218, 221}
	cream  = ink{253, 241, 221}
	mist   = ink{232, 241, 239}
	silver = ink{240, 241, 242}
)

// style is how a piece of text looks.
type style struct {
	// bold takes the heavier face.
	bold bool
	// size is in points.
	size float64
	// ink is the colour of the text.
	ink ink
}

// The styles of a document.
var (
	titleStyle    = style{bold: true, size: 18, ink: black}
	subtitleStyle = style{size: 11, ink: grey}
	sectionStyle  = style{bold: true, size: 12.5, ink: green}
	labelStyle    = style{bold: true, size: 9.5, ink: black}
	englishStyle  = style{size: 8, ink: grey}
	numberStyle   = style{size: 8.5, ink: grey}
	valueStyle    = style{size: 10, ink: black}
	remarkStyle   = style{size: 8.5, ink: grey}
	frameStyle    = style{size: 8, ink: grey}
	footStyle     = style{size: 7, ink: grey}
	bandStyle     = style{bold: true, size: 10, ink: amber}
)

// run is a piece of text at its place: x and y are the start of its base line.
type run struct {
	x, y  float64
	text  string
	style style
}

// box is a filled rectangle; a rule is a box of little height.
type box struct {
	x, y, width, height float64
	ink                 ink
}

// page is what stands on one page.
type page struct {
	boxes []box
	runs  []run
	// marks are the headings that the reader's outline leads to.
	marks []mark
}

// mark is an entry of the outline.
type mark struct {
	text string
	y    float64
}

// line is one line of text in a column before it has a place.
type line struct {
	text  string
	style style
	// height is what the line takes, in millimetres.
	height float64
	// indent moves it to the right, or hangs it out to the left if negative.
	indent float64
	// tint fills a box behind the text; nil draws none.
	tint *ink
}

// column is lines set beneath each other.
type column []line

func (c column) height() float64 {
	sum := 0.0
	for _, l := range c {
		sum += l.height
	}
	return sum
}

// within is how many of the lines fit into height.
func (c column) within(height float64) int {
	for i, l := range c {
		if height -= l.height; height < 0 {
			return i
		}
	}
	return len(c)
}

// leading is the height of a line of text in this style.
func (s style) leading() float64 { return s.size * millimetre * 1.34 }
