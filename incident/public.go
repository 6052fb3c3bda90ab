package incident

import (
	"slices"
	"time"

	"tocsin/gdpr"
)

// PublicCommunication is the public communication of GDPR Art. 34(3)(c): to
// people who cannot be told one by one, or to those whom messages did not reach.
type PublicCommunication struct {
	// Drafts are the versions of its text, oldest first.
	Drafts []Draft `json:"drafts"`
	// Missing is what the latest version still lacks; it cannot be approved
	// while there is any.
	Missing []string `json:"missing,omitempty"`
	// Publications are the places where it was made public, oldest first.
	Publications []Publication `json:"publications,omitempty"`
}

// Latest is the newest version of the text; false while there is none.
func (p *PublicCommunication) Latest() (Draft, bool) {
	if p == nil || len(p.Drafts) == 0 {
		return Draft{}, false
	}
	return p.Drafts[len(p.Drafts)-1], true
}

// Publication is one place where the public communication was made public.
type Publication struct {
	PublicationRecorded
	// RecordedAt is when it was recorded, in the incident's own time.
	RecordedAt time.Time `json:"publication_recorded_at"`
	// By is who recorded it.
	By Actor `json:"by"`
}

// DraftPublic puts down the public communication. What it lacks is named, and
// keeps it from being approved, not from being drafted.
type DraftPublic struct {
	// Content is the stored document that holds the content.
	Content Document `json:"content"`
	// Locales are the languages of the content.
	Locales []string `json:"locales"`
	// Missing is what it lacks of GDPR Art. 34(2), filled in by the caller.
	Missing []string `json:"missing,omitempty"`
}

// ApprovePublic approves the latest draft. Not by its drafter.
type ApprovePublic struct{}

// RecordPublication records that the approved text was made public.
type RecordPublication struct {
	// At is when it was made public. Not in the future.
	At time.Time `json:"at"`
	// Where says where it can be read, such as the address of a page or the
	// name of a newspaper.
	Where string `json:"where"`
	// Reason says why the people are told in this way.
	Reason string `json:"reason"`
}

// PublicDrafted says that the public communication was put down.
type PublicDrafted struct {
	Version int      `json:"version"`
	Content Document `json:"content"`
	Locales []string `json:"locales"`
	Missing []string `json:"missing,omitempty"`
}

// PublicApproved says that a second person approved the public communication.
type PublicApproved struct {
	Version int `json:"version"`
}

// PublicationRecorded says where and when the approved text was made public.
type PublicationRecorded struct {
	// Version is the version of the text that was made public.
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Where   string    `json:"where"`
	Reason  string    `json:"reason"`
}

// Name implements [Command].
func (DraftPublic) Name() string       { return CmdDraftPublic }
func (ApprovePublic) Name() string     { return CmdApprovePublic }
func (RecordPublication) Name() string { return CmdRecordPublication }

// Type implements [Data].
func (PublicDrafted) Type() string       { return EvPublicDrafted }
func (PublicApproved) Type() string      { return EvPublicApproved }
func (PublicationRecorded) Type() string { return EvPublicationRecorded }

func (d DraftPublic) check() *Error {
	if len(d.Locales) == 0 {
		return InvalidField("content.locales", "", "is empty", "the communication in one language or more")
	}
	return checkDocument("content", d.Content)
}

func (d DraftPublic) decide(c context) ([]Data, *Error) {
	last, any := c.State.Public.Latest()
	if any && last.Content.SHA256 == d.Content.SHA256 && last.By == c.Actor && slices.Equal(c.State.Public.Missing, d.Missing) {
		return nil, nil
	}
	return []Data{PublicDrafted{Version: last.Version + 1, Content: d.Content, Locales: d.Locales, Missing: d.Missing}}, nil
}

func (ApprovePublic) check() *Error { return nil }

func (ApprovePublic) decide(c context) ([]Data, *Error) {
	last, any := c.State.Public.Latest()
	switch {
	case !any:
		return nil, conflict("there is no public communication: draft it first")
	case len(c.State.Public.Missing) > 0:
		return nil, conflict("version %d lacks what GDPR Art. 34(2) demands: %s; draft it anew", last.Version, c.State.Public.Missing[0])
	}
	if err := fourEyes(last, c.Actor); err != nil {
		return nil, err
	}
	if !last.ApprovedAt.IsZero() {
		return nil, nil
	}
	return []Data{PublicApproved{Version: last.Version}}, nil
}

