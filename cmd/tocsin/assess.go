package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
)

func (s *session) assessCommand() *cobra.Command {
	var file, language string
	c := &cobra.Command{
		Use: "assess --file FACTS.json", Args: arguments(),
		Short: "Recommend from the facts whether to notify and to tell the people, without a server",
		Long: "Recommend from the facts of a breach whether to notify the authority (GDPR Art. 33) and to tell the\n" +
			"people (Art. 34), with the severity of ENISA 2013 and every reason. The recommendation advises and\n" +
			"never decides. A fact that is left out is not known and counts as its worst value.",
		RunE: does(func(context.Context, []string) error {
			if language != "en" && language != "es" {
				return incident.InvalidField("--language", language, "is not a language of the reasons", "en or es")
			}
			a, err := assessFile(file)
			if err != nil {
				return err
			}
			return result(s, a.In(language), showAssessment)
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `facts` in JSON")
	c.Flags().StringVar(&language, "language", "en", "the `language` of the reasons: en or es")
	return required(c, "file")
}

func assessFile(name string) (gdpr.Assessment, error) {
	raw, err := read("--file", name)
	if err != nil {
		return gdpr.Assessment{}, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // some editors put a mark there
	// An assessment as "tocsin assessment record" takes it holds the facts too.
	var whole struct {
		Facts json.RawMessage `json:"facts"`
	}
	if json.Unmarshal(raw, &whole) == nil && whole.Facts != nil {
		raw = whole.Facts
	}
	facts, err := gdpr.ParseBreachFacts(raw)
	if err != nil {
		return gdpr.Assessment{}, fmt.Errorf("--file %s: %w", name, err)
	}
	a, err := gdpr.Assess(facts)
	if err != nil {
		return gdpr.Assessment{}, fmt.Errorf("--file %s: %w", name, err)
	}
	return a, nil
}

// showAssessment says first what to do, then why.
func showAssessment(p page, a gdpr.Assessment) {
	risk := map[gdpr.Risk]string{
		gdpr.RiskUnlikely: "unlikely", gdpr.RiskLikely: "likely", gdpr.RiskHigh: "high risk likely",
	}[a.Risk]
	if a.Provisional {
		risk += " (provisional: " + strings.ReplaceAll(string(a.BestRisk), "_", " ") + " is possible once more is known)"
	}
	p.row("Risk", risk)
	p.row("Authority", map[bool]string{true: "notify (GDPR Art. 33)", false: "notification not required; document why"}[a.NotifyAuthority])
	p.row("People", map[string]string{
		gdpr.ChannelNone:       "communication not required",
		gdpr.ChannelIndividual: "tell each person (GDPR Art. 34)",
		gdpr.ChannelPublic:     "tell them by a public communication (GDPR Art. 34(3)(c))",
	}[a.Channel])
	p.row("Severity", fmt.Sprintf("%s, %s (ENISA 2013)", a.Severity.Score, a.Severity.Band))
	showTerms(p, a.Severity)
	p.heading("Reasons")
	for _, r := range a.Reasons {
		text := r.Text
		if len(r.Assumed) > 0 {
			text += " (not known: " + strings.Join(r.Assumed, ", ") + ")"
		}
		p.text("- %s [%s, %s; %s]", text, shortSource(r.Provenance), r.Rule, confirmed(r.Provenance))
	}
	if len(a.Missing) > 0 {
		p.heading("Not known")
	}
	for _, m := range a.Missing {
		effect := "alone changes nothing"
		if m.Lowers {
			effect = "lowers the risk to " + strings.ReplaceAll(string(m.RiskThen), "_", " ")
		}
		p.text("- %s: %s %q %s.", m.Fact, m.Question, m.Best, effect)
	}
	p.row("")
	p.text("This is advice. A person decides and records the reason.")
}

// showTerms writes the calculation of a severity.
func showTerms(p page, s gdpr.Severity) {
	for _, t := range s.Terms {
		p.row("  "+t.Name, t.Value, t.Why)
	}
	for _, f := range s.Flags {
		if f.Raised {
			p.row("  "+strings.ReplaceAll(f.Code, "_", " "), "flag", f.Why)
		}
	}
}

func shortSource(v gdpr.Provenance) string {
	if v.Source == "Regulation (EU) 2016/679" {
		return "GDPR " + v.Article
	}
	source, _, _ := strings.Cut(v.Source, ",")
	return source + ", " + v.Article
}

func confirmed(v gdpr.Provenance) string {
	if v.Verified() {
		return "read on " + v.VerifiedAt
	}
	return "to be confirmed"
}
