package incident

import "time"

// KnownBy gives the case as the record told it at a real instant: folded from
// the events that were recorded by then. What is learnt later about an earlier
// time does not enter, so that a decision can be judged by what was known when
// it was made. Before the first event the state is empty.
func KnownBy(events []Event, real time.Time) *State {
	for i, e := range events {
		if e.RecordedAt.After(real) {
			return Fold(events[:i])
		}
	}
	return Fold(events)
}
