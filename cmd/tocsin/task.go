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
	return group("task", "The tasks of a case", list, done)
}

func showTasks(p page, tasks []task, zone *time.Location) {
	p.row("  N", "TASK", "OWNER", "STATE")
	for _, t := range tasks {
		state := "due " + when(t.DueAt, zone)
		if !t.DoneAt.IsZero() {
			state = "done " + when(t.DoneAt, zone)
		}
		p.row("  "+number(t.N), t.Code, t.Owner, state)
	}
}

func number(n int) string { return strconv.Itoa(n) }
