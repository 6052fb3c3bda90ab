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

// Happened is when that happened which the event tells of, in the incident's own
// time: the instant that it names itself, such as that of a filing, where it names
// one; else when it was recorded. It is never after that.
func (e Event) Happened() time.Time {
	var at time.Time
	switch d := e.Data.(type) {
	case Opened:
		at = d.Disclosure.ReceivedAt
	case AwarenessSet:
		at = d.At
	case ObligationOpened:
		at = d.AwareAt
	case ObligationMoved:
		at = d.AwareAt
	case StageStarted:
		at = d.StartsAt
	case FactFixed:
		at = d.At
	case NotificationFiled:
		at = d.At
	case NotificationRejudged:
		at = d.FiledAt // so it was from then on, whenever it was learnt
	case PublicationRecorded:
		at = d.At
	case ReminderAccepted:
		at = d.SentAt
	case ReminderRefused:
		at = d.SentAt
	}
	if at.IsZero() || at.After(e.At) {
		return e.At
	}
	return at
}

// HappenedBy gives the case as it stood at an instant of its own time, by all that
// was recorded ever: what was recorded late counts from when it happened. It tells
// what was so; [KnownBy] tells what was known.
func HappenedBy(events []Event, at time.Time) *State {
	begun := dutiesBegun(events)
	var by []Event
	for _, e := range events {
		happened := e.Happened()
		if opened, ok := e.Data.(ObligationOpened); ok {
			happened = begun[opened.Obligation]
		}
		if !happened.After(at) {
			by = append(by, e)
		}
	}
	return Fold(by)
}

// dutiesBegun says from when each duty counts: from the earliest awareness that was
// ever recorded for it, also where that was learnt after it was opened.
func dutiesBegun(events []Event) map[int]time.Time {
	begun := map[int]time.Time{}
	for _, e := range events {
		n := 0
		switch d := e.Data.(type) {
		case ObligationOpened:
			n = d.Obligation
		case ObligationMoved:
			n = d.Obligation
		default:
			continue
		}
		if first, known := begun[n]; !known || e.Happened().Before(first) {
			begun[n] = e.Happened()
		}
	}
	return begun
}
