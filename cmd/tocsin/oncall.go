package main

import (
	"context"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

type onCall struct {
	People []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Role string `json:"role"`
	} `json:"people"`
}

func showOnCall(p page, v onCall) {
	if len(v.People) == 0 {
		p.text("Nobody is called: there is neither a DPO nor a deputy.")
		return
	}
	p.row("N", "ID", "NAME", "ROLE")
	for i, one := range v.People {
		p.row(number(i+1), one.ID, one.Name, one.Role)
	}
}

func (s *session) userOnCall() *cobra.Command {
	var order []string
	c := &cobra.Command{
		Use: "on-call [--order ID,ID…]", Short: "Show or set in which order people are called when a deadline comes near", Args: arguments(),
		RunE: func(c *cobra.Command, args []string) error {
			return does(func(ctx context.Context, _ []string) error {
				if !c.Flags().Changed("order") {
					raw, err := s.get(ctx, path("on-call"), nil)
					if err != nil {
						return err
					}
					return answer(s, raw, showOnCall)
				}
				if len(order) == 0 {
					return incident.InvalidField("--order", "", "names nobody", "the ids of every DPO and deputy, who is called first first")
				}
				raw, err := s.post(ctx, path("on-call"), struct {
					Accounts []string `json:"accounts"`
				}{order})
				if err != nil {
					return err
				}
				return answer(s, raw, showOnCall)
			})(c, args)
		},
	}
	c.Flags().StringSliceVar(&order, "order", nil, "the `ids` of every DPO and deputy, who is called first first")
	return c
}
