package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/spf13/cobra"
)

func (s *session) mailingCommands() *cobra.Command {
	nothing := func() any { return struct{}{} }
	var reason string
	stop := s.onRound("stop ID --reason TEXT", "Stop a round that is being sent: nobody further is written to", "stop",
		func() any { return reasoned{reason} })
	stop.Flags().StringVar(&reason, "reason", "", "why, for the record (`TEXT`)")
	return group("mailing", "The notice to the people affected (GDPR Art. 34)",
		s.mailingDraft(), s.mailingPreview(),
		s.onRound("approve ID", "Approve the latest draft of a round; not by its drafter", "approve", nothing),
		s.onRound("start ID", "Begin to send an approved round", "start", nothing),
		required(stop, "reason"), s.mailingStatus())
}

func (s *session) mailingDraft() *cobra.Command {
	var template, file string
	var of int
	c := &cobra.Command{
		Use: "draft ID --template NAME", Short: "Draft the notice; without --file from what is recorded", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			body := struct {
				Template string          `json:"template"`
				Round    int             `json:"round,omitempty"`
				Content  json.RawMessage `json:"content,omitempty"`
			}{Template: template, Round: of}
			if file != "" {
				var err error
				if body.Content, err = readJSON("--file", file); err != nil {
					return err
				}
			}
			raw, err := s.postFor(ctx, body, args[0], "mailings")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&template, "template", "", "the template's `name`, such as affected")
	c.Flags().IntVar(&of, "round", 0, "the round of people (`N`); without it the last")
	c.Flags().StringVar(&file, "file", "", "the `content` in JSON, per language")
	return required(c, "template")
}

// onRound is a command on one round of people.
func (s *session) onRound(use, short, segment string, body func() any) *cobra.Command {
	var of string
	c := &cobra.Command{
		Use: use, Short: short, Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			n, err := round(of)
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, body(), args[0], "mailings", n, segment)
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	roundFlag(c, &of)
	return c
}

func roundFlag(c *cobra.Command, of *string) {
	c.Flags().StringVar(of, "round", "latest", "the round of people (`N`)")
}

// ofRound asks for something of one round.
func (s *session) ofRound(ctx context.Context, id, of string, query url.Values, further ...string) ([]byte, error) {
	n, err := round(of)
	if err != nil {
		return nil, err
	}
	p, err := incidentPath(id, append([]string{"mailings", n}, further...)...)
	if err != nil {
		return nil, err
	}
	return s.get(ctx, p, query)
}

func (s *session) mailingStatus() *cobra.Command {
	var of string
	c := &cobra.Command{
		Use: "status ID", Short: "The deliveries of a round by state", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.ofRound(ctx, args[0], of, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showMailing)
		}),
	}
	roundFlag(c, &of)
	return c
}

func showMailing(p page, v struct {
	Round         int     `json:"round"`
	Status        string  `json:"status"`
	Total         int     `json:"total"`
	Pending       int     `json:"pending"`
	Sending       int     `json:"sending"`
	Accepted      int     `json:"accepted"`
	Deferred      int     `json:"deferred"`
	Refused       int     `json:"refused"`
	Undeliverable int     `json:"undeliverable"`
	Unknown       int     `json:"unknown"`
	Bounced       int     `json:"bounced"`
	RatePerS      float64 `json:"rate_per_s"`
}) {
	p.text("Round %d, notice %s", v.Round, v.Status)
	for _, line := range []struct {
		name string
		n    int
	}{
		{"total", v.Total}, {"pending", v.Pending}, {"sending", v.Sending}, {"accepted", v.Accepted}, {"deferred", v.Deferred},
		{"refused", v.Refused}, {"undeliverable", v.Undeliverable}, {"unknown", v.Unknown}, {"bounced", v.Bounced},
	} {
		p.row("  "+line.name, line.n)
	}
	if v.RatePerS > 0 {
		p.text("%.1f notices per second", v.RatePerS)
	}
}

func (s *session) mailingPreview() *cobra.Command {
	var of, locale string
	c := &cobra.Command{
		Use: "preview ID", Short: "The notice as its readers will see it, per language", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			query := url.Values{}
			set(query, "locale", locale)
			raw, err := s.ofRound(ctx, args[0], of, query, "preview")
			if err != nil {
				return err
			}
			return answer(s, raw, showPreview)
		}),
	}
	roundFlag(c, &of)
	c.Flags().StringVar(&locale, "locale", "", "one `language`; without it all")
	return c
}

func showPreview(p page, v struct {
	Previews []struct {
		Locale  string `json:"locale"`
		Subject string `json:"subject"`
		Text    string `json:"text"`
	} `json:"previews"`
}) {
	for i, one := range v.Previews {
		if i > 0 {
			p.text("")
		}
		p.text("Language: %s", one.Locale)
		p.text("Subject: %s", one.Subject)
		p.text("")
		p.lines(one.Text)
	}
}
