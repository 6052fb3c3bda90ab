package report

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tocsin/dossier"
	"tocsin/gdpr"
	"tocsin/incident"
)

// MaxPrinted is how many cases one printed register holds. A register of more is
// taken as a table, or narrowed to a year.
const MaxPrinted = 400

// RegisterReading is how a register is to be read, and what it says of itself.
type RegisterReading struct {
	// Language is es or en; any other is taken for en.
	Language string
	// Zone is where instants are shown; nil for UTC.
	Zone *time.Location
	// At is the instant at which it was made, real time.
	At time.Time
	// Controller is whose register it is.
	Controller string
	// Filter says in the reader's words what was chosen; empty for all.
	Filter string
	// Size and Root are the last signed state of the log, and SignedAt when it was
	// signed; Size is zero while nothing is.
	Size     int64
	Root     string
	SignedAt time.Time
	// Task says what a task is, as people read it.
	Task func(incident.Task) string
	// Role names a role as people read it.
	Role func(incident.Role) string
	// Said says in the reader's language what Tocsin itself recorded in English.
	Said func(string) string
}

// Register tells cases as the register of GDPR Art. 33(5).
type Register struct {
	printer
	read RegisterReading
}

// NewRegister makes what tells them.
func NewRegister(read RegisterReading) Register {
	language := "en"
	if read.Language == "es" {
		language = "es"
	}
	zone := read.Zone
	if zone == nil {
		zone = time.UTC
	}
	return Register{printer: printer{words: wordsIn(language), Reading: Reading{Language: language, At: read.At, Task: read.Task, Role: read.Role}, zone: zone}, read: read}
}

// RegisterCell is one column of a case.
type RegisterCell struct {
	// Key names the column, the same in every language.
	Key string
	// Label is the column as people read it.
	Label string
	// Value is what it holds; empty for nothing.
	Value string
}

// Head gives the names of the columns of the table.
func (r Register) Head() []string {
	cells := r.Cells(&incident.RegisterEntry{})
	head := make([]string, len(cells))
	for i, c := range cells {
		head[i] = c.Label
	}
	return head
}

// Numbers are the columns of the table, from 0, that hold whole numbers.
func (r Register) Numbers() []int {
	var list []int
	for i, c := range r.Cells(&incident.RegisterEntry{}) {
		switch c.Key {
		case "people", "listed", "records", "told":
			list = append(list, i)
		}
	}
	return list
}

// Row gives a case as a row of the table.
func (r Register) Row(e *incident.RegisterEntry) []string {
	cells := r.Cells(e)
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = c.Value
	}
	return row
}

// About says of the register what stands beside it: whose it is, when it was made,
// what was chosen, how many cases it holds and the state of the log.
func (r Register) About(cases int) [][2]string {
	filter := r.read.Filter
	if filter == "" {
		filter = r.t("reg_all")
	}
	about := [][2]string{
		{r.t("reg_title"), r.t("reg_law")}, {r.t("reg_controller"), r.read.Controller}, {r.t("reg_made"), r.day(r.read.At)}, {r.t("reg_filter"), filter},
		{r.t("reg_count"), strconv.Itoa(cases)}, {r.t("reg_zone"), r.zone.String()}, {r.t("reg_log"), r.t("reg_log_none")},
	}
	if r.read.Size > 0 {
		about[len(about)-1][1] = r.t("reg_log_is", r.read.Size, r.read.Root, r.day(r.read.SignedAt))
	}
	return about
}

// day shows an instant, and nothing for none.
func (r Register) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(r.zone).Format("2006-01-02 15:04 -07:00")
}

// Outcome says in a few words what became of the notification.
func (r Register) Outcome(outcome string) string { return r.t("reg_outcome_" + outcome) }

// Band names a band of the severity; empty for none.
func (r Register) Band(band string) string {
	if band == "" {
		return ""
	}
	return r.t("band_" + strings.ReplaceAll(band, " ", "_"))
}

// Properties names what was lost.
func (r Register) Properties(e *incident.RegisterEntry) string {
	names := make([]string, len(e.Properties))
	for i, p := range e.Properties {
		names[i] = r.t("reg_" + p)
	}
	return strings.Join(names, ", ")
}

