package main

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

func (s *session) auditAt() *cobra.Command {
	var at, until, by string
	c := &cobra.Command{
		Use: "at ID --time TIME", Short: "The case as it was known at an instant; with --until what was known otherwise later",
		Args: arguments("ID"),
		Long: "The case as it was known at an instant: what was recorded by then, and nothing that was\n" +
			"learnt later about that time. With --by happened what was so by then, by all that was recorded\n" +
			"ever: what was recorded late counts from when it happened. With --until also what was recorded up to a second instant,\n" +
			"and what was known otherwise by then. In an exercise the instants are of its own time.",
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "at")
			if err != nil {
				return err
			}
			query := url.Values{"time": {at}}
			set(query, "until", until)
			set(query, "by", by)
			raw, err := s.get(ctx, p, query)
			if err != nil {
				return err
			}
			return answer(s, raw, showAt)
		}),
	}
	c.Flags().StringVar(&at, "time", "", "the instant (`TIME`), such as 2025-11-25T18:04:00+01:00")
	c.Flags().StringVar(&until, "until", "", "a second, later instant (`TIME`)")
	c.Flags().StringVar(&by, "by", "", "`WHICH` of the two times counts: recorded, what was known then (as without it), or happened, what was so then")
	return required(c, "time")
}

// auditDiff says what was known otherwise at a second instant.
func (s *session) auditDiff() *cobra.Command {
	var from, to, by string
	c := &cobra.Command{
		Use: "diff ID --from TIME --to TIME", Short: "What was known otherwise at a second instant: which entries came, and what they changed",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "at")
			if err != nil {
				return err
			}
			query := url.Values{"time": {from}, "until": {to}}
			set(query, "by", by)
			raw, err := s.get(ctx, p, query)
			if err != nil {
				return err
			}
			return answer(s, raw, showAt)
		}),
	}
	c.Flags().StringVar(&from, "from", "", "the first instant (`TIME`)")
	c.Flags().StringVar(&to, "to", "", "the second, later instant (`TIME`)")
	c.Flags().StringVar(&by, "by", "", "`WHICH` of the two times counts: recorded or happened")
	return required(c, "from", "to")
}

func showAt(p page, v struct {
	Time     time.Time `json:"time"`
	By       string    `json:"by"`
	Known    bool      `json:"known"`
	Seq      int64     `json:"seq"`
	Incident *struct {
		Number     string `json:"number"`
		Title      string `json:"title"`
		State      string `json:"state"`
		Stage      string `json:"stage"`
		NextAction struct {
			Text string `json:"text"`
		} `json:"next_action"`
		Awareness []struct {
			At     time.Time `json:"at"`
			Reason string    `json:"reason"`
		} `json:"awareness"`
		Obligations []struct {
			N         int       `json:"n"`
			Recipient string    `json:"recipient"`
			Status    string    `json:"status"`
			Due       time.Time `json:"due"`
		} `json:"obligations"`
	} `json:"incident"`
	Until   *time.Time `json:"until"`
	Entries []struct {
		Seq  int64     `json:"seq"`
		Type string    `json:"type"`
		At   time.Time `json:"at"`
		Role string    `json:"role"`
	} `json:"entries"`
	Changes []struct {
		Path   string          `json:"path"`
		Before json.RawMessage `json:"before"`
		After  json.RawMessage `json:"after"`
	} `json:"changes"`
}) {
	nothing, as, up, otherwise := "was recorded", "As known at", "Recorded up to", "Known otherwise by then"
	if v.By == "happened" {
		nothing, as, up, otherwise = "had happened", "As it was at", "Happened up to", "Otherwise by then"
	}
	if !v.Known {
		p.text("Nothing of this case %s by %s.", nothing, v.Time.Format(time.RFC3339))
	} else if i := v.Incident; i != nil {
		p.text("%s  %s", i.Number, i.Title)
		p.row(as, v.Time.Format(time.RFC3339))
		p.row("Entries", v.Seq)
		p.row("State", i.State+", "+i.Stage)
		if n := len(i.Awareness); n > 0 {
			p.row("Aware", i.Awareness[n-1].At.Format(time.RFC3339)+" ("+i.Awareness[n-1].Reason+")")
		}
		for _, o := range i.Obligations {
			p.row("Duty", o.N, o.Recipient, o.Status, when(o.Due, nil))
		}
		p.row("Next then", i.NextAction.Text)
	}
	if v.Until == nil {
		return
	}
	p.text("")
	p.text("%s %s:", up, v.Until.Format(time.RFC3339))
	for _, e := range v.Entries {
		p.row(e.Seq, e.At.Format(time.RFC3339), e.Type, e.Role)
	}
	p.text("%s (%d):", otherwise, len(v.Changes))
	for _, c := range v.Changes {
		p.text("%s: %s -> %s", c.Path, c.Before, c.After)
	}
}
