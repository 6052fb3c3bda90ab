package gdpr

// RegimeInstitutions is Reg. (EU) 2018/1725 Art. 34: an institution of the
// Union tells the European Data Protection Supervisor, within 72 hours.
const RegimeInstitutions = "eudpr-34"

// The thresholds that the risk for people decides about.
const (
	// ThresholdRisk is met unless a risk is unlikely (GDPR Art. 33(1)).
	ThresholdRisk = "risk_not_unlikely"
	// ThresholdHighRisk is met where a high risk is likely (GDPR Art. 34(1)).
	ThresholdHighRisk = "high_risk"
)

// RecipientName gives a recipient of a duty in words, in English; the code
// itself where it is none of the recipients of a [Regime].
func RecipientName(recipient string) string {
	if name := recipientNames[recipient]; name != "" {
		return name
	}
	return recipient
}

// FollowUpTerms gives the terms of the stage in which an incomplete filing is
// completed: without undue further delay (GDPR Art. 33(4)), and within the
// period that the authority asks for where the data has one. stage is the
// stage that was filed. The result is false where no period is known: then the
// rest is owed, but no clock runs.
func FollowUpTerms(t Terms, stage string) (StageTerms, bool) {
	within := t.FollowUp.Within
	if within.IsZero() {
		return StageTerms{}, false
	}
	hours := within.Hours
	if hours == 0 {
		hours = (within.Days + 30*within.Months) * 24
	}
	terms := StageTerms{
		Stage:        "follow_up",
		Label:        Label{EN: "follow-up", ES: "información adicional"},
		Article:      t.FollowUp.Article,
		Cited:        t.FollowUp.Source + " " + t.FollowUp.Article,
		StartsFrom:   FiledFact(stage),
		Within:       within,
		Standard:     "without undue further delay",
		Ladder:       ladderFor(hours),
		NoOuterBound: true,
		Note:         t.FollowUp.Text,
	}
	if !t.FollowUp.Verified() {
		terms.ToConfirm = t.FollowUp.Text
	}
	return terms, true
}
