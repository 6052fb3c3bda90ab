package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/intake"
)

// question is one question about a breach whose answer is one of several words.
type question struct {
	// name is the fact, as the form and the record name it.
	name string
	// codes are the answers, the best first; "unknown" is offered beside them.
	codes []string
	// asked says whether the question bears on the case, by the answers to the
	// questions before it. Nil for always.
	asked func(gdpr.BreachFacts) bool
	get   func(gdpr.BreachFacts) string
	set   func(*gdpr.BreachFacts, string)
}

// questionsOf lists the questions in the order in which they are asked. Those
// of what was lost, of the kinds of data and of numbers are put otherwise.
func questionsOf() []question {
	lost := func(p gdpr.Property) func(gdpr.BreachFacts) bool {
		return func(f gdpr.BreachFacts) bool { return slices.Contains(f.Breach, p) }
	}
	serviceWaits := func(f gdpr.BreachFacts) bool {
		return slices.Contains(f.Breach, gdpr.Availability) || slices.Contains(f.Breach, gdpr.Integrity)
	}
	toKnown := func(f gdpr.BreachFacts) bool { return f.Exposure == gdpr.ExposureKnown }
	highRisk := func(f gdpr.BreachFacts) bool {
		a, err := gdpr.Assess(f)
		return err == nil && a.Risk == gdpr.RiskHigh
	}
	return []question{
		yesOrNo("vulnerable_people", nil, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.VulnerablePeople }),
		yesOrNo("minors", func(f gdpr.BreachFacts) bool { return f.VulnerablePeople == gdpr.Yes },
			func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.Minors }),
		oneOf("identification", nil, func(f *gdpr.BreachFacts) *gdpr.Identification { return &f.Identification },
			gdpr.IdentificationNegligible, gdpr.IdentificationLimited, gdpr.IdentificationSignificant, gdpr.IdentificationMaximum),
		yesOrNo("malicious", nil, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.Malicious }),
		oneOf("exposure", lost(gdpr.Confidentiality), func(f *gdpr.BreachFacts) *gdpr.Exposure { return &f.Exposure },
			gdpr.ExposureNone, gdpr.ExposureKnown, gdpr.ExposureUnknown, gdpr.ExposurePublic),
		yesOrNo("exfiltrated", lost(gdpr.Confidentiality), func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.Exfiltrated }),
		yesOrNo("recipient_trusted", toKnown, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.RecipientTrusted }),
		yesOrNo("recipient_confirmed_deletion", toKnown, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.RecipientConfirmedDeletion }),
		oneOf("unintelligible", func(f gdpr.BreachFacts) bool {
			return slices.Contains(f.Breach, gdpr.Confidentiality) || f.Malicious != gdpr.No
		}, func(f *gdpr.BreachFacts) *gdpr.Intelligibility { return &f.Unintelligible },
			gdpr.UnintelligibleYes, gdpr.UnintelligiblePartly, gdpr.UnintelligibleNo),
		yesOrNo("key_compromised", func(f gdpr.BreachFacts) bool { return f.Unintelligible == gdpr.UnintelligibleYes },
			func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.KeyCompromised }),
		oneOf("availability_loss", lost(gdpr.Availability), func(f *gdpr.BreachFacts) *gdpr.AvailabilityLoss { return &f.AvailabilityLoss },
			gdpr.AvailabilityNone, gdpr.AvailabilityHours, gdpr.AvailabilityDays, gdpr.AvailabilityPermanent),
		yesOrNo("restored", lost(gdpr.Availability), func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.Restored }),
		yesOrNo("backup", lost(gdpr.Availability), func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.Backup }),
		oneOf("integrity_loss", lost(gdpr.Integrity), func(f *gdpr.BreachFacts) *gdpr.IntegrityLoss { return &f.IntegrityLoss },
			gdpr.IntegrityNone, gdpr.IntegrityRecoverable, gdpr.IntegrityPermanent),
		yesOrNo("essential_service", serviceWaits, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.EssentialService }),
		yesOrNo("authority_requires_communication", highRisk, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.AuthorityRequiresCommunication }),
		yesOrNo("protection_measures", highRisk, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.ProtectionMeasures }),
		yesOrNo("subsequent_measures", highRisk, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.SubsequentMeasures }),
		yesOrNo("disproportionate_effort", highRisk, func(f *gdpr.BreachFacts) *gdpr.Answer { return &f.DisproportionateEffort }),
	}
}

