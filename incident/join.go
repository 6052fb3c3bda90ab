package incident

import (
	"fmt"
	"slices"
	"time"
)

// CmdJoin says that a case is about the same breach as another one.
const CmdJoin = "join"

// Types of the events of joining. They stand in the record for ever.
const (
	// EvJoined ends a case: what was told there goes on in another.
	EvJoined = "incident_joined"
	// EvDisclosureJoined stands in the case that takes it in.
	EvDisclosureJoined = "disclosure_joined"
	// EvDisclosureTakenOut stands there when the joined case is opened again.
	EvDisclosureTakenOut = "disclosure_taken_out"
)

// Join says that a case is about the same breach as another one, which takes in
// what was told. It is decided with both cases: see [Rules.DecideBoth].
type Join struct {
	// Into is the id of the case that takes the disclosure in.
	Into string `json:"into"`
	// Number is that case's human number. The store fills it in, in the
	// transaction that records.
	Number string `json:"number,omitempty"`
	// Reason says why it is the same breach.
	Reason string `json:"reason"`
	// Copies are the files of the disclosure, sealed for the other case. They are
	// stored before the command is given.
	Copies []Copy `json:"copies,omitempty"`
}

// Copy is a file of one case as another case holds it.
type Copy struct {
	// Of is the id of the file in the case that it came from.
	Of string `json:"of"`
	// As is the file as the other case holds it.
	As Document `json:"as"`
}

// Told is one disclosure that a case took in from another.
type Told struct {
	// Case and Number are the id and the human number of the case that it opened.
	Case   string `json:"case"`
	Number string `json:"number"`
	// Disclosure is what was told. What the reporter answered about laws and
	// duties stands in the case that it opened.
	Disclosure Disclosure `json:"disclosure"`
	// By is who told or reported it; a vendor's id is that of its link.
	By Actor `json:"by"`
	// OpenedAt is when it was reported, and AwareAt the instant of awareness that
	// its case had; in that case's own time.
	OpenedAt time.Time `json:"opened_at"`
	AwareAt  time.Time `json:"aware_at,omitzero"`
	// Documents are the files that came with it or were added as evidence.
	Documents []Document `json:"documents,omitempty"`
	// DataSet is the file of people that came with it; nil for none.
	DataSet *Document `json:"data_set,omitempty"`
}

// JoinedTo says with which case another one goes on.
type JoinedTo struct {
	// Into and Number are the id and the human number of that case.
	Into   string `json:"into"`
	Number string `json:"number"`
	// Reason says why it is the same breach.
	Reason string `json:"reason"`
	// At is when it was joined, in the case's own time; By is who did.
	At time.Time `json:"at"`
	By Actor     `json:"by"`
	// Waived are the obligations that ended with it.
	Waived []int `json:"waived,omitempty"`
}

// Joining is another case that a case took in.
type Joining struct {
	DisclosureJoined
	// At is when, in the case's own time; By is who did.
	At time.Time `json:"joined_at"`
	By Actor     `json:"by"`
	// Seq is the number of its event.
	Seq int64 `json:"joined_seq"`
	// OutAt is when it was taken out again; zero while it was not.
	OutAt time.Time `json:"out_at,omitzero"`
	// OutReason says why, and OutBy who did.
	OutReason string `json:"out_reason,omitempty"`
	OutBy     *Actor `json:"out_by,omitempty"`
}

// Joined says that a case ended since it goes on in another.
type Joined struct {
	// Into and Number are the id and the human number of that case.
	Into   string `json:"into"`
	Number string `json:"number"`
	// Reason says why it is the same breach.
	Reason string `json:"reason"`
	// Waived are the obligations that ended with it.
	Waived []int `json:"waived,omitempty"`
	// OpenTasks are the tasks that were open.
	OpenTasks []int `json:"open_tasks,omitempty"`
}

// DisclosureJoined says what a case took in from another.
type DisclosureJoined struct {
	// From and Number are the id and the human number of the other case.
	From   string `json:"from"`
	Number string `json:"number"`
	// Reason says why it is the same breach.
	Reason string `json:"reason"`
	// Told are the other case's disclosure, and those that it had taken in itself.
	Told []Told `json:"told"`
	// Earlier is the other case's instant of awareness where it lies before this
	// case's; zero otherwise. Nothing moves by itself.
	Earlier time.Time `json:"earlier,omitzero"`
	// Revision is the revision of this case's awareness to which that was compared.
	Revision int `json:"revision,omitempty"`
	// People is how many people affected the other case's imports named. They
	// are not taken along.
	People int `json:"people,omitempty"`
	// Duties are the numbers of the obligations that this case had not and took over.
	Duties []int `json:"duties,omitempty"`
}

