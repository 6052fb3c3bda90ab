package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
)

func (s *session) peopleUntold() *cobra.Command {
	var out string
	var of int
	c := &cobra.Command{
		Use: "untold ID --out FILE.csv", Short: "Write the list of people whom mail did not reach, for letters and calls", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "people", "untold")
			if err != nil {
				return err
			}
			if of != 0 {
				p += "?round=" + strconv.Itoa(of)
			}
			return s.save(ctx, p, "text/csv", out, "It names people: keep it safe, and delete it when they are told.")
		}),
	}
	c.Flags().StringVar(&out, "out", "", "the `file` to write")
	c.Flags().IntVar(&of, "round", 0, "the round of people (`N`); without it all")
	return required(c, "out")
}
