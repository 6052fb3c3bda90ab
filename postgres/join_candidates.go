package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// JoinCandidate is an open case that another one may be the same breach as.
type JoinCandidate struct {
	// ID, Number, Title and Vendor are those of the incident.
	ID     string `db:"id"`
	Number string `db:"number"`
	Title  string `db:"title"`
	Vendor string `db:"vendor"`
	// ReceivedAt is when it was told, in the case's own time.
	ReceivedAt time.Time `db:"received_at"`
	// SameVendor says that it is about the same vendor.
	SameVendor bool `db:"same_vendor"`
}

// joinCandidates is how many cases are offered at once.
const joinCandidates = 20

// JoinCandidates lists the open cases that a case may be the same breach as, the
// likeliest first: of the same vendor, then the nearest in time. A drill is offered
// drills alone. Search is looked for in number, title and vendor as [Store.Incidents]
// does; empty for all.
func (s *Store) JoinCandidates(ctx context.Context, of *incident.State, search string) ([]JoinCandidate, error) {
	vendor := ""
	if linked := of.Disclosure.VendorRecord; linked != nil {
		vendor = linked.ID
	}
	rows, err := s.pool.Query(ctx, `
		SELECT id, number, title, vendor, coalesce(received_at, opened_at) AS received_at,
		       (@vendor_id <> '' AND vendor_id = @vendor_id OR @vendor <> '' AND lower(vendor) = lower(@vendor)) AS same_vendor
		FROM incident
		WHERE closed_at IS NULL AND exercise = @exercise AND id <> @id AND (@search = '' OR searched LIKE `+folded("@search")+`)
		ORDER BY same_vendor DESC, abs(extract(epoch FROM coalesce(received_at, opened_at) - @received::timestamptz)), id
		LIMIT @most`,
		pgx.NamedArgs{"id": of.ID, "vendor_id": vendor, "vendor": of.Disclosure.Vendor, "exercise": of.Disclosure.Exercise != nil,
			"search": pattern(search), "received": of.Disclosure.ReceivedAt, "most": joinCandidates})
	if err != nil {
		return nil, failed("list cases to join", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[JoinCandidate])
	for i := range list {
		list[i].ReceivedAt = list[i].ReceivedAt.UTC()
	}
	return list, failed("list cases to join", err)
}
