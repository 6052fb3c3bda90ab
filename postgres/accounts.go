package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tocsin/incident"
	"tocsin/people"
)

// ControllerAccount is one account of the controller's own, to match affected
// people against. Only keyed hashes of it are stored.
type ControllerAccount struct {
	// Email is the account's address; may be empty.
	Email string
	// UserID is the account's id as vendors know it; may be empty.
	UserID string
}

// Named says whether the account has an address or an id, so that somebody can
// be matched against it.
func (a ControllerAccount) Named() bool {
	return people.NormalizeEmail(a.Email) != "" || strings.TrimSpace(a.UserID) != ""
}

// AccountLoad is one load of accounts, from a file or a database.
type AccountLoad struct {
	// Accounts is the number of accounts.
	Accounts int
	// LoadedAt is when they were loaded, real time, UTC; zero when none was.
	LoadedAt time.Time
}

// AccountWriter stores the accounts of one file. They count once Finish has
// returned, and then replace those of every earlier file.
type AccountWriter struct {
	store *Store
	match *people.Matcher
	load  int64
	batch []ControllerAccount
	n     int
}

// StageAccounts begins to store a file of accounts.
func (s *Store) StageAccounts(ctx context.Context) (*AccountWriter, error) {
	w := &AccountWriter{store: s, match: s.Matcher()}
	err := s.pool.QueryRow(ctx, `INSERT INTO account_load (loaded_at) VALUES (@now) RETURNING id`,
		pgx.NamedArgs{"now": s.now()}).Scan(&w.load)
	return w, failed("stage accounts", err)
}

// Add stores an account. One without an address and without an id is passed
// over and not counted.
func (w *AccountWriter) Add(ctx context.Context, a ControllerAccount) error {
	if w.load == 0 {
		return errors.New("store accounts: the load is over")
	}
	if !a.Named() {
		return nil
	}
	w.batch = append(w.batch, a)
	if len(w.batch) < importBatch {
		return nil
	}
	return w.flush(ctx)
}

func (w *AccountWriter) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	_, err := w.store.pool.CopyFrom(ctx, pgx.Identifier{"controller_account"}, []string{"load", "email", "user_id"},
		pgx.CopyFromSlice(len(w.batch), func(i int) ([]any, error) {
			a := &w.batch[i]
			return []any{w.load, orNull(w.match.Email(a.Email)), orNull(w.match.UserID(a.UserID))}, nil
		}))
	if err != nil {
		return failed("store accounts", err)
	}
	w.n += len(w.batch)
	w.batch = w.batch[:0]
	return nil
}

// orNull is a key as a uuid, null for none.
func orNull(key people.Key) pgtype.UUID { return pgtype.UUID{Bytes: key, Valid: key != people.Key{}} }

