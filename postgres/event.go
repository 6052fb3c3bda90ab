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

// Events gives the events of an incident after a number, oldest first. An
// incident that nobody opened is [incident.NotFound].
func (s *Store) Events(ctx context.Context, id string, afterSeq int64) ([]incident.Event, error) {
	events, err := readEvents(ctx, s.pool, id, afterSeq, ledger.MaxInteger)
	if err != nil {
		return nil, failed("read events", err)
	}
	if len(events) == 0 {
		if _, err := s.State(ctx, id); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// EventsOf gives the events of an incident that are of some types, oldest first.
func (s *Store) EventsOf(ctx context.Context, id string, types ...string) ([]incident.Event, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT seq, type, at, recorded_at, actor_role, actor_id, data
		FROM event
		WHERE incident = @incident AND type = ANY (@types)
		ORDER BY seq`,
		pgx.NamedArgs{"incident": id, "types": types})
	if err != nil {
		return nil, failed("read events", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	return events, failed("read events", err)
}

// eventRow is a row of the table event.
type eventRow struct {
	Seq        int64     `db:"seq"`
	Type       string    `db:"type"`
	At         time.Time `db:"at"`
	RecordedAt time.Time `db:"recorded_at"`
	Role       string    `db:"actor_role"`
	Actor      string    `db:"actor_id"`
	Data       []byte    `db:"data"`
}

// readEvents gives the events numbered from after+1 to until.
func readEvents(ctx context.Context, q querier, id string, after, until int64) ([]incident.Event, error) {
	rows, err := q.Query(ctx, `
		SELECT seq, type, at, recorded_at, actor_role, actor_id, data
		FROM event
		WHERE incident = @incident AND seq > @after AND seq <= @until
		ORDER BY seq`,
		pgx.NamedArgs{"incident": id, "after": after, "until": until})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanEvent)
}

func scanEvent(row pgx.CollectableRow) (incident.Event, error) {
	r, err := pgx.RowToStructByName[eventRow](row)
	if err != nil {
		return incident.Event{}, err
	}
	data, err := incident.DecodeData(r.Type, r.Data)
	if err != nil {
		return incident.Event{}, err
	}
	return incident.Event{
		Seq: r.Seq, Type: r.Type, At: r.At.UTC(), RecordedAt: r.RecordedAt.UTC(),
		Actor: incident.Actor{Role: incident.Role(r.Role), ID: r.Actor}, Data: data,
	}, nil
}

// line is an event as it is written: its data in canonical JSON and the line
// that the ledger hashes.
type line struct {
	incident string
	event    incident.Event
	data     []byte
	entry    []byte
}

// canonicalData gives the one spelling of an event's data.
func canonicalData(d incident.Data) ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", d.Type(), err)
	}
	data, err := ledger.Canonical(raw)
	if errors.Is(err, ledger.ErrInvalidJSON) {
		// The text names a place, never the content.
		return nil, incident.Refused(incident.Invalid,
			"the record cannot hold this: %v; give whole numbers and plain text", err)
	}
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", d.Type(), err)
	}
	const envelope = 2048 // what an entry has around its data, generously
	if len(data) > ledger.MaxEntryBytes-envelope {
		return nil, incident.Refused(incident.TooLarge,
			"this is too long for the record: %d bytes, %d at most; attach it as a document",
			len(data), ledger.MaxEntryBytes-envelope)
	}
	return data, nil
}

// write gives the line of an event. The line's event is the one that a later
// read of the row gives, so that both lead to the same state.
func write(id string, e incident.Event, data []byte) (line, error) {
	decoded, err := incident.DecodeData(e.Type, data)
	if err != nil {
		return line{}, err
	}
	e.Data = decoded
	e.At, e.RecordedAt = ledger.Instant(e.At), ledger.Instant(e.RecordedAt)
	entry, err := ledger.Entry{
		Version: ledger.EntryVersion, Incident: id, Seq: e.Seq, Type: e.Type, At: e.At, RecordedAt: e.RecordedAt,
		Actor: ledger.Actor{Role: string(e.Actor.Role), ID: e.Actor.ID}, Data: data,
	}.MarshalCanonical()
	if err != nil {
		return line{}, err
	}
	return line{incident: id, event: e, data: data, entry: entry}, nil
}
