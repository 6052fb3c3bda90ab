package form

import (
	"fmt"
	"strings"
	"time"

	"tocsin/gdpr"
)

// SeverityOption returns the option of field 87 for a band: low is minor,
// medium moderate, high and very high severe. The mapping is a proposal; the
// template defines none. It is "" for a band that does not exist.
func SeverityOption(band gdpr.Band) string {
	switch band {
	case gdpr.BandLow:
		return "minor"
	case gdpr.BandMedium:
		return "moderate"
	case gdpr.BandHigh, gdpr.BandVeryHigh:
		return "severe"
	default:
		return ""
	}
}

// Prefill returns the draft with what the case knows. It fills fields without
// an answer and those that an earlier Prefill filled; what a person answered
// stays. Every answer carries its source. It returns a [*FieldError] when the
// case holds what the form cannot take.
func Prefill(d Draft, now time.Time, known Known) (Draft, error) {
	if err := d.checkHead(); err != nil {
		return d, err
	}
	p := &prefill{draft: d.clone(), now: now, english: known.Language != "es"}
	p.controller(known)
	p.contacts(known)
	p.parties(known)
	p.timeline(known.Timeline)
	p.nature(known.Nature)
	p.people(known)
	p.data(known.Data)
	p.measures(known.Measures)
	p.risk(known.Risk)
	p.communication(known.Communication)
	p.authorities(known)
	p.text("delay_reasons", known.DelayReasons, known.DelaySource)
	if p.err != nil {
		return d, p.err
	}
	return p.draft, nil
}

// prefill collects answers and the first error.
type prefill struct {
	draft   Draft
	now     time.Time
	english bool
	err     error
}

// set fills one field unless a person answered it.
func (p *prefill) set(key string, value Value, state State, source string) {
	if p.err != nil {
		return
	}
	if old, ok := p.draft.Fields[key]; ok && !old.Prefilled {
		return
	}
	p.draft, p.err = p.draft.Set(p.now, key, Answer{Value: value, State: state, Source: source, Prefilled: true})
}

// clear takes back what an earlier Prefill put down and the case now denies.
func (p *prefill) clear(key string) {
	if old, ok := p.draft.Fields[key]; ok && old.Prefilled && p.err == nil {
		p.draft, p.err = p.draft.Clear(key)
	}
}

// text fills a text or an option, when there is one.
func (p *prefill) text(key, text, source string) {
	if strings.TrimSpace(text) != "" {
		p.set(key, Text(text), "", source)
	}
}

// choices fills a list, when there is one.
func (p *prefill) choices(key string, codes []string, source string) {
	if len(codes) > 0 {
		p.set(key, Choices(codes...), "", source)
	}
}

// instant fills an instant, when there is one.
func (p *prefill) instant(key string, t time.Time, approximate bool, source string) {
	if !t.IsZero() {
		p.set(key, Instant(t), certainty(approximate), source)
	}
}

func certainty(approximate bool) State {
	if approximate {
		return StateEstimated
	}
	return StateKnown
}

// say chooses the language of a sentence.
func (p *prefill) say(english, spanish string) string {
	if p.english {
		return english
	}
	return spanish
}

func (p *prefill) controller(known Known) {
	c := known.Controller
	p.draft.Facts.ControllerOutsideEEA = c.OutsideEEA
	p.text("controller_reference", c.Reference, c.Source)
	p.text("controller_identifier_type", c.IdentifierType, c.Source)
	p.text("controller_identifier", c.Identifier, c.Source)
	p.text("controller_name", c.Name, c.Source)
	p.text("controller_contact", c.Contact, c.Source)
	p.text("controller_sector", c.Sector, c.Source)
	p.text("organisation_type", c.Organisation, c.Source)
	p.text("economic_activity", c.Activity, c.Source)
	p.text("representative_name", c.Representative, c.Source)
	p.text("representative_contact", c.RepresentativeContact, c.Source)
	p.choices("establishment_countries", c.Establishments, c.Source)
}

