package dossier

import (
	"context"
	"strings"
)

// layout sets a checked document into pages, frames included.
func layout(ctx context.Context, d Document) ([]page, error) {
	fonts, err := newFaces()
	if err != nil {
		return nil, err
	}
	vocabulary, err := vocabularyFor(d.Language)
	if err != nil {
		return nil, err
	}
	t := &typesetter{ctx: ctx, faces: fonts, words: vocabulary}
	frame := t.frame(d)
	t.top, t.bottom = frame.top, frame.bottom
	t.newPage()
	if err := t.head(d); err != nil {
		return nil, err
	}
	for _, section := range d.Sections {
		if err := t.section(section); err != nil {
			return nil, err
		}
	}
	for i := range t.pages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		frame.draw(t, i)
	}
	return t.pages, nil
}

// head sets the title, what the document is about and the notes.
func (t *typesetter) head(d Document) error {
	title := t.set(oneLine(d.Title), titleStyle, textWidth)
	if english := oneLine(d.TitleEN); english != oneLine(d.Title) {
		title = append(title, gap(0.8))
		title = append(title, t.set(english, subtitleStyle, textWidth)...)
	}
	title = append(title, gap(4))
	if err := t.row(title, nil, margin, margin, line{}); err != nil {
		return err
	}
	if d.Exercise {
		// The mark is on every page; the sentence says once what it means.
		notice := t.set(both(t.words.own.ExerciseNote, t.words.english.ExerciseNote), remarkStyle, textWidth)
		for i := range notice {
			notice[i].style.ink = amber
		}
		if err := t.row(append(notice, gap(3)), nil, margin, margin, line{}); err != nil {
			return err
		}
	}
	for _, meta := range append(t.about(d), d.Meta...) {
		if err := t.field(meta, margin); err != nil {
			return err
		}
	}
	t.rule(margin, textWidth, 0.2, hair)
	t.y += 3
	if len(d.Notes) == 0 {
		return nil
	}
	heading := t.set(both(t.words.own.Notes, t.words.english.Notes), labelStyle, textWidth)
	t.need(heading.height() + 10)
	if err := t.row(append(heading, gap(0.8)), nil, margin, margin, line{}); err != nil {
		return err
	}
	for _, note := range d.Notes {
		lines := t.set(plain(note), remarkStyle, textWidth)
		if err := t.row(append(lines, gap(1)), nil, margin, margin, line{}); err != nil {
			return err
		}
	}
	t.y += 2
	return nil
}

// about makes the first lines of Meta from the fields that every document has.
func (t *typesetter) about(d Document) []Line {
	own, english := t.words.own, t.words.english
	reference := Line{Label: own.Reference, LabelEN: english.Reference, Value: d.Reference}
	if d.Kind == Register {
		return []Line{reference}
	}
	return []Line{
		reference,
		{Label: own.Authority, LabelEN: english.Authority, Value: d.Authority.title(), ValueEN: d.Authority.NameEN},
	}
}

// title is the name with the short name, if there is one.
func (a Authority) title() string {
	if a.Code == "" {
		return a.Name
	}
	return a.Name + " (" + a.Code + ")"
}

// section sets a heading and its fields. The heading stays with its first field.
func (t *typesetter) section(s Section) error {
	own, english := oneLine(s.Title), oneLine(s.TitleEN)
	heading := t.set(own, sectionStyle, textWidth)
	if english != own {
		heading = append(heading, t.set(english, englishStyle, textWidth)...)
	}
	heading = append(heading, gap(1.4))
	room := 0.0
	if len(s.Lines) > 0 {
		first := max(t.question(s.Lines[0], labelX).height(), t.answer(s.Lines[0]).height())
		room = firstRoom(first)
	}
	t.need(heading.height() + 5 + room)
	if t.y > t.top {
		t.y += 4
	}
	t.page().marks = append(t.page().marks, mark{text: own, y: t.y})
	if err := t.row(heading, nil, margin, margin, line{}); err != nil {
		return err
	}
	t.rule(margin, textWidth, 0.5, green)
	t.y += 0.5
	for i, l := range s.Lines {
		if err := t.fieldBelow(l, labelX, i > 0); err != nil {
			return err
		}
	}
	return nil
}