// Finish stores what is left and lets this load count, in place of every other,
// in the transaction that records who loaded it. It fills in how many accounts
// were stored and replaced.
//
// When another load was finished meanwhile, that one counts and this one is an
// [incident.Conflict]. A load without a single account is [incident.Invalid].
func (w *AccountWriter) Finish(ctx context.Context, by incident.Actor, load incident.LoadAccounts) (AccountLoad, error) {
	if err := w.flush(ctx); err != nil {
		return AccountLoad{}, err
	}
	load.Accounts = w.n
	out := AccountLoad{Accounts: w.n}
	err := w.store.transact(ctx, "finish accounts", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"load": w.load, "n": w.n}
		// Loads are finished one after the other.
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		var latest int64
		err = tx.QueryRow(ctx, `SELECT id, accounts FROM account_load WHERE accounts IS NOT NULL ORDER BY id DESC LIMIT 1`).
			Scan(&latest, &load.Replaced)
		if err = optional(err); err != nil {
			return err
		}
		if latest > w.load {
			return &incident.Error{Kind: incident.Conflict,
				Message: "other accounts were loaded meanwhile, and count: look whether you want to load these again"}
		}
		if err := tx.QueryRow(ctx, `UPDATE account_load SET accounts = @n WHERE id = @load RETURNING loaded_at`, args).Scan(&out.LoadedAt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_load WHERE id < @load`, args); err != nil {
			return err
		}
		return w.store.recordInstallation(ctx, tx, last, by, load)
	})
	if err != nil {
		return AccountLoad{}, err
	}
	w.load = 0
	out.LoadedAt = out.LoadedAt.UTC()
	return out, nil
}

// Discard throws the file away.
func (w *AccountWriter) Discard(ctx context.Context) error {
	load := w.load
	w.load = 0
	_, err := w.store.pool.Exec(ctx, `DELETE FROM account_load WHERE id = @load`, pgx.NamedArgs{"load": load})
	return failed("discard accounts", err)
}

// Matching says how affected people and accounts agree.
type Matching struct {
	// Load is the file of accounts that was compared with.
	Load AccountLoad
	// InAccounts is the number of affected people who have an account.
	InAccounts int
	// NotInAccounts is the number of those who have none.
	NotInAccounts int
	// NotInFile is the number of accounts of which the vendor's file knows
	// nothing: these people are not affected.
	NotInFile int
}

// latestLoad is the file of accounts that counts; 0 when none does.
const latestLoad = `(SELECT coalesce(max(id), 0) FROM account_load WHERE accounts IS NOT NULL)`

// matchesPerson is the condition that an account is a person's.
const matchesPerson = `a.load = ` + latestLoad + ` AND (a.email = p.match_email OR a.user_id = p.match_user)`

// affectedImport is the condition that an import is recorded in an incident, in
// the round that is asked for.
const affectedImport = `i.incident = @incident AND i.round IS NOT NULL AND (@round = 0 OR i.round = @round)`

// affected are the people p of these imports, with room for a further condition.
const affected = `people_import i JOIN ` + peopleOfImport + ` WHERE ` + affectedImport

// Match compares the people of a round, or of all rounds for 0, with the
// controller's accounts.
//
// Half of the keys is compared on each of two connections, which see the same
// moment: a join of a million by a million is what PostgreSQL does on one core.
// One matching runs at a time, so that two never wait for each other's second
// connection.
func (s *Store) Match(ctx context.Context, incidentID string, round int) (Matching, error) {
	select {
	case s.matching <- struct{}{}:
		defer func() { <-s.matching }()
	case <-ctx.Done():
		return Matching{}, failed("match people", ctx.Err())
	}
	args := pgx.NamedArgs{"incident": incidentID, "round": round}
	var m, other Matching
	err := s.transact(ctx, "match people", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, matchSettings); err != nil {
			return err
		}
		var snapshot string
		var loaded *time.Time
		if err := tx.QueryRow(ctx, `
			SELECT pg_export_snapshot(), (SELECT coalesce(sum(i.people), 0) FROM people_import i WHERE `+affectedImport+`),
			       coalesce(l.accounts, 0), l.loaded_at
			FROM (SELECT `+latestLoad+` AS id) latest LEFT JOIN account_load l USING (id)`, args).
			Scan(&snapshot, &m.InAccounts, &m.Load.Accounts, &loaded); err != nil {
			return err
		}
		m.Load.LoadedAt = moment(loaded)
		if s.pool.Config().MaxConns < 2 {
			if err := matchHalf(ctx, tx, upperHalf, args, &other); err != nil {
				return err
			}
			return matchHalf(ctx, tx, lowerHalf, args, &m)
		}
		done := make(chan error, 1)
		go func() { done <- s.matchUpper(ctx, snapshot, args, &other) }()
		err := matchHalf(ctx, tx, lowerHalf, args, &m)
		if failure := <-done; err == nil {
			err = failure
		}
		return err
	})
	if err != nil {
		return Matching{}, err
	}
	m.NotInAccounts += other.NotInAccounts
	m.NotInFile += other.NotInFile
	m.InAccounts -= m.NotInAccounts
	return m, nil
}

// The halves of the keys, which are hashes: each has about as many. Who has no
// key is in the lower one.
const (
	lowerHalf = `(key < '80000000-0000-0000-0000-000000000000' OR key IS NULL)`
	upperHalf = `key >= '80000000-0000-0000-0000-000000000000'`
)

// matchSettings begin a matching. Half a million people and accounts are joined
// in memory.
const matchSettings = `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL work_mem = '96MB'`

// matchUpper compares the upper half of the keys as another transaction sees them.
func (s *Store) matchUpper(ctx context.Context, snapshot string, args pgx.NamedArgs, m *Matching) error {
	return s.transact(ctx, "match people", func(tx pgx.Tx) error {
		// The name of a snapshot is PostgreSQL's own, of digits, letters and hyphens.
		if _, err := tx.Exec(ctx, matchSettings+`; SET TRANSACTION SNAPSHOT '`+snapshot+`'`); err != nil {
			return err
		}
		return matchHalf(ctx, tx, upperHalf, args, m)
	})
}

// matchHalf counts the people and accounts of one half of the addresses' keys
// who find nobody. The one large join pairs them by their addresses; who finds
// nobody there is looked for by the user id: people in the index of the accounts,
// accounts by grouping them with the people. There is no index of people, and
// PostgreSQL, which believes that next to nobody is left, would go through all
// people for each account.
func matchHalf(ctx context.Context, tx pgx.Tx, half string, args pgx.NamedArgs, m *Matching) error {
	return tx.QueryRow(ctx, `
		WITH apart AS MATERIALIZED (
			SELECT p.id AS person, p.match_user, a.id AS account, a.user_id
			FROM (SELECT p.id, p.match_email, p.match_user FROM `+affected+` AND `+strings.ReplaceAll(half, "key", "p.match_email")+`) p
			FULL JOIN (
				SELECT id, email, user_id FROM controller_account WHERE load = `+latestLoad+` AND `+strings.ReplaceAll(half, "key", "email")+`
			) a ON a.email = p.match_email
			WHERE p.id IS NULL OR a.id IS NULL
		)
		SELECT (SELECT count(*) FROM apart x WHERE x.person IS NOT NULL AND NOT EXISTS (
		            SELECT FROM controller_account a WHERE a.load = `+latestLoad+` AND a.user_id = x.match_user)),
		       (SELECT coalesce(sum(accounts) FILTER (WHERE NOT in_file), 0) FROM (
		            SELECT sum(account) AS accounts, bool_or(in_file) AS in_file FROM (
		                SELECT x.user_id, 1 AS account, false AS in_file FROM apart x WHERE x.account IS NOT NULL
		                UNION ALL
		                SELECT p.match_user, 0, true FROM `+affected+` AND p.match_user IS NOT NULL
		                   AND (SELECT true FROM apart WHERE account IS NOT NULL LIMIT 1)
		            ) either GROUP BY user_id) by_user)`, args).
		Scan(&m.NotInAccounts, &m.NotInFile)
}
