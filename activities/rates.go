package activities

import (
	"context"

	"tocsin/postgres"
	"tocsin/smtp"
)

// SharedRates lets all workers of an installation keep the limits of relays and
// domains together, through the record.
type SharedRates struct {
	// Store is the record that they share.
	Store *postgres.Store
}

// Lease gives permits to this worker alone.
func (r SharedRates) Lease(ctx context.Context, demands []smtp.Demand) ([]smtp.Lease, error) {
	asked := make([]postgres.RateDemand, len(demands))
	for i, d := range demands {
		asked[i] = postgres.RateDemand{Name: d.Name, Interval: d.Interval, Burst: d.Burst, Wanted: d.Wanted}
	}
	given, err := r.Store.LeaseRates(ctx, smtp.Ahead, asked)
	if err != nil {
		return nil, err
	}
	leases := make([]smtp.Lease, len(given))
	for i, g := range given {
		leases[i] = smtp.Lease{Permits: g.Permits, In: g.In}
	}
	return leases, nil
}
