package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

type (
	// adviceShown is what the rules say on the answers.
	adviceShown struct {
		Risk             gdpr.Risk
		InWords          string
		Authority, Told  string
		Severity, Better string // Better is empty unless the advice is provisional
		Reasons          []reasonShown
		Missing          []missingShown
		Terms            []termShown
	}
	// reasonShown is a rule that applied, with where it stands.
	reasonShown struct {
		Text, Source, Read string
		Verified           bool
		Assumed            string // what is not known and was counted as its worst
	}
	missingShown struct {
		Fact, Question, Effect string
		Lowers                 bool
	}
	termShown struct{ Value, Why string }
	// assessedShown is an assessment that was recorded.
	assessedShown struct {
		Version                                 int
		At, By, Advice, Decision, Reason        string
		Dissent, Ground                         string
		Against                                 bool
		NotifyAuthority, Communicate, HasAdvice bool
	}
)

func adviceShownOf(a gdpr.Assessment, w wording.Words) *adviceShown {
	a = a.In(w.Lang)
	shown := &adviceShown{
		Risk: a.Risk, InWords: w.T("risk_" + string(a.Risk)),
		Authority: w.T("advice_authority_no"), Told: w.T("advice_people_" + a.Channel),
		Severity: w.T("advice_severity", a.Severity.Score.String(), bandInWords(string(a.Severity.Band), w)),
	}
	if a.NotifyAuthority {
		shown.Authority = w.T("advice_authority_yes")
	}
	if a.Provisional {
		shown.Better = w.T("advice_provisional", w.T("risk_"+string(a.BestRisk)))
	}
	for _, r := range a.Reasons {
		one := reasonShown{Text: r.Text, Source: sourceOf(r.Provenance), Verified: r.Verified(), Read: w.T("source_open")}
		if r.Verified() {
			one.Read = w.T("source_read", r.VerifiedAt)
		}
		var assumed []string
		for _, fact := range r.Assumed {
			assumed = append(assumed, factInWords(fact, w))
		}
		one.Assumed = strings.Join(assumed, ", ")
		shown.Reasons = append(shown.Reasons, one)
	}
	for _, m := range a.Missing {
		one := missingShown{Fact: m.Fact, Question: m.Question, Lowers: m.Lowers, Effect: w.T("missing_nothing")}
		if m.Lowers {
			one.Effect = w.T("missing_lowers", w.T("risk_"+string(m.RiskThen)))
		}
		shown.Missing = append(shown.Missing, one)
	}
	for _, t := range a.Severity.Terms {
		shown.Terms = append(shown.Terms, termShown{t.Value.String(), t.Why})
	}
	return shown
}

// sourceOf names the text and the place of a rule.
func sourceOf(p gdpr.Provenance) string {
	if p.Source == "Regulation (EU) 2016/679" {
		return "GDPR " + p.Article
	}
	source, _, _ := strings.Cut(p.Source, ",")
	return source + ", " + p.Article
}

// factInWords names a fact in a word or two.
func factInWords(fact string, w wording.Words) string {
	return cmp.Or(w.Own("fact_"+fact), wording.Spoken(fact))
}

func bandInWords(band string, w wording.Words) string {
	return w.T("band_" + strings.ReplaceAll(band, " ", "_"))
}

// assessedShownOf tells of an assessment in the reader's language. The reasons
// stay as they were written.
func assessedShownOf(a incident.Assessment, w wording.Words, names colleagues, place *time.Location) assessedShown {
	shown := assessedShown{
		Version: a.Version, At: w.At(a.At, place), By: names.in(w, &a.By), Reason: a.Decision.Reason, Dissent: a.Decision.Dissent,
		Decision: decisionIn(a.Decision.NotifyAuthority, a.Decision.Communicate, w), Against: slices.Contains(against(a), true),
	}
	if a.Decision.Ground != "" {
		shown.Ground = w.T("ground_" + a.Decision.Ground)
	}
	if a.Advice != nil {
		shown.Advice = w.T("risk_"+string(a.Advice.Risk)) + "; " + decisionIn(a.Advice.NotifyAuthority, a.Advice.Communicate, w) + ". " +
			w.T("advice_severity", gdpr.Hundredths(a.Advice.Score).String(), bandInWords(a.Advice.Band, w))
	}
	return shown
}

func against(a incident.Assessment) []bool {
	notify, communicate := a.Against()
	return []bool{notify, communicate}
}

func decisionIn(notify, communicate bool, w wording.Words) string {
	keys := map[bool]string{true: "yes", false: "no"}
	return w.T("decided_notify_"+keys[notify]) + "; " + w.T("decided_communicate_"+keys[communicate])
}
