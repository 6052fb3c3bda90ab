package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// webhookCommands are the receivers of signals.
func (s *session) webhookCommands() *cobra.Command {
	return group("webhook", "Webhooks: other systems and chats that are told what happens",
		s.webhookAdd(), s.webhookList(), s.webhookAttempts(), s.webhookRotate(), s.webhookReplay(),
		s.webhookStep("test", "Send a test, after what waits", "The test is on its way; \"tocsin webhook attempts\" shows what came of it."),
		s.webhookStep("on", "Turn a webhook on: what was recorded since it stopped is sent in order", "The webhook is on."),
		s.webhookStep("off", "Turn a webhook off; signals wait until it is on again", "The webhook is off. Signals wait until it is on again."),
		s.webhookStep("end", "Remove a webhook with its secrets", "The webhook is removed. What it was told stays in the record."))
}

// webhookMade is what a new webhook, or a new secret, is told once.
type webhookMade struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

func showWebhook(p page, v webhookMade) {
	p.row("Webhook", v.ID)
	if v.Secret != "" {
		p.row("Secret", v.Secret)
		p.text("The secret is shown this once: enter it at the receiver, which checks the signature by it.")
	}
}

func (s *session) webhookAdd() *cobra.Command {
	var file string
	var body struct {
		Name     string   `json:"name"`
		URL      string   `json:"url"`
		Form     string   `json:"form,omitempty"`
		Language string   `json:"language,omitempty"`
		Kinds    []string `json:"kinds,omitempty"`
	}
	c := &cobra.Command{
		Use: "add --name TEXT --url ADDRESS", Short: "Add a webhook; what signs its signals is shown this once", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			if file != "" {
				content, err := os.ReadFile(file)
				if err != nil {
					return incident.InvalidField("--url-file", file, "cannot be read", "a file that holds the address and nothing else")
				}
				body.URL = strings.TrimSpace(string(content))
			}
			raw, err := s.post(ctx, path("webhooks"), body)
			if err != nil {
				return err
			}
			return answer(s, raw, showWebhook)
		}),
	}
	c.Flags().StringVar(&body.Name, "name", "", "what the webhook is for (`TEXT`)")
	c.Flags().StringVar(&body.URL, "url", "", "the receiver's `address`, https")
	c.Flags().StringVar(&file, "url-file", "", "a `file` that holds the address, so that it stands in no list of processes")
	c.Flags().StringVar(&body.Form, "form", "", "the `form`: standard, slack or teams")
	c.Flags().StringVar(&body.Language, "language", "", "the `language` of messages for people: en or es")
	c.Flags().StringArrayVar(&body.Kinds, "kind", nil, "a `kind` of signal, such as deadline.warned; may be repeated; all without it")
	c.MarkFlagsOneRequired("url", "url-file")
	c.MarkFlagsMutuallyExclusive("url", "url-file")
	return required(c, "name")
}

// webhookLine is a webhook as the server lists it.
type webhookLine struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Host    string    `json:"host"`
	Form    string    `json:"form"`
	Kinds   []string  `json:"kinds"`
	State   string    `json:"state"`
	NextTry time.Time `json:"next_try"`
}

func (s *session) webhookList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the webhooks and how they do", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.get(ctx, path("webhooks"), nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Webhooks []webhookLine `json:"webhooks"`
			}) {
				p.row("ID", "NAME", "HOST", "FORM", "STATE", "TRIED AGAIN")
				for _, w := range v.Webhooks {
					p.row(w.ID, w.Name, w.Host, w.Form, w.State, when(w.NextTry, nil))
				}
			})
		}),
	}
}

// webhookPath builds a path below a webhook.
func webhookPath(id, action string) (string, error) {
	if strings.Trim(id, ". ") == "" {
		return "", incident.InvalidField("WEBHOOK", id, "is not a webhook's id", "an id of \"tocsin webhook list\"")
	}
	return path("webhooks", id, action), nil
}

// webhookStep is a command that does one thing to a webhook.
func (s *session) webhookStep(name, short, told string) *cobra.Command {
	return &cobra.Command{
		Use: name + " WEBHOOK", Short: short + "; WEBHOOK is its id in \"tocsin webhook list\"", Args: arguments("WEBHOOK"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := webhookPath(args[0], name)
			if err != nil {
				return err
			}
			return s.end(ctx, p, told)
		}),
	}
}

func (s *session) webhookRotate() *cobra.Command {
	return &cobra.Command{
		Use: "rotate WEBHOOK", Short: "Give a webhook a new secret, shown this once; the one before signs too for 24 hours", Args: arguments("WEBHOOK"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := webhookPath(args[0], "rotate")
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, p, struct{}{})
			if err != nil {
				return err
			}
			return answer(s, raw, showWebhook)
		}),
	}
}

func (s *session) webhookReplay() *cobra.Command {
	var body struct {
		From string `json:"from"`
	}
	c := &cobra.Command{
		Use:   "replay WEBHOOK --from INSTANT",
		Short: "Have a webhook told what was recorded from an instant on: again where it was told, and nothing that waits of before", Args: arguments("WEBHOOK"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := webhookPath(args[0], "replay")
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, p, body)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, _ struct{}) { p.text("It goes on from there. Each signal keeps its id.") })
		}),
	}
	c.Flags().StringVar(&body.From, "from", "", "an `INSTANT` with offset, such as 2026-11-30T18:04:00+01:00")
	return required(c, "from")
}

// attemptLine is one attempt as the server lists it.
type attemptLine struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	ID     string    `json:"id"`
	Result string    `json:"result"`
	Status int       `json:"status"`
	TookMS int       `json:"took_ms"`
}

func (s *session) webhookAttempts() *cobra.Command {
	return &cobra.Command{
		Use: "attempts WEBHOOK", Short: "List the last attempts at a webhook, the latest first", Args: arguments("WEBHOOK"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := webhookPath(args[0], "attempts")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Attempts []attemptLine `json:"attempts"`
			}) {
				p.row("AT", "SIGNAL", "RESULT", "STATUS", "MS", "ID")
				for _, a := range v.Attempts {
					p.row(when(a.At, nil), a.Kind, a.Result, a.Status, a.TookMS, a.ID)
				}
			})
		}),
	}
}
