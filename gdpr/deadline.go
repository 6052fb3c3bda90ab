package gdpr

import (
	"encoding/json"
	"fmt"
	"time"
)

// Deadline is a computed time limit together with the words that explain it.
// The words are made when they are asked for, so that planning by the times
// alone costs little.
type Deadline struct {
	// Aware is the instant from which the period counts, shown in the zone
	// asked for: awareness, or the later fact that starts the stage.
	Aware time.Time
	// Due is the hard limit, shown in the same zone: Aware plus the period in
	// elapsed hours, or the last second of the last day of a period in days or
	// months. Everything is planned by it.
	Due time.Time
	// OuterBound is the latest end that the counting rules of Reg. (EEC,
	// Euratom) 1182/71 allow for a period in hours, in the same zone. It is
	// information for a dispute, more than 0 and at most 60 minutes after Due,
	// and is never used to plan. Zero for periods in days or months, and where
	// those rules do not govern the duty.
	OuterBound time.Time

	cited   string        // the step, such as "GDPR Art. 33(1)"
	whyLate bool          // a late filing states the reasons for the delay
	within  Period        // the period that gave Due
	days    *dayCount     // how days were counted; nil for hours
	limit   *appliedLimit // the further limit of the stage; nil for none
}

// Due returns the time limit of GDPR Art. 33(1) for a controller that became
// aware at the given instant: 72 elapsed hours, whatever the clocks do
// meanwhile. The times are shown in zone; nil means UTC.
func Due(aware time.Time, zone *time.Location) Deadline {
	d := elapsedHours(aware, Period{Hours: notificationHours}, zone, "GDPR Art. 33(1)")
	d.whyLate = true
	return d
}

// notificationHours is the period of GDPR Art. 33(1).
const notificationHours = 72

// elapsedHours computes a period in hours from an instant.
func elapsedHours(start time.Time, within Period, zone *time.Location, cited string) Deadline {
	if zone == nil {
		zone = time.UTC
	}
	period := time.Duration(within.Hours) * time.Hour
	// Round(0) drops a monotonic reading, which must not reach a record.
	aware := start.Round(0).In(zone)
	return Deadline{
		Aware:      aware,
		Due:        aware.Add(period),
		OuterBound: nextWholeHour(aware).Add(period),
		cited:      cited,
		within:     within,
	}
}

// nextWholeHour returns the beginning of the local clock hour after t. An
// instant exactly on the hour lies in the hour that begins there, so it gives
// the following one. The hour is the one that clocks show at t: where they
// change within that hour, it still ends when the clock at t would have shown
// it, so the result is later than t by more than 0 and at most 60 minutes.
func nextWholeHour(t time.Time) time.Time {
	_, minute, second := t.Clock()
	sinceHour := time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second +
		time.Duration(t.Nanosecond())
	return t.Add(time.Hour - sinceHour)
}

// Rule names the articles that the times follow, in one line, in English.
func (d Deadline) Rule() string {
	switch {
	case d.days != nil:
		return fmt.Sprintf("%s, %s, to the end of the last day by Reg. (EEC, Euratom) 1182/71 Art. 3(1) and %s, or of the following working day by Art. 3(4)",
			d.cited, d.within, d.within.countingRule())
	case d.limit != nil:
		return fmt.Sprintf("%s, %s elapsed%s", d.cited, d.within, d.limit.rule()) + d.boundRule()
	default:
		return fmt.Sprintf("%s, %s elapsed", d.cited, d.within) + d.boundRule()
	}
}

func (d Deadline) boundRule() string {
	if d.OuterBound.IsZero() {
		return ""
	}
	return "; outer bound by Reg. (EEC, Euratom) 1182/71 Art. 3(1) and 3(2)(a), for information only"
}

// Reasons explain each computed time in a sentence, in English, in the order
// in which the times are computed.
func (d Deadline) Reasons() []string {
	if d.days != nil {
		return d.days.reasons(d.cited, d.within, d.Aware, d.Due)
	}
	reasons := []string{
		fmt.Sprintf("Due %s: %s gives %s, counted as elapsed time from %s; nights, weekends, public holidays and clock changes do not stop them.",
			inWords(d.Due), d.cited, d.within, inWords(d.Aware)),
	}
	if d.limit != nil {
		reasons = append(reasons, d.limit.reason())
	}
	if d.OuterBound.IsZero() {
		return reasons
	}
	late := ""
	if d.whyLate {
		late = "; a filing after the due time states the reasons for the delay all the same"
	}
	counted := d.OuterBound.Add(-time.Duration(d.within.Hours) * time.Hour)
	return append(reasons,
		fmt.Sprintf("Counting from %s: Reg. (EEC, Euratom) 1182/71 Art. 3(1) leaves the hour of the event out of a period in hours, and Art. 3(2)(a) starts the period with the next one.",
			inWords(counted)),
		fmt.Sprintf("Outer bound %s: the last of those %d whole hours ends then. It is shown for information%s.",
			inWords(d.OuterBound), d.within.Hours, late),
		"Not used: Reg. (EEC, Euratom) 1182/71 Art. 3(4) moves no period that is expressed in hours, and whether Art. 3(5) reaches one is disputed (against: Bavarian State Commissioner, 2019).",
	)
}

// MarshalJSON writes the times and the words: "aware", "due", "outer_bound"
// where there is one, "rule" and "reasons".
func (d Deadline) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Aware      time.Time `json:"aware"`
		Due        time.Time `json:"due"`
		OuterBound time.Time `json:"outer_bound,omitzero"`
		Rule       string    `json:"rule"`
		Reasons    []string  `json:"reasons"`
	}{d.Aware, d.Due, d.OuterBound, d.Rule(), d.Reasons()})
}

// inWords writes a time the way reasons show it, with its offset.
func inWords(t time.Time) string {
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("Mon 2 Jan 2006 15:04 (-07:00)")
	}
	return t.Format("Mon 2 Jan 2006 15:04:05 (-07:00)")
}
