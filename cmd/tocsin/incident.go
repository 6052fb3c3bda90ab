package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

func (s *session) incidentCommands() *cobra.Command {
	return group("incident", "Open, look at and close incidents",
		s.incidentOpen(), s.incidentList(), s.incidentShow(), s.incidentAwareness(), s.incidentScreening(),
		s.incidentReason("close", "Close the case"), s.incidentReason("reopen", "Open a closed case again"),
		s.incidentJoin())
}

func (s *session) incidentOpen() *cobra.Command {
	var file, key string
	c := &cobra.Command{
		Use: "open --file DISCLOSURE.json", Short: "Open an incident from what was told", Args: arguments(),
		Long: "Open an incident from what was told. The files that the disclosure's attachments name\n" +
			"are read beside it and go along as evidence.",
		RunE: does(func(ctx context.Context, _ []string) error {
			request, err := opening(file, key)
			if err != nil {
				return err
			}
			raw, err := s.post(ctx, path("incidents"), request)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, r recorded) {
				if len(r.Events) == 0 {
					p.text("%s was opened with this key before (id %s)", r.Number, r.ID)
				} else {
					p.text("Opened %s (id %s)", r.Number, r.ID)
				}
				p.text("Next: tocsin incident show %s", r.Number)
			})
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `disclosure` in JSON")
	c.Flags().StringVar(&key, "key", "", "your own `key`: the same key again answers the same incident")
	return required(c, "file")
}

// openRequest is the body that opens an incident.
type openRequest struct {
	Key        string          `json:"key,omitempty"`
	Disclosure json.RawMessage `json:"disclosure"`
	Files      []attachment    `json:"files,omitempty"`
}

// opening reads a disclosure and the files that it names.
func opening(file, key string) (openRequest, error) {
	document, err := readJSON("--file", file)
	if err != nil {
		return openRequest{}, err
	}
	var named struct {
		Attachments []string `json:"attachments"`
	}
	if err := json.Unmarshal(document, &named); err != nil {
		field, expected := "--file", "an object, as examples/vendor-breach/disclosure.json has it"
		if fault, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && fault.Field != "" {
			field, expected = "attachments", "a list of names of files that lie beside the disclosure"
		}
		return openRequest{}, incident.InvalidField(field, "", "has the wrong type", expected)
	}
	request := openRequest{Key: key, Disclosure: document}
	for i, name := range named.Attachments {
		field := fmt.Sprintf("attachments[%d]", i)
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			return openRequest{}, incident.InvalidField(field, name, "is not the name of a file beside the disclosure",
				"a name without a path")
		}
		one, err := attach(field, filepath.Join(filepath.Dir(file), name))
		if err != nil {
			return openRequest{}, err
		}
		request.Files = append(request.Files, one)
	}
	return request, nil
}

func (s *session) incidentList() *cobra.Command {
	var open, closed bool
	var search, after string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List incidents, the most urgent first", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			query := url.Values{}
			if open != closed {
				query.Set("open", strconv.FormatBool(open))
			}
			set(query, "search", search)
			set(query, "after", after)
			if limit != 0 {
				query.Set("limit", strconv.Itoa(limit))
			}
			raw, err := s.get(ctx, path("incidents"), query)
			if err != nil {
				return err
			}
			return answer(s, raw, showIncidents)
		}),
	}
	c.Flags().BoolVar(&open, "open", false, "open incidents alone")
	c.Flags().BoolVar(&closed, "closed", false, "closed incidents alone")
	c.Flags().StringVar(&search, "search", "", "`text` in number, title or vendor")
	c.Flags().IntVar(&limit, "limit", 0, "the greatest `number` of rows")
	c.Flags().StringVar(&after, "after", "", "the `id` of the last row of the page before")
	return c
}

// set adds a parameter that was given.
func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

type incidentList struct {
	Incidents []struct {
		Number     string    `json:"number"`
		Title      string    `json:"title"`
		Stage      string    `json:"stage"`
		Due        time.Time `json:"due"`
		Overdue    bool      `json:"overdue"`
		NextAction string    `json:"next_action"`
	} `json:"incidents"`
}

func showIncidents(p page, list incidentList) {
	if len(list.Incidents) == 0 {
		p.text("No incidents.")
		return
	}
	p.row("NUMBER", "STAGE", "DUE", "TITLE", "NEXT")
	for _, i := range list.Incidents {
		due := when(i.Due, nil)
		if i.Overdue {
			due += " OVERDUE"
		}
		p.row(i.Number, i.Stage, due, i.Title, i.NextAction)
	}
}

func (s *session) incidentShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show state, obligations with their clocks, what is missing, next action", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0])
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showCase)
		}),
	}
}

func (s *session) incidentAwareness() *cobra.Command {
	var at, reason string
	c := &cobra.Command{
		Use: "awareness ID --at TIME --reason TEXT", Short: "Fix or revise the instant from which the 72 hours count",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			t, err := instant("--at", at)
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, incident.SetAwareness{At: t, Reason: reason}, args[0], "awareness")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&at, "at", "", "the instant of awareness, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&reason, "reason", "", "why this instant: the authority reads it (`TEXT`)")
	return required(c, "at", "reason")
}

// reasoned is a body that is a reason and nothing else.
type reasoned struct {
	Reason string `json:"reason"`
}

// incidentReason is a command on a case that takes a reason.
func (s *session) incidentReason(word, short string) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: word + " ID --reason TEXT", Short: short, Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			raw, err := s.postFor(ctx, reasoned{reason}, args[0], word)
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record (`TEXT`)")
	return required(c, "reason")
}