// field sets one line of Meta below a rule.
func (t *typesetter) field(l Line, x float64) error { return t.fieldBelow(l, x, true) }

// fieldBelow sets a question at x and its answer beside it.
func (t *typesetter) fieldBelow(l Line, x float64, ruled bool) error {
	left, right := t.question(l, x), t.answer(l)
	t.need(firstRoom(max(left.height(), right.height())))
	if ruled && t.y > t.top {
		t.rule(margin, textWidth, 0.2, hair)
	}
	regular := t.faces.regular
	again := regular.drawable(oneLine(l.Number + " … " + both(t.words.own.Continued, t.words.english.Continued)))
	return t.row(left, right, x, valueX, line{
		text: regular.shortened(again, englishStyle.size, valueX-margin-2), style: englishStyle,
		height: englishStyle.leading(), indent: margin - x,
	})
}

// padding is the space above and below a field.
const padding = 1.6

// question sets the number, and the label in both languages.
func (t *typesetter) question(l Line, x float64) column {
	width := valueX - 6 - x
	lines := column{gap(padding)}
	label := t.set(plain(l.Label), labelStyle, width)
	for i := range label {
		if i == 0 {
			label[i].height = valueStyle.leading() // one base line with the answer
		}
	}
	if number := oneLine(l.Number); number != "" && x > margin {
		// The number hangs beside the label's first line: a line without height.
		number := t.set(number, numberStyle, numberWidth+labelWidth)
		hung := number[0]
		hung.height, hung.indent = valueStyle.leading(), margin-x
		if t.faces.regular.measure(hung.text, numberStyle.size) <= numberWidth-1 {
			lines = append(lines, hung, gap(-hung.height))
		} else {
			lines = append(lines, hung)
		}
	}
	lines = append(lines, label...)
	if english := plain(l.LabelEN); english != "" && english != plain(l.Label) {
		lines = append(lines, gap(0.4))
		lines = append(lines, t.set(english, englishStyle, width)...)
	}
	return append(lines, gap(padding))
}

// answer sets the value in both languages, its state and the remark.
func (t *typesetter) answer(l Line) column {
	lines := column{gap(padding)}
	switch value := plain(l.Value); {
	case strings.TrimSpace(value) != "":
		lines = append(lines, t.set(value, valueStyle, valueWidth)...)
	case l.State != ToBeDetermined && l.State != CannotBeDetermined:
		none := t.set("— "+both(t.words.own.NoAnswer, t.words.english.NoAnswer), remarkStyle, valueWidth)
		none[0].height = valueStyle.leading()
		lines = append(lines, none...)
	}
	if english := plain(l.ValueEN); strings.TrimSpace(english) != "" && english != plain(l.Value) {
		lines = append(lines, gap(0.6))
		lines = append(lines, t.set(english, remarkStyle, valueWidth)...)
	}
	if badge := t.words.badge(l); badge != "" {
		colour, tint := stateInk(l.State)
		marked := t.set(badge, style{bold: l.State != Known && l.State != "", size: 8, ink: colour}, valueWidth-2.4)
		for i := range marked {
			marked[i].indent, marked[i].tint = 1.2, tint
			marked[i].height += 0.6
		}
		if len(lines) > 1 {
			lines = append(lines, gap(0.8))
		}
		lines = append(lines, marked...)
	}
	if note := plain(l.Note); strings.TrimSpace(note) != "" {
		lines = append(lines, gap(0.8))
		lines = append(lines, t.set(both(t.words.own.Note, t.words.english.Note)+": "+note, remarkStyle, valueWidth)...)
	}
	return append(lines, gap(padding))
}

// stateInk gives a state its colour and tint. The words carry the meaning; the
// colour only helps to find what is open.
func stateInk(s State) (colour ink, tint *ink) {
	switch s {
	case Estimated, ToBeDetermined:
		return amber, &cream
	case CannotBeDetermined:
		return black, &silver
	default:
		return green, &mist
	}
}
