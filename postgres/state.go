package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// stateVersion is the form of the stored state. Raise it when [incident.State]
// or how events change it becomes different: states of another version are
// folded from the events again.
const stateVersion = 2

// State gives the present state of a case, or [incident.NotFound].
func (s *Store) State(ctx context.Context, id string) (*incident.State, error) {
	state, err := readState(ctx, s.pool, id)
	if err != nil {
		return nil, failed("read state", err)
	}
	if !state.Exists() {
		return nil, noIncident()
	}
	return state, nil
}

// readState gives the state, which is empty for an incident that nobody opened.
func readState(ctx context.Context, q querier, id string) (*incident.State, error) {
	var version int
	var stored []byte
	err := q.QueryRow(ctx, `SELECT state_version, state FROM incident WHERE id = @id`, pgx.NamedArgs{"id": id}).
		Scan(&version, &stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return &incident.State{}, nil
	}
	if err != nil {
		return nil, err
	}
	return loadState(ctx, q, id, version, stored)
}

func loadState(ctx context.Context, q querier, id string, version int, stored []byte) (*incident.State, error) {
	if version != stateVersion {
		events, err := readEvents(ctx, q, id, 0, ledger.MaxInteger)
		if err != nil {
			return nil, err
		}
		return incident.Fold(events), nil
	}
	state := &incident.State{}
	if err := json.Unmarshal(stored, state); err != nil {
		return nil, fmt.Errorf("decode state: %w", err)
	}
	return state, nil
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