// Cells tells a case column by column.
func (r Register) Cells(e *incident.RegisterEntry) []RegisterCell {
	cell := func(key, value string) RegisterCell { return RegisterCell{key, r.t("reg_" + key), value} }
	state, drill, late := r.t("reg_open"), r.yes(e.Exercise), r.yes(e.Late)
	if !e.ClosedAt.IsZero() {
		state = r.t("reg_closed")
	}
	aware := r.day(e.AwareAt)
	if e.Provisional {
		aware += " (" + r.t("reg_provisional") + ")"
	}
	why := e.AwareReason
	if e.Provisional && r.read.Said != nil {
		why = r.read.Said(why)
	}
	filed, to, receipts := time.Time{}, []string{}, []string{}
	for _, f := range e.Filings {
		if filed.IsZero() {
			filed = f.At
		}
		to, receipts = append(to, f.To), append(receipts, f.Receipt)
	}
	return []RegisterCell{
		cell("number", e.Number), cell("case", e.Title), cell("drill", drill), cell("state", state),
		cell("aware", aware), cell("aware_why", why),
		cell("told_by", r.toldBy(e)), cell("vendor", e.Vendor), cell("received", r.day(e.ReceivedAt)), cell("detected", r.day(e.DetectedAt)),
		cell("from", r.day(e.OccurredFrom)), cell("to", r.day(e.OccurredTo)), cell("facts", r.facts(e)),
		cell("properties", r.Properties(e)), cell("data", r.kinds(e)),
		cell("people", whole(e.People)), cell("listed", count(e.Listed)), cell("records", whole(e.Records)),
		cell("effects", r.effects(e)), cell("remedies", r.remedies(e)),
		cell("severity", r.Band(e.Severity)), cell("score", score(e)),
		cell("outcome", r.outcomeOf(e)), cell("decided", r.day(e.DecidedAt)), cell("reason", e.Reason), cell("dissent", e.Dissent),
		cell("why_not_notified", r.WhyNot(e)), cell("decided_by", r.decidedBy(e)), cell("waived", r.waived(e)),
		cell("filings", strings.Join(to, ", ")), cell("filed_at", r.day(filed)), cell("receipt", strings.Join(receipts, ", ")),
		cell("late", late), cell("why_late", strings.Join(e.WhyLate, "\n")),
		cell("people_told", r.communication(e)), cell("told", count(e.ToldPeople)), cell("told_at", r.day(e.ToldAt)), cell("public_at", r.day(e.PublicAt)),
		cell("closed_at", r.day(e.ClosedAt)), cell("closing", e.ClosingReason),
	}
}

// whole writes a number that may not be known.
func whole(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// count writes a number, and nothing for none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func score(e *incident.RegisterEntry) string {
	if e.Severity == "" {
		return ""
	}
	return fmt.Sprintf("%d.%02d", e.Score/100, e.Score%100)
}

func (r Register) toldBy(e *incident.RegisterEntry) string {
	if e.Told == "" {
		return ""
	}
	by := []string{r.t("kind_" + e.Told)}
	for _, j := range e.Joined {
		by = append(by, r.t("reg_joined_in", j.Number, r.day(j.ReceivedAt)))
	}
	return strings.Join(by, "; ")
}

// outcomeOf says what became of the notification. A case that was joined names the
// one that documents the breach.
func (r Register) outcomeOf(e *incident.RegisterEntry) string {
	if e.Outcome == incident.RegisterJoined {
		return r.t("reg_joined_to", e.JoinedNumber)
	}
	return r.Outcome(e.Outcome)
}

// kinds names the kinds of data.
func (r Register) kinds(e *incident.RegisterEntry) string {
	names := make([]string, len(e.DataKinds))
	for i, key := range e.DataKinds {
		names[i] = strings.ReplaceAll(key, "_", " ")
		if label, known := labelOfData(key); known {
			names[i] = label.EN
			if r.Language == "es" {
				names[i] = label.ES
			}
		}
	}
	return strings.Join(names, ", ")
}

// labelOfData names a kind or a group of kinds.
func labelOfData(key string) (gdpr.Label, bool) {
	if kind, known := gdpr.DataKindByKey(key); known {
		return kind.Label, true
	}
	group, known := gdpr.DataGroupByKey(key)
	return group.Label, known
}

