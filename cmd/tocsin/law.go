package main

import (
	"context"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
)

// lawCommands show the law that is compiled in, without a server.
func (s *session) lawCommands() *cobra.Command {
	show := func(use, short string, work func() error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: arguments(),
			RunE: does(func(context.Context, []string) error { return work() })}
	}
	return group("law", "The law that Tocsin knows, with its sources",
		show("regimes", "The laws with their stages; a proposal is no law", func() error {
			return result(s, struct {
				Regimes []gdpr.Regime `json:"regimes"`
			}{gdpr.Regimes()}, func(p page, v struct {
				Regimes []gdpr.Regime `json:"regimes"`
			}) {
				for _, r := range v.Regimes {
					p.row(r.Code, r.Name, standing(r.Provenance))
					for _, stage := range r.Stages {
						p.row("", "  "+stage.Name+": "+stage.Within.String()+" from "+stage.StartsFrom, "")
					}
				}
			})
		}),
		show("questions", "The questions that say which laws may apply", func() error {
			return result(s, struct {
				Questions []gdpr.Question `json:"questions"`
			}{gdpr.Questions()}, func(p page, v struct {
				Questions []gdpr.Question `json:"questions"`
			}) {
				for _, q := range v.Questions {
					p.row(q.Key, q.Text.EN)
				}
			})
		}),
		show("authorities", "The supervisory authorities; confirm each before you file", func() error {
			return result(s, struct {
				Authorities []gdpr.Authority `json:"authorities"`
			}{gdpr.Authorities()}, func(p page, v struct {
				Authorities []gdpr.Authority `json:"authorities"`
			}) {
				for _, a := range v.Authorities {
					p.row(a.Code, a.Country, a.EnglishName, a.Site, standing(a.Provenance))
				}
			})
		}),
		s.lawRoute())
}

// lawRoute asks which authorities are to be notified.
func (s *session) lawRoute() *cobra.Command {
	var facts gdpr.RoutingFacts
	c := &cobra.Command{
		Use: "route --main PLACE --people-in PLACE", Args: arguments(),
		Short: "Say which authorities are to be notified, why, and where sources disagree",
		Long: "Say which authorities are to be notified. A place is a country (ES), or a German Land\n" +
			"(DE-BE) or a Spanish region with an authority of its own (ES-CT). It advises and never decides.",
		RunE: does(func(context.Context, []string) error {
			routing, err := gdpr.Route(facts)
			if err != nil {
				return incident.LawError("", err)
			}
			return result(s, routing, func(p page, v gdpr.Routing) {
				if len(v.Recipients) == 0 {
					p.text("By these facts no authority is to be notified.")
				}
				for _, r := range v.Recipients {
					p.row(r.Authority, r.Regime, r.Place, r.Why.EN, shortSource(r.Provenance))
				}
				for _, n := range v.Notes {
					p.text("\n%s (%s)", n.Text.EN, shortSource(n.Provenance))
				}
			})
		}),
	}
	f := c.Flags()
	f.StringVar(&facts.MainEstablishment, "main", "", "the `place` of the main or single establishment in the Union")
	f.StringSliceVar(&facts.Establishments, "establishment", nil, "the `place` of a further establishment; may be repeated")
	f.StringSliceVar(&facts.PeopleIn, "people-in", nil, "a `place` where affected people live; may be repeated")
	f.StringVar(&facts.Representative, "representative", "", "the `place` of the representative in the Union (Art. 27)")
	f.StringVar(&facts.BreachAt, "breach-at", "", "the `place` of the breach, where the lead authority is in doubt")
	f.StringVar(&facts.Sector, "sector", "", "`telecommunications`, post or journalism where it moves the competence")
	f.BoolVar(&facts.PublicBody, "public-body", false, "the controller is a public body (Art. 55(2))")
	f.BoolVar(&facts.FederalBody, "federal-body", false, "the public body in Germany is one of the federation")
	f.BoolVar(&facts.UnionInstitution, "union-institution", false, "the controller is an institution of the Union")
	f.BoolVar(&facts.LeadInDoubt, "lead-in-doubt", false, "it is not certain which authority leads")
	return c
}

// standing says whether somebody has read an item in its source.
func standing(p gdpr.Provenance) string {
	if p.Verified() {
		return "read in its source on " + p.VerifiedAt
	}
	return "to be confirmed"
}
