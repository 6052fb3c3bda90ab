package postgres

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// RateDemand asks for permits to send under one limit.
type RateDemand struct {
	// Name tells limits apart. It is stored as a keyed hash only.
	Name string
	// Interval is the time between two permits at the lasting rate, from a
	// microsecond; it is rounded up to whole ones.
	Interval time.Duration
	// Burst is how many may be used at once after a pause; at least one.
	Burst int
	// Wanted is how many are asked for; at least one.
	Wanted int
}

// RateLease is what was given for a [RateDemand].
type RateLease struct {
	// Permits is how many were given, from zero to the number wanted.
	Permits int
	// In is when, counted from the answer, the first of them may be used, or would
	// have been: zero or less for at once. Each further one may be used one
	// interval after the one before.
	In time.Duration
}

// LeaseRates gives permits to the caller alone, in the order of the demands: of
// those that become due within ahead, as many as are wanted. A limit is kept as
// the one instant at which all its permits are back (the generic cell rate
// algorithm of ITU-T I.371), so a lease moves that instant on and is never given
// back: what its holder does not use is there again by itself when the time has
// passed. Instants are those of the database, so the clocks of callers need not
// agree. No two demands may have the same name.
func (s *Store) LeaseRates(ctx context.Context, ahead time.Duration, demands []RateDemand) ([]RateLease, error) {
	type row struct {
		hash                      string
		interval, tolerance, want int64
		place                     int
	}
	rows := make([]row, len(demands))
	for i, d := range demands {
		interval := max(1, (d.Interval + time.Microsecond - 1).Microseconds())
		rows[i] = row{string(s.rateName(d.Name)), interval, int64(max(d.Burst, 1)-1) * interval, int64(max(d.Wanted, 1)), i}
	}
	// One order for everybody, so that no two wait for each other.
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.hash, b.hash) })
	var names [][]byte
	var intervals, tolerances, wanted []int64
	for _, r := range rows {
		names, intervals = append(names, []byte(r.hash)), append(intervals, r.interval)
		tolerances, wanted = append(tolerances, r.tolerance), append(wanted, r.want)
	}
	args := pgx.NamedArgs{
		"names": names, "intervals": intervals, "tolerances": tolerances, "wanted": wanted, "ahead": ahead.Microseconds(),
	}
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO sending_rate (name, full_us) SELECT name, 0 FROM unnest(@names::bytea[]) AS name ON CONFLICT DO NOTHING`, args)
	leases := make([]RateLease, len(demands))
	batch.Queue(`
		WITH demand AS (
			SELECT * FROM unnest(@names::bytea[], @intervals::bigint[], @tolerances::bigint[], @wanted::bigint[])
				WITH ORDINALITY AS d (name, interval_us, tolerance_us, wanted, place)
		), held AS MATERIALIZED (
			SELECT name, full_us FROM sending_rate WHERE name = ANY (@names::bytea[]) ORDER BY name FOR UPDATE
		), present AS MATERIALIZED (
			-- Read after the rows are held, so that nobody's instant lies before it.
			SELECT count(*), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us FROM held
		), begun AS (
			SELECT d.*, p.us, greatest(h.full_us, p.us) AS full_us
			FROM held h JOIN demand d USING (name) CROSS JOIN present p
		), lease AS (
			SELECT *, least(wanted, greatest(0, us + @ahead::bigint + tolerance_us - full_us + interval_us) / interval_us) AS given
			FROM begun
		)
		UPDATE sending_rate r SET full_us = l.full_us + l.given * l.interval_us
		FROM lease l WHERE r.name = l.name
		RETURNING l.place, l.given, l.full_us - l.tolerance_us - l.us`, args).Query(func(found pgx.Rows) error {
		var place, given, in int64
		_, err := pgx.ForEachRow(found, []any{&place, &given, &in}, func() error {
			leases[rows[place-1].place] = RateLease{Permits: int(given), In: time.Duration(in) * time.Microsecond}
			return nil
		})
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, failed("lease permits to send", err)
	}
	return leases, nil
}

// rateName is the hash under which a limit is kept.
func (s *Store) rateName(name string) []byte {
	mac := hmac.New(sha256.New, s.keys.Index)
	mac.Write([]byte("tocsin sending rate\x00" + name))
	return mac.Sum(nil)[:16]
}

// forgetRates removes the limits that nobody used for an hour: a row whose
// instant has passed is as good as none.
func (s *Store) forgetRates(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM sending_rate WHERE full_us < extract(epoch FROM clock_timestamp() - interval '1 hour') * 1000000`)
	return failed("forget rates at rest", err)
}
