package dossier

import (
	"context"
	"errors"
)

// splitAbove is the height of a row from which it may break across pages in
// spite of fitting on the next one; leastRoom is how much of it must then fit
// on the page where it begins.
const (
	splitAbove = 70.0
	leastRoom  = 24.0
)

// firstRoom is how much of a row of this height must fit where it begins.
func firstRoom(height float64) float64 {
	if height <= splitAbove {
		return height
	}
	return leastRoom
}

// typesetter places rows on pages from top to bottom.
type typesetter struct {
	ctx   context.Context
	faces faces
	words vocabulary
	// top and bottom bound the text of every page.
	top, bottom float64
	y           float64
	pages       []page
}

func (t *typesetter) face(s style) *face {
	if s.bold {
		return t.faces.bold
	}
	return t.faces.regular
}

// set wraps plain text into lines of one style. No text gives no lines.
func (t *typesetter) set(text string, s style, width float64) column {
	if text == "" {
		return nil
	}
	f := t.face(s)
	wrapped := f.wrap(f.drawable(text), s.size, width)
	lines := make(column, len(wrapped))
	for i, part := range wrapped {
		lines[i] = line{text: part, style: s, height: s.leading()}
	}
	return lines
}

// gap is empty space in a column.
func gap(height float64) line { return line{height: height} }

func (t *typesetter) page() *page { return &t.pages[len(t.pages)-1] }

func (t *typesetter) newPage() {
	t.pages = append(t.pages, page{})
	t.y = t.top
}

// need begins a new page when less than height is left on this one.
func (t *typesetter) need(height float64) {
	if len(t.pages) == 0 || t.y > t.top && t.y+height > t.bottom {
		t.newPage()
	}
}

// rule draws a line across the page at the present height.
func (t *typesetter) rule(x, width, height float64, colour ink) {
	t.page().boxes = append(t.page().boxes, box{x: x, y: t.y, width: width, height: height, ink: colour})
}

// draw puts lines at x from the present height downwards, without moving it.
func (t *typesetter) draw(lines column, x float64) {
	y := t.y
	p := t.page()
	for _, l := range lines {
		if l.text != "" {
			at := x + l.indent
			base := y + l.height/2 + l.style.size*millimetre*0.36
			if l.tint != nil {
				p.boxes = append(p.boxes, box{
					x: at - 1.2, y: y, height: l.height, ink: *l.tint,
					width: t.face(l.style).measure(l.text, l.style.size) + 2.4,
				})
			}
			p.runs = append(p.runs, run{x: at, y: base, text: l.text, style: l.style})
		}
		y += l.height
	}
}

// row sets two columns beside each other and moves below the longer one. What
// does not fit goes on on the next pages; there the left column repeats first,
// its first line, to say what is continued.
func (t *typesetter) row(left, right column, leftX, rightX float64, first line) error {
	t.need(firstRoom(max(left.height(), right.height())))
	for {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		room := t.bottom - t.y
		nl, nr := left.within(room), right.within(room)
		t.draw(left[:nl], leftX)
		t.draw(right[:nr], rightX)
		placed := max(left[:nl].height(), right[:nr].height())
		left, right = left[nl:], right[nr:]
		t.y += placed
		if len(left) == 0 && len(right) == 0 {
			return nil
		}
		if placed == 0 && t.y <= t.top {
			return errors.New("print dossier: a line is higher than a page")
		}
		t.newPage()
		for len(right) > 0 && right[0].text == "" {
			right = right[1:] // a page does not begin with empty lines
		}
		if first.text != "" {
			left = append(column{first}, left...)
		}
	}
}
