package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// AnchorHeld is a confirmation of a checkpoint, without the answer itself.
type AnchorHeld struct {
	// Kind and Name say who confirmed, as in [Anchor].
	Kind, Name string
	// Size is the number of entries of the log under the checkpoint, and Entries
	// how many of them are of the case that was asked for; 0 when none was.
	Size, Entries int64
	// At is when they confirmed it, by their own clock, UTC.
	At time.Time
}

// AnchorsHeld gives what others confirmed, the largest checkpoint first, and how
// much there is in all. With an incident, only what covers an entry of it.
func (s *Store) AnchorsHeld(ctx context.Context, incidentID string, limit int) (list []AnchorHeld, all int64, err error) {
	rows, err := s.pool.Query(ctx, `
		SELECT a.kind, a.name, a.size, a.at, a.every, coalesce((
			SELECT l.seq FROM ledger_entry l WHERE l.incident = @incident AND l.index < a.size ORDER BY l.seq DESC LIMIT 1), 0)
		FROM (SELECT kind, name, size, at, count(*) OVER () AS every FROM anchor
		      WHERE @incident = '' OR size > (SELECT index FROM ledger_entry WHERE incident = @incident AND seq = 1)
		      ORDER BY size DESC, kind, name LIMIT @limit) a
		ORDER BY a.size DESC, a.kind, a.name`, pgx.NamedArgs{"incident": incidentID, "limit": limit})
	if err != nil {
		return nil, 0, failed("list the confirmations", err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (AnchorHeld, error) {
		var a AnchorHeld
		err := row.Scan(&a.Kind, &a.Name, &a.Size, &a.At, &all, &a.Entries)
		a.At = a.At.UTC()
		return a, err
	})
	return list, all, failed("list the confirmations", err)
}

// AnchorGiven is a confirmation with the signed checkpoint that it is of.
type AnchorGiven struct {
	Anchor
	// Seq is the number of the installation's entry that tells of it.
	Seq int64
	// Checkpoint is the signed checkpoint.
	Checkpoint string
}

// AnchorsAfter gives confirmations in the order in which they were kept: those
// after the entry of the installation with this number, so many at most.
func (s *Store) AnchorsAfter(ctx context.Context, after int64, limit int) ([]AnchorGiven, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT a.kind, a.name, a.size, a.content, a.at, a.seq, c.note
		FROM anchor a JOIN checkpoint c USING (size) WHERE a.seq > @after ORDER BY a.seq LIMIT @limit`,
		pgx.NamedArgs{"after": after, "limit": limit})
	if err != nil {
		return nil, failed("read the confirmations", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (AnchorGiven, error) {
		var a AnchorGiven
		err := row.Scan(&a.Kind, &a.Name, &a.Size, &a.Content, &a.At, &a.Seq, &a.Checkpoint)
		a.At = a.At.UTC()
		return a, err
	})
	return list, failed("read the confirmations", err)
}

// lostConfirmations reports confirmations that the log tells of and that are not
// kept, or not as it tells, and such as it does not tell of.
func lostConfirmations(ctx context.Context, q querier, report *ledger.LogReport) error {
	const most = 100
	rows, err := q.Query(ctx, `
		SELECT coalesce(l.index, -1), coalesce(e.seq, a.seq), coalesce((e.data->>'size')::bigint, a.size)
		FROM (SELECT seq, data FROM event WHERE incident = @installation AND type = @type) e
		LEFT JOIN ledger_entry l ON l.incident = @installation AND l.seq = e.seq
		FULL JOIN anchor a ON a.seq = e.seq
		WHERE a.seq IS NULL OR e.seq IS NULL
		   OR (a.kind, a.name, a.size, encode(sha256(a.content), 'hex'))
		      IS DISTINCT FROM (e.data->>'kind', e.data->>'name', (e.data->>'size')::bigint, e.data->>'sha256')
		ORDER BY 2 LIMIT @most`,
		pgx.NamedArgs{"installation": incident.InstallationID, "type": incident.EvAnchored, "most": most})
	if err != nil {
		return err
	}
	var index, seq, size int64
	_, err = pgx.ForEachRow(rows, []any{&index, &seq, &size}, func() error {
		report.OK = false
		report.Problems = append(report.Problems, ledger.LogProblem{
			Index: index, Incident: incident.InstallationID, Entry: seq, Kind: ledger.KindConfirmation,
			Detail: fmt.Sprintf("what somebody outside confirmed of %d entries is not kept as the log tells", size),
		})
		return nil
	})
	return err
}
