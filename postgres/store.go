package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/singleflight"

	"tocsin/incident"
)

// Keys are the installation's secrets.
type Keys struct {
	// Master wraps the key of each incident.
	Master tink.AEAD
	// Index is the HMAC key under which addresses are compared: 32 bytes.
	Index []byte
	// Ledger signs checkpoints. Its name is Origin.
	Ledger note.Signer
	// LedgerVerifier verifies checkpoints signed by Ledger.
	LedgerVerifier note.Verifier
	// Origin names the ledger, such as "tocsin.example/7f3a".
	Origin string
	// VKey is LedgerVerifier in its text form; it travels in bundles.
	VKey string
	// Successors finds the keys that followed on Ledger, which is the first one;
	// nil when there can be none. Which one signs is in the record.
	Successors LedgerKeys
}

func (k Keys) check() error {
	switch {
	case k.Master == nil:
		return errors.New("the master key is missing")
	case len(k.Index) != 32:
		return errors.New("the index key must have 32 bytes")
	case k.Ledger == nil || k.LedgerVerifier == nil:
		return errors.New("the ledger key is missing")
	case k.Ledger.Name() != k.Origin:
		return errors.New("the ledger key is not named as the origin")
	}
	verifier, err := note.NewVerifier(k.VKey)
	if err != nil {
		return errors.New("the ledger's verifier key is not valid")
	}
	if verifier.Name() != k.Origin || verifier.KeyHash() != k.Ledger.KeyHash() ||
		k.LedgerVerifier.KeyHash() != k.Ledger.KeyHash() {
		return errors.New("the ledger's verifier key does not belong to its signing key")
	}
	return nil
}

// Store reads and writes Tocsin's database. It is safe for concurrent use.
type Store struct {
	pool       *pgxpool.Pool
	keys       Keys
	clock      func() time.Time
	rules      incident.Rules
	unwrapped  keyCache
	states     stateCache
	recordings recordings
	erasures   *ErasureList
	standbys   []string           // where a promotion is followed
	hashing    chan struct{}      // bounds the memory that password hashing takes
	counts     singleflight.Group // counts over all people of an incident that are under way
	matching   chan struct{}      // one matching at a time: it takes two connections
}

// Option changes how a store works.
type Option func(*settings)

type settings struct {
	clock    func() time.Time
	maxConns int32
	standbys []string
	rules    incident.Rules
	erasures *ErasureList
	limits   map[string]string // for how long the database may be waited for
}

// WithErasureList gives the store the list of erased incidents, which lies
// outside the database. Without one, a restored backup brings back what was
// erased.
func WithErasureList(l *ErasureList) Option { return func(s *settings) { s.erasures = l } }

// WithRules gives the store what decisions rest on beside the law, such as the
// calendar of public holidays. The default knows none.
func WithRules(rules incident.Rules) Option { return func(s *settings) { s.rules = rules } }

// WithClock gives the store the clock that stamps events, claims and sessions.
// The default is the machine's.
func WithClock(clock func() time.Time) Option { return func(s *settings) { s.clock = clock } }

// WithMaxConns bounds the number of connections to the database. The default
// is 16; pool_max_conns in the address has the same meaning.
func WithMaxConns(n int32) Option { return func(s *settings) { s.maxConns = n } }

// schema is the schema in which all of Tocsin's tables live.
const schema = "tocsin"

// Open connects to the database as the application's role. It refuses a
// database that lacks a migration, and a role that could change the record.
func Open(ctx context.Context, appURL string, keys Keys, opts ...Option) (*Store, error) {
	if err := keys.check(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	chosen := settings{clock: time.Now, limits: map[string]string{
		"lock_timeout":                        "10s",
		"statement_timeout":                   "30s",
		"idle_in_transaction_session_timeout": "30s",
	}}
	for _, o := range opts {
		o(&chosen)
	}
	config, err := pgxpool.ParseConfig(appURL)
	if err != nil {
		// pgx's error repeats the address, which may hold a password.
		return nil, errors.New("open store: the database's address is not valid; expected postgres://user:password@host:port/name")
	}
	if !strings.Contains(appURL, "pool_max_conns") {
		config.MaxConns = 16
	}
	if chosen.maxConns > 0 {
		config.MaxConns = chosen.maxConns
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > 5*time.Second {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	maps.Copy(config.ConnConfig.RuntimeParams, chosen.limits)
	maps.Copy(config.ConnConfig.RuntimeParams, map[string]string{"application_name": "tocsin", "search_path": schema, "timezone": "UTC"})
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, failed("open store", err)
	}
	s := &Store{pool: pool, keys: keys, clock: chosen.clock, rules: chosen.rules, erasures: chosen.erasures, standbys: chosen.standbys, hashing: make(chan struct{}, 2), matching: make(chan struct{}, 1)}
	if err := s.checkDatabase(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// checkDatabase refuses a database that this program must not work with.
func (s *Store) checkDatabase(ctx context.Context) error {
	var version int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	switch {
	case undefined(err):
		return errors.New("open store: the database was never migrated, or not for this role: run tocsin migrate")
	case err != nil:
		return failed("open store", err)
	}
	newest, err := newestMigration()
	if err != nil {
		return err
	}
	if version < newest {
		return fmt.Errorf("open store: the database is at migration %d, this program needs %d: run tocsin migrate", version, newest)
	}
	var may bool
	err = s.pool.QueryRow(ctx, `
		SELECT bool_or(has_table_privilege(name, right_name))
		FROM unnest(@names::text[]) AS name, unnest('{UPDATE,DELETE,TRUNCATE}'::text[]) AS right_name`,
		pgx.NamedArgs{"names": recordTables()}).Scan(&may)
	if err != nil {
		return failed("open store", err)
	}
	if may {
		return errors.New("open store: this role may change the record; use the application's role, not the owner and not a superuser")
	}
	return nil
}

// RulesFor are what decisions about a case rest on beside the law.
func (s *Store) RulesFor(ctx context.Context, state *incident.State) (incident.Rules, error) {
	settings, err := s.settings(ctx)
	return s.rulesOf(settings, state), err
}

// Close gives back all connections, after those in use are done.
func (s *Store) Close() { s.pool.Close() }

// Ping says whether the database answers: nil, or an [incident.Unavailable].
func (s *Store) Ping(ctx context.Context) error { return failed("ping database", s.pool.Ping(ctx)) }

// now is the real time, UTC, to the microsecond, as PostgreSQL keeps it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// transact runs do in one transaction and commits when it gives no error.
func (s *Store) transact(ctx context.Context, operation string, do func(tx pgx.Tx) error) (err error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return failed(operation, err)
	}
	settled := false
	defer func() {
		if settled {
			return
		}
		// Also when the code within breaks, since a connection would be lost for good.
		// The caller's context may be over; the connection is to be returned clean.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if undone := tx.Rollback(end); undone != nil && !errors.Is(undone, pgx.ErrTxClosed) && !away(undone) {
			err = errors.Join(err, failed(operation, undone))
		}
	}()
	if err := do(tx); err != nil {
		return failed(operation, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return uncertain(operation, err)
	}
	settled = true
	return nil
}

// querier is what reads need: the pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// noIncident is the answer to an id that nobody opened.
func noIncident() *incident.Error {
	return &incident.Error{Kind: incident.NotFound, Message: "there is no such incident; the list of incidents shows which there are"}
}
