package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	"tocsin/controllerdb"
	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// accountsAnswer is what came out of the controller's own accounts.
type accountsAnswer struct {
	Source       string            `json:"source" doc:"file or database"`
	Rows         int               `json:"rows" doc:"the rows of the file or of the query"`
	Accounts     int               `json:"accounts" doc:"the accounts that people are matched against from now on; of a trial, those that would be"`
	Rejected     []people.Rejected `json:"rejected" doc:"the rows that could not be read, with the line and why"`
	RejectedRows int               `json:"rejected_rows" doc:"the number of all rows that could not be read"`
	Duplicates   int               `json:"duplicates" doc:"the rows merged into another"`
	Columns      map[string]string `json:"columns" doc:"which field each column filled"`
	LeftColumns  []string          `json:"left_columns" doc:"the columns that were not used"`
	SHA256       string            `json:"sha256" doc:"the hash of the file, or of the query's rows, as it stands in the record"`
	DryRun       bool              `json:"dry_run" doc:"whether this was a trial: nothing was stored and nothing recorded"`
	LoadedAt     *time.Time        `json:"loaded_at,omitempty" doc:"when they were loaded, real time; absent after a trial"`
}

// accountsLoad takes accounts from one source into the store, where they count
// once all are there.
type accountsLoad struct {
	s      *server
	writer *postgres.AccountWriter // nil for a trial
	n      int                     // accounts of a trial
}

func (s *server) beginAccounts(ctx context.Context, trial bool) (*accountsLoad, error) {
	load := &accountsLoad{s: s}
	if trial {
		return load, nil
	}
	var err error
	load.writer, err = s.Store.StageAccounts(ctx)
	return load, err
}

// add stores an account.
func (l *accountsLoad) add(ctx context.Context, p people.Person) error {
	account := postgres.ControllerAccount{Email: p.Email, UserID: p.UserID}
	if l.writer != nil {
		return l.writer.Add(ctx, account)
	}
	if account.Named() {
		l.n++
	}
	return nil
}

// end lets the accounts count and records who loaded them, or throws them away
// when reading failed: those of before then still count.
func (l *accountsLoad) end(ctx context.Context, user postgres.User, sum people.Summary, load incident.LoadAccounts, failure error) (accountsAnswer, error) {
	out := accountsAnswer{
		Source: load.Source, Rows: sum.Rows, Accounts: l.n, Rejected: sum.Rejected, RejectedRows: sum.RejectedRows, Duplicates: sum.Duplicates,
		Columns: sum.Columns, LeftColumns: sum.LeftColumns, SHA256: load.SHA256, DryRun: l.writer == nil,
	}
	if l.writer == nil {
		return out, failure
	}
	load.Rows, load.Duplicates, load.Rejected = sum.Rows, sum.Duplicates, sum.RejectedRows
	var done postgres.AccountLoad
	if failure == nil {
		done, failure = l.writer.Finish(ctx, actor(user), load)
	}
	if failure != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return accountsAnswer{}, errors.Join(failure, l.writer.Discard(ctx))
	}
	out.Accounts, out.LoadedAt = done.Accounts, &done.LoadedAt
	return out, nil
}

// loadAccounts replaces the controller's accounts by those of a file. Only
// keyed hashes of them are stored.
func (s *server) loadAccounts(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "map", "name", "dry_run"); err != nil {
		return err
	}
	columns, err := columnMap(r.URL.Query()["map"])
	if err != nil {
		return err
	}
	trial, err := trueOrFalse(r, "dry_run")
	if err != nil {
		return err
	}
	name, err := optionalName(r)
	if err != nil {
		return err
	}
	body, err := intake.NewUpload(w, r, name, s.MaxPeople)
	if err != nil {
		return err
	}
	out, err := s.accountsOfFile(r.Context(), user, body, people.Options{Map: columns, Name: name, CheckEmail: mailable}, trial)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// accountsOfFile loads the accounts of a file, or of a trial only counts them.
func (s *server) accountsOfFile(ctx context.Context, user postgres.User, file io.Reader, options people.Options, trial bool) (accountsAnswer, error) {
	load, err := s.beginAccounts(ctx, trial)
	if err != nil {
		return accountsAnswer{}, err
	}
	hash := sha256.New()
	sum, err := people.Read(ctx, io.TeeReader(file, hash), options, func(p people.Person) error { return load.add(ctx, p) })
	return load.end(ctx, user, sum,
		incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: hex.EncodeToString(hash.Sum(nil))}, err)
}

// accountsRequest asks for the accounts of the controller's database.
type accountsRequest struct {
	DryRun bool `json:"dry_run" doc:"true reads and counts the accounts, and stores and records nothing"`
}

// loadAccountsFromDatabase replaces the controller's accounts by what the query
// of the installation's settings gives on the controller's own database.
func (s *server) loadAccountsFromDatabase(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body accountsRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	out, err := s.accountsOfDatabase(r.Context(), user, body.DryRun)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// accountsOfDatabase loads what the query gives, or of a trial only counts it.
func (s *server) accountsOfDatabase(ctx context.Context, user postgres.User, trial bool) (accountsAnswer, error) {
	if s.Accounts == nil {
		return accountsAnswer{}, incident.Refused(incident.Conflict,
			"no database of accounts is set up: whoever runs Tocsin sets %s and %s; until then load the accounts from a file",
			controllerdb.URLSetting, controllerdb.QuerySetting)
	}
	load, err := s.beginAccounts(ctx, trial)
	if err != nil {
		return accountsAnswer{}, err
	}
	read, err := s.Accounts.Read(ctx, people.Options{CheckEmail: mailable}, func(p people.Person) error { return load.add(ctx, p) })
	return load.end(ctx, user, read.Summary, incident.LoadAccounts{
		Source: incident.AccountsFromDatabase, SHA256: read.SHA256, QuerySHA256: s.Accounts.QuerySHA256()}, err)
}

// matchingView says how affected people and accounts agree.
type matchingView struct {
	Accounts      int        `json:"accounts" doc:"the controller's accounts"`
	LoadedAt      *time.Time `json:"loaded_at,omitempty" doc:"when they were loaded; absent while none are"`
	InAccounts    int        `json:"in_accounts" doc:"affected people who have an account"`
	NotInAccounts int        `json:"not_in_accounts" doc:"affected people who have none"`
	NotInFile     int        `json:"not_in_file" doc:"accounts of which the vendor's file knows nothing: not affected"`
	Erased        string     `json:"erased,omitempty" doc:"that the people's data were erased, when and why; then nobody can be matched"`
}

func (s *server) showMatching(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "round"); err != nil {
		return err
	}
	round, err := wholeNumber(r, "round", 10_000)
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	var m postgres.Matching
	if round == 0 {
		var counted postgres.PeopleSummary
		counted, err = s.Store.PeopleSummary(r.Context(), state.ID, true)
		m = counted.Matched
	} else {
		m, err = s.Store.Match(r.Context(), state.ID, int(round))
	}
	if err != nil {
		return err
	}
	erased, err := s.erasedInWords(r.Context(), state)
	if err != nil {
		return err
	}
	v := matchingView{Accounts: m.Load.Accounts, LoadedAt: local(m.Load.LoadedAt, time.UTC), Erased: erased}
	if erased == "" {
		v.InAccounts, v.NotInAccounts, v.NotInFile = m.InAccounts, m.NotInAccounts, m.NotInFile
	}
	writeJSON(w, http.StatusOK, v)
	return nil
}
