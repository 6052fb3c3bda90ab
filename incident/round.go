package incident

import (
	"slices"
	"strings"
)

// Kinds of round: to whom its mailing writes. Each is also the name of the
// template of its notice.
const (
	// RoundAffected writes to people who are in an imported file.
	RoundAffected = "affected"
	// RoundOrganisations writes to administrators of organisations whose people
	// are affected.
	RoundOrganisations = "affected_organisation"
	// RoundFollowUp writes again to people who were told in an earlier round.
	RoundFollowUp = "follow_up"
	// RoundNotAffected writes to holders of accounts who are in no imported file.
	RoundNotAffected = "not_affected"
)

// RoundKinds lists the kinds of round.
func RoundKinds() []string {
	return []string{RoundAffected, RoundOrganisations, RoundFollowUp, RoundNotAffected}
}

// Scopes of a round that a person opened over people who were imported before.
const (
	// ScopeChanged is, for a follow-up, those of whom a later file exposed
	// further kinds of data than they were told of.
	ScopeChanged = "changed"
	// ScopeTold is, for a follow-up, everybody who was told in an earlier round.
	ScopeTold = "told"
	// ScopeRest is, for people affected, those whom a stopped round left out.
	ScopeRest = "rest"
)

// Owed is how many people still have to be told by a mailing, as the record
// last knew it. Whom mail cannot reach is not among them: they are on the list
// of those to be told in another way.
type Owed struct {
	// Affected are people affected who were not written to yet.
	Affected int `json:"affected"`
	// FollowUp are people who were told, and of whom a later file exposed
	// further kinds of data than they were told of.
	FollowUp int `json:"follow_up"`
}

// Nobody says whether nobody is owed a notice.
func (o Owed) Nobody() bool { return o == Owed{} }

// RecipientCounts are the numbers of a round whose recipients a person chose.
type RecipientCounts struct {
	// Rows is the number of rows in the file; 0 when there was none.
	Rows int `json:"rows,omitempty"`
	// People is the number of recipients, each written to once.
	People int `json:"people"`
	// Affected is, for those who are not affected, the number of rows that were
	// left out since they are in a file of people affected, or share an address
	// or an account with somebody who is.
	Affected int `json:"affected,omitempty"`
	// NotConcerned is, for organisations, the number of rows that were left out:
	// no administrator, an organisation without affected people, or one that was
	// told of the same people and data before.
	NotConcerned int `json:"not_concerned,omitempty"`
	// Rejected is the number of rows that could not be read.
	Rejected int `json:"rejected,omitempty"`
	// ByKind is the number of recipients per kind of data that their notice names.
	ByKind map[string]int `json:"by_data_kind,omitempty"`
}

// OpenRound opens a round that is no import of people affected: a follow-up, or
// notices to recipients whom a person chose by a file of accounts.
type OpenRound struct {
	// Kind is one of the kinds of round.
	Kind string `json:"kind"`
	// Scope is one of the scopes that the kind has; empty where it has none.
	Scope string `json:"scope,omitempty"`
	// Reason says why these people are written to, for the record.
	Reason string `json:"reason"`
	// Import is the id under which the recipients are stored; empty when they are
	// people who were imported before.
	Import string `json:"import,omitempty"`
	// SHA256 is the hash of the recipients' file, hexadecimal; empty without one.
	SHA256 string `json:"sha256,omitempty"`
	// Counts are the numbers of the recipients. For people who were imported
	// before, the store counts them in the transaction that records the round.
	Counts RecipientCounts `json:"counts"`
	// Counted says that Counts are the numbers of this very moment, by the store.
	// Before, a round is not refused for writing to nobody. It is not transported.
	Counted bool `json:"-"`
}

// CmdOpenRound is the name of [OpenRound].
const CmdOpenRound = "open_round"

// Name implements [Command].
func (OpenRound) Name() string { return CmdOpenRound }

// scopesOf are the scopes of a kind; nil when its recipients come from a file.
func scopesOf(kind string) []string {
	switch kind {
	case RoundAffected:
		return []string{ScopeRest}
	case RoundFollowUp:
		return []string{ScopeChanged, ScopeTold}
	}
	return nil
}

func (o OpenRound) check() *Error {
	if !slices.Contains(RoundKinds(), o.Kind) {
		return InvalidField("kind", o.Kind, "is not a kind of round", Say("one of: %s", strings.Join(RoundKinds(), ", ")))
	}
	scopes := scopesOf(o.Kind)
	switch {
	case scopes != nil && !slices.Contains(scopes, o.Scope):
		return InvalidField("scope", o.Scope, "is not a scope of this kind of round", Say("one of: %s", strings.Join(scopes, ", ")))
	case scopes == nil && o.Scope != "":
		return InvalidField("scope", o.Scope, "does not belong to this kind of round", "none: the recipients come from a file of accounts")
	case scopes != nil && (o.Import != "" || o.SHA256 != ""):
		return InvalidField("file", "", "does not belong to this kind of round", "none: the recipients are people who were imported before")
	case scopes == nil && (o.Import == "" || len(o.SHA256) != 64):
		return InvalidField("file", "", "is missing", "a file of accounts from which the recipients are taken")
	}
	return requireText("reason", o.Reason, limitReason)
}

