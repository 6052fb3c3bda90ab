package gdpr

import (
	"slices"
	"time"
)

// Ladder is the plan by which an obligation reminds: rungs at given hours
// before the due time, at it, and after it without end.
type Ladder struct {
	// Code names the ladder inside Tocsin, for example "72-hours".
	Code string `json:"code"`
	// Rungs are the planned rungs, from the most hours left to the fewest. The
	// last one has none left: it rings at the due time.
	Rungs []Rung `json:"rungs"`
	// ThenEveryHours is the distance between rungs after the last planned one,
	// in hours; 0 means that none follow.
	ThenEveryHours int `json:"then_every_hours"`
	// ThenEscalateAfterMinutes is how long those later rungs wait for an
	// acknowledgement before the next person is mailed, in minutes.
	ThenEscalateAfterMinutes int `json:"then_escalate_after_minutes"`
	Provenance
}

// Rung is one reminder of a ladder.
type Rung struct {
	// HoursLeft is the time to the due time in hours: positive before it, 0 at
	// it, negative after it. It identifies the rung within its ladder.
	HoursLeft int `json:"hours_left"`
	// EscalateAfterMinutes is how long the rung waits for an acknowledgement
	// before the next person is mailed, in minutes. At least 1.
	EscalateAfterMinutes int `json:"escalate_after_minutes"`
}

// When returns the instant at which the rung rings for an obligation due at
// the given time, in the zone of due.
func (r Rung) When(due time.Time) time.Time {
	return due.Add(-time.Duration(r.HoursLeft) * time.Hour)
}

// EscalateAfter is EscalateAfterMinutes as a duration.
func (r Rung) EscalateAfter() time.Duration {
	return time.Duration(r.EscalateAfterMinutes) * time.Minute
}

// Overdue reports whether the rung rings after the due time.
func (r Rung) Overdue() bool { return r.HoursLeft < 0 }

// Rung returns rung n, counted from 0 in the order in which they ring. Beyond
// the planned rungs it goes on every ThenEveryHours; the result is false when
// the ladder has no rung n.
func (l Ladder) Rung(n int) (Rung, bool) {
	if n < 0 || len(l.Rungs) == 0 {
		return Rung{}, false
	}
	if n < len(l.Rungs) {
		return l.Rungs[n], true
	}
	if l.ThenEveryHours <= 0 {
		return Rung{}, false
	}
	last := l.Rungs[len(l.Rungs)-1]
	return Rung{
		HoursLeft:            last.HoursLeft - (n-len(l.Rungs)+1)*l.ThenEveryHours,
		EscalateAfterMinutes: l.ThenEscalateAfterMinutes,
	}, true
}

// RungAfter returns the number of the first rung that rings later than t for
// an obligation due at the given time. The result is false when none does.
// Rungs before it were passed at t: whether they are rung late or left out is
// the caller's decision.
func (l Ladder) RungAfter(due, t time.Time) (int, bool) {
	for n, rung := range l.Rungs {
		if rung.When(due).After(t) {
			return n, true
		}
	}
	if len(l.Rungs) == 0 || l.ThenEveryHours <= 0 {
		return 0, false
	}
	last := l.Rungs[len(l.Rungs)-1].When(due)
	passed := int(t.Sub(last) / (time.Duration(l.ThenEveryHours) * time.Hour))
	return len(l.Rungs) + passed, true
}

// Ladders returns the reminder ladders that regimes choose from.
func Ladders() []Ladder {
	list := slices.Clone(ladders())
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

func (l Ladder) clone() Ladder {
	l.Rungs = slices.Clone(l.Rungs)
	return l
}

// ladderByCode returns the ladder of that code; "" is the empty ladder.
func ladderByCode(code string) (Ladder, bool) {
	if code == "" {
		return Ladder{}, true
	}
	for _, l := range ladders() {
		if l.Code == code {
			return l.clone(), true
		}
	}
	return Ladder{}, false
}

// ladderFor returns the ladder for a period of hours that a contract gives:
// the one with the earliest first reminder that still falls into the period.
func ladderFor(hours int) Ladder {
	var best Ladder
	for _, l := range ladders() {
		first := l.Rungs[0].HoursLeft
		if first < hours && (best.Code == "" || first > best.Rungs[0].HoursLeft) {
			best = l
		}
	}
	if best.Code == "" {
		// Periods shorter than any ladder are reminded as closely as there is.
		best, _ = ladderByCode("4-hours")
	}
	return best.clone()
}
