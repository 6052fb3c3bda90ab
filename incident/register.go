package incident

import (
	"encoding/json"
	"slices"
	"time"

	"tocsin/gdpr"
)

// What became of the notification under GDPR Art. 33(1), as the register of
// Art. 33(5) says it.
const (
	// RegisterUndecided is a case in which nobody has decided yet.
	RegisterUndecided = "undecided"
	// RegisterOwed is one that will be notified, and is not yet.
	RegisterOwed = "owed"
	// RegisterNotified is one that an authority was notified of.
	RegisterNotified = "notified"
	// RegisterNotNotified is one that was decided not to be notified.
	RegisterNotNotified = "not_notified"
	// RegisterWithdrawn is one whose notification was withdrawn.
	RegisterWithdrawn = "withdrawn"
	// RegisterJoined is a case that was joined to another one about the same breach. It
	// stands in the register, so that no number is missing, and is not counted: GDPR
	// Art. 33(5) documents breaches, and this is one with the other.
	RegisterJoined = "joined"
)

// RegisterOutcomes lists what can become of a notification, in the order in which
// readers are offered them.
func RegisterOutcomes() []string {
	return []string{RegisterNotified, RegisterOwed, RegisterNotNotified, RegisterUndecided, RegisterWithdrawn, RegisterJoined}
}

// SeverityBands lists the bands of a severity from the lowest, as the register
// names them.
func SeverityBands() []string { return []string{"low", "medium", "high", "very high"} }

// RegisterEntry is a case as the register of GDPR Art. 33(5) documents it: the
// facts of the breach, its effects and the remedial action taken. It names no
// person. Instants are in the case's own time, UTC; zero where nothing is known.
type RegisterEntry struct {
	ID       string `json:"id" doc:"the incident's id"`
	Number   string `json:"number" doc:"the human number, such as INC-2026-0007"`
	Title    string `json:"title" doc:"a few words that name the case"`
	Zone     string `json:"zone" doc:"the IANA name of the case's zone, which decides the year and the month"`
	Exercise bool   `json:"exercise" doc:"whether it is a drill"`

	Told         string    `json:"told_by" doc:"who told: vendor, person, authority, press, own_detection, other"`
	Vendor       string    `json:"vendor,omitempty" doc:"the vendor's name, where one told"`
	PersonalData string    `json:"personal_data" doc:"whether personal data are concerned: yes, no or unknown"`
	Summary      string    `json:"summary" doc:"what happened, in words"`
	OccurredFrom time.Time `json:"occurred_from,omitzero" doc:"when the breach began"`
	OccurredTo   time.Time `json:"occurred_to,omitzero" doc:"when it ended"`
	DetectedAt   time.Time `json:"processor_detected_at,omitzero" doc:"when the vendor found out, as it says"`
	ReceivedAt   time.Time `json:"received_at" doc:"when word of it arrived"`
	OpenedAt     time.Time `json:"opened_at" doc:"when the case was opened"`

	AwareAt     time.Time `json:"aware_at,omitzero" doc:"from when the 72 hours count"`
	Provisional bool      `json:"aware_provisional,omitempty" doc:"whether nobody has decided that instant yet"`
	AwareReason string    `json:"aware_reason,omitempty" doc:"why this instant"`

	Properties   []string `json:"breach,omitempty" doc:"what was lost: confidentiality, integrity, availability"`
	DataKinds    []string `json:"data,omitempty" doc:"the kinds of data, as the assessment names them"`
	People       *int     `json:"people,omitempty" doc:"the number of people affected, at least roughly, as it was judged"`
	Listed       int      `json:"people_listed,omitempty" doc:"how many people the files name that were imported"`
	Records      *int     `json:"records,omitempty" doc:"the number of records affected, at least roughly"`
	Exposure     string   `json:"exposure,omitempty" doc:"who has the data or could have read them"`
	Availability string   `json:"availability_loss,omitempty" doc:"for how long data were not available"`
	Integrity    string   `json:"integrity_loss,omitempty" doc:"whether data were altered"`
	Risk         string   `json:"risk,omitempty" doc:"what the rules made of the facts: unlikely, risk, high_risk"`
	Severity     string   `json:"severity,omitempty" doc:"low, medium, high or very high"`
	Score        int      `json:"severity_score_hundredths,omitempty" doc:"the score in hundredths"`

	Remedies []RegisterRemedy `json:"remedies,omitempty" doc:"what was done, in its order"`

	Outcome   string           `json:"outcome" doc:"notified, owed, not_notified, undecided, withdrawn or joined (to another case about the same breach; not counted)"`
	DecidedAt time.Time        `json:"decided_at,omitzero" doc:"when it was first decided"`
	Reason    string           `json:"reason,omitempty" doc:"why it was decided so, as of the last decision"`
	ReasonAt  time.Time        `json:"reason_at,omitzero" doc:"when the last decision was recorded"`
	DecidedBy Role             `json:"decided_by,omitempty" doc:"the role of who decided last"`
	Waived    []RegisterWaiver `json:"waived,omitempty" doc:"duties under GDPR Art. 33 that were found not to apply, each with its reason"`
	Dissent   string           `json:"dissent,omitempty" doc:"what was held against the decision"`
	Filings   []RegisterFiling `json:"filings,omitempty" doc:"what the authorities received under GDPR Art. 33"`
	Late      bool             `json:"late,omitempty" doc:"whether a notification under GDPR Art. 33 was late, or is"`
	WhyLate   []string         `json:"late_reasons,omitempty" doc:"the reasons given for that"`

	Communicate *bool     `json:"communicate,omitempty" doc:"whether the people are to be told under GDPR Art. 34"`
	Ground      string    `json:"communicate_ground,omitempty" doc:"the limb of GDPR Art. 34(3) on which they are not told one by one: a, b or c"`
	ToldPeople  int       `json:"people_told,omitempty" doc:"how many people a message told"`
	ToldAt      time.Time `json:"told_at,omitzero" doc:"when the first round of messages began to be sent"`
	PublicAt    time.Time `json:"public_at,omitzero" doc:"when it was made public"`

	Forms []RegisterForm `json:"forms,omitempty" doc:"the versions of the notification's form from which the register takes what it says: what was filed last, then the draft after it"`
	Said  []RegisterSaid `json:"said,omitempty" doc:"what they say of facts, effects and remedial action; what was filed goes before a draft"`

	JoinedTo     string            `json:"joined_to,omitempty" doc:"the id of the case to which this one was joined, and which documents the breach"`
	JoinedNumber string            `json:"joined_number,omitempty" doc:"its human number"`
	Joined       []RegisterJoining `json:"joined,omitempty" doc:"the cases about the same breach that this one took in"`

	ClosedAt      time.Time `json:"closed_at,omitzero" doc:"when the case was closed; absent while it is open"`
	ClosingReason string    `json:"closing_reason,omitempty" doc:"why it was closed"`
}

