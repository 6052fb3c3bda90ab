package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// tokenLine is a token as the server lists it.
type tokenLine struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ReadsOnly bool      `json:"reads_only"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"used_at"`
	RevokedAt time.Time `json:"revoked_at"`
}

// state says until when a token opens.
func (t tokenLine) state() string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked " + when(t.RevokedAt, nil)
	case !t.ExpiresAt.IsZero():
		return "until " + when(t.ExpiresAt, nil)
	default:
		return "no end"
	}
}

func (s *session) tokenCommands() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List the tokens of your account", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.get(ctx, path("tokens"), nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Tokens []tokenLine `json:"tokens"`
			}) {
				p.row("ID", "FOR", "MAY", "LAST USED", "VALID")
				for _, t := range v.Tokens {
					may := "read and change"
					if t.ReadsOnly {
						may = "read"
					}
					p.row(t.ID, t.Name, may, when(t.UsedAt, nil), t.state())
				}
			})
		}),
	}
	revoke := &cobra.Command{
		Use: "revoke TOKEN", Short: "End a token of your account; TOKEN is its id in \"tocsin token list\"", Args: arguments("TOKEN"),
		RunE: does(func(ctx context.Context, args []string) error {
			if strings.Trim(args[0], ". ") == "" {
				return incident.InvalidField("TOKEN", args[0], "is not a token's id", "an id of \"tocsin token list\"")
			}
			return s.end(ctx, path("tokens", args[0], "revoke"), "The token is revoked and opens nothing any more.")
		}),
	}
	return group("token", "Tokens of your account, for programs", s.tokenCreate(), list, revoke)
}

func (s *session) tokenCreate() *cobra.Command {
	var body struct {
		Name      string `json:"name"`
		ReadsOnly bool   `json:"reads_only,omitempty"`
		ExpiresAt string `json:"expires_at,omitempty"`
	}
	c := &cobra.Command{
		Use: "create --name TEXT", Short: "Make a token of your account; it is shown this once", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.post(ctx, path("tokens"), body)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				ID    string `json:"id"`
				Token string `json:"token"`
			}) {
				p.row("Id", v.ID)
				p.row("Token", v.Token)
				p.text("The token is shown this once: keep it like a password.")
			})
		}),
	}
	c.Flags().StringVar(&body.Name, "name", "", "what the token is for (`TEXT`)")
	c.Flags().BoolVar(&body.ReadsOnly, "reads-only", false, "the token may change nothing")
	c.Flags().StringVar(&body.ExpiresAt, "expires", "", "the `instant` at which it ends, RFC 3339; without it the token has no end")
	return required(c, "name")
}

// end posts to a path that ends something, and says so.
func (s *session) end(ctx context.Context, path, told string) error {
	raw, err := s.post(ctx, path, struct{}{})
	if err != nil {
		return err
	}
	return answer(s, raw, func(p page, _ struct{}) { p.text("%s", told) })
}
