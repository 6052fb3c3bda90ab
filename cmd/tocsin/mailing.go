package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
	"tocsin/ledger"
)

func (s *session) mailingCommands() *cobra.Command {
	nothing := func() any { return struct{}{} }
	var reason string
	stop := s.onRound("stop ID --reason TEXT", "Stop a round that is being sent: nobody further is written to", "stop",
		func() any { return reasoned{reason} })
	stop.Flags().StringVar(&reason, "reason", "", "why, for the record (`TEXT`)")
	var why, looked string
	pause := s.onRound("pause ID", "Halt a round for a while: nobody further is written to until it is resumed", "pause",
		func() any { return reasoned{why} })
	pause.Flags().StringVar(&why, "reason", "", "why, for the record (`TEXT`)")
	resume := s.onRound("resume ID", "Let a paused round go on", "resume", func() any { return reasoned{looked} })
	resume.Flags().StringVar(&looked, "reason", "", "what was looked at (`TEXT`)")
	var locale string
	test := s.onRound("test ID", "Send the latest draft, with invented data and marked as a test, to your own address", "test",
		func() any {
			return struct {
				Locale string `json:"locale,omitempty"`
			}{locale}
		})
	test.Flags().StringVar(&locale, "locale", "", "one of the draft's `languages`; without it the one nearest to your own")
	return group("mailing", "The notice to the people affected (GDPR Art. 34)",
		s.mailingOpen(), s.mailingDraft(), s.mailingPreview(),
		s.onRound("approve ID", "Approve the latest draft of a round; not by its drafter", "approve", nothing),
		s.onRound("start ID", "Begin to send an approved round", "start", nothing),
		test, pause, resume, required(stop, "reason"), s.mailingStatus(), s.mailingCoverage(), s.mailingProof())
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
	Kind          string  `json:"kind"`
	Status        string  `json:"status"`
	Total         int     `json:"total"`
	Pending       int     `json:"pending"`
	Sending       int     `json:"sending"`
	Accepted      int     `json:"accepted"`
	Deferred      int     `json:"deferred"`
	Refused       int     `json:"refused"`
	Undeliverable int     `json:"undeliverable"`
	Unknown       int     `json:"unknown"`
	Resent        int     `json:"resent"`
	Bounced       int     `json:"bounced"`
	Withheld      int     `json:"withheld"`
	RatePerS      float64 `json:"rate_per_s"`
	LeftSeconds   int64   `json:"left_seconds"`
	PauseReason   string  `json:"pause_reason"`
	Root          string  `json:"root"`
	BouncesRoot   string  `json:"bounces_root"`
	Relays        []struct {
		Relay    string  `json:"relay"`
		Accepted int     `json:"accepted"`
		RatePerS float64 `json:"rate_per_s"`
	} `json:"relays"`
}) {
	p.text("Round %d, notice %s", v.Round, v.Status)
	if v.Kind != "" && v.Kind != incident.RoundAffected {
		p.text("To %s", recipientsInWords(v.Kind))
	}
	if v.PauseReason != "" {
		p.text("Paused: %s", v.PauseReason)
	}
	for _, line := range []struct {
		name string
		n    int
	}{
		{"total", v.Total}, {"pending", v.Pending}, {"sending", v.Sending}, {"accepted", v.Accepted}, {"deferred", v.Deferred},
		{"refused", v.Refused}, {"undeliverable", v.Undeliverable}, {"unknown", v.Unknown}, {"bounced", v.Bounced},
	} {
		p.row("  "+line.name, line.n)
	}
	if v.Withheld > 0 {
		p.row("  withheld", v.Withheld)
	}
	if v.Resent > 0 {
		p.text("%d may have got the same message twice, since a crash or a broken connection hid what became of the first.", v.Resent)
	}
	if v.RatePerS > 0 {
		p.text("%.1f notices per second, about %s left", v.RatePerS, (time.Duration(v.LeftSeconds) * time.Second).String())
	}
	for _, relay := range v.Relays {
		p.text("Over %s: %d accepted, %.1f answers per second", relay.Relay, relay.Accepted, relay.RatePerS)
	}
	if v.Root != "" {
		p.text("Root of all outcomes: %s", v.Root)
	}
	if v.BouncesRoot != "" {
		p.text("Root of those that came back: %s", v.BouncesRoot)
	}
}

