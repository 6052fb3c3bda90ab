package gdpr_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

// The values of each fact from the best to the worst. What is not known counts
// as the worst, so the empty value stands last as well.
var (
	noFirst   = []gdpr.Answer{gdpr.No, gdpr.Yes, gdpr.AnswerUnknown}
	yesFirst  = []gdpr.Answer{gdpr.Yes, gdpr.No, gdpr.AnswerUnknown}
	exposures = []gdpr.Exposure{gdpr.ExposureNone, gdpr.ExposureKnown, gdpr.ExposureUnknown, gdpr.ExposurePublic, ""}
	readables = []gdpr.Intelligibility{gdpr.UnintelligibleYes, gdpr.UnintelligiblePartly, gdpr.UnintelligibleNo, ""}
	outages   = []gdpr.AvailabilityLoss{gdpr.AvailabilityNone, gdpr.AvailabilityHours, gdpr.AvailabilityDays, gdpr.AvailabilityPermanent, ""}
	changes   = []gdpr.IntegrityLoss{gdpr.IntegrityNone, gdpr.IntegrityRecoverable, gdpr.IntegrityPermanent, ""}
	eases     = []gdpr.Identification{gdpr.IdentificationNegligible, gdpr.IdentificationLimited, gdpr.IdentificationSignificant, gdpr.IdentificationMaximum, ""}
)

func kindKeys() []string {
	var keys []string
	for _, k := range gdpr.KindContexts() {
		keys = append(keys, k.Key)
	}
	return keys
}

func drawAffected(t *rapid.T) gdpr.AffectedData {
	d := gdpr.AffectedData{Kind: rapid.SampledFrom(kindKeys()).Draw(t, "kind")}
	d.Adjustment = rapid.SampledFrom([]int{0, 0, 0, -3, -2, -1, 1, 2, 3}).Draw(t, "adjustment")
	if rapid.Bool().Draw(t, "opens") {
		d.Opens = rapid.SampledFrom([]string{"simple", "behavioural", "financial", "sensitive"}).Draw(t, "opened")
	}
	return d
}

