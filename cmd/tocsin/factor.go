package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// demand is of which roles a second factor is demanded.
type demand struct {
	// Roles are the roles; none when it is demanded of nobody.
	Roles []string `json:"roles"`
	// From is from when on; zero when it is demanded of nobody.
	From time.Time `json:"from,omitzero"`
}

func showDemand(p page, d demand) {
	if len(d.Roles) == 0 {
		p.text("A second factor is demanded of nobody: each person decides.")
		return
	}
	p.row("Demanded of", strings.Join(d.Roles, ", "))
	p.row("From", when(d.From, nil))
}

func (s *session) userSecondFactor() *cobra.Command {
	var roles []string
	var from string
	var nobody bool
	c := &cobra.Command{
		Use: "second-factor [--of ROLE]…", Short: "Show or, as the DPO, set of which roles a second factor is demanded", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			if len(roles) == 0 && !nobody {
				if from != "" {
					return incident.InvalidField("--from", from, "has no role", "--of ROLE beside it")
				}
				raw, err := s.get(ctx, path("second-factor"), nil)
				if err != nil {
					return err
				}
				return answer(s, raw, showDemand)
			}
			if len(roles) > 0 && nobody {
				return incident.InvalidField("--of-nobody", "", "contradicts --of", "one of the two")
			}
			body := demand{Roles: append([]string{}, roles...)}
			if from != "" {
				at, err := instant("--from", from)
				if err != nil {
					return err
				}
				body.From = at
			}
			raw, err := s.post(ctx, path("second-factor"), body)
			if err != nil {
				return err
			}
			return answer(s, raw, showDemand)
		}),
	}
	c.Flags().StringSliceVar(&roles, "of", nil, "a `role` of which it is demanded, in the place of those before; may be repeated")
	c.Flags().StringVar(&from, "from", "", "from when on (`TIME`); at once without it")
	c.Flags().BoolVar(&nobody, "of-nobody", false, "demand it of nobody any more")
	return c
}
