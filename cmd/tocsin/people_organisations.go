package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (s *session) peopleOrganisations() *cobra.Command {
	return &cobra.Command{
		Use: "organisations ID", Short: "The organisations to which affected people belong", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "people", "organisations")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showOrganisations)
		}),
	}
}

func showOrganisations(p page, v struct {
	Organisations []struct {
		Organisation  string   `json:"organisation"`
		People        int      `json:"people"`
		Undeliverable int      `json:"undeliverable"`
		Kinds         []string `json:"data_kinds"`
	} `json:"organisations"`
}) {
	if len(v.Organisations) == 0 {
		p.text("None: nobody is imported, or the file names no organisation of the people affected.")
		return
	}
	p.row("ORGANISATION", "PEOPLE", "NO ADDRESS", "KINDS OF DATA")
	for _, o := range v.Organisations {
		p.row(o.Organisation, o.People, o.Undeliverable, strings.Join(o.Kinds, " "))
	}
}

func (s *session) peopleOrganisation() *cobra.Command {
	var name, out string
	c := &cobra.Command{
		Use: "organisation ID --org NAME --out FILE.csv", Short: "Write the list of one organisation's own people, to hand over to it", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "people", "organisation")
			if err != nil {
				return err
			}
			p += "?" + url.Values{"organisation": {name}}.Encode()
			return s.save(ctx, p, "text/csv", out, "It names people: hand it to this organisation alone, in a way that only it can read.")
		}),
	}
	c.Flags().StringVar(&name, "org", "", "the organisation's id or `name`, as \"people organisations\" lists it")
	c.Flags().StringVar(&out, "out", "", "the `file` to write")
	return required(c, "org", "out")
}
