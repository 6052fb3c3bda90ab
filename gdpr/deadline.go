package gdpr

import (
	"fmt"
	"time"
)

// notificationHours is the period of GDPR Art. 33(1).
const notificationHours = 72

// Deadline is a computed time limit together with the words that explain it.
type Deadline struct {
	// Aware is the instant from which the period counts, shown in the zone
	// asked for.
	Aware time.Time `json:"aware"`
	// Due is the hard limit: Aware plus the period in elapsed hours, shown in
	// the same zone. Everything is planned by it.
	Due time.Time `json:"due"`
	// OuterBound is the latest end that the counting rules of Reg. (EEC,
	// Euratom) 1182/71 allow, in the same zone. It is information for a
	// dispute, at most 60 minutes after Due, and is never used to plan.
	OuterBound time.Time `json:"outer_bound"`
	// Rule names the articles that Due and OuterBound follow, in one line.
	Rule string `json:"rule"`
	// Reasons explain each computed time in a sentence, in English, in the
	// order in which the times are computed.
	Reasons []string `json:"reasons"`
}

// Due returns the time limit of GDPR Art. 33(1) for a controller that became
// aware at the given instant: 72 elapsed hours, whatever the clocks do
// meanwhile. The times are shown in zone; nil means UTC.
func Due(aware time.Time, zone *time.Location) Deadline {
	return elapsedHours(aware, notificationHours, zone, "GDPR Art. 33(1)")
}

// elapsedHours computes a period in hours from an instant.
func elapsedHours(start time.Time, hours int, zone *time.Location, article string) Deadline {
	if zone == nil {
		zone = time.UTC
	}
	period := time.Duration(hours) * time.Hour
	// Round(0) drops a monotonic reading, which must not reach a record.
	aware := start.Round(0).In(zone)
	due := aware.Add(period)
	counted := nextWholeHour(aware)
	outer := counted.Add(period)
	return Deadline{
		Aware:      aware,
		Due:        due,
		OuterBound: outer,
		Rule: fmt.Sprintf("%s, %d hours elapsed; outer bound by Reg. (EEC, Euratom) 1182/71 Art. 3(1) and 3(2)(a), for information only",
			article, hours),
		Reasons: []string{
			fmt.Sprintf("Due %s: %s gives %d hours, counted as elapsed time from %s; nights, weekends, public holidays and clock changes do not stop them.",
				inWords(due), article, hours, inWords(aware)),
			fmt.Sprintf("Counting from %s: Reg. (EEC, Euratom) 1182/71 Art. 3(1) leaves the hour of the event out of a period in hours, and Art. 3(2)(a) starts the period with the next one.",
				inWords(counted)),
			fmt.Sprintf("Outer bound %s: the last of those %d whole hours ends then. It is shown for information; a filing after the due time states the reasons for the delay all the same.",
				inWords(outer), hours),
			"Not used: Reg. (EEC, Euratom) 1182/71 Art. 3(4) moves no period that is expressed in hours, and whether Art. 3(5) reaches one is disputed (against: Bavarian State Commissioner, 2019).",
		},
	}
}

// nextWholeHour returns the beginning of the local clock hour after t. An
// instant exactly on the hour lies in the hour that begins there, so it gives
// the following one. The hour is the one that clocks show at t: where they
// change within that hour, it still ends when the clock at t would have shown
// it, so the result is later than t by more than 0 and at most 60 minutes.
func nextWholeHour(t time.Time) time.Time {
	sinceHour := time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second +
		time.Duration(t.Nanosecond())
	return t.Add(time.Hour - sinceHour)
}

// inWords writes a time the way reasons show it, with its offset.
func inWords(t time.Time) string {
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("Mon 2 Jan 2006 15:04 (-07:00)")
	}
	return t.Format("Mon 2 Jan 2006 15:04:05 (-07:00)")
}
