package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/gdpr/form"
	"tocsin/web/wording"
)

type (
	// partShown is one part of the bar that says how far a notification is.
	partShown struct {
		Class, Text string
		X, Width    int // of 1000
	}
	formSection struct {
		Code, Title string
		Rows        []fieldRow
		// Empty is how many fields are neither required nor answered.
		Empty, Missing int
	}
	fieldRow struct {
		Key, Label, Value, From string
		N                       int
		// State is known, estimated, to_be_determined, cannot_be_determined,
		// missing, or empty for what nobody has to answer.
		State, StateText string
		Needed           bool // for any filing
		Input            *inputShown
	}
	// wrongField names an input, and says what is the matter with it.
	wrongField struct{ Key, Label, Text string }
	// formShown is the form of a notification, as far as it is asked.
	formShown struct {
		Sections []formSection
		Bar      []partShown
		Problems []string
		// Wrong are the inputs that need a second look before the form is saved.
		Wrong   []wrongField
		Percent int
		// MissingNow and Open are how many fields stand in the way of any filing,
		// and of a complete one.
		MissingNow, Open int
		Changes          []changeThen
		counts           map[string]int // of answers by how sure they are
	}
)

// Which fields a page asks for.
const (
	editNothing = ""
	editMissing = "missing"
	editAll     = "all"
)

// formShownOf draws a draft. edit says which fields become inputs: none, those that
// are missing, all, or those of one section by its code. posted is what a
// person sent that was refused, with what is wrong by field; nil for nothing.
func formShownOf(draft form.Draft, check form.Completeness, edit string, posted url.Values, faults map[string]string, w wording.Words, now time.Time, place *time.Location) (*formShown, error) {
	template, err := form.Template(draft.Version)
	if err != nil {
		return nil, formError(err)
	}
	sheet, err := form.Project(draft, form.Generic, w.Lang, now)
	if err != nil {
		return nil, formError(err)
	}
	values := map[string]string{}
	for _, section := range sheet.Sections {
		for _, line := range section.Lines {
			values[line.Key] = line.Value
		}
	}
	// Who fills fields in sees those alone.
	only := edit != editNothing && edit != editAll || posted != nil
	out := &formShown{counts: map[string]int{}, Percent: check.Percent, MissingNow: len(check.MissingNow), Open: len(check.LeftOpen)}
	for _, section := range template.Sections {
		part := formSection{Code: section.Code, Title: section.Title.In(w.Lang)}
		for _, f := range template.Fields {
			// What a person wrote stays on the page, also when somebody else's answer
			// means that the field is not asked any more.
			own := posted != nil && slices.Contains(posted["key"], f.Key) && writtenIn(posted, f).mark() != posted.Get("was-"+f.Key)
			if f.Section != section.Code || !own && !slices.Contains(check.Visible, f.Key) {
				continue
			}
			row := rowOf(f, draft, check, w)
			row.Value = values[f.Key]
			asked := edit == editAll || edit == section.Code || edit == editMissing && (row.State == "missing" || row.State == string(form.StateToBeDetermined))
			if posted != nil {
				asked = slices.Contains(posted["key"], f.Key)
			}
			if head := f.Key == "notification_type" || f.Key == "notification_subtype"; asked && !head {
				answer, _ := draft.Answer(f.Key)
				in, theirs := together(writtenOf(f, answer, place), f, posted, own)
				row.Input = inputOf(f, in, writtenOf(f, answer, place).mark(), draft.Kind, w)
				row.Input.Fault = faults[f.Key]
				if theirs {
					row.Input.Theirs = w.T("field_theirs_is", cmp.Or(row.Value, w.Own("answer_"+string(answer.State)), "–"))
				}
				out.tell(row, w)
			}
			if row.State == "missing" {
				part.Missing++
			}
			switch {
			case row.Input == nil && only:
				out.count(row)
				continue
			case row.Input == nil && row.State == "":
				part.Empty++
				continue
			}
			out.count(row)
			part.Rows = append(part.Rows, row)
		}
		if len(part.Rows)+part.Empty > 0 {
			out.Sections = append(out.Sections, part)
		}
	}
	out.bar(w)
	for _, p := range check.Problems {
		var labels []string
		for _, key := range p.Keys {
			if f, ok := template.Field(key); ok {
				labels = append(labels, f.Label.In(w.Lang))
			}
		}
		out.Problems = append(out.Problems, strings.Join(labels, " / ")+": "+w.Said(p.Message))
	}
	return out, nil
}

