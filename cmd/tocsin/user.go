package main

import (
	"context"

	"github.com/spf13/cobra"
)

// account is what a new account is told once.
type account struct {
	// ID is the account's id.
	ID string `json:"id"`
	// Token is its token for the API.
	Token string `json:"token"`
	// Password is its first password for the pages.
	Password string `json:"password"`
}

func showAccount(p page, a account) {
	p.row("Account", a.ID)
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
	}
	c := &cobra.Command{
		Use: "add --email ADDRESS --name TEXT --role ROLE", Short: "Add an account; its token and password are shown this once",
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
	return required(c, "email", "name", "role")
}
