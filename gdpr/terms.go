package gdpr

import (
	"fmt"
	"slices"
	"time"
)

// Terms are the rules that one obligation lives by. They are copied from the
// data when the obligation is created and stored with it, so that a later
// version of the data never changes an old case. The JSON form is stable: what
// was recorded before stages, labels and statuses existed still reads as what
// it meant.
type Terms struct {
	// Regime is the code of the regime, for example "gdpr-33".
	Regime string `json:"regime"`
	// RegimeName is the regime in a line a person reads, in English.
	RegimeName string `json:"regime_name"`
	// Status is "proposal" for a text that is not law, and empty otherwise.
	Status string `json:"status,omitempty"`
	// StatusNote explains a Status that is set, in English.
	StatusNote string `json:"status_note,omitempty"`
	// Source is the text that the articles belong to.
	Source string `json:"source"`
	// Recipient is to whom the duty is owed: one of the recipients of a
	// [Regime].
	Recipient string `json:"recipient"`
	// Authority is the code of the authority; empty when the recipient is not
	// an authority for data protection.
	Authority string `json:"authority"`
	// Threshold is the condition under which the duty arises.
	Threshold Threshold `json:"threshold"`
	// StageTerms are the rules of the first stage. In JSON their keys stand
	// beside the others.
	StageTerms
	// Then are the rules of the stages after the first, in order.
	Then []StageTerms `json:"then,omitempty"`
	// FollowUp is the rule for what is missing at the first filing: the
	// authority's own where the data has one, the regime's otherwise.
	FollowUp FollowUp `json:"follow_up"`
	// VerifiedAt is the day on which the regime was last read in its source,
	// as YYYY-MM-DD; empty when it is to be confirmed.
	VerifiedAt string `json:"verified_at"`
}

// NewTerms copies the terms of a regime for one recipient. The authority's
// code is required where the duty is owed to an authority that depends on the
// case; it may be left out where the regime itself names the authority, and
// must be empty where the recipient is no authority for data protection. It
// returns an [*UnknownError] for a code that the data does not have or the
// regime does not allow. The terms of a proposal, which must be asked for by
// its code, say in Status that they are no law.
func NewTerms(regime, authority string) (Terms, error) {
	r, ok := RegimeByCode(regime)
	if !ok {
		return Terms{}, &UnknownError{Field: "regime", Value: regime, Suggestions: SuggestRegimes(regime)}
	}
	followUp, code, err := r.recipient(authority)
	if err != nil {
		return Terms{}, err
	}
	terms := Terms{
		Regime:     r.Code,
		RegimeName: r.Name,
		Source:     r.Source,
		Recipient:  r.Recipient,
		Authority:  code,
		Threshold:  r.Threshold,
		FollowUp:   followUp,
		VerifiedAt: r.VerifiedAt,
	}
	if r.Proposal() {
		terms.Status, terms.StatusNote = r.Status, r.StatusNote
	}
	stages, err := r.StageTerms()
	if err != nil {
		return Terms{}, err
	}
	terms.StageTerms = stages[0]
	if len(stages) > 1 {
		terms.Then = stages[1:]
	}
	return terms, nil
}

// StageTerms copies the terms of the regime's stages, in order. They do not
// depend on the recipient. It returns an [*UnknownError] for a regime that is
// not from the data and names a ladder that the data does not have.
func (r Regime) StageTerms() ([]StageTerms, error) {
	list := make([]StageTerms, 0, len(r.Stages))
	for _, s := range r.Stages {
		terms, err := r.stageTerms(s)
		if err != nil {
			return nil, err
		}
		list = append(list, terms)
	}
	return list, nil
}

// recipient resolves the authority of a duty and the follow-up rule that goes
// with it.
func (r Regime) recipient(authority string) (FollowUp, string, error) {
	if r.Recipient != RecipientAuthority {
		if authority != "" {
			return FollowUp{}, "", &UnknownError{Field: "authority", Value: authority,
				Suggestions: []string{fmt.Sprintf(`"" (the duty is owed to %s)`, recipientNames[r.Recipient])}}
		}
		return r.FollowUp, "", nil
	}
	if authority == "" {
		authority = r.Authority
	}
	a, found := AuthorityByCode(authority)
	if !found {
		return FollowUp{}, "", &UnknownError{Field: "authority", Value: authority, Suggestions: SuggestAuthorities(authority)}
	}
	if r.Authority != "" && a.Code != r.Authority {
		return FollowUp{}, "", &UnknownError{Field: "authority", Value: authority, Suggestions: []string{r.Authority}}
	}
	// An authority's own rule is one for the GDPR; it says nothing about other
	// laws under which the same authority is told.
	if a.FollowUp.Text != "" && r.Code == RegimeNotification {
		return a.FollowUp, a.Code, nil
	}
	return r.FollowUp, a.Code, nil
}