func yesOrNo(name string, asked func(gdpr.BreachFacts) bool, of func(*gdpr.BreachFacts) *gdpr.Answer) question {
	return question{name: name, codes: []string{"no", "yes"}, asked: asked,
		get: func(f gdpr.BreachFacts) string { return of(&f).String() },
		set: func(f *gdpr.BreachFacts, code string) {
			*of(f) = map[string]gdpr.Answer{"yes": gdpr.Yes, "no": gdpr.No}[code]
		},
	}
}

func oneOf[T ~string](name string, asked func(gdpr.BreachFacts) bool, of func(*gdpr.BreachFacts) *T, values ...T) question {
	q := question{name: name, asked: asked,
		get: func(f gdpr.BreachFacts) string { return string(*of(&f)) },
		set: func(f *gdpr.BreachFacts, code string) { *of(f) = T(code) },
	}
	for _, v := range values {
		q.codes = append(q.codes, string(v))
	}
	return q
}

// answersIn reads the facts from the answers of a form. Answers to questions
// that do not bear on the case are left out, "unknown" is no answer.
func answersIn(form url.Values) (gdpr.BreachFacts, error) {
	var f gdpr.BreachFacts
	for _, p := range form["breach"] {
		f.Breach = append(f.Breach, gdpr.Property(p))
	}
	var err error
	if f.People, err = countIn(form, "people"); err != nil {
		return f, err
	}
	if f.Records, err = countIn(form, "records"); err != nil {
		return f, err
	}
	if f.Data, err = dataIn(form); err != nil {
		return f, err
	}
	for _, q := range questionsOf() {
		code := form.Get(q.name)
		if code == "" || code == gdpr.Unknown {
			continue
		}
		if !slices.Contains(q.codes, code) {
			return f, incident.InvalidField(q.name, intake.Shortened(code), "is not known", incident.Say("one of: %s, %s", strings.Join(q.codes, ", "), gdpr.Unknown))
		}
		if q.asked == nil || q.asked(f) {
			q.set(&f, code)
		}
	}
	return f, nil
}

func countIn(form url.Values, name string) (*int, error) {
	text := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(form.Get(name))
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, incident.InvalidField(name, intake.Shortened(form.Get(name)), "is not a number", "a whole number in figures, or nothing when it is not known")
	}
	return &n, nil
}

// dataIn reads the kinds of data, in the order of the law's data.
func dataIn(form url.Values) ([]gdpr.AffectedData, error) {
	var list []gdpr.AffectedData
	chosen := form["kind"]
	for _, k := range gdpr.KindContexts() {
		if !slices.Contains(chosen, k.Key) {
			continue
		}
		d := gdpr.AffectedData{Kind: k.Key}
		if text := form.Get("weight-" + k.Key); text != "" {
			step, err := strconv.Atoi(text)
			if err != nil {
				return nil, incident.InvalidField("weight-"+k.Key, intake.Shortened(text), "is not a number of steps", "a step of the list")
			}
			d.Adjustment = step
		}
		if d.Adjustment != 0 {
			d.Reason = strings.TrimSpace(form.Get("why-" + k.Key))
		}
		if opens := form.Get("opens-" + k.Key); isCredential(k) && opens != gdpr.Unknown {
			d.Opens = opens
		}
		list = append(list, d)
	}
	for _, key := range chosen {
		if !slices.ContainsFunc(list, func(d gdpr.AffectedData) bool { return d.Kind == key }) {
			return nil, incident.InvalidField("kind", intake.Shortened(key), "is not a kind of data", "kinds of the list")
		}
	}
	return list, nil
}

// isCredential says whether a kind weighs as much as what it opens.
func isCredential(k gdpr.KindContext) bool {
	return !slices.ContainsFunc(gdpr.ContextCategories(), func(c gdpr.ContextCategory) bool { return c.Code == k.Category })
}

// formOfFacts writes facts as a form gives them, so that they can be given
// again as they are.
func formOfFacts(f gdpr.BreachFacts) url.Values {
	form := url.Values{}
	for _, p := range f.Breach {
		form.Add("breach", string(p))
	}
	for name, n := range map[string]*int{"people": f.People, "records": f.Records} {
		if n != nil {
			form.Set(name, strconv.Itoa(*n))
		}
	}
	for _, d := range f.Data {
		form.Add("kind", d.Kind)
		if d.Adjustment != 0 {
			form.Set("weight-"+d.Kind, strconv.Itoa(d.Adjustment))
			form.Set("why-"+d.Kind, d.Reason)
		}
		if d.Opens != "" {
			form.Set("opens-"+d.Kind, d.Opens)
		}
	}
	for _, q := range questionsOf() {
		if code := q.get(f); code != "" && code != gdpr.Unknown {
			form.Set(q.name, code)
		}
	}
	return form
}
