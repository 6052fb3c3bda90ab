package main

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func (s *session) publicCommands() *cobra.Command {
	return group("public", "The public communication to people who cannot be told one by one (GDPR Art. 34(3)(c))",
		s.publicDraft(), s.publicShow(), s.publicText(), s.publicApprove(), s.publicPublished())
}

func (s *session) publicDraft() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "draft ID", Short: "Draft the public communication; without --file from what is recorded", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			var body struct {
				Content json.RawMessage `json:"content,omitempty"`
			}
			if file != "" {
				var err error
				if body.Content, err = readJSON("--file", file); err != nil {
					return err
				}
			}
			raw, err := s.postFor(ctx, body, args[0], "public")
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				recorded
				Missing []string `json:"missing"`
			}) {
				showRecorded(p, v.recorded)
				for _, m := range v.Missing {
					p.text("Missing before it can be approved: %s", m)
				}
			})
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `content` in JSON, per language")
	return c
}

func (s *session) publicShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "The texts, what is missing, and where it was published", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "public")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showPublic)
		}),
	}
}

func showPublic(p page, v struct {
	Version int      `json:"version"`
	Status  string   `json:"status"`
	Missing []string `json:"missing"`
	Texts   []struct {
		Locale string `json:"locale"`
		Title  string `json:"title"`
		Text   string `json:"text"`
	} `json:"texts"`
	Publications []struct {
		At     time.Time `json:"at"`
		Where  string    `json:"where"`
		Reason string    `json:"reason"`
	} `json:"publications"`
	Untold int `json:"untold"`
}) {
	p.row("Status", v.Status)
	p.row("Version", v.Version)
	p.row("Not reached by mail", strconv.Itoa(v.Untold)+" people")
	for _, m := range v.Missing {
		p.text("Missing before it can be approved: %s", m)
	}
	for _, one := range v.Publications {
		p.text("Published %s: %s (%s)", when(one.At, nil), one.Where, one.Reason)
	}
	for _, one := range v.Texts {
		p.text("")
		p.text("Language: %s", one.Locale)
		p.text("Title: %s", one.Title)
		p.text("")
		p.lines(one.Text)
	}
}

func (s *session) publicText() *cobra.Command {
	var locale, out string
	var html bool
	c := &cobra.Command{
		Use: "text ID --locale L --out FILE", Short: "Write the text in one language to a file, to be published", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "public", locale)
			if err != nil {
				return err
			}
			media := "text/plain"
			if html {
				p, media = p+"?format=html", "text/html"
			}
			return s.save(ctx, p, media, out, "Publish it where the people affected will see it, then record that: tocsin public published.")
		}),
	}
	c.Flags().StringVar(&locale, "locale", "", "the `language`")
	c.Flags().StringVar(&out, "out", "", "the `file` to write")
	c.Flags().BoolVar(&html, "html", false, "as a page of its own instead of plain text")
	return required(c, "locale", "out")
}

func (s *session) publicApprove() *cobra.Command {
	return &cobra.Command{
		Use: "approve ID", Short: "Approve the latest draft; not by its drafter", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, struct{}{}, args[0], "public", "approve")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
}

func (s *session) publicPublished() *cobra.Command {
	var at, where, reason string
	c := &cobra.Command{
		Use: "published ID --at TIME --where TEXT --reason TEXT", Short: "Record where and when the approved text was made public, and why",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			t, err := instant("--at", at)
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, struct {
				At     time.Time `json:"at"`
				Where  string    `json:"where"`
				Reason string    `json:"reason"`
			}{t, where, reason}, args[0], "public", "publication")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&at, "at", "", "when it was made public, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&where, "where", "", "where it can be read: the address of a page, the name of a newspaper (`TEXT`)")
	c.Flags().StringVar(&reason, "reason", "", "why the people are told in public (`TEXT`)")
	return required(c, "at", "where", "reason")
}