func (r RecordPublication) check() *Error {
	if err := requireText("where", r.Where, limitTitle); err != nil {
		return err
	}
	return requireText("reason", r.Reason, limitReason)
}

func (r RecordPublication) decide(c context) ([]Data, *Error) {
	s := c.State
	last, any := s.Public.Latest()
	if !any || last.ApprovedAt.IsZero() {
		return nil, conflict("nobody has approved the public communication: what is published is approved first")
	}
	if err := requirePast("at", r.At, c.Now, s); err != nil {
		return nil, err
	}
	if r.At.Before(last.ApprovedAt.Truncate(time.Minute)) { // people write minutes
		return nil, InvalidField("at", r.At.Format(time.RFC3339), "lies before the approval of this text",
			Say("an instant not before %s", s.show(last.ApprovedAt)))
	}
	for _, p := range s.Public.Publications {
		if p.Version == last.Version && p.Where == r.Where && p.At.Equal(r.At) {
			return nil, nil
		}
	}
	events := []Data{PublicationRecorded{Version: last.Version, At: r.At.UTC(), Where: r.Where, Reason: r.Reason}}
	if !s.inPlaceOfMessages() {
		return events, nil
	}
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Pending() && o.Terms.Regime == gdpr.RegimeCommunication {
			events = append(events, ObligationMet{Obligation: o.N, By: metByPublication})
		}
	}
	return events, nil
}

// metByPublication is what met a duty to the people when a public communication
// took the place of messages.
const metByPublication = "publication"

// metAlready gives what met a duty to the people before it arose: the people
// were told, or everybody in public where that takes the place of messages.
func (s *State) metAlready(o *Obligation, d AssessmentDecision) []Data {
	switch {
	case !o.toPeople():
	case s.told():
		return []Data{ObligationMet{Obligation: o.N, By: "mailing", Round: len(s.Rounds)}}
	case d.inPublic() && !s.PublishedAt().IsZero() && o.Terms.Regime == gdpr.RegimeCommunication:
		return []Data{ObligationMet{Obligation: o.N, By: metByPublication}}
	}
	return nil
}

// inPublic says whether a public communication takes the place of messages.
func (d AssessmentDecision) inPublic() bool { return d.Communicate && d.Ground == "c" }

// inPlaceOfMessages says whether it was decided to tell the people in public,
// since telling each of them would involve disproportionate effort.
func (s *State) inPlaceOfMessages() bool {
	last, ok := s.Assessed()
	return ok && last.Decision.inPublic()
}

// PublishedAt is when the public communication was first made public; zero
// while it was not.
func (s *State) PublishedAt() time.Time {
	var first time.Time
	if s.Public == nil {
		return first
	}
	for _, p := range s.Public.Publications {
		if first.IsZero() || p.At.Before(first) {
			first = p.At
		}
	}
	return first
}

func (d PublicDrafted) apply(s *State, e Event) {
	p := s.public()
	p.Drafts = append(p.Drafts, Draft{Version: d.Version, At: e.At, By: e.Actor, Content: d.Content, Locales: d.Locales})
	p.Missing = d.Missing
	s.Documents = append(s.Documents, d.Content)
}

func (d PublicApproved) apply(s *State, e Event) { approve(s.public().Drafts, d.Version, e) }

func (d PublicationRecorded) apply(s *State, e Event) {
	p := s.public()
	p.Publications = append(p.Publications, Publication{PublicationRecorded: d, RecordedAt: e.At, By: e.Actor})
}

// public gives the public communication to be changed.
func (s *State) public() *PublicCommunication {
	if s.Public == nil {
		s.Public = &PublicCommunication{}
	}
	return s.Public
}

// missingPublication says what the public communication that takes the place of
// messages still needs.
func (s *State) missingPublication(add func(string, time.Time, string, ...any)) {
	last, any := s.Public.Latest()
	switch {
	case !any:
		add(CmdDraftPublic, time.Time{}, "Draft the public communication that takes the place of messages (GDPR Art. 34(3)(c)).")
	case len(s.Public.Missing) > 0:
		add(CmdDraftPublic, time.Time{}, "Complete the public communication: %d points of GDPR Art. 34(2) are missing.", len(s.Public.Missing))
	case last.ApprovedAt.IsZero():
		add(CmdApprovePublic, time.Time{}, "Have another person approve the public communication.")
	default:
		add(CmdRecordPublication, time.Time{}, "Publish the communication that takes the place of messages (GDPR Art. 34(3)(c)) and record it.")
	}
}
