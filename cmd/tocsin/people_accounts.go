package main

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// accountsView is what came out of the controller's own accounts.
type accountsView struct {
	Source       string `json:"source"`
	Rows         int    `json:"rows"`
	Accounts     int    `json:"accounts"`
	Duplicates   int    `json:"duplicates"`
	RejectedRows int    `json:"rejected_rows"`
	Rejected     []struct {
		Line int    `json:"line"`
		Why  string `json:"why"`
	} `json:"rejected"`
	Columns     map[string]string `json:"columns"`
	LeftColumns []string          `json:"left_columns"`
	DryRun      bool              `json:"dry_run"`
}

func (s *session) peopleAccounts() *cobra.Command {
	var file string
	var columns []string
	var database, trial bool
	c := &cobra.Command{
		Use: "accounts --file FILE | --from-database", Short: "Load your own accounts, to match affected people against", Args: arguments(),
		Long: "Load your own accounts, to match affected people against. They replace those that were loaded\n" +
			"before, once all are there. Only keyed hashes of address and id are stored. Who loaded them, and\n" +
			"how many, is recorded: see \"tocsin audit installation\".\n\n" +
			"--from-database runs the query that whoever runs Tocsin has set up on your own PostgreSQL.",
		RunE: does(func(ctx context.Context, _ []string) error {
			if database == (file != "") {
				return incident.InvalidField("--file", file, "either a file or the database is read", "--file FILE or --from-database")
			}
			raw, err := s.accounts(ctx, file, columns, trial)
			if err != nil {
				return err
			}
			return answer(s, raw, showAccounts)
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `file` of accounts")
	c.Flags().BoolVar(&database, "from-database", false, "read them by the query on your own database instead")
	c.Flags().BoolVar(&trial, "dry-run", false, "read and count them, and store and record nothing")
	c.Flags().StringArrayVar(&columns, "map", nil, "which field a column of the file fills (`COLUMN=FIELD`); may be repeated")
	return c
}

// accounts asks for the accounts of a file, or without one of the database.
func (s *session) accounts(ctx context.Context, file string, columns []string, trial bool) ([]byte, error) {
	if file == "" {
		if len(columns) > 0 {
			return nil, incident.InvalidField("--map", columns[0], "is for files", "the names of columns in the query itself: SELECT mail AS email")
		}
		body := `{"dry_run":false}`
		if trial {
			body = `{"dry_run":true}`
		}
		return s.exchange(ctx, http.MethodPost, path("people", "accounts", "from-database"), strings.NewReader(body), "application/json", fileTime)
	}
	query := url.Values{"name": {filepath.Base(file)}}
	if trial {
		query.Set("dry_run", "true")
	}
	for _, one := range columns {
		query.Add("map", one)
	}
	return s.uploadTo(ctx, path("people", "accounts"), file, query)
}

func showAccounts(p page, v accountsView) {
	if v.DryRun {
		p.text("A trial: nothing was stored, and the accounts of before still count.")
	}
	p.row("Rows", v.Rows)
	p.row("Accounts", v.Accounts)
	p.row("Duplicates", v.Duplicates)
	p.row("Rejected", v.RejectedRows)
	for _, r := range v.Rejected {
		if v.Source == incident.AccountsFromDatabase {
			p.text("  row %d: %s", r.Line, r.Why)
		} else {
			p.text("  line %d: %s", r.Line, r.Why)
		}
	}
	showColumns(p, v.Columns, v.LeftColumns)
}
