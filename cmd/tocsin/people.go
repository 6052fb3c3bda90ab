package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

func (s *session) peopleCommands() *cobra.Command {
	return group("people", "The people affected", s.peopleAnalyse(), s.peopleImport(), s.peopleAccounts(), s.peopleMatching(), s.peopleList(), s.peopleUntold(),
		s.peopleOrganisations(), s.peopleOrganisation())
}

func (s *session) peopleImport() *cobra.Command {
	var file string
	var into int
	var columns []string
	c := &cobra.Command{
		Use: "import ID --file FILE", Short: "Import a file of affected people: CSV, TSV, JSON Lines or XLSX",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			query := url.Values{"name": {filepath.Base(file)}}
			if into < 0 {
				return incident.InvalidField("--round", strconv.Itoa(into), "is not a round", "a whole number from 1")
			}
			if into > 0 {
				query.Set("round", strconv.Itoa(into))
			}
			for _, one := range columns {
				if column, field, ok := strings.Cut(one, "="); !ok || column == "" || field == "" {
					return incident.InvalidField("--map", one, "is not COLUMN=FIELD", "for instance --map \"Mail address=email\"")
				}
				query.Add("map", one)
			}
			raw, err := s.upload(ctx, args[0], file, query)
			if err != nil {
				return err
			}
			return answer(s, raw, showImport)
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `file` of people")
	c.Flags().IntVar(&into, "round", 0, "the round of people (`N`); without it the one that is open, or a new one")
	c.Flags().StringArrayVar(&columns, "map", nil, "which field a column fills (`COLUMN=FIELD`); may be repeated")
	return required(c, "file")
}

func (s *session) peopleMatching() *cobra.Command {
	var of int
	c := &cobra.Command{
		Use: "matching ID", Short: "How the people affected and your accounts agree", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "people", "matching")
			if err != nil {
				return err
			}
			query := url.Values{}
			if of > 0 {
				query.Set("round", strconv.Itoa(of))
			}
			raw, err := s.get(ctx, p, query)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Accounts      int     `json:"accounts"`
				LoadedAt      *string `json:"loaded_at"`
				InAccounts    int     `json:"in_accounts"`
				NotInAccounts int     `json:"not_in_accounts"`
				NotInFile     int     `json:"not_in_file"`
				Erased        string  `json:"erased"`
			}) {
				if v.Erased != "" {
					p.text("%s", v.Erased)
					return
				}
				if v.LoadedAt == nil {
					p.text("No accounts are loaded: tocsin people accounts --file FILE")
					return
				}
				p.row("Affected, with an account", v.InAccounts)
				p.row("Affected, without one", v.NotInAccounts)
				p.row("Accounts that are not in the file", v.NotInFile)
				p.row("Accounts in all", v.Accounts)
			})
		}),
	}
	c.Flags().IntVar(&of, "round", 0, "the round of people (`N`); without it all")
	return c
}

// upload streams a file of people.
func (s *session) upload(ctx context.Context, id, file string, query url.Values) ([]byte, error) {
	p, err := incidentPath(id, "people")
	if err != nil {
		return nil, err
	}
	return s.uploadTo(ctx, p, file, query)
}

func (s *session) uploadTo(ctx context.Context, p, file string, query url.Values) (_ []byte, failure error) {
	f, size, err := open("--file", file)
	if err != nil {
		return nil, err
	}
	defer func() { failure = errors.Join(failure, f.Close()) }()
	body := &sentFile{file: f, name: file, size: size, far: newProgress(s.notes, size, time.Now)}
	return s.exchange(ctx, http.MethodPost, p+"?"+query.Encode(), body, mediaType(file), fileTime)
}