// RegisterJoining is a case about the same breach that another one took in.
type RegisterJoining struct {
	ID         string    `json:"id" doc:"the id of the case"`
	Number     string    `json:"number" doc:"its human number"`
	ReceivedAt time.Time `json:"received_at" doc:"when what was told there reached the controller"`
}

// RegisterRemedy is one thing that was done about a breach.
type RegisterRemedy struct {
	Code   string    `json:"code,omitempty" doc:"the name of a task of every case"`
	Title  string    `json:"title,omitempty" doc:"what was to be done, where a person put it down"`
	Note   string    `json:"note,omitempty" doc:"what was done, in words"`
	DoneAt time.Time `json:"done_at" doc:"when"`
}

// RegisterFiling is one thing that an authority received.
type RegisterFiling struct {
	To          string    `json:"to" doc:"the code of the authority"`
	At          time.Time `json:"at" doc:"when it was filed"`
	Receipt     string    `json:"receipt" doc:"the authority's number"`
	Kind        string    `json:"kind,omitempty" doc:"new or follow_up"`
	Subtype     string    `json:"subtype,omitempty" doc:"complete, incomplete or withdraw"`
	LateSeconds int64     `json:"late_seconds,omitempty" doc:"by how much it was late"`
}

// Began is the instant by which the register orders cases and puts them into a
// year: awareness, or the opening while there is none.
func (e *RegisterEntry) Began() time.Time {
	if e.AwareAt.IsZero() {
		return e.OpenedAt
	}
	return e.AwareAt
}

// Overdue says that an authority should have been notified by now and was not.
func (e *RegisterEntry) Overdue() bool { return e.Late && len(e.Filings) == 0 }

// Place is the year and the month to which the register counts the case, in the
// case's own zone.
func (e *RegisterEntry) Place() (year int, month time.Month) {
	at := e.Began()
	if zone, err := time.LoadLocation(e.Zone); err == nil {
		at = at.In(zone)
	}
	return at.Year(), at.Month()
}