func (p *prefill) contacts(known Known) {
	r, dpo := known.Reporter, known.DPO
	p.text("reporter_name", r.Name, r.Source)
	p.text("reporter_contact", r.Details, r.Source)
	p.text("reporter_function", r.Function, r.Source)
	p.text("reporter_function_description", r.FunctionDescription, r.Source)
	switch {
	case known.NoDPO:
		p.text("dpo_designated", "no", dpo.Source)
	case dpo.Name != "":
		p.text("dpo_designated", "yes", dpo.Source)
		p.text("dpo_name", dpo.Name, dpo.Source)
		p.text("dpo_contact", dpo.Details, dpo.Source)
	}
}

func (p *prefill) parties(known Known) {
	source := known.PartiesSource
	if known.NoParties {
		p.text("other_parties_involved", "no", source)
		return
	}
	if len(known.Parties) == 0 {
		return
	}
	p.text("other_parties_involved", "yes", source)
	for _, field := range []struct {
		key string
		get func(KnownParty) string
	}{
		{"other_party_role", func(k KnownParty) string { return k.Role }},
		{"other_party_name", func(k KnownParty) string { return k.Name }},
		{"other_party_contact", func(k KnownParty) string { return k.Contact }},
	} {
		var texts []string
		for _, party := range known.Parties {
			if text := field.get(party); text != "" {
				texts = append(texts, text)
			}
		}
		// A list with a gap would give one party the contact of another.
		if len(texts) == len(known.Parties) {
			p.choices(field.key, texts, source)
		}
	}
}

func (p *prefill) timeline(t KnownTimeline) {
	p.instant("aware_at", t.AwareAt, false, t.AwareSource)
	var occurred string
	switch from, to := t.OccurredFrom, t.OccurredTo; {
	case from.IsZero():
	case t.Ongoing:
		occurred = "ongoing"
	case to.IsZero():
	case from.Format(time.DateOnly) == to.In(from.Location()).Format(time.DateOnly):
		occurred = "on_day"
	default:
		occurred = "from_to"
	}
	if occurred != "" {
		p.set("occurred", Text(occurred), certainty(t.Approximate), t.Source)
		p.set("occurred_estimated", Flag(t.Approximate), StateKnown, t.Source)
	}
	p.instant("occurred_from", t.OccurredFrom, t.Approximate, t.Source)
	if t.Ongoing {
		p.clear("occurred_to")
	} else {
		p.instant("occurred_to", t.OccurredTo, t.Approximate, t.Source)
	}
	p.text("discovered_by", t.DiscoveredBy, t.Source)
	p.text("discovery_description", t.Discovery, t.Source)
	if !t.ToldAt.IsZero() {
		p.set("other_party_notified_on", Day(t.ToldAt), StateKnown, t.Source)
	}
	if !t.ProcessorDetectedAt.IsZero() {
		// The template has no field for it: erratum processor-awareness.
		p.text("timeline_comments", p.say(
			fmt.Sprintf("The processor became aware of the breach on %s.", instantText(t.ProcessorDetectedAt, "en")),
			fmt.Sprintf("El encargado del tratamiento tuvo constancia de la brecha el %s.", instantText(t.ProcessorDetectedAt, "es"))), t.Source)
	}
}

func (p *prefill) nature(n KnownNature) {
	p.choices("breach_nature", n.Breach, n.Source)
	p.text("confidentiality_type", n.Confidentiality, n.Source)
	p.text("unintelligible", n.Unintelligible, n.Source)
	p.text("integrity_type", n.Integrity, n.Source)
	p.text("availability_type", n.Availability, n.Source)
	p.text("incident_nature", n.Incident, n.Source)
	p.text("cause", n.Cause, n.Source)
	p.text("incident_description", n.Summary, n.Source)
	p.text("systems_description", n.Systems, n.Source)
}

