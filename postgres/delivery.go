package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// States of a delivery.
const (
	// StatePending was not handed over yet.
	StatePending = "pending"
	// StateSending is being handed over by the owner of its claim.
	StateSending = "sending"
	// StateAccepted was taken by a relay.
	StateAccepted = "accepted"
	// StateDeferred is tried again later, as a relay asked.
	StateDeferred = "deferred"
	// StateRefused was refused by a relay for good.
	StateRefused = "refused"
	// StateUndeliverable cannot be sent by mail.
	StateUndeliverable = "undeliverable"
	// StateUnknown is a notice whose sender died between handing it over and
	// the relay's reply. It is sent once more with the same Message-ID; if that
	// fails in the same way it stays unknown.
	StateUnknown = "unknown"
	// StateBounced came back after a relay had taken it.
	StateBounced = "bounced"
	// StateWithheld did not leave: it says that its reader is not affected, and
	// an import showed meanwhile that the reader is.
	StateWithheld = "withheld"
)

// mailingSending is the status of a round that may be sent.
const mailingSending = incident.MailingSending

func validState(state string) bool {
	switch state {
	case StatePending, StateSending, StateAccepted, StateDeferred, StateRefused, StateUndeliverable, StateUnknown, StateBounced, StateWithheld:
		return true
	}
	return false
}

// Delivery is a claimed delivery, to be handed over and settled.
type Delivery struct {
	// ID is the delivery's id.
	ID int64
	// PersonID is the person's id: with incident and round it makes the Message-ID.
	PersonID int64
	// Person is who is written to.
	Person Person
	// PreviousAt is, in a follow-up, when the last notice before it was taken by
	// a relay, real time, UTC; zero in other rounds.
	PreviousAt time.Time
	// Attempt counts the claims of this delivery, from 1.
	Attempt int
	// Resend says that the message may have been delivered by an earlier
	// attempt whose fate was lost.
	Resend bool
}

// Organisation is, for the administrator of an organisation, the organisation
// and how many of its people are affected; empty for everybody else.
func (d Delivery) Organisation() (name string, people int) {
	// What is no number was not stored by [Store.StageRecipients].
	if people, _ = strconv.Atoi(d.Person.Fields[fieldMembers]); people == 0 {
		return "", 0
	}
	return d.Person.Fields["organisation"], people
}

// TakeOver ends the claims of all other owners in a round and gives their
// number: what they were sending is unknown, since it may have left. From then
// on their outcomes are fenced off. The caller makes sure that the other
// owners are dead or were replaced.
func (s *Store) TakeOver(ctx context.Context, incidentID string, round int, owner string) (int, error) {
	done, err := s.pool.Exec(ctx, `
		UPDATE delivery SET state = 'unknown', owner = NULL
		WHERE incident = @incident AND round = @round AND state = 'sending' AND owner <> @owner`,
		pgx.NamedArgs{"incident": incidentID, "round": round, "owner": owner})
	return int(done.RowsAffected()), failed("take over deliveries", err)
}

// Claim gives up to n deliveries of a round to an owner: pending ones, deferred
// ones whose time has come, and unknown ones that were not sent again yet. The
// claim is committed when Claim returns, and no two owners get the same one.
//
// Nothing is given unless the round is being sent: none of a round that was
// stopped or has finished, and an [incident.Conflict] for one that was not
// started.
func (s *Store) Claim(ctx context.Context, incidentID string, round int, owner string, n int) ([]Delivery, error) {
	if owner == "" || n < 1 {
		return nil, errors.New("claim deliveries: an owner and a number are required")
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, failed("claim deliveries", err)
	}
	var claimed []Delivery
	err = s.transact(ctx, "claim deliveries", func(tx pgx.Tx) error {
		if sending, err := isSending(ctx, tx, incidentID, round); err != nil || !sending {
			return err
		}
		batch := &pgx.Batch{}
		claimAgain.queue(batch, pgx.NamedArgs{
			"incident": incidentID, "round": round, "owner": owner, "n": n, "now": s.now(), "after": 0,
		}).Query(func(rows pgx.Rows) (err error) {
			claimed, err = collectClaimed(rows, key, round)
			return err
		})
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// isSending says whether a round may be sent now, by the record.
func isSending(ctx context.Context, q querier, incidentID string, round int) (bool, error) {
	var status string
	err := q.QueryRow(ctx, `SELECT status FROM mailing WHERE incident = @incident AND round = @round`,
		pgx.NamedArgs{"incident": incidentID, "round": round}).Scan(&status)
	if optional(err) != nil {
		return false, err
	}
	switch status {
	case incident.MailingSending:
		return true, nil
	case incident.MailingHalted, incident.MailingPausedStatus, incident.MailingDone:
		return false, nil
	}
	return false, incident.Refused(incident.Conflict,
		"round %d was not started: nobody is written to before its notice is approved and started", round)
}
