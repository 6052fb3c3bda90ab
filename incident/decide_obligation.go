package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin/gdpr"
)

// firstRegime is the regime under which every incident with personal data
// opens an obligation: GDPR Art. 33(1).
const firstRegime = gdpr.RegimeNotification

func (d Duty) check(field string) *Error {
	if blank(d.Regime) {
		return InvalidField(field+"regime", d.Regime, "is missing", "the code of a regime, such as nis2")
	}
	for name, text := range map[string]string{"recipient": d.Recipient, "country": d.Country} {
		if err := limitText(field+name, text, limitTitle); err != nil {
			return err
		}
	}
	if d.Country != "" && !gdpr.IsCountry(d.Country) {
		return InvalidField(field+"country", d.Country, "is not a country", "a country's two capital letters (ISO 3166-1), such as ES")
	}
	return limitText(field+"reason", d.Reason, limitReason)
}

// terms copies the terms of a duty from the law.
func (d Duty) terms(field, competent string) (gdpr.Terms, *Error) {
	if d.ContractHours != 0 {
		if d.Regime != gdpr.RegimeProcessor {
			return gdpr.Terms{}, InvalidField(field+"contract_hours", fmt.Sprint(d.ContractHours), Say("is set for %s", d.Regime),
				Say("hours for the processor's duty (%s) only: the law gives the others", gdpr.RegimeProcessor))
		}
		terms, err := gdpr.NewContractTerms(d.ContractHours)
		return terms, LawError(field, err)
	}
	authority := d.Authority
	if r, ok := gdpr.RegimeByCode(d.Regime); ok && authority == "" && r.Recipient == gdpr.RecipientAuthority && r.Authority == "" {
		authority = competent
	}
	terms, err := gdpr.NewTerms(d.Regime, authority)
	if err == nil && terms.Status == gdpr.StatusProposal {
		return gdpr.Terms{}, InvalidField(field+"regime", d.Regime, "is only proposed and no law yet", "a regime that is in force")
	}
	return terms, LawError(field, err)
}

// LawError gives an error of the law's data the form of a refusal.
func LawError(field string, err error) *Error {
	if err == nil {
		return nil
	}
	if unknown, ok := errors.AsType[*gdpr.UnknownError](err); ok {
		if unknown.Field == "authority" {
			return UnknownAuthority(field+"authority", unknown.Value)
		}
		expected := Say("a code of the law's data")
		if len(unknown.Suggestions) > 0 {
			expected = Say("one of: %s", strings.Join(unknown.Suggestions, ", "))
		}
		return InvalidField(field+unknown.Field, unknown.Value, "is not known", expected)
	}
	if both, ok := errors.AsType[*gdpr.ContradictionError](err); ok {
		return InvalidField(field+both.First, both.FirstValue, Say("contradicts %s: %s", both.Second, both.SecondValue), both.Expected)
	}
	if input, ok := errors.AsType[*gdpr.InputError](err); ok {
		return InvalidField(field+input.Field, input.Value, "is not allowed", input.Expected)
	}
	return InvalidField(strings.TrimSuffix(field, "."), "", "cannot be used", err.Error())
}

// open derives the event that opens a duty as the n-th of the case.
func (c context) open(n int, d Duty, field string, explicit bool) (ObligationOpened, *Error) {
	terms, err := d.terms(field, c.State.Disclosure.Authority)
	if err != nil {
		return ObligationOpened{}, err
	}
	o := &Obligation{N: n, Terms: terms}
	event := ObligationOpened{Obligation: n, Terms: terms}
	if explicit {
		o.Duty = &d
		event.Duty = &d
	}
	at := c.derive(o)
	event.AwareAt, event.DueAt, event.OuterBound, event.Waiting = at.startsAt, at.dueAt, at.outerBound, at.waiting
	return event, nil
}

// first gives the duties of an opening: the notification under GDPR Art. 33,
// unless the DPO named another duty of the controller for personal data, and
// those that the DPO has confirmed.
func (c context) first() ([]Data, *Error) {
	d := c.State.Disclosure
	var events []Data
	named := slices.ContainsFunc(d.Duties, d.replacesFirst)
	if d.PersonalData != "no" && !named {
		opened, err := c.open(1, Duty{Regime: firstRegime, Authority: d.Authority}, "", false)
		if err != nil {
			return nil, err
		}
		events = append(events, opened)
	}
	for i, duty := range d.Duties {
		field := fmt.Sprintf("obligations[%d].", i)
		if err := duty.check(field); err != nil {
			return nil, err
		}
		opened, err := c.open(len(events)+1, duty, field, true)
		if err != nil {
			return nil, err
		}
		for _, earlier := range events {
			e, ok := earlier.(ObligationOpened)
			if ok && e.Terms.Regime == opened.Terms.Regime && e.Terms.Authority == opened.Terms.Authority && sameRecipient(e.Duty, duty) {
				return nil, InvalidField(field+"regime", duty.Regime, "is named twice for the same recipient", "each duty once")
			}
		}
		events = append(events, opened)
	}
	return events, nil
}

// replacesFirst says whether a named duty stands in the place of the first: it
// is the same one, or the one of somebody to whom GDPR Art. 33(1) does not
// apply. A further authority, or a client of whom one is the processor beside
// one's own processing, leaves the first duty where it is.
func (d Disclosure) replacesFirst(x Duty) bool {
	switch x.Regime {
	case firstRegime:
		return x.Authority == "" || x.Authority == d.Authority
	case gdpr.RegimeProcessor:
		return d.Screening["only_processor"] == "yes"
	case gdpr.RegimeInstitutions:
		return true
	}
	return false
}

