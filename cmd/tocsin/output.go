package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// page is text for a person: short, aligned, plain.
type page struct{ tabs *tabwriter.Writer }

// row writes a line of cells. Nothing in a cell can steer the terminal.
func (p page) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = plain(fmt.Sprint(c))
	}
	// The writer keeps everything in memory until it is flushed.
	_, _ = io.WriteString(p.tabs, strings.Join(texts, "\t")+"\n")
}

// text writes a line that is not aligned.
func (p page) text(format string, args ...any) {
	p.row(fmt.Sprintf(format, args...))
}

// heading begins a part of the page.
func (p page) heading(name string) {
	p.row("")
	p.row(name)
}

// lines writes a text of several lines as it is, line by line.
func (p page) lines(text string) {
	for line := range strings.Lines(text) {
		p.row(strings.TrimRight(line, "\r\n"))
	}
}

// answer writes an answer: as it is for programs, as a page for people.
func answer[T any](s *session, raw []byte, show func(p page, v T)) error {
	if s.output == "json" {
		return s.write(append(bytes.TrimSpace(raw), '\n'))
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return errors.New("the server's answer has another form than this program knows; take the tocsin of the server's version")
	}
	var text bytes.Buffer
	p := page{tabs: tabwriter.NewWriter(&text, 0, 4, 2, ' ', 0)}
	show(p, v)
	if err := p.tabs.Flush(); err != nil {
		return fmt.Errorf("the answer cannot be written: %w", err)
	}
	return s.write(text.Bytes())
}

// result answers with what this program itself has found out.
func result[T any](s *session, v T, show func(p page, v T)) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("the answer cannot be written: %w", err)
	}
	return answer(s, raw, show)
}

func (s *session) write(p []byte) error {
	if _, err := s.out.Write(p); err != nil {
		return fmt.Errorf("standard output cannot be written: %w", err)
	}
	return nil
}

// plain replaces what would steer a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
}

// recorded is the answer to a command on an incident.
type recorded struct {
	ID     string   `json:"id"`
	Number string   `json:"number"`
	Seq    int64    `json:"seq"`
	Events []string `json:"events"`
}

func showRecorded(p page, r recorded) {
	if len(r.Events) == 0 {
		p.text("%s: was recorded before; nothing changed", r.Number)
		return
	}
	p.text("%s: recorded %s", r.Number, strings.ReplaceAll(strings.Join(r.Events, ", "), "_", " "))
}

// when writes an instant for a person, in a zone when there is one.
func when(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "-"
	}
	if zone != nil {
		t = t.In(zone)
	}
	return t.Format("Mon 2 Jan 2006 15:04 -07:00")
}

// span writes a length of time in its two greatest units.
func span(d time.Duration) string {
	minutes := int64(d.Abs() / time.Minute)
	switch days, hours := minutes/1440, minutes/60%24; {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes%60)
	default:
		return fmt.Sprintf("%d min", minutes)
	}
}

// left writes how much time is left, in seconds, or how late it is.
func left(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	if seconds < 0 {
		return span(d) + " late"
	}
	return span(d) + " left"
}