// DisclosureTakenOut says that what was taken in is another breach after all.
type DisclosureTakenOut struct {
	// From and Number are the id and the human number of the case that goes on by itself.
	From   string `json:"from"`
	Number string `json:"number"`
	// Reason says why.
	Reason string `json:"reason"`
	// DataSets are the ids of the files of people that are dropped here.
	DataSets []string `json:"data_sets,omitempty"`
}

// Name is [CmdJoin].
func (Join) Name() string { return CmdJoin }

func (j Join) check() *Error {
	if blank(j.Into) || len(j.Into) > 64 {
		return InvalidField("into", j.Into, "is missing", "the id or the number of an open case")
	}
	for i, c := range j.Copies {
		if err := checkDocument(fmt.Sprintf("copies[%d]", i), c.As); err != nil {
			return err
		}
	}
	return requireText("reason", j.Reason, limitReason)
}

// decide is the half of the case that ends.
func (j Join) decide(c context) ([]Data, *Error) {
	s := c.State
	if err := j.fits(s); err != nil || s.JoinedTo != nil {
		return nil, err // joined there already, or refused
	}
	if j.Number == "" {
		return nil, &Error{Kind: Internal, Message: "a case is joined to one that nobody named"}
	}
	var events []Data
	joined := Joined{Into: j.Into, Number: j.Number, Reason: j.Reason}
	why := Say("joined to %s: %s", j.Number, j.Reason).String()
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Pending() {
			events = append(events, ObligationWaived{Obligation: o.N, Reason: why})
			joined.Waived = append(joined.Waived, o.N)
		}
	}
	for _, t := range s.Tasks {
		if t.DoneAt.IsZero() {
			joined.OpenTasks = append(joined.OpenTasks, t.N)
		}
	}
	return append(append(events, joined), c.closing()...), nil
}

// fits refuses what cannot go on in another case.
func (j Join) fits(s *State) *Error {
	switch {
	case s.JoinedTo != nil && s.JoinedTo.Into == j.Into:
		return nil
	case s.JoinedTo != nil:
		return conflict("%s was joined to %s already: reopen it with a reason before you join it to another", s.Number, s.JoinedTo.Number)
	case s.IsClosed():
		return conflict("%s is closed since %s: reopen it with a reason before you %s", s.Number, s.show(s.ClosedAt), Deed(CmdJoin))
	case s.ID == j.Into:
		return InvalidField("into", s.Number, "is this case itself", "the id or the number of another open case")
	case s.Retention.Begun():
		return conflict("the files and people of %s were erased: there is nothing left that another case could take in", s.Number)
	}
	for i := range s.Obligations {
		if o := &s.Obligations[i]; len(o.Filings) > 0 && o.Status != ObligationWithdrawn {
			return conflict("%s was filed with %s already and stays a case of its own: join the other case to it, or withdraw what was filed first",
				s.Number, o.Recipient())
		}
	}
	for _, r := range s.Rounds {
		if !r.StartedAt.IsZero() {
			return conflict("people were written to from %s already (round %d), so it stays a case of its own: join the other case to it", s.Number, r.N)
		}
	}
	if !s.PublishedAt().IsZero() {
		return conflict("%s was made public already, so it stays a case of its own: join the other case to it", s.Number)
	}
	return nil
}

// takenBy refuses a case that cannot take another in.
func (j Join) takenBy(s, into *State) *Error {
	switch {
	case !into.Exists():
		return FieldError(NotFound, "into", j.Into, "there is no such incident", "the id or the number of an open case")
	case into.JoinedTo != nil:
		return conflict("%s was joined to %s itself: join %s to that case", into.Number, into.JoinedTo.Number, s.Number)
	case into.IsClosed():
		return conflict("%s is closed since %s: reopen it with a reason before another case joins it", into.Number, into.show(into.ClosedAt))
	case into.Retention.Begun():
		return conflict("the files and people of %s were erased: it cannot take in another case", into.Number)
	case (s.Clock.Pace > 0) != (into.Clock.Pace > 0):
		return conflict("one of %s and %s is a drill and the other is real: they stay apart", s.Number, into.Number)
	}
	return nil
}

