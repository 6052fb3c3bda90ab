package web

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/gdpr/form"
	"tocsin/web/wording"
)

type (
	// written is an answer as an input of a page holds it.
	written struct {
		// values are the chosen codes, or one text; none for no answer.
		values []string
		// state is known, estimated, to_be_determined or cannot_be_determined.
		state form.State
	}
	// inputShown is the input for one field.
	inputShown struct {
		Type    string // select, multi, line, lines, number, datetime or date
		Value   string
		Rows    int
		Choices []choiceShown
		States  []choiceShown
		Was     string // the mark of the answer that was shown
		Hint    string
		Fault   string
		// Theirs says what somebody else saved meanwhile in answer to the same
		// question; empty for nothing.
		Theirs string
		// Focus says that the page opens at this input.
		Focus bool
	}
)

// mark recognises an answer, so that only what a person changed becomes a
// person's answer.
func (w written) mark() string {
	sum := sha256.Sum256([]byte(strings.Join(w.values, "\x00") + "\x00" + string(w.state)))
	return hex.EncodeToString(sum[:8])
}

func (w written) text() string { return strings.Join(w.values, "\n") }

// writtenOf is how a page writes an answer down. Instants are those of a place.
func writtenOf(f form.Field, a form.Answer, place *time.Location) written {
	out, v := written{state: a.State}, a.Value
	// An option says by itself that something is open.
	if out.state == "" || len(f.Options) > 0 && out.state != form.StateEstimated {
		out.state = form.StateKnown
	}
	switch {
	case v.IsZero():
	case f.List == form.ListCountPerCountry:
		counts := v.Counts()
		var lines []string
		for _, country := range slices.Sorted(maps.Keys(counts)) {
			lines = append(lines, country+": "+strconv.FormatInt(counts[country], 10))
		}
		out.values = []string{strings.Join(lines, "\n")}
	case f.List != "":
		out.values = []string{strings.Join(v.List(), ", ")}
	case f.Repeats:
		out.values = []string{strings.Join(v.List(), "\n")}
	case f.Type == form.TypeMulti:
		out.values = v.List()
	case f.Type == form.TypeNumber:
		n, _ := v.Number()
		out.values = []string{strconv.FormatInt(n, 10)}
	case f.Type == form.TypeBoolean:
		yes, _ := v.Flag()
		out.values = []string{map[bool]string{true: "yes", false: "no"}[yes]}
	case f.Type == form.TypeDatetime:
		if t, ok := v.Instant(); ok {
			out.values = []string{localForm(t.In(place))}
		}
	default:
		out.values = []string{v.Text()}
	}
	return out
}

// localForm writes an instant as browsers write a date with a time.
func localForm(t time.Time) string {
	if t.Second() != 0 {
		return t.Format(localMoment)
	}
	return t.Format(localInstant)
}

// writtenIn reads an answer from a form that was sent.
func writtenIn(posted url.Values, f form.Field) written {
	out := written{state: form.State(posted.Get("state-" + f.Key))}
	if out.state == "" {
		out.state = form.StateKnown
	}
	for _, value := range posted["field-"+f.Key] {
		value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
		if value != "" {
			out.values = append(out.values, value)
		}
	}
	return out
}

// answer turns what a person wrote into an answer. ok is false for none, which
// takes back what was there. wrong is empty, or the key of what is expected.
func (w written) answer(f form.Field, place *time.Location) (a form.Answer, ok bool, wrong string) {
	a.State = w.state
	if w.state == form.StateKnown {
		a.State = "" // what the value says
	}
	if len(w.values) == 0 {
		open := w.state == form.StateToBeDetermined || w.state == form.StateCannotBeDetermined
		return a, open, ""
	}
	text := w.text()
	switch {
	case f.List == form.ListCountPerCountry:
		counts, fine := countsIn(text)
		if !fine {
			return a, true, "takes_counts"
		}
		a.Value = form.Counts(counts)
	case f.List != "":
		a.Value = form.Choices(codesIn(text)...)
	case f.Repeats:
		a.Value = form.Choices(pieces(text, "\n")...)
	case f.Type == form.TypeMulti:
		a.Value = form.Choices(w.values...)
	case f.Type == form.TypeNumber:
		n, err := strconv.ParseInt(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text), 10, 64)
		if err != nil {
			return a, true, "takes_number"
		}
		a.Value = form.Number(n)
	case f.Type == form.TypeBoolean:
		if text != "yes" && text != "no" {
			return a, true, "takes_boolean"
		}
		a.Value = form.Flag(text == "yes")
	case f.Type == form.TypeDatetime:
		at, fine := momentIn(text, place)
		if !fine {
			return a, true, "takes_datetime"
		}
		a.Value = form.Instant(at)
	default:
		a.Value = form.Text(text)
	}
	return a, true, ""
}

// momentIn reads a date with a time, meant in a place. An instant that the
// place skips when its clocks go forward is none.
func momentIn(text string, place *time.Location) (time.Time, bool) {
	for _, layout := range []string{localInstant, localMoment} {
		if at, err := time.ParseInLocation(layout, text, place); err == nil {
			return at, at.Format(layout) == text
		}
	}
	return time.Time{}, false
}

// codesIn reads codes that are parted by commas, spaces or lines.
func codesIn(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
}

// countsIn reads a number for each country, one a line.
func countsIn(text string) (map[string]int64, bool) {
	counts := map[string]int64{}
	for _, line := range pieces(text, "\n") {
		country, number, _ := strings.Cut(line, ":")
		country = strings.ToUpper(strings.TrimSpace(country))
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if _, twice := counts[country]; err != nil || twice {
			return nil, false
		}
		counts[country] = n
	}
	return counts, true
}

// inputOf is the input of a field with an answer.
func inputOf(f form.Field, in written, was string, kind form.Kind, w wording.Words) *inputShown {
	out := &inputShown{Type: "line", Value: in.text(), Was: was}
	option := func(code, text string) {
		out.Choices = append(out.Choices, choiceShown{code, text, slices.Contains(in.values, code)})
	}
	switch {
	case f.List == form.ListCountPerCountry:
		out.Type, out.Rows, out.Hint = "lines", 5, w.T("takes_counts")
	case f.List == form.ListAuthorities:
		out.Hint = w.T("takes_authorities")
	case f.List == form.ListCountries:
		out.Hint = w.T("takes_countries")
	case f.Repeats:
		out.Type, out.Rows, out.Hint = "lines", 3, w.T("takes_parties")
	case f.Type == form.TypeMulti:
		out.Type = "multi"
	case f.Type == form.TypeEnum:
		out.Type = "select"
	case f.Type == form.TypeBoolean:
		out.Type = "select"
		option("yes", w.T("yes"))
		option("no", w.T("no"))
	case f.Type == form.TypeTextarea:
		out.Type, out.Rows = "lines", 4
	case f.Type == form.TypeNumber, f.Type == form.TypeDatetime, f.Type == form.TypeDate:
		out.Type = string(f.Type)
	}
	for _, o := range f.Options {
		if !o.OnlyFollowUp || kind == form.Followup || slices.Contains(in.values, o.Code) {
			option(o.Code, wording.SentenceStart(o.Label.In(w.Lang)))
		}
	}
	states := []form.State{form.StateKnown, form.StateEstimated}
	if len(f.Options) == 0 && f.MayBeOpen {
		states = append(states, form.StateToBeDetermined, form.StateCannotBeDetermined)
	}
	for _, state := range states {
		out.States = append(out.States, choiceShown{string(state), w.T("answer_" + string(state)), in.state == state})
	}
	return out
}
