package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// MaxTrail is how many entries one page of the trail holds at most.
const MaxTrail = 1000

// TrailFilter says which entries of the whole record are read.
type TrailFilter struct {
	// Incident is the id of the one incident of which is read, its own entries and
	// those of the installation that name it, such as who looked at its people;
	// [incident.InstallationID] for what belongs to no incident; empty for all.
	Incident string
	// Kind says which types of events are read; nil for all.
	Kind func(kind string) bool
	// Role is the role of who acted; empty for all.
	Role string
	// From and Until bound when an entry was recorded, real time: not before
	// From, and before Until. Zero for no bound.
	From, Until time.Time
	// Before is the place in the log of the last entry of the page before: what
	// follows are the entries that are older. Nil for the newest.
	Before *int64
	// Limit is the greatest number of entries, 1 to [MaxTrail]; 0 stands for 50.
	Limit int
}

// TrailRow is one entry of the whole record with the case that it belongs to.
type TrailRow struct {
	EntryRow
	// Case, Number and Title are the id and the names of the case that the entry
	// belongs to or is about; empty for none.
	Case, Number, Title string
}

// trailPair is a type of events together with a role that acted so.
type trailPair struct {
	Type string
	Role string
}

// Trail gives entries of the whole record, the latest recorded first. It reads
// as much as it gives, however long the record is. A place in the log that is
// not there is [incident.Invalid].
func (s *Store) Trail(ctx context.Context, f TrailFilter) ([]TrailRow, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, MaxTrail)
	last, err := s.trailPlace(ctx, f.Before)
	if err != nil {
		return nil, err
	}
	pairs, err := s.trailPairs(ctx, f)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	types, roles := make([]string, len(pairs)), make([]string, len(pairs))
	for i, p := range pairs {
		types[i], roles[i] = p.Type, p.Role
	}
	chosen := trailOfAll
	switch f.Incident {
	case "":
	case incident.InstallationID:
		chosen = trailOfInstallation
	default:
		chosen = trailOfIncident
	}
	rows, err := s.pool.Query(ctx, chosen+trailShown, pgx.NamedArgs{
		"types": types, "roles": roles, "incident": f.Incident, "from": f.From, "most": last.most(f.Until),
		"at": last.at, "last_incident": last.incident, "last_seq": last.seq, "limit": f.Limit,
	})
	if err != nil {
		return nil, failed("read the trail", err)
	}
	list, err := pgx.CollectRows(rows, scanTrail)
	return list, failed("read the trail", err)
}

// The entries of a page are chosen among the newest of each pair, those of one
// case among all that it has: a case is small. Each of the statements makes the
// table chosen, in which trailShown looks.
const (
	trailBounds = `
			  AND e.recorded_at >= @from AND e.recorded_at <= @most
			  AND (e.recorded_at, e.incident, e.seq) < (@at::timestamptz, @last_incident::text, @last_seq::bigint)
			ORDER BY e.recorded_at DESC, e.incident DESC, e.seq DESC
			LIMIT @limit`
	trailOfAll = `
		WITH chosen AS (
			SELECT n.* FROM unnest(@types::text[], @roles::text[]) AS p (type, role), LATERAL (
			SELECT e.incident, e.seq, e.recorded_at FROM event e
			WHERE e.type = p.type AND e.actor_role = p.role` + trailBounds + `) n)`
	trailOfInstallation = `
		WITH chosen AS (
			SELECT n.* FROM unnest(@types::text[], @roles::text[]) AS p (type, role), LATERAL (
			SELECT e.incident, e.seq, e.recorded_at FROM event e
			WHERE e.type = p.type AND e.actor_role = p.role AND e.incident = 'installation'` + trailBounds + `) n)`
	trailOfIncident = `
		WITH e AS MATERIALIZED (
			SELECT incident, seq, recorded_at, type, actor_role FROM event WHERE incident = @incident
			UNION ALL
			SELECT incident, seq, recorded_at, type, actor_role FROM event
			WHERE incident = 'installation' AND data->>'incident' IS NOT NULL AND data->>'incident' = @incident),
		chosen AS (
			SELECT e.incident, e.seq, e.recorded_at FROM e
			WHERE (e.type, e.actor_role) IN (SELECT * FROM unnest(@types::text[], @roles::text[]))` + trailBounds + `)`
	trailShown = `
		SELECT l.index, l.entry, coalesce(i.id, ''), coalesce(i.number, ''), coalesce(i.title, '')
		FROM (SELECT * FROM chosen ORDER BY recorded_at DESC, incident DESC, seq DESC LIMIT @limit) c
		JOIN ledger_entry l USING (incident, seq)
		JOIN event d USING (incident, seq)
		LEFT JOIN incident i ON i.id = CASE WHEN c.incident = 'installation' THEN d.data->>'incident' ELSE c.incident END
		ORDER BY c.recorded_at DESC, c.incident DESC, c.seq DESC`
)

func scanTrail(row pgx.CollectableRow) (TrailRow, error) {
	var r TrailRow
	var text []byte
	if err := row.Scan(&r.Index, &text, &r.Case, &r.Number, &r.Title); err != nil {
		return TrailRow{}, err
	}
	entry, err := ledger.ParseEntry(text)
	if err != nil {
		return TrailRow{}, err
	}
	r.Entry, r.Hash = entry, ledger.LeafHash(text).String()
	return r, nil
}

