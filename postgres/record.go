package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// RecordKey makes a recording idempotent: the activity that records. All
// three parts are required.
type RecordKey struct {
	// WorkflowID is the id of the workflow.
	WorkflowID string
	// RunID is the id of the workflow's run.
	RunID string
	// ActivityID is the id of the activity within the run.
	ActivityID string
}

// Recording is a command to be decided and recorded.
type Recording struct {
	// Incident is the incident's id.
	Incident string
	// Key makes the recording idempotent.
	Key RecordKey
	// Actor is who gave the command.
	Actor incident.Actor
	// Command is what is asked.
	Command incident.Command
	// AfterSeq is the number of the last event that the caller knows; 0 for none.
	AfterSeq int64
}

// Recorded is what a recording led to.
type Recorded struct {
	// Seq is the number of the incident's last event.
	Seq int64
	// Number is the incident's human number, such as INC-2026-0007.
	Number string
	// Recorded are the events of this very recording, also when it is a
	// repeat; empty when there was nothing to do.
	Recorded []incident.Event
	// Since are all events after AfterSeq, Recorded included.
	Since []incident.Event
}

// Record decides a command and records what follows, in one transaction.
//
// The same key again answers what was recorded the first time. A refusal is
// the [incident.Error] of [incident.Decide], and nothing is recorded. When
// the database is away the error's kind is [incident.Unavailable]; the same
// recording may then be asked for again.
func (s *Store) Record(ctx context.Context, in Recording) (Recorded, error) {
	if in.Incident == "" || in.Key.WorkflowID == "" || in.Key.RunID == "" || in.Key.ActivityID == "" || in.Command == nil {
		return Recorded{}, errors.New("record: incident, key and command are required")
	}
	var out Recorded
	var held heldState
	err := s.transact(ctx, "record", func(tx pgx.Tx) (err error) {
		out, held, err = s.record(ctx, tx, in)
		return err
	})
	if err != nil {
		return Recorded{}, err
	}
	s.states.put(in.Incident, held)
	return out, nil
}

// record gives, beside the answer, the state that is true once the transaction
// has committed.
func (s *Store) record(ctx context.Context, tx pgx.Tx, in Recording) (Recorded, heldState, error) {
	before, err := s.begin(ctx, tx, in)
	if err != nil {
		return Recorded{}, heldState{}, err
	}
	if before.repeated {
		out, err := repeat(ctx, tx, in, before)
		return out, before.heldState, err
	}
	state := before.state
	var known []incident.Event
	if in.AfterSeq < state.Seq {
		if known, err = readEvents(ctx, tx, in.Incident, in.AfterSeq, state.Seq); err != nil {
			return Recorded{}, heldState{}, err
		}
	}
	now := s.now()
	after := state.Seq
	lines, err := s.decide(ctx, tx, in, state, s.rulesOf(before.settings, state), now)
	if err != nil {
		s.states.put(in.Incident, before.heldState) // a refusal changes nothing
		return Recorded{}, heldState{}, err
	}
	recorded := make([]incident.Event, len(lines))
	for i, l := range lines {
		recorded[i] = l.event
	}
	state.Apply(recorded...)
	if len(lines) > 0 {
		before.at = recorded[len(recorded)-1].RecordedAt
	}
	if err := s.save(ctx, tx, in, before, after, lines, now); err != nil {
		return Recorded{}, heldState{}, err
	}
	return Recorded{
		Seq: state.Seq, Number: state.Number, Recorded: recorded, Since: append(known, recorded...),
	}, before.heldState, nil
}

// prior is what is known before deciding, read under the incident's lock.
type prior struct {
	repeated     bool
	after, until int64 // what the first attempt recorded, when repeated
	version      int   // the form of the stored state; 0 when there is none
	settings     []settingRow
	heldState
}

// begin takes the incident's lock and reads what a decision needs.
func (s *Store) begin(ctx context.Context, tx pgx.Tx, in Recording) (prior, error) {
	var p prior
	var incidentOf, command string
	var row stateRow
	held := s.states.take(in.Incident)
	batch := &pgx.Batch{}
	batch.Queue(`SELECT pg_advisory_xact_lock($1, $2)`, lockIncident, incidentLock(in.Incident))
	batch.Queue(`
		SELECT incident, command, after_seq, until_seq FROM recording
		WHERE workflow_id = @workflow AND run_id = @run AND activity_id = @activity`,
		pgx.NamedArgs{"workflow": in.Key.WorkflowID, "run": in.Key.RunID, "activity": in.Key.ActivityID},
	).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&incidentOf, &command, &p.after, &p.until)
		p.repeated = err == nil
		return optional(err)
	})
	queueSettings(batch, &p.settings)
	batch.Queue(stateQuery, stateArgs(in.Incident, held)).
		QueryRow(func(r pgx.Row) error { return optional(row.scan(r)) })
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return prior{}, err
	}
	if p.repeated && (incidentOf != in.Incident || command != in.Command.Name()) {
		return prior{}, errors.New("the key was used for another recording")
	}
	p.state = &incident.State{}
	if row.seq == 0 {
		return p, nil
	}
	p.version = row.version
	var err error
	if p.heldState, err = loadState(ctx, tx, in.Incident, held, row); err != nil {
		return prior{}, err
	}
	return p, nil
}

// optional takes no row for no error.
func optional(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// repeat answers what was recorded under the key before.
func repeat(ctx context.Context, tx pgx.Tx, in Recording, p prior) (Recorded, error) {
	out := Recorded{Seq: p.state.Seq, Number: p.state.Number}
	var err error
	if out.Recorded, err = readEvents(ctx, tx, in.Incident, p.after, p.until); err != nil {
		return Recorded{}, err
	}
	if out.Since, err = readEvents(ctx, tx, in.Incident, in.AfterSeq, p.state.Seq); err != nil {
		return Recorded{}, err
	}
	return out, nil
}

// decide gives the lines of the events that follow from the command.
func (s *Store) decide(ctx context.Context, tx pgx.Tx, in Recording, state *incident.State, rules incident.Rules, now time.Time) ([]line, error) {
	command := in.Command
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
			if data, err = s.sealData(ctx, tx, in.Incident, state, e.Seq); err != nil {
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