// DataSets are the files of people that came with what was told and may be
// looked at and imported: the case's own, then those that it took in.
func (s *State) DataSets() []Document {
	var list []Document
	if s.DataSet != nil {
		list = append(list, *s.DataSet)
	}
	for i := range s.Joined {
		for _, t := range s.Joined[i].Told {
			if s.Joined[i].OutAt.IsZero() && t.DataSet != nil {
				list = append(list, *t.DataSet)
			}
		}
	}
	return list
}

// Carried are the disclosures that another case takes in from this one: its own
// with what was added as evidence, then those that it took in itself. Drafts,
// notices and reports stay.
func (s *State) Carried() []Told {
	own := Told{Case: s.ID, Number: s.Number, Disclosure: s.Disclosure, OpenedAt: s.OpenedAt, DataSet: s.DataSet}
	own.Disclosure.Awareness, own.Disclosure.Screening, own.Disclosure.Duties, own.Disclosure.Exercise = nil, nil, nil, nil
	if len(s.Awareness) > 0 {
		own.By = s.Awareness[0].By // it is set by whoever opens the case
	}
	if aware, ok := s.Aware(); ok {
		own.AwareAt = aware.At
	}
	papers := s.made()
	list := []Told{own}
	for i := range s.Joined {
		for _, t := range s.Joined[i].Told {
			for _, d := range t.Documents {
				papers[d.ID] = true // it goes with what it came with, or stays
			}
			if s.Joined[i].OutAt.IsZero() {
				list = append(list, t)
			}
		}
	}
	for _, d := range s.Documents {
		if !papers[d.ID] {
			list[0].Documents = append(list[0].Documents, d)
		}
	}
	return list
}

// AsCopies lets each file that a joining takes along stand for its copy: to ask what a
// joining would do before anything is stored.
func (s *State) AsCopies() []Copy {
	var list []Copy
	for _, t := range s.Carried() {
		for _, d := range t.Documents {
			list = append(list, Copy{Of: d.ID, As: d})
		}
		if t.DataSet != nil {
			list = append(list, Copy{Of: t.DataSet.ID, As: *t.DataSet})
		}
	}
	return list
}

// made are the ids of the files that were made or filed in the case itself.
func (s *State) made() map[string]bool {
	made := map[string]bool{}
	for _, id := range s.Papers() {
		made[id] = !slices.Contains(s.Retention.Kept, id)
	}
	drafts := func(list []Draft) {
		for _, d := range list {
			made[d.Content.ID] = true
		}
	}
	for i := range s.Obligations {
		drafts(s.Obligations[i].Drafts)
	}
	for i := range s.Rounds {
		drafts(s.Rounds[i].Drafts)
	}
	if s.Public != nil {
		drafts(s.Public.Drafts)
	}
	return made
}

// Type implements [Data].
func (Joined) Type() string             { return EvJoined }
func (DisclosureJoined) Type() string   { return EvDisclosureJoined }
func (DisclosureTakenOut) Type() string { return EvDisclosureTakenOut }

func (d Joined) apply(s *State, e Event) {
	s.ClosedAt, s.ClosingReason = e.At, Say("joined to %s: %s", d.Number, d.Reason).String()
	s.JoinedTo = &JoinedTo{Into: d.Into, Number: d.Number, Reason: d.Reason, At: e.At, By: e.Actor, Waived: d.Waived}
}

func (d DisclosureJoined) apply(s *State, e Event) {
	s.Joined = append(s.Joined, Joining{DisclosureJoined: d, At: e.At, By: e.Actor, Seq: e.Seq})
	for _, t := range d.Told {
		for _, file := range t.Documents {
			if !slices.ContainsFunc(s.Documents, func(have Document) bool { return have.ID == file.ID }) {
				s.Documents = append(s.Documents, file) // the same file may have come twice
			}
		}
	}
}

func (d DisclosureTakenOut) apply(s *State, e Event) {
	if j := s.joining(d.From); j != nil {
		by := e.Actor
		j.OutAt, j.OutReason, j.OutBy = e.At, d.Reason, &by
	}
}

// joining finds a case that was taken in and not taken out since, or nil.
func (s *State) joining(from string) *Joining {
	for i := range s.Joined {
		if j := &s.Joined[i]; j.From == from && j.OutAt.IsZero() {
			return j
		}
	}
	return nil
}
