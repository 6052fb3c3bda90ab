package postgrestest

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/ledger"
)

// copiesAtOnce is how many cases are written together.
const copiesAtOnce = 100

// Multiply adds copies of cases that were recorded, one after the other and over
// again, each with an id and a number of its own, and gives their ids. A copy has
// all that lists and the record know of its case: events, the log's entries and
// hashes, the row of the list. It has no key of its own, nobody affected, and no
// files. The record verifies afterwards, and a copy takes commands.
//
// It writes as the administrator, since copying a million entries by recording
// them takes hours. Nothing else may write meanwhile.
func Multiply(t testing.TB, adminURL string, cases []string, copies int) []string {
	t.Helper()
	ctx := t.Context()
	config, err := pgx.ParseConfig(adminURL)
	if err != nil {
		t.Fatalf("multiply: %v", err)
	}
	config.RuntimeParams["search_path"] = "tocsin"
	// What a copy refers to is copied with it: no row is looked up for it.
	config.RuntimeParams["session_replication_role"] = "replica"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatalf("multiply: %v", err)
	}
	m := multiplier{conn: conn}
	err = m.run(ctx, cases, copies)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatalf("multiply: %v", err)
	}
	return m.ids
}

type multiplier struct {
	conn   *pgx.Conn
	size   int64       // entries of the log
	hashes []tlog.Hash // all of them, by their position
	ids    []string
}

// pattern is a case that is copied.
type pattern struct {
	id, number string
	events     []patternEvent
}

type patternEvent struct {
	Seq        int64     `db:"seq"`
	Type       string    `db:"type"`
	At         time.Time `db:"at"`
	RecordedAt time.Time `db:"recorded_at"`
	Role       string    `db:"actor_role"`
	Actor      string    `db:"actor_id"`
	Data       string    `db:"data"`
}