// Register is the case as the register of GDPR Art. 33(5) documents it.
func (s *State) Register() RegisterEntry {
	d := s.Disclosure
	e := RegisterEntry{
		ID: s.ID, Number: s.Number, Title: d.Title, Zone: d.Zone, Exercise: d.Exercise != nil, Told: d.Kind, Vendor: d.Vendor,
		PersonalData: d.PersonalData, Summary: d.Summary, OccurredFrom: d.OccurredFrom, OccurredTo: d.OccurredTo,
		DetectedAt: d.ProcessorDetectedAt, ReceivedAt: d.ReceivedAt, OpenedAt: s.OpenedAt,
		ClosedAt: s.ClosedAt, ClosingReason: s.ClosingReason, PublicAt: s.PublishedAt(),
	}
	if aware, ok := s.Aware(); ok {
		e.AwareAt, e.Provisional, e.AwareReason = aware.At, aware.Provisional, aware.Reason
	}
	e.judged(s)
	e.notified(s)
	e.formed(s)
	for _, t := range s.Tasks {
		if !t.DoneAt.IsZero() {
			e.Remedies = append(e.Remedies, RegisterRemedy{Code: t.Code, Title: t.Title, Note: t.Note, DoneAt: t.DoneAt})
		}
	}
	slices.SortStableFunc(e.Remedies, func(a, b RegisterRemedy) int { return a.DoneAt.Compare(b.DoneAt) })
	for i := range s.Rounds {
		r := &s.Rounds[i]
		e.Listed += r.People()
		if r.To() == RoundAffected {
			e.ToldPeople += r.Counts.Accepted
			if e.ToldAt.IsZero() {
				e.ToldAt = r.StartedAt
			}
		}
	}
	return e
}

// judged takes over what the last assessment says, and when the first was made.
func (e *RegisterEntry) judged(s *State) {
	last, ok := s.Assessed()
	if !ok {
		return
	}
	e.DecidedAt, e.Reason, e.Dissent = s.Assessments[0].At, last.Decision.Reason, last.Decision.Dissent
	e.ReasonAt, e.DecidedBy = last.At, last.By.Role
	communicate := last.Decision.Communicate
	e.Communicate, e.Ground = &communicate, last.Decision.Ground
	switch {
	case last.Severity != nil:
		e.Severity, e.Score = last.Severity.Band, last.Severity.Score
	case last.Advice != nil:
		e.Severity, e.Score = last.Advice.Band, last.Advice.Score
	}
	if last.Advice == nil {
		return // the facts are in a form of the reporter's own
	}
	e.Risk = string(last.Advice.Risk)
	var facts gdpr.BreachFacts
	if json.Unmarshal(last.Facts, &facts) != nil {
		return // what cannot be read says nothing
	}
	for _, p := range facts.Breach {
		e.Properties = append(e.Properties, string(p))
	}
	for _, kind := range facts.Data {
		e.DataKinds = append(e.DataKinds, kind.Kind)
	}
	e.People, e.Records = facts.People, facts.Records
	e.Exposure, e.Availability, e.Integrity = string(facts.Exposure), string(facts.AvailabilityLoss), string(facts.IntegrityLoss)
}

// notified takes over what became of the duties under GDPR Art. 33.
func (e *RegisterEntry) notified(s *State) {
	filed, withdrawn := false, false
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if !o.notifies() {
			continue
		}
		for j := range o.Filings {
			f := &o.Filings[j]
			e.Filings = append(e.Filings, RegisterFiling{To: o.Recipient(), At: f.At, Receipt: f.Receipt, Kind: f.Kind, Subtype: f.Subtype, LateSeconds: f.LateSeconds})
			e.lateFor(f.LateSeconds > 0 && f.Kind != FilingFollowUp, f.DelayReasons) // the rest has no 72 hours
		}
		for _, r := range o.DelayReasons {
			e.lateFor(false, r.Text)
		}
		e.lateFor(o.Status == ObligationOpen && !o.OverdueAt.IsZero(), "")
		withdrawn = withdrawn || o.Status == ObligationWithdrawn
		filed = filed || len(o.Filings) > 0 && o.Status != ObligationWithdrawn
	}
	last, assessed := s.Assessed()
	switch {
	case filed:
		e.Outcome = RegisterNotified
	case withdrawn:
		e.Outcome = RegisterWithdrawn
	case !assessed:
		e.Outcome = RegisterUndecided
	case last.Decision.NotifyAuthority:
		e.Outcome = RegisterOwed
	default:
		e.Outcome = RegisterNotNotified
	}
	if s.JoinedTo != nil {
		e.Outcome, e.JoinedTo, e.JoinedNumber = RegisterJoined, s.JoinedTo.Into, s.JoinedTo.Number
	}
	for i := range s.Joined {
		if j := &s.Joined[i]; j.OutAt.IsZero() {
			for _, t := range j.Told {
				e.Joined = append(e.Joined, RegisterJoining{ID: t.Case, Number: t.Number, ReceivedAt: t.Disclosure.ReceivedAt})
			}
		}
	}
}

// lateFor marks a notification as late, with the reason that was given, once.
func (e *RegisterEntry) lateFor(late bool, reason string) {
	e.Late = e.Late || late
	if reason != "" && !slices.Contains(e.WhyLate, reason) {
		e.WhyLate = append(e.WhyLate, reason)
	}
}
