package postgres

import (
	"context"
	"errors"
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
	if decidesAlone(in.Command) {
		return s.recordAlone(ctx, in)
	}
	return s.recordTogether(ctx, in)
}

// recording is a command on its way into the record.
type recording struct {
	Recording
	prior
	locked   bool             // whether the case is this transaction's
	before   int64            // the number of the case's last event before it
	since    []incident.Event // all after the last that the caller knows
	recorded []incident.Event
	lines    []line
	// refused is why this one is not recorded while others of its transaction may be.
	refused error
}

// answer is true once the transaction has committed. The state is not to be put back
// before: from then on others change it.
func (r *recording) answer() Recorded {
	return Recorded{Seq: r.state.Seq, Number: r.state.Number, Recorded: r.recorded, Since: r.since}
}

// recordAlone records a command in a transaction of its own, and waits for whoever
// records in the same case.
func (s *Store) recordAlone(ctx context.Context, in Recording) (Recorded, error) {
	other, err := s.otherCase(ctx, in)
	if err != nil {
		return Recorded{}, err
	}
	if other != "" {
		return s.recordBoth(ctx, in, other)
	}
	one := &recording{Recording: in}
	err = s.transact(ctx, "record", func(tx pgx.Tx) error {
		if err := s.begin(ctx, tx, []*recording{one}, waitForIncident); err != nil {
			return err
		}
		now := s.now()
		if err := s.consider(ctx, tx, one, tx, now); err != nil {
			return err
		}
		if one.refused != nil || one.repeated {
			return one.refused
		}
		return s.save(ctx, tx, []*recording{one}, now)
	})
	if err != nil {
		return Recorded{}, err
	}
	answer := one.answer()
	s.states.put(in.Incident, one.heldState)
	return answer, nil
}

// consider decides about one command whose case is locked. An error is one of the
// transaction; a refusal is the command's own. deciding is the transaction for what
// only the database knows; nil where that is not to be asked.
func (s *Store) consider(ctx context.Context, tx pgx.Tx, r *recording, deciding pgx.Tx, now time.Time) (err error) {
	if r.refused != nil {
		return nil
	}
	r.before = r.state.Seq
	if r.repeated {
		return r.repeat(ctx, tx)
	}
	if r.AfterSeq < r.state.Seq {
		if r.since, err = readEvents(ctx, tx, r.Incident, r.AfterSeq, r.state.Seq); err != nil {
			return err
		}
	}
	if r.lines, err = s.decide(ctx, deciding, r.Recording, r.state, s.rulesOf(r.settings, r.state), now); err != nil {
		s.states.put(r.Incident, r.heldState) // a refusal changes nothing
		r.refused = err
		return nil
	}
	r.recorded = make([]incident.Event, len(r.lines))
	for i, l := range r.lines {
		r.recorded[i] = l.event
	}
	r.since = append(r.since, r.recorded...)
	r.state.Apply(r.recorded...)
	if n := len(r.recorded); n > 0 {
		r.at = r.recorded[n-1].RecordedAt
	}
	return nil
}

// prior is what is known before deciding, read under the incident's lock.
type prior struct {
	repeated           bool
	firstFrom, firstTo int64 // what the first attempt recorded, when repeated
	version            int   // the form of the stored state; 0 when there is none
	settings           []settingRow
	heldState
}

// How the lock of an incident is taken: by waiting for it, or only when nobody has
// it. Both answer whether it was taken.
const (
	waitForIncident = `SELECT pg_advisory_xact_lock($1, $2) IS NOT NULL`
	tryIncident     = `SELECT pg_try_advisory_xact_lock($1, $2)`
)

// begin takes the locks of the incidents and reads what decisions need, all by one
// question. What it read of a case whose lock it did not get counts for nothing.
func (s *Store) begin(ctx context.Context, tx pgx.Tx, group []*recording, lock string) error {
	batch := &pgx.Batch{}
	var settings []settingRow
	held, rows, firsts := make([]heldState, len(group)), make([]stateRow, len(group)), make([]struct{ incident, command string }, len(group))
	for i, r := range group {
		held[i] = s.states.take(r.Incident)
		batch.Queue(lock, lockIncident, incidentLock(r.Incident)).QueryRow(func(row pgx.Row) error { return row.Scan(&r.locked) })
		recordedBefore.queue(batch, pgx.NamedArgs{"workflow": r.Key.WorkflowID, "run": r.Key.RunID, "activity": r.Key.ActivityID}).
			QueryRow(func(row pgx.Row) error {
				err := row.Scan(&firsts[i].incident, &firsts[i].command, &r.firstFrom, &r.firstTo)
				r.repeated = err == nil
				return optional(err)
			})
		batch.Queue(stateQuery, stateArgs(r.Incident, held[i])).
			QueryRow(func(row pgx.Row) error { return optional(rows[i].scan(row)) })
	}
	queueSettings(batch, &settings)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	for i, r := range group {
		if !r.locked {
			continue
		}
		if r.repeated && (firsts[i].incident != r.Incident || firsts[i].command != r.Command.Name()) {
			r.refused = errors.New("the key was used for another recording")
			continue
		}
		r.settings, r.state = settings, &incident.State{}
		if rows[i].seq == 0 {
			continue
		}
		r.version = rows[i].version
		var err error
		if r.heldState, err = loadState(ctx, tx, r.Incident, held[i], rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// recordedBefore reads what was recorded under a key.
var recordedBefore = order(`
	SELECT incident, command, after_seq, until_seq FROM recording
	WHERE workflow_id = @workflow AND run_id = @run AND activity_id = @activity`)

// optional takes no row for no error.
func optional(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// repeat answers what was recorded under the key before.
func (r *recording) repeat(ctx context.Context, tx pgx.Tx) (err error) {
	if r.recorded, err = readEvents(ctx, tx, r.Incident, r.firstFrom, r.firstTo); err != nil {
		return err
	}
	r.since, err = readEvents(ctx, tx, r.Incident, r.AfterSeq, r.state.Seq)
	return err
}