func (p *prefill) people(known Known) {
	people := known.People
	p.choices("data_subject_categories", people.Categories, people.Source)
	p.text("data_subjects_description", people.Description, people.Source)
	p.count("data_subjects_known", "data_subjects_number", people)
	p.count("records_known", "records_number", known.Records)
	inside := map[string]int64{}
	for code, n := range people.PerCountry {
		if _, ok := countryByCode(code); ok {
			inside[code] = n
		}
	}
	if len(inside) == 0 {
		return
	}
	suffix := ""
	if known.Controller.OutsideEEA {
		suffix = "_outside"
	}
	p.choices("affected_countries"+suffix, sortedKeys(inside), people.Source)
	p.set("data_subjects_per_country"+suffix, Counts(inside), certainty(people.Approximate), people.Source)
}

// count fills whether a number is exact, and the number.
func (p *prefill) count(keyKnown, keyNumber string, c KnownCount) {
	if c.Count == nil {
		return
	}
	how := "exact"
	if c.Approximate {
		how = "approximate"
	}
	p.set(keyKnown, Text(how), certainty(c.Approximate), c.Source)
	p.set(keyNumber, Number(*c.Count), certainty(c.Approximate), c.Source)
}

func (p *prefill) data(k KnownData) {
	if len(k.Kinds) == 0 || p.err != nil {
		return
	}
	f, err := edition(p.draft.Version)
	if err != nil {
		p.err = err
		return
	}
	types := f.must("data_types")
	language := p.say("en", "es")
	var options, labels []string
	for _, key := range k.Kinds {
		kind, ok := gdpr.DataKindByKey(key)
		if !ok {
			p.err = &FieldError{Key: types.Key, Number: types.Number, Value: key, Expected: "the key of a kind of data"}
			return
		}
		options = append(options, kind.Option)
		labels = append(labels, kind.Label.In(language))
	}
	p.choices(types.Key, options, k.Source)
	if k.Description == "" {
		k.Description = strings.Join(labels, ", ")
	}
	p.text("data_description", k.Description, k.Source)
}

func (p *prefill) measures(m KnownMeasures) {
	p.choices("measures_before", m.Before, m.Source)
	p.text("measures_before_description", m.BeforeDescription, m.Source)
	p.text("measures_taken", m.Taken, m.Source)
	p.choices("measures_after", m.After, m.Source)
	p.text("measures_after_description", m.AfterDescription, m.Source)
}

func (p *prefill) risk(r KnownRisk) {
	p.draft.Facts.SeverityBand = r.Band
	p.text("severity", SeverityOption(r.Band), r.Source)
	p.text("risk_outcome", r.Outcome, r.Source)
	p.text("risk_description", r.Reason, r.Source)
	p.choices("confidentiality_consequences", r.Consequences, r.Source)
	p.choices("impacts", r.Impacts, r.Source)
}

func (p *prefill) communication(c KnownCommunication) {
	p.text("communicated", c.Answer, c.Source)
	if !c.On.IsZero() {
		switch c.Answer {
		case "yes":
			p.set("communicated_on", Day(c.On), StateKnown, c.Source)
		case "no_on_date":
			p.set("communication_planned_on", Day(c.On), StateKnown, c.Source)
		}
	}
	p.text("informed_extent", c.Extent, c.Source)
	p.text("informed_extent_description", c.ExtentDescription, c.Source)
	p.text("communication_means", c.Means, c.Source)
	p.text("communication_content", c.Content, c.Source)
	p.text("exemption", c.Exemption, c.Source)
	p.text("exemption_description", c.ExemptionReason, c.Source)
}

func (p *prefill) authorities(known Known) {
	a := known.Authorities
	if known.Controller.OutsideEEA {
		p.choices("authorities_notified_outside", a.Notified, a.Source)
	} else {
		p.text("cross_border_eea", a.CrossBorder, a.Source)
		p.choices("authorities_notified", a.Notified, a.Source)
	}
	if lead, ok := gdpr.AuthorityByCode(a.Lead); ok {
		p.text("lead_authority", lead.Name, a.Source)
	}
	p.text("reported_to_police", a.Police, a.Source)
	p.text("reported_to_other_authorities", a.Others, a.Source)
	p.text("other_authorities_description", a.OthersDescription, a.Source)
}
