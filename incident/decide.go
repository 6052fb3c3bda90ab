package incident

import (
	"time"
)

// Decide gives the events that follow when an actor gives a command to a case
// at a real instant, or the reason why it is refused. No event and no error
// means that there is nothing to do: the command was carried out before.
//
// The events are numbered after the state's last one.
//
// It knows no public holidays: see [Rules].
func Decide(s *State, actor Actor, command Command, real time.Time) ([]Event, error) {
	return Rules{}.Decide(s, actor, command, real)
}

// Decide is [Decide] with these rules.
func (r Rules) Decide(s *State, actor Actor, command Command, real time.Time) ([]Event, error) {
	if err := Check(actor, command); err != nil {
		return nil, err
	}
	if _, opening := command.(Open); !opening {
		if !s.Exists() {
			return nil, notFound("there is no such incident; open it first")
		}
		if s.IsClosed() && !fitsClosed(command) {
			return nil, conflict("%s is closed since %s: reopen it with a reason before you %s",
				s.Number, s.show(s.ClosedAt), Deed(command.Name()))
		}
	}
	c := context{State: s, Actor: actor, Now: s.Clock.At(real), Real: real.UTC().Truncate(time.Microsecond), Rules: r}
	data, err := command.decide(c)
	if err != nil {
		return nil, err
	}
	at := c.Now
	if o, ok := command.(Open); ok {
		at = o.clock(c.Real).At(c.Real)
	}
	events := make([]Event, len(data))
	for i, d := range data {
		events[i] = Event{
			Seq: s.Seq + int64(i) + 1, Type: d.Type(), At: at, RecordedAt: c.Real, Actor: actor, Data: d,
		}
	}
	return events, nil
}

// Check refuses what is wrong whatever the state: a role that may not give the
// command, and missing or malformed fields.
func Check(actor Actor, command Command) error {
	if !actor.Role.may(command.Name()) {
		return forbidden("the role \"%s\" may not %s; ask the DPO or a deputy", Word(actor.Role), Deed(command.Name()))
	}
	if err := command.check(); err != nil {
		return err
	}
	return nil
}

// fitsClosed says which commands a closed case takes.
func fitsClosed(c Command) bool {
	switch c.(type) {
	case Reopen, Join, PrepareBundle, SealBundle, ReminderOutcome, FinishMailing, HoldMailing, RecordBounces, LinkVendor, NoteRecovery:
		return true
	case SetRetention, HoldErasure, ReleaseErasure, KeepDocument, RequestErasure, ConfirmErasure,
		AdoptRetention, WarnErasure, WarningOutcome, BeginErasure, FinishErasure:
		return true
	}
	return false
}

// spoken gives a command's name as words.
func spoken(name string) string {
	out := []byte(name)
	for i, b := range out {
		if b == '_' {
			out[i] = ' '
		}
	}
	return string(out)
}

// show gives an instant in the incident's zone with its offset.
func (s *State) show(t time.Time) string {
	if zone, err := time.LoadLocation(s.Disclosure.Zone); err == nil {
		t = t.In(zone)
	}
	return t.Format("2006-01-02 15:04 -07:00")
}

// requireText refuses a missing or over-long text.
func requireText(field, value string, limit int) *Error {
	if blank(value) {
		return InvalidField(field, value, "is missing", "a text that says why, for the record")
	}
	return limitText(field, value, limit)
}

// limitText refuses an over-long text and control characters.
func limitText(field, value string, limit int) *Error {
	n := 0
	for _, r := range value {
		n++
		if r == 0 || r == '\uFFFD' || (r < ' ' && r != '\n' && r != '\t' && r != '\r') {
			return InvalidField(field, value, "holds a control character", "plain text")
		}
	}
	if n > limit {
		return InvalidField(field, value, Say("has %d characters", n), Say("at most %d", limit))
	}
	return nil
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
	}
	return true
}

// Limits of texts, in characters.
const (
	limitTitle  = 200
	limitReason = 4000
	limitLong   = 20000
)

// clockYears is how far back an instant may lie from which a clock counts.
const clockYears = 10

// requireRecent refuses an instant from which a clock counts when it is
// missing, in the future, or so far back that it must be a slip.
func requireRecent(field string, t, now time.Time, s *State) *Error {
	if err := requirePast(field, t, now, s); err != nil {
		return err
	}
	if earliest := now.AddDate(-clockYears, 0, 0); t.Before(earliest) {
		return InvalidField(field, t.Format(time.RFC3339), Say("lies more than %d years back", clockYears),
			Say("an instant not before %s", s.show(earliest)))
	}
	return nil
}

// requirePast refuses an instant that is missing or in the future.
func requirePast(field string, t, now time.Time, s *State) *Error {
	if t.IsZero() {
		return InvalidField(field, "", "is missing", "an instant with offset, such as 2026-11-17T10:17:00+01:00")
	}
	if t.After(now) {
		return InvalidField(field, t.Format(time.RFC3339), "lies in the future",
			Say("an instant not after %s", s.show(now)))
	}
	return nil
}
