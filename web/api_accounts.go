package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tocsin/people"
	"tocsin/postgres"
)

// accountsAnswer is what came out of a file of the controller's own accounts.
type accountsAnswer struct {
	Rows         int               `json:"rows" doc:"the rows of the file"`
	Accounts     int               `json:"accounts" doc:"the accounts that people are matched against from now on"`
	Rejected     []people.Rejected `json:"rejected" doc:"the rows that could not be read, with the line and why"`
	RejectedRows int               `json:"rejected_rows" doc:"the number of all rows that could not be read"`
	Duplicates   int               `json:"duplicates" doc:"the rows merged into another"`
	LoadedAt     time.Time         `json:"loaded_at" doc:"when they were loaded, real time"`
}

// loadAccounts replaces the controller's accounts by those of a file. Only
// keyed hashes of them are stored.
func (s *server) loadAccounts(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "map", "name"); err != nil {
		return err
	}
	columns, err := columnMap(r.URL.Query()["map"])
	if err != nil {
		return err
	}
	name, err := optionalName(r)
	if err != nil {
		return err
	}
	body, err := newUpload(w, r, name, s.MaxPeople)
	if err != nil {
		return err
	}
	writer, err := s.Store.StageAccounts(r.Context())
	if err != nil {
		return err
	}
	options := people.Options{Map: columns, Name: name, CheckEmail: mailable}
	sum, err := people.Read(r.Context(), body, options, func(p people.Person) error {
		return writer.Add(r.Context(), postgres.ControllerAccount{Email: p.Email, UserID: p.UserID})
	})
	var load postgres.AccountLoad
	if err == nil {
		load, err = writer.Finish(r.Context())
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 10*time.Second)
		defer cancel()
		return errors.Join(err, writer.Discard(ctx))
	}
	writeJSON(w, http.StatusOK, accountsAnswer{
		Rows: sum.Rows, Accounts: load.Accounts, Rejected: sum.Rejected, RejectedRows: sum.RejectedRows, Duplicates: sum.Duplicates,
		LoadedAt: load.LoadedAt,
	})
	return nil
}

// matchingView says how affected people and accounts agree.
type matchingView struct {
	Accounts      int        `json:"accounts" doc:"the controller's accounts"`
	LoadedAt      *time.Time `json:"loaded_at,omitempty" doc:"when they were loaded; absent while none are"`
	InAccounts    int        `json:"in_accounts" doc:"affected people who have an account"`
	NotInAccounts int        `json:"not_in_accounts" doc:"affected people who have none"`
	NotInFile     int        `json:"not_in_file" doc:"accounts of which the vendor's file knows nothing: not affected"`
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
	m, err := s.Store.Match(r.Context(), state.ID, int(round))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, matchingView{Accounts: m.Load.Accounts, LoadedAt: local(m.Load.LoadedAt, time.UTC),
		InAccounts: m.InAccounts, NotInAccounts: m.NotInAccounts, NotInFile: m.NotInFile})
	return nil
}
