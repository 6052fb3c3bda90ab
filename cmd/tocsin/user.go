package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// account is what a new account is told once.
type account struct {
	// ID is the account's id.
	ID string `json:"id"`
	// Token is its token for the API.
	Token string `json:"token"`
	// Password is its first password for the pages.
	Password string `json:"password"`
	// MailedUntil is when a link to a new password ends; zero where none was mailed.
	MailedUntil time.Time `json:"mailed_until"`
	// InvitedUntil is when the link of an invitation ends; zero for who is not
	// invited.
	InvitedUntil time.Time `json:"invited_until"`
}

func showAccount(p page, a account) {
	p.row("Account", a.ID)
	if !a.InvitedUntil.IsZero() {
		p.row("Invited until", when(a.InvitedUntil, nil))
		p.text("The person gets a mail with a link to choose a password.")
		return
	}
	p.row("Token", a.Token)
	p.row("Password", a.Password)
	p.text("Token and password are shown this once: hand them over on a safe way.")
}

func (s *session) userAdd() *cobra.Command {
	var body struct {
		Email  string `json:"email"`
		Name   string `json:"name"`
		Role   string `json:"role"`
		Locale string `json:"locale,omitempty"`
		Zone   string `json:"zone,omitempty"`
		Invite bool   `json:"invite,omitempty"`
	}
	c := &cobra.Command{
		Use: "add --email ADDRESS --name TEXT --role ROLE", Short: "Add an account; its token and password are shown this once, or the person is invited by mail",
		Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.post(ctx, path("users"), body)
			if err != nil {
				return err
			}
			return answer(s, raw, showAccount)
		}),
	}
	c.Flags().StringVar(&body.Email, "email", "", "an `address` that can be mailed")
	c.Flags().StringVar(&body.Name, "name", "", "how colleagues know the person (`TEXT`)")
	c.Flags().StringVar(&body.Role, "role", "", "the `role`: dpo, deputy, responder, approver, auditor or admin")
	c.Flags().StringVar(&body.Locale, "locale", "", "the `language` of mails, such as es")
	c.Flags().StringVar(&body.Zone, "zone", "", "the IANA `zone` in which times are shown, such as Europe/Madrid")
	c.Flags().BoolVar(&body.Invite, "invite", false, "mail the person a link to choose a password; then no token and no password are shown")
	return required(c, "email", "name", "role")
}

func (s *session) userInvite() *cobra.Command {
	return &cobra.Command{
		Use: "invite USER", Short: "Invite a person again who has not accepted yet; earlier links open nothing any more", Args: arguments("USER"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := userPath(args[0], "invite")
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, p, struct{}{})
			if err != nil {
				return err
			}
			return answer(s, raw, showAccount)
		}),
	}
}

func (s *session) userWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw USER", Short: "Withdraw an invitation: its link opens nothing any more", Args: arguments("USER"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := userPath(args[0], "withdraw")
			if err != nil {
				return err
			}
			return s.end(ctx, p, "The invitation is withdrawn. The account stays; invite again, or end it.")
		}),
	}
}

// userLine is an account as the server lists it.
type userLine struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"`
	Name         string    `json:"name"`
	Role         string    `json:"role"`
	SecondFactor bool      `json:"second_factor"`
	EndedAt      time.Time `json:"ended_at"`
	Invitation   string    `json:"invitation"`
	InvitedUntil time.Time `json:"invited_until"`
}

// invitation says how far an invitation is; a dash for who needs none.
func (u userLine) invitation() string {
	switch u.Invitation {
	case "":
		return "-"
	case "open":
		return "until " + when(u.InvitedUntil, nil)
	default:
		return u.Invitation
	}
}

func (s *session) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the accounts", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.get(ctx, path("users"), nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Users []userLine `json:"users"`
			}) {
				p.row("ID", "E-MAIL", "NAME", "ROLE", "SECOND FACTOR", "INVITED", "ENDED")
				for _, u := range v.Users {
					factor := "no"
					if u.SecondFactor {
						factor = "yes"
					}
					p.row(u.ID, u.Email, u.Name, u.Role, factor, u.invitation(), when(u.EndedAt, nil))
				}
			})
		}),
	}
}

// userPath builds a path below an account.
func userPath(id, action string) (string, error) {
	if strings.Trim(id, ". ") == "" {
		return "", incident.InvalidField("USER", id, "is not an account's id", "an id of \"tocsin user list\"")
	}
	return path("users", id, action), nil
}

func (s *session) userEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end USER", Short: "End an account for good: its sessions and tokens end; USER is its id in \"tocsin user list\"", Args: arguments("USER"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := userPath(args[0], "end")
			if err != nil {
				return err
			}
			return s.end(ctx, p, "The account has ended. What it did stays in the record.")
		}),
	}
}

func (s *session) userReset() *cobra.Command {
	var body struct {
		SecondFactor bool `json:"second_factor,omitempty"`
	}
	c := &cobra.Command{
		Use: "reset USER", Short: "Give an account a new password: shown this once, or mailed to a person who decides or sees people's data", Args: arguments("USER"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := userPath(args[0], "reset")
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, p, body)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v account) {
				p.row("Account", v.ID)
				if !v.MailedUntil.IsZero() {
					p.row("Mailed until", when(v.MailedUntil, nil))
					p.text("The person gets a mail with a link to choose a new password. Until then the present one goes on.")
					return
				}
				p.row("Password", v.Password)
				p.text("The password is shown this once: hand it over on a safe way.")
			})
		}),
	}
	c.Flags().BoolVar(&body.SecondFactor, "second-factor", false, "turn the second factor off too: the device and the recovery codes are lost")
	return c
}
