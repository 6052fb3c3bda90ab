package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// stateVersion is the form of the stored state. Raise it when [incident.State]
// or how events change it becomes different: states of another version are
// folded from the events again. Since version 3 a stored state may be behind its
// row.
const stateVersion = 4

// stateEvery is how many events lie between two stored states of a case. A
// state grows with its case, so that storing it with each command would make
// the last command of a long case dearer than its first; what a read has to add
// to a stored state stays below this number of events and those of one command.
const stateEvery = 32

// storesState says whether a recording that leads from one event to another
// stores the state: when it passes a multiple of [stateEvery], and when the one
// that is stored is of no use.
func storesState(version int, after, until int64) bool {
	return version != stateVersion || after/stateEvery != until/stateEvery
}

// State gives the present state of a case, or [incident.NotFound]. It is the
// caller's own.
func (s *Store) State(ctx context.Context, id string) (*incident.State, error) {
	held := s.states.copy(id)
	var row stateRow
	if err := optional(row.scan(s.pool.QueryRow(ctx, stateQuery, stateArgs(id, held)))); err != nil {
		return nil, failed("read state", err)
	}
	if row.seq == 0 {
		return nil, noIncident()
	}
	present, err := loadState(ctx, s.pool, id, held, row)
	if err != nil {
		return nil, failed("read state", err)
	}
	if present.state != held.state || !present.at.Equal(held.at) {
		s.states.put(id, heldState{state: present.state.Clone(), at: present.at})
	}
	return present.state, nil
}

// stateRow is what the row of a case tells about its state.
type stateRow struct {
	seq     int64      // of the last event; 0 when nobody opened the case
	version int        // the form of the stored state
	last    *time.Time // when the last event was recorded
	held    *time.Time // when the last event of the held state was recorded
	stored  []byte     // the stored state, asked for when no state is held
}

// stateQuery reads a stateRow. The stored state may be behind the row by the
// events that came since. Each event is looked up by its number: a join may read all
// events of the case.
const stateQuery = `
	SELECT i.seq, i.state_version,
	       (SELECT e.recorded_at FROM event e WHERE e.incident = i.id AND e.seq = i.seq),
	       (SELECT e.recorded_at FROM event e WHERE e.incident = i.id AND e.seq = @held::bigint),
	       CASE WHEN @held::bigint = 0 THEN i.state END
	FROM incident i
	WHERE i.id = @id`

func stateArgs(id string, held heldState) pgx.NamedArgs {
	args := pgx.NamedArgs{"id": id, "held": int64(0)}
	if held.state != nil {
		args["held"] = held.state.Seq
	}
	return args
}

func (r *stateRow) scan(row pgx.Row) error {
	return row.Scan(&r.seq, &r.version, &r.last, &r.held, &r.stored)
}

// loadState gives the state that a row tells of. It starts from the held state,
// which it may change, when that is an earlier state of this very case, and
// otherwise from the stored one.
func loadState(ctx context.Context, q querier, id string, held heldState, row stateRow) (heldState, error) {
	if row.version != stateVersion {
		// Neither is of use.
		return foldState(ctx, q, id, &incident.State{}, row)
	}
	if held.state != nil {
		if row.held != nil && row.held.Equal(held.at) && held.state.Seq <= row.seq {
			return foldState(ctx, q, id, held.state, row)
		}
		// The database was put back to an earlier day, and went on from there.
		row = stateRow{}
		if err := row.scan(q.QueryRow(ctx, stateQuery, stateArgs(id, heldState{}))); err != nil {
			return heldState{}, err
		}
		return loadState(ctx, q, id, heldState{}, row)
	}
	state := &incident.State{}
	if err := json.Unmarshal(row.stored, state); err != nil {
		return heldState{}, fmt.Errorf("decode state: %w", err)
	}
	return foldState(ctx, q, id, state, row)
}

// foldState brings a state up to its row.
func foldState(ctx context.Context, q querier, id string, state *incident.State, row stateRow) (heldState, error) {
	if state.Seq < row.seq {
		events, err := readEvents(ctx, q, id, state.Seq, row.seq)
		if err != nil {
			return heldState{}, err
		}
		state.Apply(events...)
	}
	if state.Seq != row.seq || row.last == nil {
		return heldState{}, errors.New("the events of the case do not lead to where its row is")
	}
	return heldState{state: state, at: *row.last}, nil
}

// encodeState spells the state as canonical JSON, as the events are, so that
// reading it gives the very state that folding the events gives.
func encodeState(state *incident.State) ([]byte, error) {
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	out, err := ledger.Canonical(raw)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return out, nil
}
