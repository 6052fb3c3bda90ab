package postgres

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// WithStandbys names the servers, host:port as they see themselves, on which a standby
// of this database may be promoted. There an installation goes on without a person; see
// [Standing.Promoted].
func WithStandbys(addresses []string) Option {
	return func(s *settings) { s.standbys = addresses }
}

// findPlace names the database in which the record lives: what a dump that was restored
// (another cluster), another database of the cluster and a backup that was promoted
// (another timeline) do not share with it. A copy of the files does.
//
// Where a provider does not let anybody ask for the cluster, it is the address by which
// the database is reached: a copy that a provider restores has another one.
func (s *Store) findPlace(ctx context.Context, q querier) (string, error) {
	var may bool
	if err := q.QueryRow(ctx, `SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')`).Scan(&may); err != nil {
		return "", err
	}
	var here string
	if may {
		err := q.QueryRow(ctx, `
			SELECT (SELECT system_identifier FROM pg_control_system())::text
				|| '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
				|| '/' || CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END`).Scan(&here)
		return here, err
	}
	err := q.QueryRow(ctx, `SELECT oid::text FROM pg_database WHERE datname = current_database()`).Scan(&here)
	return "at " + s.address() + "/" + here, err
}

// address is how the database is reached: hosts and ports, without the account.
func (s *Store) address() string {
	config := s.pool.Config().ConnConfig
	all := []string{net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	for _, f := range config.Fallbacks {
		if one := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return strings.Join(all, ",")
}

// promoted says whether this is the database that the record names, on a later timeline
// and on a server that was named before: a standby that was promoted, or a backup that
// somebody brought to life there.
func (s *Store) promoted(ctx context.Context, q querier, known, here string) (bool, error) {
	before, now := strings.Split(known, "/"), strings.Split(here, "/")
	if len(s.standbys) == 0 || len(before) != 3 || len(now) != 3 || !slices.Equal(before[:2], now[:2]) {
		return false, nil
	}
	was, wasErr := strconv.ParseUint(before[2], 16, 32)
	is, isErr := strconv.ParseUint(now[2], 16, 32)
	if wasErr != nil || isErr != nil || is <= was {
		return false, nil
	}
	var at string
	err := q.QueryRow(ctx, `SELECT coalesce(host(inet_server_addr()) || ':' || inet_server_port(), '')`).Scan(&at)
	return err == nil && slices.Contains(s.standbys, at), err
}

// allCame says whether every machine that acted has come to this database and waits
// here: then none is left that could act on the one before.
func (s *Store) allCame(ctx context.Context, q querier) (all bool, err error) {
	err = q.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM machine WHERE epoch IS NOT NULL AND (held IS DISTINCT FROM @database OR seen_at <= @since))`,
		pgx.NamedArgs{"database": incident.HeldDatabase, "since": s.now().Add(-waitingFor)}).Scan(&all)
	return all, err
}

// lives says whether a machine that acts has looked at this database since the other
// first asked, and remembers when that was. In a copy nobody does: those that act
// look at the original.
func lives(ctx context.Context, q querier, m *Machine, epoch int64) (bool, error) {
	var looks int64
	err := q.QueryRow(ctx, `SELECT coalesce(sum(looks), 0) FROM machine WHERE epoch = @epoch AND held IS NULL AND id <> @id`,
		pgx.NamedArgs{"epoch": epoch, "id": m.ID}).Scan(&looks)
	if err != nil {
		return false, err
	}
	if m.Saw == nil {
		m.Saw = &looks
		return false, nil
	}
	return looks > *m.Saw, nil
}

// expected says whether the place alone is why this is held, and it is a promotion that
// all have followed: see [Standing.Promoted].
func (s *Store) expected(ctx context.Context, q querier, known, here string, why []string) (bool, error) {
	if !slices.Equal(why, []string{incident.HeldDatabase}) {
		return false, nil
	}
	if may, err := s.promoted(ctx, q, known, here); err != nil || !may {
		return false, err
	}
	return s.allCame(ctx, q)
}

// mayFollow refuses to follow a promotion where a person has to decide.
func (s *Store) mayFollow(ctx context.Context, q querier, known, here string, now Standing) error {
	may, err := s.expected(ctx, q, known, here, now.Why)
	if err == nil && !may {
		err = &incident.Error{Kind: incident.Conflict, Message: "this is not a standby that was promoted where it was expected; a person has to take over"}
	}
	return err
}
