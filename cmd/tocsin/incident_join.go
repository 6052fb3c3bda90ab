package main

import (
	"context"

	"github.com/spf13/cobra"
)

// joinRequest is the body that joins a case to another.
type joinRequest struct {
	Into   string `json:"into"`
	Reason string `json:"reason"`
}

func (s *session) incidentJoin() *cobra.Command {
	var body joinRequest
	c := &cobra.Command{
		Use: "join ID --into ID --reason TEXT", Short: "Say that a case is about the same breach as another one", Args: arguments("ID"),
		Long: "Say that a case is about the same breach as another open one. That case takes in what was\n" +
			"told, with the files and the data set that waits. This one ends: its duties are waived, its\n" +
			"clocks and reminders stop. Opening it again with a reason takes it out.",
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, body, args[0], "join")
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, r recorded) {
				if len(r.Events) == 0 {
					p.text("%s was joined to that case before", r.Number)
				} else {
					p.text("%s was joined and goes on there", r.Number)
				}
				p.text("Next: tocsin incident show %s", body.Into)
			})
		}),
	}
	c.Flags().StringVar(&body.Into, "into", "", "the `case` that takes it in, by its id or its number")
	c.Flags().StringVar(&body.Reason, "reason", "", "`why` it is the same breach, for the record")
	return required(c, "into", "reason")
}
