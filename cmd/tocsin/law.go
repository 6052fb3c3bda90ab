package main

import (
	"context"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
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
		}))
}

// standing says whether somebody has read an item in its source.
func standing(p gdpr.Provenance) string {
	if p.Verified() {
		return "read in its source on " + p.VerifiedAt
	}
	return "to be confirmed"
}