// together is what an input shows when a person's form is shown again. Their own
// answer stays; what they left as it was is brought up to date. theirs says that
// somebody else has saved another answer to the same question meanwhile.
func together(now written, f form.Field, posted url.Values, own bool) (in written, theirs bool) {
	if !own {
		return now, false
	}
	in = writtenIn(posted, f)
	return in, now.mark() != posted.Get("was-"+f.Key) && now.mark() != in.mark()
}

// tell puts what is wrong with an input on the list at the head of the form. The
// first such input gets the focus.
func (f *formShown) tell(row fieldRow, w wording.Words) {
	text := row.Input.Fault
	if text == "" && row.Input.Theirs != "" {
		text = w.T("field_theirs")
	}
	if text == "" {
		return
	}
	row.Input.Focus = len(f.Wrong) == 0
	f.Wrong = append(f.Wrong, wrongField{row.Key, row.Label, text})
}

func rowOf(f form.Field, draft form.Draft, check form.Completeness, w wording.Words) fieldRow {
	row := fieldRow{Key: f.Key, N: f.Number, Label: f.Label.In(w.Lang)}
	answer, _ := draft.Answer(f.Key)
	row.State, row.From = string(answer.State), answer.Source
	whoKnows := func(m form.Missing) bool { return m.Key == f.Key }
	if i := slices.IndexFunc(check.MissingForComplete, whoKnows); i >= 0 {
		m := check.MissingForComplete[i]
		row.State, row.Needed = cmp.Or(string(m.State), "missing"), !m.MayBeOpen
		var who []string
		for _, one := range m.WhoKnows {
			who = append(who, cmp.Or(w.Own("who_"+one), one))
		}
		row.From = w.T("who_knows", strings.Join(who, ", "))
	} else {
		row.From = w.Source(answer.Source)
	}
	if row.State != "" {
		row.StateText = w.T("answer_" + row.State)
	}
	return row
}

func (f *formShown) count(row fieldRow) {
	if row.State != "" {
		f.counts[row.State]++
	}
}

// bar draws how many answers are how sure.
func (f *formShown) bar(w wording.Words) {
	x, all := 0, 0
	for _, n := range f.counts {
		all += n
	}
	for _, state := range []string{"known", "estimated", "cannot_be_determined", "to_be_determined", "missing"} {
		n := f.counts[state]
		if n == 0 {
			continue
		}
		part := partShown{Class: state, Text: w.T("bar_"+state, n), X: x, Width: n * 1000 / all}
		x += part.Width
		f.Bar = append(f.Bar, part)
	}
}

// changesOf says what a follow-up says otherwise than what was filed.
func changesOf(changes []form.Change, template form.Form, w wording.Words, place *time.Location) []changeThen {
	var list []changeThen
	for _, c := range changes {
		f, ok := template.Field(c.Key)
		if !ok {
			continue
		}
		words := func(a form.Answer) string {
			in := writtenOf(f, a, place)
			for i, code := range in.values {
				if o, ok := f.Option(code); ok {
					in.values[i] = o.Label.In(w.Lang)
				}
			}
			if text := in.text(); text != "" {
				return text
			}
			if a.State != "" {
				return w.T("answer_" + string(a.State))
			}
			return "–"
		}
		list = append(list, changeThen{f.Label.In(w.Lang), words(c.From), words(c.To)})
	}
	return list
}