func (o OpenRound) decide(c context) ([]Data, *Error) {
	s := c.State
	if !slices.ContainsFunc(s.Rounds, func(r Round) bool { return len(r.Imports) > 0 }) {
		return nil, conflict("nobody is known to be affected yet: import the people affected first")
	}
	for _, r := range s.Rounds {
		if o.Import != "" && r.Import == o.Import {
			return nil, nil
		}
		if r.Opened && r.To() == o.Kind && r.waits() {
			return nil, conflict("round %d (%s) is %s: send it, or end it by stopping it, before you open another of its kind",
				r.N, Word(o.Kind), Word(inWords(r.Status)))
		}
	}
	if o.Kind == RoundFollowUp && !slices.ContainsFunc(s.Rounds, func(r Round) bool { return r.To() == RoundAffected && !r.StartedAt.IsZero() }) {
		return nil, conflict("nobody was told yet: a follow-up is for people who were told in an earlier round")
	}
	if o.Counts.People < 1 && o.Counted {
		return nil, o.empty()
	}
	return []Data{RoundOpened{Round: len(s.Rounds) + 1, Kind: o.Kind, Scope: o.Scope, Reason: o.Reason,
		Import: o.Import, SHA256: o.SHA256, Counts: o.Counts}}, nil
}

// empty says why a round would write to nobody.
func (o OpenRound) empty() *Error {
	switch {
	case o.Kind == RoundFollowUp && o.Scope == ScopeChanged:
		return conflict("of nobody who was told does a later file expose further data; to write to everybody who was told, choose the scope %s", ScopeTold)
	case o.Kind == RoundFollowUp:
		return conflict("nobody was told yet: no relay has taken a notice of an earlier round")
	case o.Kind == RoundAffected:
		return conflict("no stopped round left anybody out")
	case o.Kind == RoundOrganisations:
		return conflict("no row of this file is an administrator with an address in an organisation whose people are affected and who was not told of the same before; " +
			"the file needs the columns organisation, email and admin")
	default:
		return conflict("everybody in this file is affected, or has no address")
	}
}

// RoundOpened says that a round was opened by a person, for whom and why.
type RoundOpened struct {
	Round  int             `json:"round"`
	Kind   string          `json:"kind"`
	Scope  string          `json:"scope,omitempty"`
	Reason string          `json:"reason"`
	Import string          `json:"import,omitempty"`
	SHA256 string          `json:"sha256,omitempty"`
	Counts RecipientCounts `json:"counts"`
}

// EvRoundOpened is the type of [RoundOpened].
const EvRoundOpened = "round_opened"

// Type implements [Data].
func (RoundOpened) Type() string { return EvRoundOpened }

func (d RoundOpened) apply(s *State, e Event) {
	by := e.Actor
	s.Rounds = append(s.Rounds, Round{
		N: d.Round, Status: MailingNone, Kind: d.Kind, Scope: d.Scope, Reason: d.Reason, Import: d.Import,
		Opened: true, OpenedAt: e.At, OpenedBy: &by, OpenedSeq: e.Seq, Recipients: d.Counts,
	})
}

// To is the kind of the round. Rounds that an import began are to the people
// affected.
func (r Round) To() string {
	if r.Kind == "" {
		return RoundAffected
	}
	return r.Kind
}

// waits says whether the round has not begun to be sent.
func (r Round) waits() bool {
	return r.Status == MailingNone || r.Status == MailingDraftedStatus || r.Status == MailingApprovedStatus
}

// inWords is a status of a mailing in a sentence.
func inWords(status string) string {
	if status == MailingNone {
		return "not drafted yet"
	}
	return status
}

// stale says why the recipients of a round have to be chosen again: people were
// imported after it was opened, so that what it tells an organisation is wrong.
// Those who are not affected are compared again while they are sent to.
func (s *State) stale(r *Round) *Error {
	if r.To() != RoundOrganisations {
		return nil
	}
	for _, other := range s.Rounds {
		if len(other.Imports) > 0 && other.ImportedSeq > r.OpenedSeq {
			return conflict("people were imported into round %d after the recipients of round %d were chosen: stop round %d and choose them again",
				other.N, r.N, r.N)
		}
	}
	return nil
}

// owe is the number of people whom the record, before it held such numbers,
// knew to be owed a notice.
func (s *State) owe() Owed {
	var o Owed
	if s.Owed != nil {
		o.FollowUp = s.Owed.FollowUp
	}
	for _, r := range s.Rounds {
		c := r.Counts
		switch {
		case r.To() != RoundAffected || r.Opened:
		case (r.Status == MailingDone || r.Status == MailingHalted) && c.Total > 0:
			o.Affected += c.Pending + c.Sending + c.Deferred
		case r.Status == MailingDone:
		default:
			o.Affected += r.People()
		}
	}
	return o
}

// settle notes how many people are owed a notice after a round has ended.
func (s *State) settle(known *Owed) {
	owed := s.owe()
	if known != nil {
		owed = *known
	}
	s.Owed = &owed
}

// debt says in words who is still owed a notice; empty for nobody.
func (s *State) debt() []Phrase {
	if s.Owed == nil || s.Owed.Nobody() {
		return nil
	}
	var parts []Phrase
	switch n := s.Owed.Affected; {
	case n == 1:
		parts = append(parts, Say("1 affected has to be told"))
	case n > 1:
		parts = append(parts, Say("%d affected have to be told", n))
	}
	switch n := s.Owed.FollowUp; {
	case n == 1:
		parts = append(parts, Say("1 who was told has to be told of further data"))
	case n > 1:
		parts = append(parts, Say("%d who were told have to be told of further data", n))
	}
	return parts
}

// saidBefore gives the follow-up to everybody who was told that had this very
// content and was sent, or nil.
func (s *State) saidBefore(r *Round, content string) *Round {
	if r.To() != RoundFollowUp || r.Scope != ScopeTold {
		return nil
	}
	for i := range s.Rounds {
		other := &s.Rounds[i]
		if other.N != r.N && other.To() == RoundFollowUp && other.Scope == ScopeTold && !other.StartedAt.IsZero() &&
			other.Drafts[len(other.Drafts)-1].Content.SHA256 == content {
			return other
		}
	}
	return nil
}
