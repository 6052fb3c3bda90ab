package incident

import "time"

// Clock maps real time to the incident's own time. For a real incident the two
// are the same. An exercise may start at another instant and run faster, so
// that a drill of 72 hours takes minutes; its pace is part of the incident and
// stands in its record.
type Clock struct {
	// StartsAt is the incident's own time at the moment it was opened, UTC.
	// Zero for a real incident.
	StartsAt time.Time `json:"starts_at,omitzero"`
	// OpenedAt is the real time at which the incident was opened, UTC. Zero
	// for a real incident.
	OpenedAt time.Time `json:"opened_at,omitzero"`
	// Pace says how many seconds of the incident pass in one real second.
	// Zero and one both mean real time.
	Pace int64 `json:"pace,omitempty"`
}

// MaxPace is the fastest pace of an exercise: 72 hours in 26 seconds.
const MaxPace = 10_000

// fast says whether the clock differs from real time.
func (c Clock) fast() bool { return c.Pace > 0 && !c.OpenedAt.IsZero() }

// At gives the incident's own time at a real instant, UTC, to the microsecond.
func (c Clock) At(real time.Time) time.Time {
	if !c.fast() {
		return real.UTC().Truncate(time.Microsecond)
	}
	return c.StartsAt.Add(real.Sub(c.OpenedAt) * time.Duration(c.Pace)).UTC().Truncate(time.Microsecond)
}

// Real gives the real instant at which the incident's own time is t, UTC,
// rounded up to the microsecond so that waiting until it never ends early.
func (c Clock) Real(t time.Time) time.Time {
	if !c.fast() {
		return t.UTC()
	}
	pace := time.Duration(c.Pace)
	elapsed := (t.Sub(c.StartsAt) + pace - 1) / pace
	return c.OpenedAt.Add(elapsed + time.Microsecond).UTC()
}
