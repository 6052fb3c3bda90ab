package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/gdpr/form"
	"tocsin/incident"
)

func (s *session) notificationCommands() *cobra.Command {
	return group("notification", "What is filed with an authority",
		s.notificationDraft(), s.notificationShow(), s.notificationSheet(), s.notificationApprove(), s.notificationFile(),
		s.notificationFollowUp(), s.notificationWithdraw(), s.notificationDelay())
}

// draftBody is a draft as the server takes it.
type draftBody struct {
	Obligation int           `json:"obligation,omitempty"`
	Authority  string        `json:"authority,omitempty"`
	Content    *draftContent `json:"content,omitempty"`
}

type draftContent struct {
	Subtype string                     `json:"subtype,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
}

// contentFlags are what a person adds to a draft.
type contentFlags struct {
	file, subtype string
	fields        []string
}

func (f *contentFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "file", "", "a JSON `file` with subtype and fields")
	c.Flags().StringArrayVar(&f.fields, "field", nil, "one answer (`KEY=VALUE`); may be repeated; KEY= takes it back")
	c.Flags().StringVar(&f.subtype, "subtype", "", "`complete` or incomplete; without it what the answers allow")
}

// content reads what the flags give; nil when they give nothing.
func (f *contentFlags) content() (*draftContent, error) {
	if f.file == "" && f.subtype == "" && len(f.fields) == 0 {
		return nil, nil
	}
	content := draftContent{}
	if f.file != "" {
		raw, err := readJSON("--file", f.file)
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&content); err != nil {
			return nil, incident.InvalidField("--file", f.file, "is not a draft: "+strings.TrimPrefix(err.Error(), "json: "),
				"an object with fields, and subtype if you like, as examples/vendor-breach/notification.json has it")
		}
	}
	if content.Fields == nil {
		content.Fields = map[string]json.RawMessage{}
	}
	if f.subtype != "" {
		content.Subtype = f.subtype
	}
	for _, text := range f.fields {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, incident.InvalidField("--field", text, "is not an answer", "KEY=VALUE, such as cause=external_malicious")
		}
		content.Fields[key] = fieldValue(value)
	}
	return &content, nil
}

// fieldValue reads a value as JSON where it is JSON, and as a text otherwise.
func fieldValue(value string) json.RawMessage {
	if value == "" {
		return json.RawMessage("null")
	}
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null") // a text can always be encoded
	}
	return text
}

// drafted is what the server answers about a draft.
type drafted struct {
	recorded
	Obligation int          `json:"obligation"`
	Version    int          `json:"version"`
	Content    form.Draft   `json:"content"`
	State      completeness `json:"completeness"`
	Sheet      *form.Sheet  `json:"sheet"`
}

type completeness struct {
	Percent  int            `json:"percent"`
	Required int            `json:"required"`
	Settled  int            `json:"settled"`
	Now      []form.Missing `json:"missing_now"`
	Open     []form.Missing `json:"left_open"`
	Problems []form.Problem `json:"problems"`
}

func showDraft(p page, v drafted) {
	p.text("Draft %d of obligation %d: %s, %s. %d %% of what a complete notification needs (%d of %d fields).",
		v.Version, v.Obligation, v.Content.Kind, v.Content.Subtype, v.State.Percent, v.State.Settled, v.State.Required)
	if len(v.State.Now) > 0 {
		p.text("Missing for the least that can be filed now:")
	}
	for _, m := range v.State.Now {
		p.row("", m.Number, m.Key, m.Label.EN, strings.Join(m.WhoKnows, ", "))
	}
	if len(v.State.Open) > 0 {
		p.text("Left to be determined:")
	}
	for _, m := range v.State.Open {
		p.row("", m.Number, m.Key, m.Label.EN, strings.Join(m.WhoKnows, ", "))
	}
	for _, problem := range v.State.Problems {
		p.text("To be put right: %s (%s)", problem.Message, strings.Join(problem.Keys, ", "))
	}
}

func (s *session) notificationDraft() *cobra.Command {
	var body draftBody
	var flags contentFlags
	c := &cobra.Command{
		Use: "draft ID --authority CODE", Short: "Draft what is filed next, from what is recorded and what you add",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) (err error) {
			if body.Authority == "" && body.Obligation == 0 {
				return &misuse{"--authority or --obligation is missing"}
			}
			if body.Content, err = flags.content(); err != nil {
				return err
			}
			raw, err := s.postFor(ctx, body, args[0], "notifications")
			if err != nil {
				return err
			}
			return answer(s, raw, showDraft)
		}),
	}
	c.Flags().StringVar(&body.Authority, "authority", "", "the authority's `code`, such as AEPD")
	c.Flags().IntVar(&body.Obligation, "obligation", 0, "the obligation's number (`N`), where an authority has several")
	flags.add(c)
	return c
}

func (s *session) notificationFollowUp() *cobra.Command {
	var flags contentFlags
	c := s.onObligationAt("followup ID --obligation N", "Draft the follow-up of what was filed (GDPR Art. 33(4))",
		func(ctx context.Context, id string, n int) error {
			content, err := flags.content()
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, draftBody{Obligation: n, Content: content}, id, "notifications")
			if err != nil {
				return err
			}
			return answer(s, raw, showDraft)
		})
	flags.add(c)
	return c
}

func (s *session) notificationWithdraw() *cobra.Command {
	var reason string
	c := s.onObligationAt("withdraw ID --obligation N --reason TEXT", "Draft the withdrawal of what was filed",
		func(ctx context.Context, id string, n int) error {
			raw, err := s.postFor(ctx, reasoned{reason}, id, "obligations", number(n), "withdraw")
			if err != nil {
				return err
			}
			return answer(s, raw, showDraft)
		})
	c.Flags().StringVar(&reason, "reason", "", "why it is withdrawn (`TEXT`)")
	return required(c, "reason")
}

func (s *session) notificationShow() *cobra.Command {
	var projection, language string
	c := s.onObligationAt("show ID --obligation N", "Show what is filed next, in the order and the words of the authority's form",
		func(ctx context.Context, id string, n int) error {
			p, err := incidentPath(id, "obligations", number(n), "notification")
			if err != nil {
				return err
			}
			query := url.Values{}
			set(query, "projection", projection)
			set(query, "language", language)
			raw, err := s.get(ctx, p, query)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v drafted) {
				showDraft(p, v)
				if v.Sheet == nil {
					return
				}
				for _, section := range v.Sheet.Sections {
					p.text("\n%s", section.Title)
					for _, line := range section.Lines {
						p.row(line.N, line.Label, strings.ReplaceAll(line.Value, "\n", " / "), string(line.State))
					}
				}
				for _, note := range v.Sheet.Notes {
					p.text("\n%s", note)
				}
			})
		})
	c.Flags().StringVar(&projection, "projection", "", "the form: edpb, aepd, cnil, dpc or ico (`CODE`); without it the authority's")
	c.Flags().StringVar(&language, "language", "", "the `language` of the sheet; without it the form's own")
	return c
}

func (s *session) notificationSheet() *cobra.Command {
	var out string
	c := s.onObligationAt("sheet ID --obligation N --out FILE.html", "Write the page from which the authority's portal is filled",
		func(ctx context.Context, id string, n int) error {
			p, err := incidentPath(id, "obligations", number(n), "copy-sheet")
			if err != nil {
				return err
			}
			return s.save(ctx, p, "text/html", out, "")
		})
	c.Flags().StringVar(&out, "out", "", "the `file` to write")
	return required(c, "out")
}

// onObligationAt is a command on one obligation of a case that does its own asking.
func (s *session) onObligationAt(use, short string, work func(ctx context.Context, id string, n int) error) *cobra.Command {
	var obligation int
	c := &cobra.Command{
		Use: use, Short: short, Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error { return work(ctx, args[0], obligation) }),
	}
	c.Flags().IntVar(&obligation, "obligation", 0, "the obligation's number (`N`) in \"tocsin incident show\"")
	return required(c, "obligation")
}

// onObligation is a command on one obligation of a case.
func (s *session) onObligation(use, short, segment string, body func() (any, error)) *cobra.Command {
	var obligation int
	c := &cobra.Command{
		Use: use, Short: short, Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			request, err := body()
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, request, args[0], "obligations", number(obligation), segment)
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().IntVar(&obligation, "obligation", 0, "the obligation's number (`N`) in \"tocsin incident show\"")
	return required(c, "obligation")
}

func (s *session) notificationApprove() *cobra.Command {
	return s.onObligation("approve ID --obligation N", "Approve the latest draft; not by its drafter", "approve",
		func() (any, error) { return struct{}{}, nil })
}

func (s *session) notificationFile() *cobra.Command {
	var receipt, at, reasons, file, stage, kind, subtype string
	c := s.onObligation("file ID --obligation N --receipt TEXT --at TIME", "Record that the notification was filed", "file",
		func() (any, error) {
			body := struct {
				Receipt      string      `json:"receipt"`
				At           time.Time   `json:"at"`
				DelayReasons string      `json:"delay_reasons,omitempty"`
				Stage        string      `json:"stage,omitempty"`
				Kind         string      `json:"kind,omitempty"`
				Subtype      string      `json:"subtype,omitempty"`
				Attachment   *attachment `json:"attachment,omitempty"`
			}{Receipt: receipt, DelayReasons: reasons, Stage: stage, Kind: kind, Subtype: subtype}
			var err error
			if body.At, err = instant("--at", at); err != nil {
				return nil, err
			}
			if file != "" {
				one, err := attach("--attachment", file)
				if err != nil {
					return nil, err
				}
				body.Attachment = &one
			}
			return body, nil
		})
	c.Flags().StringVar(&receipt, "receipt", "", "the receipt number that the authority gave (`TEXT`)")
	c.Flags().StringVar(&at, "at", "", "the instant of filing, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&reasons, "delay-reasons", "", "the reasons for the delay, when it is late (`TEXT`)")
	c.Flags().StringVar(&file, "attachment", "", "the receipt as a `file`")
	c.Flags().StringVar(&stage, "stage", "", "the `stage` that was filed, for a duty that has several; without it the present one")
	c.Flags().StringVar(&kind, "kind", "", "`new` or follow_up, where nothing was drafted here")
	c.Flags().StringVar(&subtype, "subtype", "", "`complete`, incomplete or withdraw; a withdrawal is filed only when it is named")
	return required(c, "receipt", "at")
}

func (s *session) notificationDelay() *cobra.Command {
	var reasons string
	c := s.onObligation("delay ID --obligation N --reasons TEXT", "Record reasons for being late, as they arise", "delay-reasons",
		func() (any, error) {
			return struct {
				Reasons string `json:"reasons"`
			}{reasons}, nil
		})
	c.Flags().StringVar(&reasons, "reasons", "", "the reasons in words (`TEXT`)")
	return required(c, "reasons")
}
