package incident

import (
	"maps"
	"slices"
	"time"
)

// Other gives the id of the other case that a command on this one concerns;
// empty for none. Such a command is decided by [Rules.DecideBoth] and recorded
// in both cases at once.
func (s *State) Other(command Command) string {
	switch c := command.(type) {
	case Join:
		if c.Into != s.ID {
			return c.Into
		}
	case Reopen:
		if s.JoinedTo != nil {
			return s.JoinedTo.Into
		}
	}
	return ""
}

// DecideBoth is [Rules.Decide] for a command that concerns two cases: joining
// one to another, and taking it out again by opening it. It gives the events of
// each, or the reason why neither has any.
func (r Rules) DecideBoth(s, other *State, actor Actor, command Command, real time.Time) (own, others []Event, err error) {
	there := context{State: other, Actor: actor, Now: other.Clock.At(real), Real: real.UTC().Truncate(time.Microsecond), Rules: r}
	var half []Data
	var refused *Error
	switch c := command.(type) {
	case Join:
		if s.JoinedTo == nil && s.Exists() {
			if half, refused = c.take(s, there); refused == nil {
				c.Number = other.Number
			}
		}
		command = c
	case Reopen:
		half, refused = s.takeOut(c.Reason, there)
	}
	// What is wrong with the case itself is said first.
	if own, err = r.Decide(s, actor, withNumber(command), real); err != nil {
		return nil, nil, err
	}
	if refused != nil {
		return nil, nil, refused
	}
	if len(own) == 0 {
		return nil, nil, nil
	}
	for i, d := range half {
		others = append(others, Event{Seq: other.Seq + int64(i) + 1, Type: d.Type(), At: there.Now, RecordedAt: there.Real, Actor: actor, Data: d})
	}
	return own, others, nil
}

// withNumber lets a joining be judged by its own case although the other one
// refuses it.
func withNumber(command Command) Command {
	if j, ok := command.(Join); ok && j.Number == "" {
		j.Number = j.Into
		return j
	}
	return command
}

// take is the half of the case that takes another in.
func (j Join) take(s *State, c context) ([]Data, *Error) {
	if err := j.takenBy(s, c.State); err != nil {
		return nil, err
	}
	in := DisclosureJoined{From: s.ID, Number: s.Number, Reason: j.Reason, Told: s.Carried()}
	for i := range in.Told {
		t := &in.Told[i]
		t.Documents = slices.Clone(t.Documents)
		for k := range t.Documents {
			if !j.copied(&t.Documents[k]) {
				return nil, s.changed()
			}
		}
		if t.DataSet != nil {
			data := *t.DataSet
			if !j.copied(&data) {
				return nil, s.changed()
			}
			t.DataSet = &data
		}
	}
	for i := range s.Rounds {
		in.People += s.Rounds[i].People()
	}
	aware, known := c.State.Aware()
	in.Revision = aware.Revision
	if theirs, ok := s.Aware(); ok && known && theirs.At.Before(aware.At) {
		in.Earlier = theirs.At
	}
	duties, numbers, err := c.takeOver(s, j.Reason)
	if err != nil {
		return nil, err
	}
	in.Duties = numbers
	return append([]Data{in}, duties...), nil
}

// copied puts the copy in place of a file; false where there is none of it.
func (j Join) copied(d *Document) bool {
	for _, c := range j.Copies {
		if c.Of == d.ID && c.As.SHA256 == d.SHA256 && c.As.Size == d.Size {
			*d = c.As
			return true
		}
	}
	return false
}

// changed refuses copies that are not of what the case holds now.
func (s *State) changed() *Error {
	return conflict("a file was added to %s at the same moment: join it once more", s.Number)
}

// takeOver opens the duties that run in a case and that the one which takes it in
// never had, so that none is lost. Their clocks count from its own awareness.
func (c context) takeOver(s *State, reason string) (events []Data, numbers []int, err *Error) {
	c.State = c.State.Clone()
	follow := func(data ...Data) {
		for _, d := range data {
			events = append(events, d)
			c.State.Apply(Event{Seq: c.State.Seq + 1, At: c.Now, RecordedAt: c.Real, Actor: c.Actor, Data: d})
		}
	}
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if !o.Pending() || c.State.hasDuty(o) {
			continue
		}
		duty := Duty{Regime: o.Terms.Regime, Authority: o.Terms.Authority}
		if o.Duty != nil {
			duty = *o.Duty
			duty.Authority = o.Terms.Authority
		}
		duty.Reason = reason
		opened, err := c.open(len(c.State.Obligations)+1, duty, "", true)
		if err != nil {
			return nil, nil, err
		}
		follow(opened)
		numbers = append(numbers, opened.Obligation)
		for _, fact := range slices.Sorted(maps.Keys(o.Facts)) {
			known, err := FixFact{Obligation: opened.Obligation, Fact: fact, At: o.Facts[fact], Reason: reason}.decide(c)
			if err == nil {
				follow(known...) // a fact that this case cannot take is fixed by hand
			}
		}
	}
	return events, numbers, nil
}

