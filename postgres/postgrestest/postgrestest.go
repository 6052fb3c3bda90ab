package postgrestest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"golang.org/x/mod/sumdb/note"

	"tocsin/ledger"
	"tocsin/postgres"
)

// The roles and passwords that every server of this package has.
const (
	// OwnerRole owns the databases and migrates them.
	OwnerRole = "tocsin_owner"
	// AppRole is the role of the running application.
	AppRole = "tocsin_app"

	template = "tocsin_template"
)

// Cluster is a private PostgreSQL server.
type Cluster struct {
	server    *server
	databases atomic.Int64
	migrated  func() error // makes the template, once
}

// theOne is the server that the tests of a binary have in common.
var theOne = sync.OnceValues(func() (*Cluster, error) { return newCluster(false) })

func newCluster(durable bool) (*Cluster, error) {
	s, err := newServer(durable)
	if err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	c := &Cluster{server: s}
	c.migrated = sync.OnceValue(c.makeTemplate)
	return c, c.ensure(template)
}

func (c *Cluster) ensure(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return postgres.EnsureDatabase(ctx, c.server.url(superuser, password, "postgres"), postgres.Database{
		Name: name, Owner: OwnerRole, OwnerPassword: password, App: AppRole, AppPassword: password,
	})
}

func (c *Cluster) makeTemplate() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return postgres.Migrate(ctx, c.server.url(OwnerRole, password, template), AppRole)
}

// Start gives a server for one test alone, which it may stop and start again.
// It ends with the test. A durable one writes through to the disk as a real
// server does, for benchmarks.
func Start(t testing.TB, durable bool) *Cluster {
	t.Helper()
	c, err := newCluster(durable)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := c.server.stop(false); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return c
}

// Stop ends the server as an administrator would, connections or not.
func (c *Cluster) Stop(t testing.TB) {
	t.Helper()
	if err := c.server.stop(true); err != nil {
		t.Fatalf("stop PostgreSQL: %v", err)
	}
}

// Restart starts a stopped server again, on the same port and data.
func (c *Cluster) Restart(t testing.TB) {
	t.Helper()
	if err := c.server.start(); err != nil {
		t.Fatalf("start PostgreSQL again: %v", err)
	}
}

// New gives a fresh database without any table: its addresses for the
// administrator, for the owner's role and for the application's role
// ([AppRole]). It is removed after the test.
func (c *Cluster) New(t testing.TB) (adminURL, ownerURL, appURL string) {
	t.Helper()
	name := c.name()
	if err := c.ensure(name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return c.handOut(t, name)
}

// Migrated is New with Tocsin's tables in it.
func (c *Cluster) Migrated(t testing.TB) (adminURL, ownerURL, appURL string) {
	t.Helper()
	if err := c.migrated(); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	name := c.name()
	c.exec(t, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s OWNER %s`, name, template, OwnerRole))
	if err := c.ensure(name); err != nil { // a copy does not take the rights along
		t.Fatalf("create database: %v", err)
	}
	return c.handOut(t, name)
}

// Store gives a store on a fresh, migrated database, with fresh keys.
func (c *Cluster) Store(t testing.TB, opts ...postgres.Option) *postgres.Store {
	t.Helper()
	_, _, appURL := c.Migrated(t)
	return Open(t, appURL, Keys(t), opts...)
}

// New gives a fresh database without any table on the test binary's server;
// see [Cluster.New].
func New(t testing.TB) (adminURL, ownerURL, appURL string) {
	t.Helper()
	return one(t).New(t)
}

// Migrated is [New] with Tocsin's tables in it.
func Migrated(t testing.TB) (adminURL, ownerURL, appURL string) {
	t.Helper()
	return one(t).Migrated(t)
}

// Store gives a store on a fresh, migrated database, with fresh keys.
func Store(t testing.TB, opts ...postgres.Option) *postgres.Store {
	t.Helper()
	return one(t).Store(t, opts...)
}

// Open gives a store on an address, closed after the test.
func Open(t testing.TB, appURL string, keys postgres.Keys, opts ...postgres.Option) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), appURL, keys, opts...)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Keys gives fresh keys of an installation.
func Keys(t testing.TB) postgres.Keys {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatalf("make keys: %v", err)
		}
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	fail(err)
	master, err := aead.New(handle)
	fail(err)
	const origin = "tocsin.example/test"
	skey, vkey, err := ledger.GenerateKey(origin)
	fail(err)
	signer, err := note.NewSigner(skey)
	fail(err)
	verifier, err := note.NewVerifier(vkey)
	fail(err)
	return postgres.Keys{
		Master: master, Index: []byte("index key of 32 bytes for tests!"), Ledger: signer, LedgerVerifier: verifier,
		Origin: origin, VKey: vkey,
	}
}

func one(t testing.TB) *Cluster {
	t.Helper()
	c, err := theOne()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return c
}

func (c *Cluster) name() string { return fmt.Sprintf("test_%d", c.databases.Add(1)) }

func (c *Cluster) handOut(t testing.TB, name string) (adminURL, ownerURL, appURL string) {
	t.Helper()
	t.Cleanup(func() {
		if c.server.watch != nil {
			c.exec(t, `DROP DATABASE `+name+` WITH (FORCE)`)
		}
	})
	s := c.server
	return s.url(superuser, password, name), s.url(OwnerRole, password, name), s.url(AppRole, password, name)
}

func (c *Cluster) exec(t testing.TB, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.server.url(superuser, password, "postgres"))
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	_, err = conn.Exec(ctx, statement)
	if closeErr := conn.Close(ctx); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatalf("prepare database: %v", err)
	}
}
