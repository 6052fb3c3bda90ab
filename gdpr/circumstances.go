package gdpr

import (
	"fmt"
	"slices"
)

// manyPeople is the number above which ENISA 2013 raises a flag.
const manyPeople = 100

// reach is how far data that can be read got, from the best to the worst.
type reach int

const (
	reachNobody    reach = iota // nobody who is not entitled
	reachKnown                  // recipients whom the controller knows
	reachStrangers              // recipients whom nobody knows
	reachPublic                 // everybody
)

// circumstances are the facts as the rules see them: what is not known has its
// worst value, and what depends on another fact is settled.
type circumstances struct {
	facts BreachFacts

	context        int  // the data processing context, 1 to 4
	special        int  // the highest context of data of Art. 9 or 10, 0 for none
	fraud          bool // data that enable identity theft or fraud
	credentials    bool // data that open an account
	identification Hundredths
	many           bool // more than manyPeople
	vulnerable     bool
	readable       bool
	reach          reach
	malicious      bool
	trusted        bool // by what the DPO says, whatever else is known
	availability   AvailabilityLoss
	integrity      IntegrityLoss
	essential      bool

	severity Severity
}

// circumstancesOf settles facts that were checked.
func circumstancesOf(f BreachFacts) circumstances {
	c := circumstances{
		facts:          f,
		identification: identificationValue(f.Identification),
		many:           f.People == nil || *f.People > manyPeople,
		vulnerable:     f.VulnerablePeople != No || f.Minors == Yes,
		readable:       f.Unintelligible != UnintelligibleYes || f.KeyCompromised == Yes,
		malicious:      f.Malicious != No,
		trusted:        f.RecipientTrusted == Yes && f.RecipientConfirmedDeletion != No,
		essential:      f.EssentialService != No,
	}
	c.reach = reachOf(f)
	c.availability = availabilityOf(f)
	c.integrity = integrityOf(f)
	terms := c.settleData()
	c.settleSeverity(terms)
	return c
}

func reachOf(f BreachFacts) reach {
	switch f.Exposure {
	case ExposureNone:
		return reachNobody
	case ExposureKnown:
		return reachKnown
	case ExposureUnknown:
		return reachStrangers
	case ExposurePublic:
		return reachPublic
	}
	if !slices.Contains(f.Breach, Confidentiality) {
		return reachNobody
	}
	return reachPublic
}

func availabilityOf(f BreachFacts) AvailabilityLoss {
	switch {
	case !slices.Contains(f.Breach, Availability):
		return AvailabilityNone
	case f.AvailabilityLoss == AvailabilityHours && f.Restored == No:
		return AvailabilityDays
	case f.AvailabilityLoss == "" || f.AvailabilityLoss == Unknown:
		return AvailabilityPermanent
	}
	return f.AvailabilityLoss
}

func integrityOf(f BreachFacts) IntegrityLoss {
	switch {
	case !slices.Contains(f.Breach, Integrity):
		return IntegrityNone
	case f.IntegrityLoss == "" || f.IntegrityLoss == Unknown:
		return IntegrityPermanent
	}
	return f.IntegrityLoss
}

func identificationValue(i Identification) Hundredths {
	switch i {
	case IdentificationNegligible:
		return 25
	case IdentificationLimited:
		return 50
	case IdentificationSignificant:
		return 75
	default:
		return 100
	}
}

// settleData finds the context and what kinds there are, and returns the terms
// of the context.
func (c *circumstances) settleData() []Term {
	data := c.facts.Data
	if data == nil {
		data = []AffectedData{{Kind: Unknown}}
	}
	var terms []Term
	for i, d := range data {
		value, parts := d.context(fmt.Sprintf("data[%d]", i))
		terms = append(terms, parts...)
		c.context = max(c.context, value)
		kind, ok := kindContextByKey(d.Kind)
		if !ok {
			continue
		}
		c.fraud = c.fraud || kind.Fraud
		c.credentials = c.credentials || kind.Category == categoryCredentials || kind.Key == Unknown
		if kind.Special || kind.Category == categoryCredentials && d.category() == categorySensitive {
			c.special = max(c.special, value)
		}
	}
	return terms
}

func (c *circumstances) settleSeverity(context []Term) {
	in := Inputs{DPC: c.context, Identification: c.identification, Malicious: c.malicious}
	switch c.reach {
	case reachNobody:
	case reachKnown:
		in.Confidentiality = 25
	case reachStrangers, reachPublic:
		in.Confidentiality = 50
	}
	switch c.integrity {
	case IntegrityNone:
	case IntegrityRecoverable:
		in.Integrity = 25
	default:
		in.Integrity = 50
	}
	switch c.availability {
	case AvailabilityNone:
	case AvailabilityHours:
		// With a backup at hand the data were recovered without difficulty.
		if c.facts.Backup != Yes {
			in.Availability = 25
		}
	case AvailabilityDays:
		in.Availability = 25
	default:
		in.Availability = 50
	}
	s, err := Explain(in)
	if err != nil {
		// Every value above is one of the method's.
		panic(fmt.Sprintf("gdpr: severity of checked facts: %v", err))
	}
	s.Flags = []Flag{
		flagFor("over_100_people", c.many),
		flagFor("unintelligible", !c.readable),
	}
	c.markAssumed(s)
	s.Terms = append(slices.Clone(context), s.Terms...)
	c.severity = s.In("en")
}

// termFacts names the fact that each term of the calculation comes from.
var termFacts = map[string]string{
	"dpc": "data", "identification": "identification", "confidentiality": "exposure",
	"integrity": "integrity_loss", "availability": "availability_loss", "malicious": "malicious",
	"over_100_people": "people",
}

// markAssumed says beside each term and flag that rests on a fact nobody knows
// that this is so: a record must never read as if it were known.
func (c *circumstances) markAssumed(s Severity) {
	assumed := assumedFacts(c.facts)
	mark := func(l *Label, name string) {
		if slices.Contains(assumed, termFacts[name]) {
			l.EN += " (not known: the worst counts)"
			l.ES += " (no se sabe: cuenta lo peor)"
		}
	}
	for i := range s.Terms {
		mark(&s.Terms[i].Label, s.Terms[i].Name)
	}
	for i := range s.Flags {
		mark(&s.Flags[i].Label, s.Flags[i].Code)
	}
}

// identifiable says that somebody can tell whose data these are, directly or
// indirectly.
func (c circumstances) identifiable() bool { return c.identification >= 75 }

// disclosed says that readable data reached somebody who cannot be relied on.
func (c circumstances) disclosed() bool {
	return c.readable && c.reach >= reachKnown && !c.neutralised()
}

// toStrangers says that readable data reached somebody whom nobody knows.
func (c circumstances) toStrangers() bool { return c.readable && c.reach >= reachStrangers }

// neutralised says that known recipients can be relied on. With a great many
// people in the most sensitive context their word must be there in full.
func (c circumstances) neutralised() bool {
	if c.reach != reachKnown || !c.trusted || c.malicious {
		return false
	}
	return c.context < maxContext || !c.many || c.facts.RecipientConfirmedDeletion == Yes
}

// serious says that the data enable fraud or weigh as much as financial data.
func (c circumstances) serious() bool {
	return c.credentials || c.identifiable() && (c.fraud || c.context >= 3)
}
