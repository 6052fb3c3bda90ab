package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tocsin/dossier"
	"tocsin/gdpr"
	"tocsin/incident"
)

// MaxEntries is how many entries a report lists one by one. All of them travel
// beside it.
const MaxEntries = 2_000

// Reading is how a report is to be read.
type Reading struct {
	// Language is es or en; any other is taken for en. In Spanish, headings
	// stand in English as well.
	Language string
	// At is the instant of the report, real time; it may not be zero.
	At time.Time
	// Event names a type of event as people read it.
	Event func(kind string) string
	// Role names a role as people read it.
	Role func(incident.Role) string
	// Task says what a task is, as people read it.
	Task func(incident.Task) string
	// Confirmed is what others confirmed of the log since the case began, the latest
	// first; Unlisted is how many earlier ones are not told.
	Confirmed []Confirmed
	Unlisted  int64
	// People says that the bundle which the report goes with holds people's data;
	// nil for one without them.
	People *PeopleWithIt
}

// Confirmed says that somebody outside confirmed a checkpoint of the log.
type Confirmed struct {
	// Kind is [incident.AnchorCosignature] or [incident.AnchorTimestamp].
	Kind string
	// By is the name of the witness or the authority.
	By string
	// Size is the number of entries of the log under the checkpoint, and Entries how
	// many of them are of the case.
	Size, Entries int64
	// At is when they confirmed it, by their own clock.
	At time.Time
}

// PeopleWithIt says whose data travel beside a report, by whose choice and why.
type PeopleWithIt struct {
	// People is how many people they are of; 0 once they were erased.
	People int
	// By is who chose that they travel.
	By incident.Actor
	// Reason is why.
	Reason string
}

// Papers prints the report as PDF and as HTML.
func Papers(ctx context.Context, state *incident.State, events []incident.Event, reading Reading) ([]dossier.Paper, error) {
	stem := fmt.Sprintf("%s-report-%d", strings.ToLower(state.Number), state.Seq)
	return dossier.Papers(ctx, Of(state, events, reading), stem)
}

// Of tells the case as its events left it. The events are all of the case's, in
// order, and state is what they lead to.
func Of(state *incident.State, events []incident.Event, reading Reading) dossier.Document {
	language := "en"
	if reading.Language == "es" {
		language = "es"
	}
	zone, err := time.LoadLocation(state.Disclosure.Zone)
	if err != nil {
		zone = time.UTC
	}
	p := printer{words: wordsIn(language), Reading: reading, zone: zone}
	d := dossier.Document{
		Kind: dossier.Dossier, Language: language, Title: p.t("title"), Reference: state.Number,
		Authority: authorityOf(state), CreatedAt: reading.At, Exercise: state.Disclosure.Exercise != nil,
		Notes: []string{p.t("how")},
		Meta: []dossier.Line{
			p.line("as_of", p.at(reading.At)), p.line("entries", p.t("entries_are", state.Seq)), p.line("zone", zone.String()),
		},
	}
	if language != "en" {
		d.TitleEN = p.english["title"]
	}
	if with := reading.People; with != nil {
		d.Notes = append([]string{p.t("with_people", with.People, p.by(with.By), with.Reason)}, d.Notes...)
	}
	if d.Exercise {
		d.Notes = append(d.Notes, p.t("other_time"))
	}
	d.Sections = append(d.Sections, p.facts(state), p.awareness(state), p.risk(state))
	for i := range state.Obligations {
		d.Sections = append(d.Sections, p.duty(&state.Obligations[i]))
	}
	d.Sections = append(d.Sections, p.people(state), p.late(state), p.tasks(state), p.files(state), p.confirmed(), p.entries(events))
	return d
}

func authorityOf(state *incident.State) dossier.Authority {
	a, known := gdpr.AuthorityByCode(state.Disclosure.Authority)
	if !known {
		return dossier.Authority{Name: state.Disclosure.Authority}
	}
	out := dossier.Authority{Code: a.Code, Name: a.Name}
	if a.EnglishName != a.Name {
		out.NameEN = a.EnglishName
	}
	return out
}

// printer writes lines in one language and zone.
type printer struct {
	words
	Reading
	zone *time.Location
}

// line is a line whose label is a text of the report.
func (p printer) line(key, value string) dossier.Line {
	return p.named(key, p.t(key), value)
}

// named is a line with a label of its own.
func (p printer) named(key, label, value string) dossier.Line {
	l := dossier.Line{Key: key, Label: label, Value: value}
	if english, known := p.english[key]; known && english != label && p.own[key] == label {
		l.LabelEN = english
	}
	return l
}