// trailEnd is where the page before ended; what follows is smaller.
type trailEnd struct {
	at       time.Time
	incident string
	seq      int64
}

// most is the latest instant at which what follows was recorded. PostgreSQL
// keeps microseconds. It is given always, so that the index is entered there.
func (e trailEnd) most(until time.Time) time.Time {
	if until.IsZero() || until.After(e.at) {
		return e.at
	}
	return until.Add(-time.Microsecond)
}

// trailPlace finds the entry with which the page before ended; without one an
// end that every entry is before.
func (s *Store) trailPlace(ctx context.Context, before *int64) (trailEnd, error) {
	if before == nil {
		return trailEnd{at: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
	}
	var last trailEnd
	err := s.pool.QueryRow(ctx, `
		SELECT e.recorded_at, incident, seq FROM ledger_entry l JOIN event e USING (incident, seq)
		WHERE l.index = @index`, pgx.NamedArgs{"index": *before}).Scan(&last.at, &last.incident, &last.seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return trailEnd{}, incident.InvalidField("before", strconv.FormatInt(*before, 10), "is the place of no entry", "the place in the log of the last entry of the page before")
	}
	return last, failed("read the trail", err)
}

// trailPairs gives the pairs of type and role that a filter asks for, among
// those that there are. The index is asked for one after the other, not read.
func (s *Store) trailPairs(ctx context.Context, f TrailFilter) ([]trailPair, error) {
	where := ``
	if f.Incident == incident.InstallationID {
		where = ` AND incident = 'installation'`
	}
	rows, err := s.pool.Query(ctx, `
		WITH RECURSIVE pair AS (
			(SELECT type, actor_role FROM event WHERE true`+where+` ORDER BY type, actor_role LIMIT 1)
			UNION ALL
			SELECT n.type, n.actor_role FROM pair p, LATERAL (
				SELECT e.type, e.actor_role FROM event e
				WHERE (e.type, e.actor_role) > (p.type, p.actor_role)`+where+` ORDER BY e.type, e.actor_role LIMIT 1) n
		)
		SELECT type, actor_role AS role FROM pair`)
	if err != nil {
		return nil, failed("read the trail", err)
	}
	pairs, err := pgx.CollectRows(rows, pgx.RowToStructByName[trailPair])
	if err != nil {
		return nil, failed("read the trail", err)
	}
	return slices.DeleteFunc(pairs, func(p trailPair) bool {
		return f.Kind != nil && !f.Kind(p.Type) || f.Role != "" && f.Role != p.Role
	}), nil
}

// LogHead says how far the log has grown and what was signed of it.
type LogHead struct {
	// Size is the number of entries.
	Size int64
	// Signed is the number of entries under the last checkpoint, Root the root of
	// the Merkle tree over them in base64, and SignedAt when it was signed, UTC; all
	// are zero when none was.
	Signed   int64
	Root     string
	SignedAt time.Time
	// Sent are the last checkpoints that left the building, at most one for each
	// kind of recipient.
	Sent []LogSent
}

// LogSent is a checkpoint that left the building.
type LogSent struct {
	// To is to whom, [incident.ToDPO] or [incident.ToFurther].
	To string
	// Size is the number of entries that it covers.
	Size int64
	// At is when the relay had taken it, UTC.
	At time.Time
	// Day is the day of a daily checkpoint in UTC, as 2026-11-30; empty for
	// another one.
	Day string
}

// LogHead reads how far the log has grown and its last checkpoint.
func (s *Store) LogHead(ctx context.Context) (LogHead, error) {
	var head LogHead
	var at *time.Time
	err := s.pool.QueryRow(ctx, `
		SELECT (`+ledgerSize+`), coalesce(c.size, 0), coalesce(encode(c.root, 'base64'), ''), c.signed_at
		FROM (SELECT 1) AS one LEFT JOIN (SELECT size, root, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1) c ON true`).
		Scan(&head.Size, &head.Signed, &head.Root, &at)
	if err != nil {
		return head, failed("read the head of the log", err)
	}
	head.SignedAt = moment(at)
	// Each mailing writes one to each recipient; a few of the last hold both.
	rows, err := s.pool.Query(ctx, `
		SELECT DISTINCT ON (to_whom) to_whom AS to, size, at, day FROM (
			SELECT data->>'to' AS to_whom, (data->>'size')::bigint AS size, recorded_at AS at, coalesce(data->>'day', '') AS day FROM event
			WHERE incident = 'installation' AND type = @sent AND actor_role = @engine ORDER BY recorded_at DESC LIMIT 20) AS last
		ORDER BY to_whom, at DESC`, pgx.NamedArgs{"sent": incident.EvCheckpointSent, "engine": string(incident.RoleEngine)})
	if err != nil {
		return head, failed("read the head of the log", err)
	}
	head.Sent, err = pgx.CollectRows(rows, pgx.RowToStructByName[LogSent])
	return head, failed("read the head of the log", err)
}
