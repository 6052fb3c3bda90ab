package incident

import "time"

// EvPeopleTaken is the type of [PeopleTaken]. It stands in the record for ever.
const EvPeopleTaken = "people_taken"

// MayTakePeople says whether a role may take the data of the people of a case away
// in a bundle. An auditor may look at them and take the bundle without them: to
// hand people's data on is decided by whoever answers for it.
func (r Role) MayTakePeople() bool { return r == RoleDPO || r == RoleDeputy }

// PeopleChosen says that the data of the people of a case travel in a bundle.
type PeopleChosen struct {
	// Reason is why, in words, for the record.
	Reason string `json:"reason"`
	// People is how many people the bundle tells of; 0 once they were erased.
	People int `json:"people"`
	// Deliveries is how many outcomes of notices it holds.
	Deliveries int `json:"deliveries"`
}

// PeopleTaken says that a person took the data of the people of a case away in a
// bundle, why, and of how many. It is recorded before any of it leaves, beside
// [BundlePrepared], at each export anew.
type PeopleTaken struct {
	Reason     string `json:"reason"`
	People     int    `json:"people"`
	Deliveries int    `json:"deliveries"`
}

// BundlePeople is what a bundle's manifest says of the people's data in it.
type BundlePeople struct {
	// For is who took them.
	For Actor `json:"for"`
	// Reason is why.
	Reason string `json:"reason"`
	// People is how many people they tell of.
	People int `json:"people"`
	// ErasedAt is when the people of the case were erased, real time; zero while
	// they were not.
	ErasedAt time.Time `json:"erased_at,omitzero"`
	// Files are the files that hold them.
	Files []BundleFile `json:"files"`
}

// BundleFile names one file of a bundle by its content.
type BundleFile struct {
	// Name is its name, without a folder.
	Name string `json:"name"`
	// SHA256 is the hash of its content, hexadecimal.
	SHA256 string `json:"sha256"`
	// Size is its length in bytes.
	Size int64 `json:"size"`
	// Lines is how many lines it has.
	Lines int64 `json:"lines"`
}

func (p *PeopleChosen) check() *Error {
	if p.People < 0 || p.Deliveries < 0 {
		return &Error{Kind: Internal, Message: "fewer than nobody is taken away"}
	}
	return requireText("reason", p.Reason, limitReason)
}

// decide says what is recorded before people's data leave.
func (p *PeopleChosen) decide(c context) (Data, *Error) {
	erased := c.State.Retention.Begun()
	switch {
	case !c.Actor.Role.MayTakePeople():
		return nil, forbidden("the role \"%s\" may not take people's data away; ask the DPO or a deputy, or export without them", Word(c.Actor.Role))
	case p.People > 0 && erased:
		return nil, conflict("the data of the people of %s are being erased: export without them", c.State.Number)
	case p.People == 0 && !erased:
		return nil, conflict("nobody was imported into %s: export without people's data", c.State.Number)
	}
	return PeopleTaken(*p), nil
}

// Type implements [Data].
func (PeopleTaken) Type() string { return EvPeopleTaken }

func (PeopleTaken) apply(*State, Event) {}
