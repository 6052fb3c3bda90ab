package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// Vendors lists the vendors: those that work for the controller by their names,
// then those that ended.
func (s *Store) Vendors(ctx context.Context) ([]Vendor, error) {
	rows, err := s.pool.Query(ctx, vendorQuery+`ORDER BY v.ended_at IS NOT NULL, lower(v.name), v.id`)
	if err != nil {
		return nil, failed("list vendors", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Vendor])
	if err != nil {
		return nil, failed("list vendors", err)
	}
	for i := range list {
		list[i].inUTC()
	}
	return list, nil
}

// Vendor gives one vendor of the list, or [incident.NotFound].
func (s *Store) Vendor(ctx context.Context, id string) (Vendor, error) {
	rows, err := s.pool.Query(ctx, vendorQuery+`WHERE v.id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return Vendor{}, failed("read vendor", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Vendor])
	if errors.Is(err, pgx.ErrNoRows) {
		return Vendor{}, noVendor(id)
	}
	found.inUTC()
	return found, failed("read vendor", err)
}

// VendorNamed gives the vendor of the list that has a name, whatever the case,
// and has not ended; [incident.NotFound] for none.
func (s *Store) VendorNamed(ctx context.Context, name string) (Vendor, error) {
	rows, err := s.pool.Query(ctx, vendorQuery+`WHERE lower(v.name) = lower(@name) AND v.ended_at IS NULL`, pgx.NamedArgs{"name": name})
	if err != nil {
		return Vendor{}, failed("read vendor", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Vendor])
	if errors.Is(err, pgx.ErrNoRows) {
		return Vendor{}, noVendor("")
	}
	found.inUTC()
	return found, failed("read vendor", err)
}

func (v *Vendor) inUTC() {
	v.CreatedAt, v.ChangedAt = v.CreatedAt.UTC(), v.ChangedAt.UTC()
	for _, at := range []**time.Time{&v.EndedAt, &v.LastAt, &v.LastDetectedAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// VendorCase is one case about a vendor. Instants are in the case's own time.
type VendorCase struct {
	// ID, Number, Title and Stage are those of the incident.
	ID     string `db:"id"`
	Number string `db:"number"`
	Title  string `db:"title"`
	Stage  string `db:"stage"`
	// Zone is the IANA name of the case's zone.
	Zone string `db:"zone"`
	// Exercise says whether it is a drill.
	Exercise bool `db:"exercise"`
	// ClosedAt is when it was closed; nil while it is open.
	ClosedAt *time.Time `db:"closed_at"`
	// ReceivedAt is when the vendor's word reached the controller, DetectedAt
	// when the vendor says that it found out; nil where it is not known.
	ReceivedAt *time.Time `db:"received_at"`
	DetectedAt *time.Time `db:"detected_at"`
	// Hours are the contract's, as they were when the case was linked.
	Hours int `db:"vendor_hours"`
}

// vendorCases is how many cases of a vendor are listed.
const vendorCases = 200

const vendorCaseQuery = `
	SELECT id, number, title, stage, zone, exercise, closed_at, received_at, detected_at, vendor_hours FROM incident `

// CasesOfVendor lists the cases that are linked to a vendor, the latest first,
// at most 200.
func (s *Store) CasesOfVendor(ctx context.Context, id string) ([]VendorCase, error) {
	return s.vendorCases(ctx, `WHERE vendor_id <> '' AND vendor_id = @vendor`, id)
}

// CasesNaming lists the cases that name a vendor as it is called and that nobody
// has linked to any, the latest first, at most 200.
func (s *Store) CasesNaming(ctx context.Context, name string) ([]VendorCase, error) {
	return s.vendorCases(ctx, `WHERE vendor_id = '' AND vendor <> '' AND lower(vendor) = lower(@vendor)`, name)
}

func (s *Store) vendorCases(ctx context.Context, where, vendor string) ([]VendorCase, error) {
	rows, err := s.pool.Query(ctx, vendorCaseQuery+where+` ORDER BY opened_at DESC, id LIMIT @limit`,
		pgx.NamedArgs{"vendor": vendor, "limit": vendorCases})
	if err != nil {
		return nil, failed("list cases of a vendor", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[VendorCase])
	return list, failed("list cases of a vendor", err)
}