// stageTerms copies one stage of a regime.
func (r Regime) stageTerms(s Stage) (StageTerms, error) {
	ladder, ok := ladderByCode(s.Ladder)
	if !ok {
		return StageTerms{}, &UnknownError{Field: "ladder", Value: s.Ladder}
	}
	terms := StageTerms{
		Stage:                s.Name,
		Label:                s.Label,
		Article:              s.Article,
		Cited:                s.Cited,
		StartsFrom:           s.StartsFrom,
		Within:               s.Within,
		Limit:                s.Limit,
		Standard:             s.Standard,
		Ladder:               ladder,
		DelayReasonsRequired: s.DelayReasonsRequired,
		NoOuterBound:         s.NoOuterBound,
		Note:                 s.Note,
		ToConfirm:            s.ToConfirm,
	}
	if !slices.ContainsFunc(facts(), func(f Fact) bool { return f.Name == s.StartsFrom }) {
		terms.StartsLabel = r.fact(s.StartsFrom).Label
	}
	return terms, nil
}

// maxContractHours is a month: a contract that allows more sets no clock that
// reminders could serve.
const maxContractHours = 31 * 24

// NewContractTerms returns the terms of GDPR Art. 33(2), a processor's duty to
// tell its controller, with the hours that the contract with this vendor gives
// (1 to 744). The period counts from the processor's own awareness, which is
// what the fact "awareness" then means. For a contract without hours use
// [NewTerms] with [RegimeProcessor]: a duty without a clock. It returns an
// [*InputError] for other hours.
func NewContractTerms(vendorHours int) (Terms, error) {
	if vendorHours < 1 || vendorHours > maxContractHours {
		return Terms{}, &InputError{Field: "contract_hours", Value: fmt.Sprint(vendorHours),
			Expected: fmt.Sprintf("a whole number of hours from 1 to %d", maxContractHours)}
	}
	terms, err := NewTerms(RegimeProcessor, "")
	if err != nil {
		return Terms{}, err
	}
	terms.Within = Period{Hours: vendorHours}
	terms.Cited = "the contract under GDPR " + terms.Article
	terms.Ladder = ladderFor(vendorHours)
	return terms, nil
}

// At returns the rules of stage n, counted from 0. The result is false when
// there is no such stage.
func (t Terms) At(stage int) (StageTerms, bool) {
	if stage < 0 || stage > len(t.Then) {
		return StageTerms{}, false
	}
	terms := t.StageTerms
	if stage > 0 {
		terms = t.Then[stage-1]
	}
	if terms.Cited == "" {
		terms.Cited = terms.Article
		if t.Source == regulation2016679 {
			terms.Cited = "GDPR " + terms.Article
		}
	}
	return terms, true
}

// Stages returns the rules of all stages in order, as [Terms.At] gives them.
func (t Terms) Stages() []StageTerms {
	list := make([]StageTerms, 0, 1+len(t.Then))
	for n := range 1 + len(t.Then) {
		s, _ := t.At(n)
		list = append(list, s)
	}
	return list
}

// Due returns the time limit of the first stage: see [StageTerms.Due].
func (t Terms) Due(facts Facts, place Place, calendar Calendar) (Deadline, error) {
	first, _ := t.At(0)
	return first.Due(facts, place, calendar)
}

// Deadline returns the time limit of the first stage when every fact that it
// counts from happened at start, shown in zone (nil means UTC) and without a
// calendar of holidays. The result is false for a duty without a clock. It is
// enough for stages that count from awareness alone; for the others use
// [StageTerms.Due].
func (t Terms) Deadline(start time.Time, zone *time.Location) (Deadline, bool) {
	if !t.HasClock() {
		return Deadline{}, false
	}
	first, _ := t.At(0)
	d, err := first.dueFrom(start, start, Place{Zone: zone}, nil)
	return d, err == nil
}

// regulation2016679 is the formal name of the GDPR in the data.
const regulation2016679 = "Regulation (EU) 2016/679"
