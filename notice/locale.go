package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// vocabulary is locale.json: what a language needs beyond its templates.
type vocabulary struct {
	// Weekdays begin with Sunday.
	Weekdays []string `json:"weekdays"`
	// Months begin with January.
	Months []string `json:"months"`
	// Date is a pattern with {day}, {month} and {year}.
	Date string `json:"date"`
	// Moment is a pattern for an instant in a zone: {weekday}, {day}, {month},
	// {year}, {time}, {zone}, {offset} and {utc}.
	Moment string `json:"moment"`
	// MomentUTC is the pattern when the zone is UTC itself.
	MomentUTC string `json:"moment_utc"`
	// OtherDay is what {utc} becomes when it falls on another day.
	OtherDay string `json:"other_day"`
	// Units are the singular and plural of day, hour and minute.
	Units map[string][2]string `json:"units"`
	// ExerciseMark begins the subject of a drill.
	ExerciseMark string `json:"exercise_mark"`
	// ExerciseBanner begins and ends the text of a drill.
	ExerciseBanner string `json:"exercise_banner"`
	// AffectedStatement says that the reader's own data are affected.
	AffectedStatement string `json:"affected_statement"`
	// Roles are how a role is called in a sentence; "" is any next person.
	Roles map[string]string `json:"roles"`
	// DataKinds are the names of kinds of data by their key (gdpr.DataKinds).
	DataKinds map[string]string `json:"data_kinds"`
}

func readVocabulary(files fs.FS, language string) (vocabulary, error) {
	content, err := fs.ReadFile(files, path.Join(language, "locale.json"))
	if err != nil {
		return vocabulary{}, fmt.Errorf("read language %s: %w", language, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var v vocabulary
	if err := decoder.Decode(&v); err != nil {
		return vocabulary{}, fmt.Errorf("read %s/locale.json: %w", language, err)
	}
	missing := func(what string) error {
		return fmt.Errorf("read %s/locale.json: %s is missing or incomplete", language, what)
	}
	if len(v.Weekdays) != 7 {
		return vocabulary{}, missing("weekdays")
	}
	if len(v.Months) != 12 {
		return vocabulary{}, missing("months")
	}
	for _, unit := range []string{"day", "hour", "minute"} {
		if forms := v.Units[unit]; forms[0] == "" || forms[1] == "" {
			return vocabulary{}, missing("units." + unit)
		}
	}
	for what, text := range map[string]string{
		"date": v.Date, "moment": v.Moment, "moment_utc": v.MomentUTC, "other_day": v.OtherDay,
		"exercise_mark": v.ExerciseMark, "exercise_banner": v.ExerciseBanner,
		"affected_statement": v.AffectedStatement, `roles[""]`: v.Roles[""],
	} {
		if strings.TrimSpace(text) == "" {
			return vocabulary{}, missing(what)
		}
	}
	if len(v.DataKinds) == 0 {
		return vocabulary{}, missing("data_kinds")
	}
	return v, nil
}

func (v vocabulary) fill(pattern string, t time.Time, more ...string) string {
	pairs := append([]string{
		"{weekday}", v.Weekdays[t.Weekday()], "{day}", strconv.Itoa(t.Day()),
		"{month}", v.Months[t.Month()-1], "{year}", strconv.Itoa(t.Year()), "{time}", clock(t),
	}, more...)
	return strings.NewReplacer(pairs...).Replace(pattern)
}

func clock(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// date is the calendar date of t in t's own location, empty for the zero time.
func (v vocabulary) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return v.fill(v.Date, t)
}

// moment shows an instant in a zone with its offset, and in UTC, so that nobody
// has to reckon across a change of clocks.
func (v vocabulary) moment(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	local, utc := t.In(zone), t.UTC()
	if zone.String() == time.UTC.String() {
		return v.fill(v.MomentUTC, utc)
	}
	other := clock(utc)
	if utc.Day() != local.Day() {
		other = v.fill(v.OtherDay, utc)
	}
	offset := "UTC" + local.Format("-07:00")
	name := zone.String()
	if name == "Local" {
		name, _ = local.Zone()
	}
	return v.fill(v.Moment, local, "{zone}", name, "{offset}", offset, "{utc}", other)
}

// fourDays is from when on a span is shown in days: until then the hours of
// the 72 are what people count in.
const fourDays = 96 * time.Hour

// span shows a length of time, rounded to the minute, without its sign. The
// second result is whether its leading number is one, for the grammar.
func (v vocabulary) span(d time.Duration) (text string, one bool) {
	minutes := int(d.Abs().Round(time.Minute) / time.Minute)
	days, hours := 0, minutes/60
	minutes %= 60
	if d.Abs() >= fourDays {
		days, hours, minutes = hours/24, hours%24, 0
	}
	var parts []string
	for _, unit := range []struct {
		name  string
		count int
	}{{"day", days}, {"hour", hours}, {"minute", minutes}} {
		if unit.count == 0 {
			continue
		}
		form := v.Units[unit.name][1]
		if unit.count == 1 {
			form = v.Units[unit.name][0]
		}
		if len(parts) == 0 {
			one = unit.count == 1
		}
		parts = append(parts, strconv.Itoa(unit.count)+" "+form)
	}
	if len(parts) == 0 {
		return "0 " + v.Units["minute"][1], false
	}
	return strings.Join(parts, " "), one
}

// role names a role in a sentence; an unknown one is shown as it is.
func (v vocabulary) role(role string) string {
	if name, ok := v.Roles[role]; ok {
		return name
	}
	return oneLine(role, maxLine)
}
