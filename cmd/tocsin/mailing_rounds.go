package main

import (
	"context"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

func (s *session) mailingOpen() *cobra.Command {
	var template, scope, reason, file string
	var columns []string
	c := &cobra.Command{
		Use: "open ID --template NAME --reason TEXT", Short: "Open a round that no import began, and say why",
		Long: "Open a round that no import began, and say why. follow_up writes to people who were told before:\n" +
			"with --scope changed (without it) to those of whom a later file exposes more than they were told,\n" +
			"with --scope told to everybody who was told. affected writes to those whom a stopped round left out.\n" +
			"affected_organisation and not_affected take --file, a file of your accounts: the first writes to the\n" +
			"administrators (column admin) of organisations (column organisation) whose people are affected, the\n" +
			"second to all but those who are affected. What is kept of it stands in the case, under its key.\n" +
			"Then draft its notice, have it approved and start it as any other.",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			if file != "" {
				if scope != "" {
					return &misuse{"--scope is for people who were imported before; it does not go with --file"}
				}
				p, err := incidentPath(args[0], "rounds", "recipients")
				if err != nil {
					return err
				}
				raw, err := s.uploadTo(ctx, p, file, url.Values{"name": {filepath.Base(file)}, "kind": {template}, "reason": {reason}, "map": columns})
				if err != nil {
					return err
				}
				return answer(s, raw, showOpened)
			}
			body := struct {
				Kind   string `json:"kind"`
				Scope  string `json:"scope,omitempty"`
				Reason string `json:"reason"`
			}{template, scope, reason}
			raw, err := s.postFor(ctx, body, args[0], "rounds")
			if err != nil {
				return err
			}
			return answer(s, raw, showOpened)
		}),
	}
	c.Flags().StringVar(&template, "template", "", "the template's `name`, which says to whom: follow_up, affected, affected_organisation or not_affected")
	c.Flags().StringVar(&file, "file", "", "your `accounts`, for affected_organisation and not_affected")
	c.Flags().StringArrayVar(&columns, "map", nil, "which field a column of the file fills (`COLUMN=FIELD`); may be repeated")
	c.Flags().StringVar(&scope, "scope", "", "to whom of them (`SCOPE`): changed or told")
	c.Flags().StringVar(&reason, "reason", "", "why they are written to, for the record (`TEXT`)")
	return required(c, "template", "reason")
}

func showOpened(p page, v struct {
	Round      int                      `json:"round"`
	Recipients incident.RecipientCounts `json:"recipients"`
}) {
	p.row("Round", v.Round)
	p.row("Writes to", v.Recipients.People)
	if v.Recipients.Rows > 0 {
		p.row("Rows", v.Recipients.Rows)
		p.row("Left out: affected", v.Recipients.Affected)
		p.row("Left out: not concerned", v.Recipients.NotConcerned)
		p.row("Rejected", v.Recipients.Rejected)
	}
	p.text("Draft its notice next: tocsin mailing draft, with --round %d", v.Round)
}

// recipientsInWords says to whom a kind of round writes.
func recipientsInWords(kind string) string {
	switch kind {
	case incident.RoundOrganisations:
		return "administrators of organisations whose people are affected"
	case incident.RoundFollowUp:
		return "people who were told in an earlier round"
	case incident.RoundNotAffected:
		return "holders of accounts who are not affected"
	default:
		return "people affected"
	}
}

func (s *session) mailingCoverage() *cobra.Command {
	return &cobra.Command{
		Use: "coverage ID", Short: "Who was told, per kind of round, and who still has to be", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "coverage")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showCoverage)
		}),
	}
}

func showCoverage(p page, v struct {
	Affected int           `json:"affected"`
	Owed     incident.Owed `json:"owed"`
	Mistaken int           `json:"told_not_affected"`
	Kinds    []struct {
		Kind     string `json:"kind"`
		Rounds   []int  `json:"rounds"`
		Total    int    `json:"total"`
		Told     int    `json:"told"`
		Doubt    int    `json:"in_doubt"`
		Cannot   int    `json:"cannot_be_told"`
		Withheld int    `json:"withheld"`
	} `json:"kinds"`
}) {
	p.row("People affected", v.Affected)
	p.row("Still to be told", v.Owed.Affected)
	p.row("Still to be told of further data", v.Owed.FollowUp)
	if v.Mistaken > 0 {
		p.row("Affected, and told before that they are not", v.Mistaken)
	}
	if len(v.Kinds) == 0 {
		return
	}
	p.row("")
	p.row("TO", "ROUNDS", "IN ALL", "TOLD", "IN DOUBT", "MAIL CANNOT", "WITHHELD")
	for _, k := range v.Kinds {
		rounds := make([]string, len(k.Rounds))
		for i, n := range k.Rounds {
			rounds[i] = strconv.Itoa(n)
		}
		p.row(recipientsInWords(k.Kind), strings.Join(rounds, ", "), k.Total, k.Told, k.Doubt, k.Cannot, k.Withheld)
	}
}
