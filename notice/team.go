package notice

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// teamFolder is the folder of a language with the mails to the team. A
// language may do without it: its readers then get the team's mails in the
// default language, else in English.
const teamFolder = "team"

// teamWords is team/words.json: what reminders and checkpoints need beyond
// their templates.
type teamWords struct {
	// Weekdays begin with Sunday.
	Weekdays []string `json:"weekdays"`
	// Moment is a pattern for an instant in a zone: {weekday}, {day}, {month},
	// {year}, {time}, {zone}, {offset} and {utc}.
	Moment string `json:"moment"`
	// MomentUTC is the pattern when the zone is UTC itself.
	MomentUTC string `json:"moment_utc"`
	// OtherDay is what {utc} becomes when it falls on another day.
	OtherDay string `json:"other_day"`
	// Units are the singular and plural of day, hour and minute.
	Units map[string][2]string `json:"units"`
	// Roles are how a role is called in a sentence; "" is any next person.
	Roles map[string]string `json:"roles"`

	words vocabulary // of the same language
}

func readTeamWords(files fs.FS, language string, words vocabulary) (*teamWords, error) {
	name := path.Join(language, teamFolder, "words.json")
	t := teamWords{words: words}
	if err := readJSON(files, name, &t); err != nil {
		return nil, err
	}
	missing := func(what string) error {
		return fmt.Errorf("read %s: %s is missing or incomplete", name, what)
	}
	if len(t.Weekdays) != 7 {
		return nil, missing("weekdays")
	}
	for _, unit := range []string{"day", "hour", "minute"} {
		if forms := t.Units[unit]; forms[0] == "" || forms[1] == "" {
			return nil, missing("units." + unit)
		}
	}
	for what, text := range map[string]string{
		"moment": t.Moment, "moment_utc": t.MomentUTC, "other_day": t.OtherDay, `roles[""]`: t.Roles[""],
	} {
		if strings.TrimSpace(text) == "" {
			return nil, missing(what)
		}
	}
	return &t, nil
}

func (t *teamWords) fill(pattern string, at time.Time, more ...string) string {
	return t.words.fill(pattern, at, append(more, "{weekday}", t.Weekdays[at.Weekday()])...)
}

// moment shows an instant in a zone with its offset, and in UTC, so that nobody
// has to reckon across a change of clocks.
func (t *teamWords) moment(at time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	local, utc := at.In(zone), at.UTC()
	if zone.String() == time.UTC.String() {
		return t.fill(t.MomentUTC, utc)
	}
	other := clock(utc)
	if utc.Day() != local.Day() {
		other = t.fill(t.OtherDay, utc)
	}
	offset := "UTC" + local.Format("-07:00")
	name := zone.String()
	if name == "Local" {
		name, _ = local.Zone()
	}
	return t.fill(t.Moment, local, "{zone}", name, "{offset}", offset, "{utc}", other)
}

// fourDays is from when on a span is shown in days: until then the hours of
// the 72 are what people count in.
const fourDays = 96 * time.Hour

// span shows a length of time, rounded to the minute, without its sign. The
// second result is whether its leading number is one, for the grammar.
func (t *teamWords) span(d time.Duration) (text string, one bool) {
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
		form := t.Units[unit.name][1]
		if unit.count == 1 {
			form = t.Units[unit.name][0]
		}
		if len(parts) == 0 {
			one = unit.count == 1
		}
		parts = append(parts, strconv.Itoa(unit.count)+" "+form)
	}
	if len(parts) == 0 {
		return "0 " + t.Units["minute"][1], false
	}
	return strings.Join(parts, " "), one
}

// role names a role in a sentence; an unknown one is shown as it is.
func (t *teamWords) role(role string) string {
	if name, ok := t.Roles[role]; ok {
		return name
	}
	return oneLine(role, maxLine)
}
