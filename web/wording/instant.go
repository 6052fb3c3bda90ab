package wording

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pages write instants into their sentences as text. So that each is a <time> with
// its instant, its zone and its offset, and none is forgotten, an instant is marked
// where it is written, and the marks become elements when the page is rendered, or
// vanish where no element can stand. The characters are of Unicode's private area. An
// element is made of a mark only when it says what its text says, so that nobody who
// types them into a field makes an instant look like another.
const (
	instantBegins = "\ue000"
	instantText   = "\ue001"
	instantEnds   = "\ue002"
)

// MarkInstant writes an instant in one of the ways of pages, with a mark around it.
func MarkInstant(t time.Time, place *time.Location, form string) string {
	return instantBegins + strconv.FormatInt(t.Unix(), 36) + "/" + place.String() + instantText + t.In(place).Format(form) + instantEnds
}

// Unmarked is a text without its marks: what a reader sees of it.
func Unmarked(text string) string { return string(WithInstants([]byte(text), Words{}, false)) }

// Long says whether a text needs a line of its own.
func Long(text string) bool { return len(Unmarked(text)) > 60 }

// WithInstants puts an element in place of each mark of a rendered page, or takes
// the marks away.
func WithInstants(page []byte, w Words, elements bool) []byte {
	if !bytes.Contains(page, []byte(instantBegins)) {
		return page
	}
	out := make([]byte, 0, len(page)+len(page)/4)
	var at spot
	for {
		before, rest, found := bytes.Cut(page, []byte(instantBegins))
		out = append(out, before...)
		if !found {
			return out
		}
		at.pass(before)
		page = rest
		mark, rest, whole := bytes.Cut(rest, []byte(instantEnds))
		head, text, parted := bytes.Cut(mark, []byte(instantText))
		if !whole || !parted || len(mark) > 200 || bytes.ContainsAny(mark, "<>\"") || bytes.Contains(mark, []byte(instantBegins)) {
			continue // somebody's own character, which stands for nothing
		}
		page = rest
		element := ""
		if elements && at.text() {
			element = timeElement(string(head), string(text), w)
		}
		if out = append(append(out, element...), text...); element != "" {
			out = append(out, "</time>"...)
		}
	}
}

// The ways in which pages write an instant: in full and where there is little room,
// in English and in Spanish.
const (
	// instant is with day, time and offset, so that nobody has to guess the zone.
	instant        = "Mon 2 Jan 2006, 15:04 -07:00"
	InstantBrief   = "2 Jan 15:04"
	instantES      = "02/01/2006, 15:04 -07:00"
	InstantBriefES = "02/01 15:04"
)

// timeElement begins the element of a mark; empty when the mark is none, or says
// something else than its text.
func timeElement(head, text string, w Words) string {
	seconds, zone, _ := strings.Cut(html.UnescapeString(head), "/")
	unix, err := strconv.ParseInt(seconds, 36, 64)
	if err != nil {
		return ""
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	t := time.Unix(unix, 0).In(place)
	if !slices.ContainsFunc([]string{instant, InstantBrief, instantES, InstantBriefES}, func(form string) bool {
		return t.Format(form) == html.UnescapeString(text)
	}) {
		return ""
	}
	return `<time datetime="` + t.Format(time.RFC3339) + `" title="` + html.EscapeString(w.instantInFull(t)) + `">`
}

// instantInFull names day, time, zone and offset.
func (w Words) instantInFull(t time.Time) string {
	day := t.Format("2 Jan 2006, 15:04")
	if w.Lang == "es" {
		day = t.Format("02/01/2006, 15:04")
	}
	return day + " " + t.Location().String() + " (UTC" + t.Format("-07:00") + ")"
}

// spot is where in a rendered page something stands.
type spot struct {
	tag bool   // between < and >
	raw string // the element whose content is text alone; empty for none
}

// pass goes on over a part of a page. The templates escape < and > in text and in
// the values of attributes, so that these characters only bound tags.
func (p *spot) pass(part []byte) {
	for i, c := range part {
		switch {
		case c == '>' && p.tag:
			p.tag = false
		case c == '<' && !p.tag:
			p.tag = true
			p.enter(part[i+1:])
		}
	}
}

// enter takes note of a tag that begins or ends what holds text alone.
func (p *spot) enter(tag []byte) {
	for _, name := range []string{"title", "textarea", "option"} {
		switch {
		case p.raw == "" && bytes.HasPrefix(tag, []byte(name)):
			p.raw = name
		case p.raw == name && bytes.HasPrefix(tag, []byte("/"+name)):
			p.raw = ""
		}
	}
}

// text says whether an element may stand here.
func (p *spot) text() bool { return !p.tag && p.raw == "" }