func (m *multiplier) run(ctx context.Context, cases []string, copies int) error {
	rows, err := m.conn.Query(ctx, `SELECT hash FROM ledger_hash ORDER BY position`)
	if err != nil {
		return err
	}
	m.hashes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (h tlog.Hash, err error) {
		var raw []byte
		err = row.Scan(&raw)
		copy(h[:], raw)
		return h, err
	})
	if err != nil {
		return err
	}
	var last int // of the human numbers
	if err := m.conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM ledger_entry), (SELECT max(last) FROM incident_number)`).Scan(&m.size, &last); err != nil {
		return err
	}
	patterns := make([]pattern, len(cases))
	for i, id := range cases {
		if patterns[i], err = m.read(ctx, id); err != nil {
			return err
		}
	}
	for done := 0; done < copies; {
		n := min(copiesAtOnce, copies-done)
		part := make([]copied, n)
		for i := range part {
			sum := sha256.Sum256(fmt.Append(nil, "copy ", done+i))
			of := &patterns[(done+i)%len(patterns)]
			part[i] = copied{of: of, id: "i" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:20]),
				number: fmt.Sprintf("%s%04d", of.number[:len("INC-2026-")], last+done+i+1)}
			m.ids = append(m.ids, part[i].id)
		}
		if err := m.write(ctx, part); err != nil {
			return err
		}
		done += n
	}
	for _, sql := range []string{
		fmt.Sprintf(`UPDATE incident_number SET last = last + %d`, copies),
		`VACUUM (ANALYZE) event, ledger_entry, ledger_hash, incident, running_duty, register`,
	} {
		if _, err := m.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func (m *multiplier) read(ctx context.Context, id string) (pattern, error) {
	p := pattern{id: id}
	if err := m.conn.QueryRow(ctx, `SELECT number FROM incident WHERE id = $1`, id).Scan(&p.number); err != nil {
		return p, err
	}
	rows, err := m.conn.Query(ctx, `
		SELECT seq, type, at, recorded_at, actor_role, actor_id, data::text AS data FROM event WHERE incident = $1 ORDER BY seq`, id)
	if err != nil {
		return p, err
	}
	p.events, err = pgx.CollectRows(rows, pgx.RowToStructByName[patternEvent])
	return p, err
}

// copied is a copy to be made.
type copied struct {
	of         *pattern
	id, number string
}

func (m *multiplier) write(ctx context.Context, part []copied) error {
	var events, entries [][]any
	var leaves [][]byte
	for _, c := range part {
		renamed := strings.NewReplacer(c.of.id, c.id, c.of.number, c.number)
		for _, e := range c.of.events {
			data := renamed.Replace(e.Data)
			leaf, err := ledger.Entry{
				Version: ledger.EntryVersion, Incident: c.id, Seq: e.Seq, Type: e.Type, At: e.At, RecordedAt: e.RecordedAt,
				Actor: ledger.Actor{Role: e.Role, ID: e.Actor}, Data: []byte(data),
			}.MarshalCanonical()
			if err != nil {
				return err
			}
			events = append(events, []any{c.id, e.Seq, e.Type, e.At, e.RecordedAt, e.Role, e.Actor, []byte(data)})
			entries = append(entries, []any{m.size + int64(len(leaves)), c.id, e.Seq, leaf})
			leaves = append(leaves, leaf)
		}
	}
	first := ledger.FirstHash(m.size)
	size, hashes, _, err := ledger.Append(m.size, leaves, tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, position := range at {
			out[i] = m.hashes[position]
		}
		return out, nil
	}))
	if err != nil {
		return err
	}
	stored := make([][]any, len(hashes))
	for i := range hashes {
		stored[i] = []any{first + int64(i), hashes[i][:]}
	}
	m.size, m.hashes = size, append(m.hashes, hashes...)
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"event", []string{"incident", "seq", "type", "at", "recorded_at", "actor_role", "actor_id", "data"}, events},
		{"ledger_entry", []string{"index", "incident", "seq", "entry"}, entries},
		{"ledger_hash", []string{"position", "hash"}, stored},
	} {
		if _, err := m.conn.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return err
		}
	}
	return m.writeLists(ctx, part)
}

// writeLists copies the rows that lists read, whatever columns they have.
func (m *multiplier) writeLists(ctx context.Context, part []copied) error {
	from, ids, numbers := make([]string, len(part)), make([]string, len(part)), make([]string, len(part))
	for i, c := range part {
		from[i], ids[i], numbers[i] = c.of.id, c.id, c.number
	}
	for _, table := range []string{"incident", "mailing", "running_duty", "register"} {
		columns, err := m.columns(ctx, table)
		if err != nil {
			return err
		}
		values := slices.Clone(columns)
		for i, name := range columns {
			switch name {
			case "id", "incident":
				values[i] = "c.id"
			case "number":
				values[i] = "c.number"
			case "state", "entry":
				values[i] = "replace(replace(o." + name + "::text, c.source, c.id), s.number, c.number)::json"
			default:
				values[i] = "o." + name
			}
		}
		key := map[string]string{"incident": "id", "mailing": "incident", "running_duty": "incident", "register": "incident"}[table]
		_, err = m.conn.Exec(ctx, `
			INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`)
			SELECT `+strings.Join(values, ", ")+`
			FROM unnest(@source::text[], @ids::text[], @numbers::text[]) AS c (source, id, number)
			JOIN incident s ON s.id = c.source
			JOIN `+table+` o ON o.`+key+` = c.source`,
			pgx.NamedArgs{"source": from, "ids": ids, "numbers": numbers})
		if err != nil {
			return err
		}
	}
	return nil
}

// columns are those of a table that are written, and not computed.
func (m *multiplier) columns(ctx context.Context, table string) ([]string, error) {
	rows, err := m.conn.Query(ctx, `
		SELECT column_name FROM information_schema.columns
		WHERE table_schema = 'tocsin' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
