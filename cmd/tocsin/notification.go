package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"
)

func (s *session) notificationCommands() *cobra.Command {
	return group("notification", "What is filed with an authority",
		s.notificationDraft(), s.notificationApprove(), s.notificationFile(), s.notificationDelay())
}

func (s *session) notificationDraft() *cobra.Command {
	var authority, file string
	c := &cobra.Command{
		Use: "draft ID --authority CODE", Short: "Draft the notification; without --file from what is recorded",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			body := struct {
				Authority string          `json:"authority"`
				Content   json.RawMessage `json:"content,omitempty"`
			}{Authority: authority}
			if file != "" {
				var err error
				if body.Content, err = readJSON("--file", file); err != nil {
					return err
				}
			}
			raw, err := s.postFor(ctx, body, args[0], "notifications")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&authority, "authority", "", "the authority's `code`, such as AEPD")
	c.Flags().StringVar(&file, "file", "", "the `content` in JSON")
	return required(c, "authority")
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
	var receipt, at, reasons, file string
	c := s.onObligation("file ID --obligation N --receipt TEXT --at TIME", "Record that the notification was filed", "file",
		func() (any, error) {
			body := struct {
				Receipt      string      `json:"receipt"`
				At           time.Time   `json:"at"`
				DelayReasons string      `json:"delay_reasons,omitempty"`
				Attachment   *attachment `json:"attachment,omitempty"`
			}{Receipt: receipt, DelayReasons: reasons}
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
