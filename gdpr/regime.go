package gdpr

import (
	"slices"
	"time"
)

// The codes of the regimes in the data.
const (
	// RegimeNotification is GDPR Art. 33: the authority, within 72 hours.
	RegimeNotification = "gdpr-33"
	// RegimeCommunication is GDPR Art. 34: the people affected, without undue
	// delay.
	RegimeCommunication = "gdpr-34"
)

// The recipients of a duty.
const (
	// RecipientAuthority is a supervisory authority.
	RecipientAuthority = "authority"
	// RecipientPeople are the people affected.
	RecipientPeople = "people"
)

// StartsFromAwareness is the start of a stage whose period counts from the
// controller's awareness of the breach.
const StartsFromAwareness = "awareness"

// Regime is one law that makes a breach somebody's business: what triggers it,
// to whom the duty is owed and in which stages.
type Regime struct {
	// Code names the regime, for example "gdpr-33".
	Code string `json:"code"`
	// Name is the regime in a line a person reads, in English.
	Name string `json:"name"`
	// Recipient is to whom the duty is owed: "authority" or "people".
	Recipient string `json:"recipient"`
	// Threshold is the condition under which the duty arises.
	Threshold Threshold `json:"threshold"`
	// Stages are the steps of the duty in order; at least one.
	Stages []Stage `json:"stages"`
	// FollowUp is the rule for what is still missing after the first filing.
	FollowUp FollowUp `json:"follow_up"`
	Provenance
}

// Threshold is the condition under which a duty arises.
type Threshold struct {
	// Code is "risk_not_unlikely" or "high_risk".
	Code string `json:"code"`
	// Text is the condition in words, in English.
	Text string `json:"text"`
}

// Stage is one step of a regime.
type Stage struct {
	// Name says what is due: "notification" or "communication".
	Name string `json:"name"`
	// StartsFrom is the fact from which the period counts: "awareness".
	StartsFrom string `json:"starts_from"`
	// Within is the period. The zero Period is a duty without a clock.
	Within Period `json:"within"`
	// Standard is the law's own soft wording beside the period, "without
	// undue delay", which can be missed before the period ends.
	Standard string `json:"standard"`
	// Article is where the step stands, for example "Art. 33(1)".
	Article string `json:"article"`
	// DelayReasonsRequired says that a late filing must state why.
	DelayReasonsRequired bool `json:"delay_reasons_required"`
	// Ladder is the code of the reminder ladder; empty for a duty without a
	// clock.
	Ladder string `json:"ladder"`
}

// Period is a length of time as laws write it. The zero Period means that the
// law gives none.
type Period struct {
	// Hours are elapsed hours, whatever the clocks do.
	Hours int `json:"hours,omitempty"`
	// Days are calendar days.
	Days int `json:"days,omitempty"`
}

// IsZero reports whether there is no period.
func (p Period) IsZero() bool { return p == Period{} }

// FollowUp is the rule for information that is given after the first filing.
type FollowUp struct {
	// Within is the period for the rest, from the first filing. Zero when
	// there is none, or none in numbers.
	Within Period `json:"within"`
	// Soft says that the period is an expectation and not a limit in law.
	Soft bool `json:"soft"`
	// Text is the rule in words, in English. Empty where there is no rule.
	Text string `json:"text"`
	Provenance
}

// Regimes returns the regimes in the data.
func Regimes() []Regime {
	list := slices.Clone(regimes())
	for i := range list {
		list[i].Stages = slices.Clone(list[i].Stages)
	}
	return list
}

// RegimeByCode returns the regime of that code.
func RegimeByCode(code string) (Regime, bool) {
	for _, r := range regimes() {
		if r.Code == code {
			r.Stages = slices.Clone(r.Stages)
			return r, true
		}
	}
	return Regime{}, false
}

