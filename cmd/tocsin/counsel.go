package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// counselLine is a link for outside counsel as the server lists it.
type counselLine struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expires_at"`
	RevokedAt time.Time `json:"revoked_at"`
	Open      bool      `json:"open"`
	Opened    int       `json:"opened"`
	URL       string    `json:"url"`
}

// state says until when a link opens the case.
func (l counselLine) state() string {
	switch {
	case !l.RevokedAt.IsZero():
		return "revoked " + when(l.RevokedAt, nil)
	case !l.Open:
		return "ended " + when(l.ExpiresAt, nil)
	}
	return "until " + when(l.ExpiresAt, nil)
}

// counselCommands are the links with which outside counsel reads one case.
func (s *session) counselCommands() *cobra.Command {
	var body struct {
		Name string `json:"name"`
		Days int    `json:"days"`
	}
	list := &cobra.Command{
		Use: "list ID", Short: "List the links for outside counsel of a case", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.get(ctx, path("incidents", args[0], "counsel-links"), nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Links []counselLine `json:"links"`
			}) {
				p.row("ID", "FOR", "OPENED", "VALID")
				for _, l := range v.Links {
					p.row(l.ID, l.Name, number(l.Opened), l.state())
				}
			})
		}),
	}
	invite := &cobra.Command{
		Use: "invite ID --name TEXT", Short: "Make a link with which outside counsel reads a case; its address is shown this once", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.post(ctx, path("incidents", args[0], "counsel-links"), body)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, l counselLine) {
				p.row("Id", l.ID)
				p.row("Address", l.URL)
				p.row("Valid", l.state())
				p.text("The address is shown this once: give it to counsel alone.")
			})
		}),
	}
	invite.Flags().StringVar(&body.Name, "name", "", "for whom the link is (`TEXT`)")
	invite.Flags().IntVar(&body.Days, "days", incident.CounselDays, "how many `days` it lasts, 1 to 30")
	revoke := &cobra.Command{
		Use: "revoke ID LINK", Short: "Revoke a link for outside counsel, and what it opened", Args: arguments("ID", "LINK"),
		RunE: does(func(ctx context.Context, args []string) error {
			if strings.Trim(args[1], ". ") == "" {
				return incident.InvalidField("LINK", args[1], "is not a link's id", "an id of \"tocsin counsel list\"")
			}
			return s.end(ctx, path("incidents", args[0], "counsel-links", args[1], "revoke"), "The link is revoked and opens nothing any more.")
		}),
	}
	return group("counsel", "Links with which outside counsel reads one case", list, required(invite, "name"), revoke)
}
