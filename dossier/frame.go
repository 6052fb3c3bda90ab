package dossier

// frame is what every page has around its text.
type frame struct {
	// band is the mark of an exercise, or empty.
	band string
	// left and right stand in the head, already shortened to fit.
	left, right string
	// foot are the lines at the foot without the number of the page.
	foot column
	// headY is the base line of the head; top and bottom bound the text.
	headY, top, bottom float64
}

// frame prepares the head and the foot, which decide how much room is left.
func (t *typesetter) frame(d Document) frame {
	regular := t.faces.regular
	f := frame{headY: 15}
	if d.Exercise {
		f.band = t.faces.bold.drawable(both(t.words.own.Exercise, t.words.english.Exercise))
		f.headY = 22
	}
	f.top = f.headY + 8
	f.left = regular.shortened(regular.drawable("Tocsin  ·  "+oneLine(d.Reference)), frameStyle.size, textWidth*2/3)
	room := textWidth - 6 - regular.measure(f.left, frameStyle.size)
	f.right = regular.shortened(regular.drawable(oneLine(d.Authority.title())), frameStyle.size, room)

	// The first line leaves room for the number of the page.
	f.foot = t.set(oneLine(d.Footer), footStyle, textWidth-62)
	if hash := oneLine(d.ContentHash); hash != "" {
		if len(f.foot) == 0 {
			f.foot = column{gap(footStyle.leading())}
		}
		label := both(t.words.own.ContentHash, t.words.english.ContentHash)
		f.foot = append(f.foot, t.set(label+": "+hash, footStyle, textWidth)...)
	}
	f.bottom = pageHeight - 12 - max(f.foot.height(), footStyle.leading()) - 4
	return f
}

// draw puts the frame on page i, when the number of pages is known.
func (f frame) draw(t *typesetter, i int) {
	p := &t.pages[i]
	if f.band != "" {
		p.boxes = append(p.boxes,
			box{x: margin, y: 8, width: textWidth, height: 7.5, ink: amber},
			box{x: margin + 0.4, y: 8.4, width: textWidth - 0.8, height: 6.7, ink: cream})
		width := t.faces.bold.measure(f.band, bandStyle.size)
		p.runs = append(p.runs, run{x: (pageWidth - width) / 2, y: 13, text: f.band, style: bandStyle})
	}
	right := pageWidth - margin - t.faces.regular.measure(f.right, frameStyle.size)
	p.runs = append(p.runs,
		run{x: margin, y: f.headY, text: f.left, style: frameStyle},
		run{x: right, y: f.headY, text: f.right, style: frameStyle})
	p.boxes = append(p.boxes,
		box{x: margin, y: f.headY + 2.2, width: textWidth, height: 0.2, ink: hair},
		box{x: margin, y: f.bottom + 2.4, width: textWidth, height: 0.2, ink: hair})

	number := t.faces.regular.drawable(t.words.page(i+1, len(t.pages)))
	x := pageWidth - margin - t.faces.regular.measure(number, footStyle.size)
	y := f.bottom + 4
	p.runs = append(p.runs, run{x: x, y: y + footStyle.leading()*0.77, text: number, style: footStyle})
	for _, l := range f.foot {
		if l.text != "" {
			p.runs = append(p.runs, run{x: margin, y: y + l.height*0.77, text: l.text, style: l.style})
		}
		y += l.height
	}
}