func (a AddObligation) check() *Error { return a.Duty.check("") }

func (a AddObligation) decide(c context) ([]Data, *Error) {
	if err := requireText("reason", a.Reason, limitReason); err != nil {
		return nil, err
	}
	opened, err := c.open(len(c.State.Obligations)+1, a.Duty, "", true)
	if err != nil {
		return nil, err
	}
	for i := range c.State.Obligations {
		o := &c.State.Obligations[i]
		if o.Terms.Regime != opened.Terms.Regime || o.Terms.Authority != opened.Terms.Authority || !sameRecipient(o.Duty, a.Duty) {
			continue
		}
		if o.Status == ObligationWaivedStatus || o.Status == ObligationWithdrawn {
			return c.reinstate(o, a.Reason), nil
		}
		if o.Duty != nil && *o.Duty == a.Duty {
			return nil, nil // the same duty, given again
		}
		return nil, conflict("obligation %d is this duty already (%s to %s, %s)", o.N, o.Terms.Regime, o.Recipient(), Word(o.Status))
	}
	return []Data{opened}, nil
}

func sameRecipient(have *Duty, asked Duty) bool {
	if have == nil {
		return asked.Recipient == ""
	}
	return have.Recipient == asked.Recipient
}

// reinstate opens a waived duty again and derives its clock.
func (c context) reinstate(o *Obligation, reason string) []Data {
	events := []Data{ObligationReinstated{Obligation: o.N, Reason: reason}}
	again := *o
	again.Revision++
	again.Status = ObligationOpen
	if at := c.derive(&again); at.waiting {
		return append(events, StageStarted{
			Obligation: o.N, Stage: again.StageIndex, Name: again.StageName(), Revision: again.Revision + 1, Waiting: true,
		})
	}
	if moved, ok := c.redo(&again); ok {
		events = append(events, moved)
	}
	return events
}

func (f FixFact) check() *Error {
	if blank(f.Fact) {
		return InvalidField("fact", f.Fact, "is missing", "the name of a fact, such as classified_major")
	}
	if f.At.IsZero() {
		return InvalidField("at", "", "is missing", "an instant with offset, such as 2026-11-17T10:17:00+01:00")
	}
	return requireText("reason", f.Reason, limitReason)
}

func (f FixFact) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(f.Obligation)
	if err != nil {
		return nil, err
	}
	known := o.factNames()
	if !slices.Contains(known, f.Fact) {
		expected := Say("no fact: its stages count from awareness and from filings alone")
		if len(known) > 0 {
			expected = Say("one of: %s", strings.Join(known, ", "))
		}
		return nil, InvalidField("fact", f.Fact, Say("is none from which obligation %d counts", o.N), expected)
	}
	if err := requireRecent("at", f.At, c.Now, c.State); err != nil {
		return nil, err
	}
	if o.Facts[f.Fact].Equal(f.At) {
		return nil, nil
	}
	events := []Data{FactFixed{Obligation: o.N, Fact: f.Fact, At: f.At.UTC(), Reason: f.Reason}}
	after := *o
	after.Facts = maps.Clone(o.Facts)
	if after.Facts == nil {
		after.Facts = gdpr.Facts{}
	}
	after.Facts[f.Fact] = f.At.UTC()
	events = append(events, c.rejudge(&after)...)
	if !o.Pending() {
		return events, nil
	}
	if moved, ok := c.redo(&after); ok {
		events = append(events, moved)
	}
	return events, nil
}

// factNames are the facts from which stages of the obligation count and which
// people fix, sorted.
func (o *Obligation) factNames() []string {
	var names []string
	for _, stage := range o.Terms.Stages() {
		for _, name := range []string{stage.StartsFrom, stage.Limit.StartsFrom} {
			if name != "" && name != gdpr.StartsFromAwareness && !strings.HasPrefix(name, gdpr.FiledFact("")) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r RecordScreening) check() *Error {
	_, err := Screen("answers", r.Answers)
	return err
}

func (r RecordScreening) decide(c context) ([]Data, *Error) {
	proposals, err := Screen("answers", r.Answers)
	if err != nil {
		return nil, err
	}
	if n := len(c.State.Screenings); n > 0 && maps.Equal(c.State.Screenings[n-1].Answers, r.Answers) {
		return nil, nil
	}
	return []Data{ScreeningRecorded{Version: len(c.State.Screenings) + 1, Answers: r.Answers, Proposals: proposals}}, nil
}

// Screen asks the law's data what the answers call for.
func Screen(field string, answers map[string]string) ([]gdpr.Proposal, *Error) {
	given := map[string]gdpr.Answer{}
	for _, key := range slices.Sorted(maps.Keys(answers)) {
		switch answers[key] {
		case "yes":
			given[key] = gdpr.Yes
		case "no":
			given[key] = gdpr.No
		case gdpr.Unknown:
			given[key] = gdpr.AnswerUnknown
		default:
			return nil, InvalidField(field+"."+key, answers[key], "is not an answer", "yes, no or unknown")
		}
	}
	if err := gdpr.CheckAnswers(given); err != nil {
		return nil, LawError(field+".", err)
	}
	return gdpr.Screen(given), nil
}
