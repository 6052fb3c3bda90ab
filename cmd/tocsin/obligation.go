package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
)

func (s *session) obligationCommands() *cobra.Command {
	var rung, reason string
	ack := s.onObligation("ack ID --obligation N", "Take a reminder on; without --rung the latest that rang", "acknowledge",
		func() (any, error) {
			return struct {
				Rung string `json:"rung,omitempty"`
			}{rung}, nil
		})
	ack.Flags().StringVar(&rung, "rung", "", "the `rung`, such as 24h")
	waive := s.onObligation("waive ID --obligation N --reason TEXT", "End an obligation because it does not apply", "waive",
		func() (any, error) { return reasoned{reason}, nil })
	waive.Flags().StringVar(&reason, "reason", "", "why it does not apply (`TEXT`)")
	return group("obligation", "The duties of a case", s.obligationAdd(), s.obligationFact(), ack, required(waive, "reason"))
}

func (s *session) obligationAdd() *cobra.Command {
	var duty incident.Duty
	c := &cobra.Command{
		Use: "add ID --regime CODE --reason TEXT", Short: "Open a duty that you have confirmed, such as nis2 or uk-gdpr",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, duty, args[0], "obligations")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&duty.Regime, "regime", "", "the `code` of the regime; \"tocsin law regimes\" lists them")
	c.Flags().StringVar(&duty.Authority, "authority", "", "the authority's `code`; without it the incident's own")
	c.Flags().StringVar(&duty.Recipient, "recipient", "", "the recipient's `name` where it is no authority for data protection")
	c.Flags().StringVar(&duty.Country, "country", "", "the `country` whose holidays count, such as ES")
	c.Flags().IntVar(&duty.ContractHours, "contract-hours", 0, "the hours that the contract gives (`N`), for gdpr-33-2 alone")
	c.Flags().StringVar(&duty.Reason, "reason", "", "why it applies (`TEXT`)")
	return required(c, "regime", "reason")
}

func (s *session) obligationFact() *cobra.Command {
	var body struct {
		Fact   string    `json:"fact"`
		At     time.Time `json:"at"`
		Reason string    `json:"reason"`
	}
	var at string
	c := s.onObligation("fact ID --obligation N --fact NAME --at TIME --reason TEXT",
		"Fix the instant of a fact from which a stage counts", "facts",
		func() (_ any, err error) {
			body.At, err = instant("--at", at)
			return body, err
		})
	c.Flags().StringVar(&body.Fact, "fact", "", "the fact's `name`, such as classified_major")
	c.Flags().StringVar(&at, "at", "", "when it happened, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&body.Reason, "reason", "", "how it is known (`TEXT`)")
	return required(c, "fact", "at", "reason")
}

func (s *session) incidentScreening() *cobra.Command {
	var answers []string
	c := &cobra.Command{
		Use: "screening ID --answer QUESTION=yes|no|unknown", Args: arguments("ID"),
		Short: "Answer which laws may apply, and see what the answers propose",
		Long: "Answer which laws may apply. \"tocsin law questions\" lists the questions; those that\n" +
			"are left out are unknown. Nothing is opened: confirm a proposal by \"tocsin obligation add\".",
		RunE: does(func(ctx context.Context, args []string) error {
			given := map[string]string{}
			for _, text := range answers {
				key, value, ok := strings.Cut(text, "=")
				if !ok || key == "" {
					return incident.InvalidField("--answer", text, "is not an answer", "QUESTION=yes, QUESTION=no or QUESTION=unknown")
				}
				given[key] = value
			}
			raw, err := s.postFor(ctx, struct {
				Answers map[string]string `json:"answers"`
			}{given}, args[0], "screening")
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Proposals []gdpr.Proposal `json:"proposals"`
			}) {
				if len(v.Proposals) == 0 {
					p.text("By these answers no law that Tocsin knows asks for anything.")
				}
				for _, proposal := range v.Proposals {
					p.row(proposal.Regime, strings.ReplaceAll(proposal.Confidence, "_", " "), proposal.Why.EN)
				}
			})
		}),
	}
	c.Flags().StringArrayVar(&answers, "answer", nil, "one answer (`QUESTION=ANSWER`); may be repeated")
	return required(c, "answer")
}
