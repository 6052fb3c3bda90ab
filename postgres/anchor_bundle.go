package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// confirmationsBefore gives what others confirmed of the checkpoints of these
// sizes, as far as the log tells of it before a place: so a bundle that is written
// again holds what was known when it was sealed. Of very many, the last one of each
// who confirmed and evenly spaced ones before it travel.
func confirmationsBefore(ctx context.Context, q querier, sizes []int64, place int64) ([]ledger.Confirmation, error) {
	rows, err := q.Query(ctx, `
		WITH known AS (
			SELECT a.kind, a.name, a.size, a.seq,
			       row_number() OVER (PARTITION BY a.kind, a.name ORDER BY a.size) AS n,
			       count(*) OVER (PARTITION BY a.kind, a.name) AS all_of
			FROM anchor a JOIN ledger_entry l ON l.incident = @installation AND l.seq = a.seq
			WHERE a.size = ANY (@sizes) AND l.index < @place),
		share AS (SELECT @most / greatest(count(DISTINCT (kind, name)), 1) AS most FROM known)
		SELECT a.kind, a.name, a.size, a.content, a.at
		FROM known k JOIN anchor a USING (seq) CROSS JOIN share
		WHERE k.all_of <= share.most OR k.n * share.most / k.all_of > (k.n - 1) * share.most / k.all_of
		ORDER BY a.size, a.kind, a.name`,
		pgx.NamedArgs{"installation": incident.InstallationID, "sizes": sizes, "place": place, "most": int64(ledger.MaxConfirmations)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.Confirmation, error) {
		var c ledger.Confirmation
		err := row.Scan(&c.Kind, &c.Name, &c.Size, &c.Content, &c.At)
		c.At = c.At.UTC()
		return c, err
	})
}
