package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// task is a task as the server shows it.
type task struct {
	N      int       `json:"n"`
	Code   string    `json:"code"`
	Owner  string    `json:"owner"`
	DueAt  time.Time `json:"due_at"`
	DoneAt time.Time `json:"done_at"`
	Note   string    `json:"note"`
	Title  string    `json:"title"`
}

// called is how a task is named: its title, or its code.
func (t task) called() string {
	if t.Title != "" {
		return t.Title
	}
	return t.Code
}

func (s *session) taskCommands() *cobra.Command {
	list := &cobra.Command{
		Use: "list ID", Short: "List the tasks of a case", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "tasks")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Tasks []task `json:"tasks"`
			}) {
				showTasks(p, v.Tasks, nil)
			})
		}),
	}
	var note string
	done := &cobra.Command{
		Use: "done ID TASK", Short: "Say that a task is done; TASK is its number or its code", Args: arguments("ID", "TASK"),
		RunE: does(func(ctx context.Context, args []string) error {
			if strings.Trim(args[1], ". ") == "" {
				return incident.InvalidField("TASK", args[1], "is not a task", "a number or a code of \"tocsin task list\"")
			}
			body := struct {
				Note string `json:"note,omitempty"`
			}{note}
			raw, err := s.postFor(ctx, body, args[0], "tasks", args[1], "done")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	done.Flags().StringVar(&note, "note", "", "what was done (`TEXT`)")
	return group("task", "The tasks of a case", list, s.taskAdd(), done, s.taskReopen())
}

func (s *session) taskAdd() *cobra.Command {
	var body struct {
		Title  string    `json:"title"`
		Owner  string    `json:"owner"`
		DueAt  time.Time `json:"due_at"`
		Reason string    `json:"reason"`
	}
	var due string
	c := &cobra.Command{
		Use: "add ID --title TEXT --owner ROLE --due TIME --reason TEXT", Short: "Put down a further task; name no person in it", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			var err error
			if body.DueAt, err = instant("--due", due); err != nil {
				return err
			}
			raw, err := s.postFor(ctx, body, args[0], "tasks")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&body.Title, "title", "", "what is to be done, in a few words (`TEXT`)")
	c.Flags().StringVar(&body.Owner, "owner", "responder", "the `role` that has to do it: dpo, deputy, responder or approver")
	c.Flags().StringVar(&due, "due", "", "by `when`, RFC 3339 with offset")
	c.Flags().StringVar(&body.Reason, "reason", "", "why it is to be done, for the record (`TEXT`)")
	return required(c, "title", "due", "reason")
}

func (s *session) taskReopen() *cobra.Command {
	var body struct {
		Reason string `json:"reason"`
	}
	c := &cobra.Command{
		Use: "reopen ID TASK --reason TEXT", Short: "Say that a task that was done is to be done again; TASK is its number or its code", Args: arguments("ID", "TASK"),
		RunE: does(func(ctx context.Context, args []string) error {
			if strings.Trim(args[1], ". ") == "" {
				return incident.InvalidField("TASK", args[1], "is not a task", "a number or a code of \"tocsin task list\"")
			}
			raw, err := s.postFor(ctx, body, args[0], "tasks", args[1], "reopen")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&body.Reason, "reason", "", "why, for the record (`TEXT`)")
	return required(c, "reason")
}

func showTasks(p page, tasks []task, zone *time.Location) {
	p.row("  N", "TASK", "OWNER", "STATE")
	for _, t := range tasks {
		state := "due " + when(t.DueAt, zone)
		if !t.DoneAt.IsZero() {
			state = "done " + when(t.DoneAt, zone)
		}
		p.row("  "+number(t.N), t.called(), t.Owner, state)
	}
}

func number(n int) string { return strconv.Itoa(n) }