// Terms are the rules that one obligation lives by. They are copied from the
// data when the obligation is created and stored with it, so that a later
// version of the data never changes an old case. The JSON form is stable.
type Terms struct {
	// Regime is the code of the regime, for example "gdpr-33".
	Regime string `json:"regime"`
	// RegimeName is the regime in a line a person reads, in English.
	RegimeName string `json:"regime_name"`
	// Stage is the step of the regime: "notification" or "communication".
	Stage string `json:"stage"`
	// Article is where the step stands, for example "Art. 33(1)".
	Article string `json:"article"`
	// Source is the text that Article belongs to.
	Source string `json:"source"`
	// Recipient is to whom the duty is owed: "authority" or "people".
	Recipient string `json:"recipient"`
	// Authority is the code of the authority; empty when the recipient is not
	// an authority.
	Authority string `json:"authority"`
	// Threshold is the condition under which the duty arises.
	Threshold Threshold `json:"threshold"`
	// StartsFrom is the fact from which the period counts: "awareness".
	StartsFrom string `json:"starts_from"`
	// Within is the period; zero for a duty without a clock.
	Within Period `json:"within"`
	// Standard is the law's soft wording, "without undue delay".
	Standard string `json:"standard"`
	// Ladder is the plan of reminders; empty for a duty without a clock.
	Ladder Ladder `json:"ladder"`
	// DelayReasonsRequired says that a late filing must state why.
	DelayReasonsRequired bool `json:"delay_reasons_required"`
	// FollowUp is the rule for what is missing at the first filing: the
	// authority's own where the data has one, the regime's otherwise.
	FollowUp FollowUp `json:"follow_up"`
	// VerifiedAt is the day on which the regime was last read in its source,
	// as YYYY-MM-DD; empty when it is to be confirmed.
	VerifiedAt string `json:"verified_at"`
}

// NewTerms copies the terms of a regime's first stage for one recipient. The
// authority's code is required where the duty is owed to an authority and must
// be empty otherwise. It returns an [*UnknownError] for a code that the data
// does not have.
func NewTerms(regime, authority string) (Terms, error) {
	r, ok := RegimeByCode(regime)
	if !ok {
		return Terms{}, &UnknownError{Field: "regime", Value: regime, Suggestions: regimeCodes()}
	}
	followUp, code := r.FollowUp, ""
	if r.Recipient == RecipientAuthority {
		a, found := AuthorityByCode(authority)
		if !found {
			return Terms{}, &UnknownError{Field: "authority", Value: authority, Suggestions: SuggestAuthorities(authority)}
		}
		code = a.Code
		if a.FollowUp.Text != "" {
			followUp = a.FollowUp
		}
	} else if authority != "" {
		return Terms{}, &UnknownError{Field: "authority", Value: authority, Suggestions: []string{`"" (the duty is owed to the people affected)`}}
	}
	stage := r.Stages[0]
	ladder, ok := ladderByCode(stage.Ladder)
	if !ok {
		return Terms{}, &UnknownError{Field: "ladder", Value: stage.Ladder}
	}
	return Terms{
		Regime:               r.Code,
		RegimeName:           r.Name,
		Stage:                stage.Name,
		Article:              stage.Article,
		Source:               r.Source,
		Recipient:            r.Recipient,
		Authority:            code,
		Threshold:            r.Threshold,
		StartsFrom:           stage.StartsFrom,
		Within:               stage.Within,
		Standard:             stage.Standard,
		Ladder:               ladder,
		DelayReasonsRequired: stage.DelayReasonsRequired,
		FollowUp:             followUp,
		VerifiedAt:           r.VerifiedAt,
	}, nil
}

// HasClock reports whether the terms give a period in hours, so that a due
// time can be computed and reminders run.
func (t Terms) HasClock() bool { return t.Within.Hours > 0 }

// Deadline returns the time limit when the period counts from start, shown in
// zone (nil means UTC). The result is false for a duty without a clock.
func (t Terms) Deadline(start time.Time, zone *time.Location) (Deadline, bool) {
	if !t.HasClock() {
		return Deadline{}, false
	}
	article := t.Article
	if t.Source == regulation2016679 {
		article = "GDPR " + t.Article
	}
	return elapsedHours(start, t.Within.Hours, zone, article), true
}

// regulation2016679 is the formal name of the GDPR in the data.
const regulation2016679 = "Regulation (EU) 2016/679"

func regimeCodes() []string {
	var codes []string
	for _, r := range regimes() {
		codes = append(codes, r.Code)
	}
	return codes
}