func drawFacts(t *rapid.T) gdpr.BreachFacts {
	all := []gdpr.Property{gdpr.Confidentiality, gdpr.Integrity, gdpr.Availability}
	answer := func(name string) gdpr.Answer { return rapid.SampledFrom(noFirst).Draw(t, name) }
	f := gdpr.BreachFacts{
		VulnerablePeople: answer("vulnerable"), Malicious: answer("malicious"),
		RecipientTrusted: answer("trusted"), RecipientConfirmedDeletion: answer("deleted"),
		EssentialService: answer("essential"), KeyCompromised: answer("key"),
		Backup: answer("backup"), Restored: answer("restored"),
		Exposure:         rapid.SampledFrom(exposures).Draw(t, "exposure"),
		Unintelligible:   rapid.SampledFrom(readables).Draw(t, "unintelligible"),
		AvailabilityLoss: rapid.SampledFrom(outages).Draw(t, "availability"),
		IntegrityLoss:    rapid.SampledFrom(changes).Draw(t, "integrity"),
		Identification:   rapid.SampledFrom(eases).Draw(t, "identification"),
	}
	for _, p := range all {
		if rapid.Bool().Draw(t, string(p)) {
			f.Breach = append(f.Breach, p)
		}
	}
	if rapid.Bool().Draw(t, "counted") {
		f.People = new(rapid.SampledFrom([]int{1, 50, 100, 101, 100000}).Draw(t, "people"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "kinds") {
		f.Data = append(f.Data, drawAffected(t))
	}
	for _, ground := range []*gdpr.Answer{&f.ProtectionMeasures, &f.SubsequentMeasures, &f.DisproportionateEffort, &f.AuthorityRequiresCommunication} {
		*ground = rapid.SampledFrom([]gdpr.Answer{gdpr.No, gdpr.AnswerUnknown, gdpr.AnswerUnknown, gdpr.AnswerUnknown, gdpr.Yes}).Draw(t, "ground")
	}
	return f
}

// worse takes one of the values after the present one.
func worse[T comparable](t *rapid.T, now T, scale []T) T {
	at := slices.Index(scale, now)
	return rapid.SampledFrom(scale[at:]).Draw(t, "worse")
}

// worsen makes one fact worse, or leaves it.
func worsen(t *rapid.T, f gdpr.BreachFacts) gdpr.BreachFacts {
	f.Breach, f.Data = slices.Clone(f.Breach), slices.Clone(f.Data)
	switch rapid.IntRange(0, 15).Draw(t, "fact") {
	case 0:
		f.VulnerablePeople = worse(t, f.VulnerablePeople, noFirst)
	case 1:
		f.Malicious = worse(t, f.Malicious, noFirst)
	case 2:
		f.RecipientTrusted = worse(t, f.RecipientTrusted, yesFirst)
	case 3:
		f.RecipientConfirmedDeletion = worse(t, f.RecipientConfirmedDeletion, []gdpr.Answer{gdpr.Yes, gdpr.AnswerUnknown, gdpr.No})
	case 4:
		f.EssentialService = worse(t, f.EssentialService, noFirst)
	case 5:
		f.KeyCompromised = worse(t, f.KeyCompromised, []gdpr.Answer{gdpr.No, gdpr.AnswerUnknown, gdpr.Yes})
	case 6:
		f.Backup = worse(t, f.Backup, yesFirst)
	case 7:
		f.Restored = worse(t, f.Restored, []gdpr.Answer{gdpr.Yes, gdpr.AnswerUnknown, gdpr.No})
	case 8:
		f.Exposure = worse(t, f.Exposure, exposures)
	case 9:
		f.Unintelligible = worse(t, f.Unintelligible, readables)
	case 10:
		f.AvailabilityLoss = worse(t, f.AvailabilityLoss, outages)
	case 11:
		f.IntegrityLoss = worse(t, f.IntegrityLoss, changes)
	case 12:
		f.Identification = worse(t, f.Identification, eases)
	case 13:
		if f.People != nil {
			f.People = new(*f.People + rapid.IntRange(0, 1000).Draw(t, "more"))
		}
		if rapid.Bool().Draw(t, "uncounted") {
			f.People = nil
		}
	case 14:
		if f.Data != nil {
			f.Data = append(f.Data, drawAffected(t))
		}
		if rapid.Bool().Draw(t, "unknown kinds") {
			f.Data = nil
		}
	case 15:
		p := rapid.SampledFrom([]gdpr.Property{gdpr.Confidentiality, gdpr.Integrity, gdpr.Availability}).Draw(t, "property")
		if !slices.Contains(f.Breach, p) {
			f.Breach = append(f.Breach, p)
		}
	}
	return f
}

func TestAFactThatGetsWorseNeverLowersTheRecommendation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		before, err := gdpr.Assess(f)
		if err != nil {
			t.Skip("not facts of one breach")
		}
		g := worsen(t, f)
		after, err := gdpr.Assess(g)
		if err != nil {
			t.Skip("not facts of one breach")
		}
		if !after.Risk.AtLeast(before.Risk) || before.NotifyAuthority && !after.NotifyAuthority || before.Communicate && !after.Communicate {
			t.Fatalf("%+v was %s, %+v is %s", f, before.Risk, g, after.Risk)
		}
		if after.Severity.Score < before.Severity.Score {
			t.Fatalf("severity fell from %s to %s: %+v, %+v", before.Severity.Score, after.Severity.Score, f, g)
		}
	})
}

func TestEveryAssessmentIsWhole(t *testing.T) {
	rules := map[string]bool{}
	for _, r := range gdpr.AssessmentRules() {
		rules[r.Code] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		a, err := gdpr.Assess(f)
		if err != nil {
			for _, kind := range []any{new(*gdpr.InputError), new(*gdpr.UnknownError), new(*gdpr.ContradictionError)} {
				if errors.As(err, kind) {
					return
				}
			}
			t.Fatalf("an error of another kind: %v", err)
		}
		if a.Communicate && !a.NotifyAuthority || a.NotifyAuthority != (a.Risk != gdpr.RiskUnlikely) || a.Communicate && a.Risk != gdpr.RiskHigh {
			t.Fatalf("%s, notify %t, communicate %t", a.Risk, a.NotifyAuthority, a.Communicate)
		}
		if a.Communicate != (a.Channel != gdpr.ChannelNone) || !a.Risk.AtLeast(a.BestRisk) || a.Provisional && len(a.Missing) == 0 {
			t.Fatalf("channel %s, best %s, provisional %t, missing %d", a.Channel, a.BestRisk, a.Provisional, len(a.Missing))
		}
		for _, r := range a.Reasons {
			if !rules[r.Rule] || r.Text == "" || r.Source == "" || r.Article == "" {
				t.Fatalf("a reason without text or source: %+v", r)
			}
		}
		for _, m := range a.Missing {
			if m.Question == "" || m.Best == "" {
				t.Fatalf("a missing fact without a question: %+v", m)
			}
		}
		for _, term := range a.In("es").Severity.Terms {
			if term.Why == "" || term.Source == "" {
				t.Fatalf("a term without a reason: %+v", term)
			}
		}
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := gdpr.ParseBreachFacts(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if b, err := gdpr.Assess(again); err != nil || b.Risk != a.Risk || b.Severity.Score != a.Severity.Score {
			t.Fatalf("%s: %s after reading, %s before (%v)", raw, b.Risk, a.Risk, err)
		}
	})
}
