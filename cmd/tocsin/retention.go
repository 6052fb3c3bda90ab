package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (s *session) retentionCommands() *cobra.Command {
	return group("retention", "For how long people's data are kept, and erasing them",
		s.retentionShow(), s.retentionSet(), s.retentionKeep(),
		s.retentionReason("hold", "Suspend erasing because the data are needed", "what the data are needed for (`TEXT`)"),
		s.retentionReason("release", "Lift the hold; at least a week remains until people's data are erased", "why the data are not needed any more (`TEXT`)"),
		s.retentionErase())
}

// retention is what the server says of a retention, as far as a person at a
// terminal needs it.
type retention struct {
	Status   string    `json:"status"`
	Told     string    `json:"told"`
	Days     int       `json:"days"`
	WarnDays []int     `json:"warn_days"`
	Default  bool      `json:"default"`
	Reason   string    `json:"reason"`
	EraseAt  time.Time `json:"erase_at"`
	Hold     *struct {
		Reason string `json:"reason"`
	} `json:"hold"`
	Request *struct {
		At        time.Time `json:"at"`
		Reason    string    `json:"reason"`
		Confirmed bool      `json:"confirmed"`
		Alone     bool      `json:"alone"`
	} `json:"request"`
	Warnings []struct {
		Days     int       `json:"days"`
		FiredAt  time.Time `json:"fired_at"`
		Accepted int       `json:"accepted"`
	} `json:"warnings"`
	Erased *struct {
		People    int `json:"people"`
		Documents int `json:"documents"`
		Kept      int `json:"kept"`
	} `json:"erased"`
	Kept []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"kept"`
}

func (s *session) retentionShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Say for how long people's data are kept, and what became of them", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "retention")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showRetention)
		}),
	}
}

func showRetention(p page, r retention) {
	p.text("%s", r.Told)
	if r.Days > 0 {
		kept := strconv.Itoa(r.Days) + " days from the closing"
		if r.Default {
			kept += ", the installation's setting"
		}
		p.row("Kept", kept)
	}
	if r.Reason != "" {
		p.row("Reason", r.Reason)
	}
	if len(r.WarnDays) > 0 {
		texts := make([]string, len(r.WarnDays))
		for i, d := range r.WarnDays {
			texts[i] = strconv.Itoa(d)
		}
		p.row("Warnings", strings.Join(texts, ", ")+" days before")
	}
	for _, w := range r.Warnings {
		p.row("  rang", when(w.FiredAt, nil), "reached "+number(w.Accepted))
	}
	if r.Hold != nil {
		p.row("Held", r.Hold.Reason)
	}
	if q := r.Request; q != nil {
		state := "another person has to confirm it"
		switch {
		case q.Confirmed:
			state = "confirmed"
		case q.Alone:
			state = "nobody else can confirm it: it can be held for a day"
		}
		p.row("Asked to erase", when(q.At, nil), q.Reason, state)
	}
	if e := r.Erased; e != nil {
		p.row("People erased", e.People)
		p.row("Files erased", e.Documents)
		p.row("Files kept", e.Kept)
	}
	if len(r.Kept) > 0 {
		p.heading("Files that stay readable")
		for _, k := range r.Kept {
			p.row("  "+k.ID, k.Name)
		}
	}
}

func (s *session) retentionSet() *cobra.Command {
	var body struct {
		Days     int    `json:"days"`
		WarnDays []int  `json:"warn_days,omitempty"`
		Reason   string `json:"reason"`
	}
	c := &cobra.Command{
		Use: "set ID --days N --reason TEXT", Args: arguments("ID"),
		Short: "Decide for how long people's data are kept after the case was closed",
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, body, args[0], "retention")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().IntVar(&body.Days, "days", 0, "the days from the closing of the case (`N`)")
	c.Flags().IntSliceVar(&body.WarnDays, "warn", nil, "the days before the date at which to warn (`N,N`); without it as before, or 30,7,1")
	c.Flags().StringVar(&body.Reason, "reason", "", "why this long (`TEXT`)")
	return required(c, "days", "reason")
}

func (s *session) retentionKeep() *cobra.Command {
	var body struct {
		Document string `json:"document"`
		Reason   string `json:"reason"`
	}
	c := &cobra.Command{
		Use: "keep ID --document DOCUMENT --reason TEXT", Args: arguments("ID"),
		Short: "Keep a file readable when people's data are erased",
		Long: "Keep a file readable when people's data are erased. What was filed with an authority and the\n" +
			"notices that were approved are kept by themselves; other files, such as a vendor's mail or data\n" +
			"set, are erased. Keep only a file that names nobody who was affected.",
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, body, args[0], "retention", "keep")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&body.Document, "document", "", "the document's `id`; \"tocsin incident show ID -o json\" lists them")
	c.Flags().StringVar(&body.Reason, "reason", "", "why it is needed and may be kept (`TEXT`)")
	return required(c, "document", "reason")
}

// retentionReason is a command on a retention that takes a reason.
func (s *session) retentionReason(word, short, why string) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: word + " ID --reason TEXT", Short: short, Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, reasoned{reason}, args[0], "retention", word)
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", why)
	return required(c, "reason")
}

func (s *session) retentionErase() *cobra.Command {
	var reason string
	var confirm bool
	c := &cobra.Command{
		Use: "erase ID --reason TEXT | --confirm", Args: arguments("ID"),
		Short: "Ask to erase people's data now, or confirm that another person asked; it cannot be undone",
		Long: "Ask to erase people's data before the date. Another person with the role dpo or deputy confirms it\n" +
			"with --confirm, and then it is done at once. Where there is nobody else, a day remains in which it can\n" +
			"be held. Erasing cannot be undone.",
		RunE: does(func(ctx context.Context, args []string) error {
			var raw []byte
			var err error
			if confirm {
				raw, err = s.postFor(ctx, struct{}{}, args[0], "retention", "confirm")
			} else {
				raw, err = s.postFor(ctx, reasoned{reason}, args[0], "retention", "erase")
			}
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "why before the date (`TEXT`)")
	c.Flags().BoolVar(&confirm, "confirm", false, "confirm what another person asked for")
	c.MarkFlagsOneRequired("reason", "confirm")
	c.MarkFlagsMutuallyExclusive("reason", "confirm")
	return c
}
