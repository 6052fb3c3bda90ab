package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
)

// deadline is a computed time limit.
type deadline struct {
	// Aware is the instant of awareness, in the zone asked for.
	Aware time.Time `json:"aware"`
	// Due is the hard limit, in the same zone.
	Due time.Time `json:"due"`
	// OuterBound is the latest end by Reg. (EEC, Euratom) 1182/71, in the same
	// zone; for information.
	OuterBound time.Time `json:"outer_bound"`
	// Rule names the articles.
	Rule string `json:"rule"`
}

func (s *session) deadlineCommand() *cobra.Command {
	var aware, zone string
	c := &cobra.Command{
		Use: "deadline --aware TIME --zone ZONE", Args: arguments(),
		Short: "Compute the limit of 72 hours (GDPR Art. 33(1)), without a server",
		RunE: does(func(context.Context, []string) error {
			d, err := computeDeadline(aware, zone)
			if err != nil {
				return err
			}
			return result(s, d, func(p page, v deadline) {
				p.row("Aware", v.Aware.Format(time.RFC3339))
				p.row("Due", v.Due.Format(time.RFC3339))
				p.row("Outer bound", v.OuterBound.Format(time.RFC3339)+" (for information)")
				p.row("Rule", v.Rule)
			})
		}),
	}
	c.Flags().StringVar(&aware, "aware", "", "the instant of awareness, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&zone, "zone", "", "the IANA `zone` in which times are shown, such as Europe/Madrid")
	return required(c, "aware", "zone")
}

func computeDeadline(aware, zone string) (deadline, error) {
	t, err := instant("--aware", aware)
	if err != nil {
		return deadline{}, err
	}
	// Before 1970 zones had offsets with seconds, which RFC 3339 cannot write.
	if t.Year() < 1971 || t.Year() > 9998 {
		return deadline{}, incident.InvalidField("--aware", aware, "is out of range", "a year from 1971 to 9998")
	}
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return deadline{}, incident.InvalidField("--zone", zone, "is not a time zone", "an IANA name such as Europe/Madrid")
	}
	d := gdpr.Due(t, location)
	return deadline{Aware: d.Aware, Due: d.Due, OuterBound: d.OuterBound, Rule: d.Rule}, nil
}