func (p printer) section(key string, lines ...dossier.Line) dossier.Section {
	s := dossier.Section{Title: p.t(key), Lines: lines}
	if english := p.english[key]; english != s.Title {
		s.TitleEN = english
	}
	return s
}

// at shows an instant in the case's zone with its offset.
func (p printer) at(t time.Time) string {
	if t.IsZero() {
		return p.t("not_known")
	}
	return t.In(p.zone).Format("2006-01-02 15:04:05 -07:00")
}

func (p printer) by(a incident.Actor) string { return who(a, p.Role) }

func (p printer) byOf(a *incident.Actor) string {
	if a == nil {
		return p.t("not_known")
	}
	return p.by(*a)
}

// sentences joins what is not empty.
func sentences(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

func (p printer) facts(state *incident.State) dossier.Section {
	d := state.Disclosure
	lines := []dossier.Line{p.line("case", d.Title), p.line("told_by", p.t("kind_"+d.Kind))}
	if d.Vendor != "" {
		lines = append(lines, p.line("vendor", d.Vendor))
	}
	lines = append(lines, p.line("received", p.at(d.ReceivedAt)))
	if !d.ProcessorDetectedAt.IsZero() {
		lines = append(lines, p.line("detected", p.at(d.ProcessorDetectedAt)))
	}
	until := p.t("open_end")
	if !d.OccurredTo.IsZero() {
		until = p.at(d.OccurredTo)
	}
	lines = append(lines, p.line("occurred", p.t("from_to", p.at(d.OccurredFrom), until)),
		p.line("personal_data", p.t(d.PersonalData)), p.line("summary", d.Summary), p.line("opened", p.at(state.OpenedAt)))
	if state.IsClosed() {
		lines = append(lines, p.line("closed", sentences(p.at(state.ClosedAt), p.t("reason", state.ClosingReason))))
	} else {
		lines = append(lines, p.line("closed", p.t("still_open")))
	}
	if j := state.JoinedTo; j != nil {
		lines = append(lines, p.line("joined_to", p.t("joined_by", j.Number, p.at(j.At), p.by(j.By))))
	}
	for _, j := range state.Joined {
		out := ""
		if !j.OutAt.IsZero() {
			out = p.t("taken_out", p.at(j.OutAt), j.OutReason)
		}
		for _, t := range j.Told {
			lines = append(lines, p.line("joined_in", sentences(p.t("joined_told", t.Number, t.Disclosure.Title, p.at(t.Disclosure.ReceivedAt), p.by(t.By)),
				p.t("joined_by", j.Number, p.at(j.At), p.by(j.By)), p.t("reason", j.Reason), out)))
		}
	}
	if state.Reopenings > 0 {
		lines = append(lines, p.line("reopened", p.t("times", state.Reopenings)))
	}
	return p.section("facts", lines...)
}

func (p printer) awareness(state *incident.State) dossier.Section {
	if len(state.Awareness) == 0 {
		return p.section("awareness", p.line("aware_at", p.t("no_awareness")))
	}
	var lines []dossier.Line
	for _, a := range state.Awareness {
		first := ""
		if a.Provisional {
			first = p.t("aware_first")
		}
		l := p.line("aware_at", sentences(p.at(a.At), first, p.t("reason", a.Reason), p.t("decided", p.at(a.SetAt), p.by(a.By))))
		l.Number = fmt.Sprint(a.Revision)
		lines = append(lines, l)
	}
	return p.section("awareness", lines...)
}

func (p printer) risk(state *incident.State) dossier.Section {
	if len(state.Assessments) == 0 {
		return p.section("risk", p.line("state", p.t("no_assessment")))
	}
	var lines []dossier.Line
	for _, a := range state.Assessments {
		var score, advised, dissent, ground string
		if s := a.Severity; s != nil {
			score = p.t("score", s.Score/100, s.Score%100, p.t("band_"+strings.ReplaceAll(s.Band, " ", "_")))
		}
		if a.Advice != nil {
			advised = p.t("advised", p.yes(a.Advice.NotifyAuthority), p.yes(a.Advice.Communicate))
		}
		if a.Decision.Dissent != "" {
			dissent = p.t("dissent", a.Decision.Dissent)
		}
		if a.Decision.Ground != "" {
			ground = p.t("ground", a.Decision.Ground)
		}
		value := sentences(score, advised, p.t("decision", p.yes(a.Decision.NotifyAuthority), p.yes(a.Decision.Communicate)),
			p.t("reason", a.Decision.Reason), dissent, ground, p.t("decided", p.at(a.At), p.by(a.By)))
		lines = append(lines, p.named("assessment", p.t("assessment", a.Version), value))
	}
	return p.section("risk", lines...)
}