type importView struct {
	Round         int `json:"round"`
	Rows          int `json:"rows"`
	Accepted      int `json:"accepted"`
	Undeliverable int `json:"undeliverable"`
	Duplicates    int `json:"duplicates"`
	Widened       int `json:"widened"`
	WidenedTold   int `json:"widened_told"`
	Rejected      []struct {
		Line int    `json:"line"`
		Why  string `json:"why"`
	} `json:"rejected"`
	RejectedRows    int               `json:"rejected_rows"`
	UndeliverableBy map[string]int    `json:"undeliverable_by"`
	ByCountry       map[string]int    `json:"by_country"`
	ByDataKind      map[string]int    `json:"by_data_kind"`
	ByLanguage      map[string]int    `json:"by_language"`
	Columns         map[string]string `json:"columns"`
	LeftColumns     []string          `json:"left_columns"`
	Warnings        []string          `json:"warnings"`
}

func showImport(p page, v importView) {
	p.row("Round", v.Round)
	p.row("Rows", v.Rows)
	p.row("Mail can reach", v.Accepted)
	p.row("Mail cannot reach", v.Undeliverable)
	for _, why := range slices.Sorted(maps.Keys(v.UndeliverableBy)) {
		p.text("  %s: %d", why, v.UndeliverableBy[why])
	}
	p.row("Duplicates", v.Duplicates)
	if v.Widened > 0 {
		p.row("Of earlier files, more data", v.Widened)
		p.row("  of them told before", v.WidenedTold)
	}
	p.row("Rejected", max(v.RejectedRows, len(v.Rejected)))
	for _, r := range v.Rejected {
		p.text("  line %d: %s", r.Line, r.Why)
	}
	p.row("By country", counted(v.ByCountry))
	p.row("By kind of data", counted(v.ByDataKind))
	p.row("By language", counted(v.ByLanguage))
	showColumns(p, v.Columns, v.LeftColumns)
	for _, warning := range v.Warnings {
		p.text("Note: %s", warning)
	}
}

// showColumns says which field each column filled.
func showColumns(p page, columns map[string]string, left []string) {
	if len(columns) == 0 {
		return
	}
	p.row("")
	p.row("COLUMN", "READ AS")
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		p.row(name, columns[name])
	}
	for _, name := range left {
		p.row(name, "not read")
	}
}

// counted writes counts, the greatest first.
func counted(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(parts, ", ")
}

func (s *session) peopleList() *cobra.Command {
	var state string
	var of, limit int
	var after int64
	c := &cobra.Command{
		Use: "list ID", Short: "List the people affected with the state of their notice", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			query := url.Values{}
			set(query, "state", state)
			for name, n := range map[string]int64{"round": int64(of), "limit": int64(limit), "after": after} {
				if n != 0 {
					query.Set(name, strconv.FormatInt(n, 10))
				}
			}
			p, err := incidentPath(args[0], "people")
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, query)
			if err != nil {
				return err
			}
			return answer(s, raw, showPeople)
		}),
	}
	c.Flags().StringVar(&state, "state", "", "the `state` of delivery, such as undeliverable")
	c.Flags().IntVar(&of, "round", 0, "the round (`N`); without it all")
	c.Flags().IntVar(&limit, "limit", 0, "the greatest `number` of rows, at most 1000")
	c.Flags().Int64Var(&after, "after", 0, "the `id` of the last row of the page before")
	return c
}

func showPeople(p page, v struct {
	People []struct {
		ID      int64  `json:"id"`
		Round   int    `json:"round"`
		Name    string `json:"name"`
		Email   string `json:"email"`
		Locale  string `json:"locale"`
		Country string `json:"country"`
		State   string `json:"state"`
		Why     string `json:"why"`
	} `json:"people"`
	Next   int64  `json:"next"`
	Erased string `json:"erased"`
}) {
	if v.Erased != "" {
		p.text("%s", v.Erased)
		return
	}
	if len(v.People) == 0 {
		p.text("Nobody.")
		return
	}
	p.row("ID", "ROUND", "NAME", "ADDRESS", "LANGUAGE", "COUNTRY", "STATE", "")
	for _, one := range v.People {
		p.row(one.ID, one.Round, one.Name, one.Email, one.Locale, one.Country, one.State, one.Why)
	}
	if v.Next != 0 {
		p.text("More: --after %d", v.Next)
	}
}