// hasDuty says whether the case has or had the duty of another one.
func (s *State) hasDuty(o *Obligation) bool {
	var asked Duty
	if o.Duty != nil {
		asked = *o.Duty
	}
	return slices.ContainsFunc(s.Obligations, func(have Obligation) bool {
		return have.Terms.Regime == o.Terms.Regime && have.Terms.Authority == o.Terms.Authority && sameRecipient(have.Duty, asked)
	})
}

// takeOut is the half of the case that took the other in. A case that does not
// know of it has nothing to take out.
func (s *State) takeOut(reason string, c context) ([]Data, *Error) {
	j := c.State.joining(s.ID)
	if j == nil {
		return nil, nil
	}
	if c.State.JoinedTo != nil {
		return nil, conflict("%s was joined to %s itself: reopen %s first", c.State.Number, c.State.JoinedTo.Number, c.State.Number)
	}
	out := DisclosureTakenOut{From: s.ID, Number: s.Number, Reason: reason}
	for _, t := range j.Told {
		if t.DataSet == nil {
			continue
		}
		for _, r := range c.State.Rounds {
			if slices.ContainsFunc(r.Imports, func(i PeopleImported) bool { return i.SHA256 == t.DataSet.SHA256 }) {
				return nil, conflict("people of %s's data set were imported into %s and cannot be taken out again: open a new incident for the other breach and name these two in it",
					s.Number, c.State.Number)
			}
		}
		out.DataSets = append(out.DataSets, t.DataSet.ID)
	}
	events := []Data{out}
	if c.State.IsClosed() {
		return events, nil
	}
	for _, n := range j.Duties {
		if o := c.State.Obligation(n); o != nil && o.Pending() && len(o.Filings) == 0 {
			events = append(events, ObligationWaived{Obligation: n, Reason: Say("%s was taken out again: %s", s.Number, reason).String()})
		}
	}
	return events, nil
}

// again opens the duties that ended with a joining. Their clocks count on from
// the case's own awareness.
func (c context) again(reason string) []Data {
	var events []Data
	for _, n := range c.State.JoinedTo.Waived {
		if o := c.State.Obligation(n); o != nil && o.Status == ObligationWaivedStatus {
			events = append(events, c.reinstate(o, reason)...)
		}
	}
	return events
}

// missingEarlier asks to look at the awareness where a case that was taken in shows
// an earlier one. Whoever sets it again, also to the same instant, has looked.
func (s *State) missingEarlier(add func(string, time.Time, string, ...any)) {
	for i := range s.Joined {
		if j := &s.Joined[i]; s.ShowsEarlier(j) {
			add(CmdSetAwareness, s.EarlierLimit(j.Earlier), "Look at the awareness: %s was joined and shows an earlier instant, %s. Revise it, which moves the limit, or set it again with the reason why it stays.",
				j.Number, s.show(j.Earlier))
		}
	}
}

// ShowsEarlier says whether a case that was taken in shows an earlier awareness,
// and nobody has set this case's since.
func (s *State) ShowsEarlier(j *Joining) bool {
	aware, _ := s.Aware()
	return j.OutAt.IsZero() && !j.Earlier.IsZero() && aware.Revision == j.Revision && j.Earlier.Before(aware.At)
}

// missingJoined asks for the people of cases that were taken in.
func (s *State) missingJoined(add func(string, time.Time, string, ...any)) {
	for i := range s.Joined {
		j := &s.Joined[i]
		imported := slices.ContainsFunc(s.Rounds, func(r Round) bool { return r.ImportedSeq > j.Seq })
		if j.OutAt.IsZero() && j.People > 0 && !imported {
			add(CmdImportPeople, time.Time{}, "Import the people affected of %s here too: joining took none of the %d along.", j.Number, j.People)
		}
	}
}

// EarlierLimit is the limit of the notification under GDPR Art. 33 if awareness
// were at an instant; zero where that duty does not run.
func (s *State) EarlierLimit(at time.Time) time.Time {
	then := s.Clone()
	then.Awareness = append(then.Awareness, AwarenessRevision{At: at})
	for i := range then.Obligations {
		o := &then.Obligations[i]
		if !o.notifies() || !o.Pending() {
			continue
		}
		if d, missing, ok := (Rules{}).Deadline(then, o); ok && missing == nil {
			return d.Due
		}
	}
	return time.Time{}
}