func (r Register) communication(e *incident.RegisterEntry) string {
	var parts []string
	if e.Communicate != nil {
		parts = append(parts, r.t("reg_communicate_"+map[bool]string{true: "yes", false: "no"}[*e.Communicate]))
	}
	if e.Ground != "" {
		parts = append(parts, r.t("reg_ground", e.Ground))
	}
	if e.ToldPeople > 0 {
		parts = append(parts, r.t("reg_told_are", e.ToldPeople, r.day(e.ToldAt)))
	}
	if !e.PublicAt.IsZero() {
		parts = append(parts, r.t("reg_public_on", r.day(e.PublicAt)))
	}
	return strings.Join(parts, "; ")
}

// Lines tells a case for reading: what belongs together stands in one line, and
// nothing stands for what is not known.
func (r Register) Lines(e *incident.RegisterEntry) []RegisterCell {
	said := map[string]RegisterCell{}
	for _, c := range r.Cells(e) {
		said[c.Key] = c
	}
	// with writes what a column holds after its name.
	with := func(keys ...string) string {
		var parts []string
		for _, key := range keys {
			if c := said[key]; c.Value != "" {
				parts = append(parts, c.Label+": "+c.Value)
			}
		}
		return strings.Join(parts, "\n")
	}
	var filings []string
	for _, f := range e.Filings {
		one := r.t("reg_filing", f.To, r.day(f.At), f.Receipt)
		if f.LateSeconds > 0 {
			one += ", " + r.t("reg_filing_late", r.long(seconds(f.LateSeconds)))
		}
		filings = append(filings, one)
	}
	lines := []RegisterCell{
		{"facts", r.t("reg_facts"), sentences(said["facts"].Value, with("from", "to", "detected", "received", "told_by", "vendor"))},
		{"aware", r.t("reg_aware"), sentences(said["aware"].Value, said["aware_why"].Value)},
		{"properties", r.t("reg_properties"), sentences(said["properties"].Value, with("data"))},
		{"numbers", r.t("reg_numbers"), with("people", "listed", "records")},
		{"effects", r.t("reg_effects"), sentences(said["effects"].Value, with("severity", "score"))},
		said["remedies"],
		r.outcomeLine(e, said, with),
		{"filings", r.t("reg_filings"), strings.Join(filings, "\n")},
		said["why_late"], said["people_told"],
		{"state", r.t("reg_state"), sentences(said["state"].Value+" "+said["closed_at"].Value, e.ClosingReason)},
	}
	if e.Late && len(e.WhyLate) == 0 {
		lines[8] = RegisterCell{"why_late", r.t("reg_late"), r.t("why_not")}
	}
	var told []RegisterCell
	for _, l := range lines {
		if l.Value = strings.TrimSpace(l.Value); l.Value != "" {
			told = append(told, l)
		}
	}
	return told
}

// PDF prints the register: of [MaxPrinted] cases at most, for more there is no room
// and an error of dossier.
func (r Register) PDF(ctx context.Context, entries []incident.RegisterEntry) ([]byte, error) {
	d := dossier.Document{
		Kind: dossier.Register, Language: r.Language, Title: r.t("reg_title"), Reference: "GDPR Art. 33(5)",
		Authority: dossier.Authority{Name: r.read.Controller}, CreatedAt: r.read.At, Notes: []string{r.t("reg_law"), r.t("reg_nobody")},
	}
	if r.Language != "en" {
		d.TitleEN = r.english["reg_title"]
	}
	for _, one := range r.About(len(entries))[2:] {
		d.Meta = append(d.Meta, dossier.Line{Label: one[0], Value: one[1]})
	}
	for i := range entries {
		e := &entries[i]
		s := dossier.Section{Title: e.Number + "  " + e.Title}
		if e.Exercise {
			s.Title += " (" + r.t("reg_drill") + ")"
		}
		for _, l := range r.Lines(e) {
			s.Lines = append(s.Lines, r.named("reg_"+l.Key, l.Label, l.Value))
		}
		d.Sections = append(d.Sections, s)
	}
	return dossier.PDF(ctx, d)
}
