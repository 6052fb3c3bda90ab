package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// invitationLine is a link through which a vendor tells of a breach.
type invitationLine struct {
	ID          string    `json:"id"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	WithdrawnAt time.Time `json:"withdrawn_at"`
	Uses        int       `json:"uses"`
	Used        int       `json:"used"`
	Open        bool      `json:"open"`
	URL         string    `json:"url"`
}

// state says until when a link opens the form.
func (l invitationLine) state() string {
	switch {
	case !l.WithdrawnAt.IsZero():
		return "withdrawn " + when(l.WithdrawnAt, nil)
	case l.Used >= l.Uses:
		return "used up"
	case !l.ExpiresAt.IsZero() && !l.Open:
		return "ended " + when(l.ExpiresAt, nil)
	case !l.ExpiresAt.IsZero():
		return "until " + when(l.ExpiresAt, nil)
	}
	return "until it is withdrawn"
}

func (s *session) vendorInvite() *cobra.Command {
	var body struct {
		Authority string `json:"authority,omitempty"`
		Zone      string `json:"zone,omitempty"`
		Days      int    `json:"days"`
		Uses      int    `json:"uses"`
	}
	c := &cobra.Command{
		Use: "invite VENDOR", Short: "Make a link through which a vendor tells of a breach; its address is shown this once", Args: arguments("VENDOR"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := vendorPath(args[0], "links")
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, p, body)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v invitationLine) {
				p.row("Id", v.ID)
				p.row("Address", v.URL)
				p.row("Valid", v.state())
				p.row("Uses", number(v.Uses))
				p.text("The address is shown this once: give it to the vendor's contact alone.")
			})
		}),
	}
	c.Flags().StringVar(&body.Authority, "authority", "", "the `code` of the authority of the cases that it opens; without it that of the last case")
	c.Flags().StringVar(&body.Zone, "zone", "", "the IANA `zone` in which times are meant on its page; without it your own")
	c.Flags().IntVar(&body.Days, "days", 30, "how many `days` it lasts, 1 to 90; 0 for until it is withdrawn")
	c.Flags().IntVar(&body.Uses, "uses", 5, "how `often` it can be used, 1 to 100")
	return c
}

func (s *session) vendorInvitations() *cobra.Command {
	return &cobra.Command{
		Use: "invitations VENDOR", Short: "List the links of a vendor", Args: arguments("VENDOR"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := vendorPath(args[0], "links")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Links []invitationLine `json:"links"`
			}) {
				p.row("ID", "MADE", "USED", "VALID")
				for _, l := range v.Links {
					p.row(l.ID, when(l.CreatedAt, nil), fmt.Sprintf("%d of %d", l.Used, l.Uses), l.state())
				}
			})
		}),
	}
}

func (s *session) vendorWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw VENDOR LINK", Short: "Withdraw a link of a vendor: it opens nothing any more", Args: arguments("VENDOR", "LINK"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := vendorPath(args[0], "links", args[1], "withdraw")
			if err != nil {
				return err
			}
			return s.end(ctx, p, "The link is withdrawn and opens nothing any more.")
		}),
	}
}