func (s *session) mailingProof() *cobra.Command {
	var of, message, file string
	var bounced bool
	c := &cobra.Command{
		Use: "proof ID --message-id ID", Short: "Show that one notice had its outcome, and reveal no other", Args: arguments("ID"),
		Long: "Show that one notice had its outcome, and reveal no other. With --file a proof that was\n" +
			"given before is checked, without a server; ID is then its root in the record.",
		RunE: does(func(ctx context.Context, args []string) error {
			if file != "" {
				return s.checkProof(file, args[0])
			}
			if message == "" {
				return &misuse{"--message-id or --file is missing"}
			}
			query := url.Values{"message_id": {message}}
			if bounced {
				query.Set("of", "bounce")
			}
			raw, err := s.ofRound(ctx, args[0], of, query, "proof")
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Proof    ledger.OutcomeProof `json:"proof"`
				Recorded bool                `json:"recorded"`
			}) {
				showProof(p, v.Proof)
				if !v.Recorded {
					p.text("This root is not in the record yet.")
				}
			})
		}),
	}
	roundFlag(c, &of)
	c.Flags().StringVar(&message, "message-id", "", "the notice's Message-ID (`ID`)")
	c.Flags().BoolVar(&bounced, "bounced", false, "show that the notice came back, which became known later")
	c.Flags().StringVar(&file, "file", "", "a `proof` in JSON to be checked")
	return c
}

// checkProof follows a proof to the root that stands in the record.
func (s *session) checkProof(file, root string) error {
	raw, err := read("--file", file)
	if err != nil {
		return err
	}
	var v struct {
		Proof ledger.OutcomeProof `json:"proof"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return incident.InvalidField("--file", file, "is not a proof", "the JSON that \"tocsin mailing proof ... -o json\" gave")
	}
	if err := v.Proof.Check(); err != nil {
		return &incident.Error{Kind: incident.Conflict, Field: "--file", Message: err.Error()}
	}
	if found := hex.EncodeToString(v.Proof.Root[:]); found != root {
		return incident.InvalidField("root", root, "is not where the proof leads", found)
	}
	return result(s, v.Proof, showProof)
}

func showProof(p page, v ledger.OutcomeProof) {
	p.row("Message-ID", v.Outcome.MessageID)
	p.row("Outcome", v.Outcome.State)
	if !v.Outcome.At.IsZero() {
		p.row("At", v.Outcome.At.Format(time.RFC3339))
	}
	p.row("Place", fmt.Sprintf("%d of %d", v.Index+1, v.Size))
	p.row("Root", hex.EncodeToString(v.Root[:]))
}

func (s *session) mailingPreview() *cobra.Command {
	var of, locale, template, person string
	c := &cobra.Command{
		Use: "preview ID", Short: "The notice as its readers will see it, per language", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			query := url.Values{}
			set(query, "locale", locale)
			set(query, "template", template)
			set(query, "person", person)
			raw, err := s.ofRound(ctx, args[0], of, query, "preview")
			if err != nil {
				return err
			}
			return answer(s, raw, showPreview)
		}),
	}
	roundFlag(c, &of)
	c.Flags().StringVar(&locale, "locale", "", "one `language`; without it all")
	c.Flags().StringVar(&person, "person", "", "the notice to one person of the list of people (`ID`), which is recorded as looking at them")
	c.Flags().StringVar(&template, "template", "", "show what a first draft in the template of this `name` would say; without it the latest draft")
	return c
}

func showPreview(p page, v struct {
	Previews []struct {
		Locale   string   `json:"locale"`
		Subject  string   `json:"subject"`
		Text     string   `json:"text"`
		Reviewed bool     `json:"reviewed"`
		Problems []string `json:"problems"`
	} `json:"previews"`
}) {
	for i, one := range v.Previews {
		if i > 0 {
			p.text("")
		}
		p.text("Language: %s", one.Locale)
		if !one.Reviewed {
			p.text("No second speaker has signed off the fixed texts of this language: have somebody read them before you approve.")
		}
		p.text("Subject: %s", one.Subject)
		p.text("")
		p.lines(one.Text)
		for _, problem := range one.Problems {
			p.text("Cannot be sent yet: %s", problem)
		}
	}
}
