package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// decidesAlone says whether a decision about a command asks the database, or
// changes something in it, so that it needs a transaction of its own.
func decidesAlone(command incident.Command) bool {
	switch command.(type) {
	case incident.Open, incident.Join, incident.OpenRound, incident.ImportPeople, incident.FinishMailing,
		incident.RequestErasure, incident.SealBundle:
		return true
	}
	return false
}

// errAlone is the refusal of a command that has to be recorded alone.
var errAlone = errors.New("this command is recorded in a transaction of its own")

// decide gives the lines of the events that follow from the command. Without a
// transaction it asks nothing of the database, and what needs one is errAlone.
func (s *Store) decide(ctx context.Context, tx pgx.Tx, in Recording, state *incident.State, rules incident.Rules, now time.Time) ([]line, error) {
	command := in.Command
	if tx == nil && (decidesAlone(command) || state.Other(command) != "") {
		return nil, errAlone
	}
	if state.Other(command) != "" {
		return nil, errJoinedMeanwhile
	}
	if open, ok := command.(incident.Open); ok {
		if open.ID != in.Incident {
			return nil, errors.New("an incident is opened under another id than it is recorded under")
		}
		numbered, err := s.assignNumber(ctx, tx, state, in.Actor, open, now)
		if err != nil {
			return nil, err
		}
		command = numbered
	}
	command, err := complete(ctx, tx, in.Incident, command)
	if err != nil {
		return nil, err
	}
	if request, ok := command.(incident.RequestErasure); ok {
		if request.Others, err = otherLeaders(ctx, tx, in.Actor.ID); err != nil {
			return nil, err
		}
		command = request
	}
	events, err := rules.Decide(state, in.Actor, command, now)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(events))
	for i, e := range events {
		data, err := canonicalData(e.Data)
		if err != nil {
			return nil, err
		}
		switch d := e.Data.(type) {
		case incident.BundleExported:
			sealed, _ := command.(incident.SealBundle)
			if data, err = s.sealData(ctx, tx, in.Incident, state, e.Seq, sealed.People); err != nil {
				return nil, err
			}
		case incident.PeopleImported:
			if err := publishImport(ctx, tx, in.Incident, d); err != nil {
				return nil, err
			}
		case incident.RoundOpened:
			if err := publishRecipients(ctx, tx, in.Incident, d); err != nil {
				return nil, err
			}
		}
		if lines[i], err = write(in.Incident, e, data); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// assignNumber gives an opening its human number: the year of the incident's
// own time in its zone, and a count per year. The number is used up only when
// the transaction commits, and openings of one year wait for each other, so
// that no number is missing.
func (s *Store) assignNumber(ctx context.Context, tx pgx.Tx, state *incident.State, actor incident.Actor, open incident.Open, now time.Time) (incident.Open, error) {
	events, err := s.rules.Decide(state, actor, open, now)
	if err != nil || len(events) == 0 {
		return open, err
	}
	zone, err := time.LoadLocation(open.Disclosure.Zone)
	if err != nil {
		return open, fmt.Errorf("number an incident: %w", err)
	}
	year := events[0].At.In(zone).Year()
	var count int
	err = tx.QueryRow(ctx, `
		INSERT INTO incident_number AS n (year, last) VALUES (@year, 1)
		ON CONFLICT (year) DO UPDATE SET last = n.last + 1
		RETURNING last`, pgx.NamedArgs{"year": year}).Scan(&count)
	if err != nil {
		return open, err
	}
	open.Number = fmt.Sprintf("INC-%04d-%04d", year, count)
	return open, nil
}

// otherLeaders counts the accounts of the DPO and the deputies but for one.
func otherLeaders(ctx context.Context, tx pgx.Tx, but string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM account WHERE role IN ('dpo', 'deputy') AND id <> @but`,
		pgx.NamedArgs{"but": but}).Scan(&n)
	return n, err
}
