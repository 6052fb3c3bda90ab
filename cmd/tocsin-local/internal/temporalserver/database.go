package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql/driver"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql/session"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
	"golang.org/x/sync/errgroup"
)

const (
	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"

	mainSchema       = "postgresql/v12/temporal"
	visibilitySchema = "postgresql/v12/visibility"

	// beforeFirst is the schema version of an empty database.
	beforeFirst = "0.0"

	// Temporal opens a pool for each of its four services and each store: 52
	// connections at most, of the 120 that our own PostgreSQL grants. A busy
	// pool keeps its connections, an idle one gives them back, because
	// PostgreSQL spends megabytes on each.
	mainPool       = 10
	visibilityPool = 3
	idleTime       = 5 * time.Second
	lifetime       = time.Hour

	duplicateDatabase = "42P04"
)

// database is where PostgreSQL is, and how to log in.
type database struct {
	administrator string // the connection string as given
	address       string // host:port
	user          string
	password      string
	attributes    map[string]string
}

func parseDatabase(connection string) (database, error) {
	parsed, err := url.Parse(connection)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		// The string holds a password: it is not repeated.
		return database{}, errors.New("the PostgreSQL connection string is not of the form postgres://user:password@host:port/database")
	}
	settings, err := pgx.ParseConfig(connection)
	if err != nil {
		return database{}, errors.New("the PostgreSQL connection string is not understood")
	}
	attributes := map[string]string{}
	for key, values := range parsed.Query() {
		attributes[key] = values[len(values)-1]
	}
	return database{
		administrator: connection,
		address:       net.JoinHostPort(settings.Host, strconv.Itoa(int(settings.Port))),
		user:          url.QueryEscape(settings.User),
		password:      settings.Password,
		attributes:    attributes,
	}, nil
}

// store is Temporal's description of one of the two databases.
func (d database) store(name string) *config.SQL {
	attributes := maps.Clone(d.attributes)
	attributes["application_name"] = "temporal"
	size := mainPool
	if name == visibilityDatabase {
		size = visibilityPool
	}
	return &config.SQL{
		PluginName:        postgresql.PluginNamePGX,
		ConnectProtocol:   "tcp",
		ConnectAddr:       d.address,
		User:              d.user,
		Password:          d.password,
		DatabaseName:      name,
		ConnectAttributes: attributes,
		MaxConns:          size,
		MaxIdleConns:      size,
		MaxConnLifetime:   lifetime,
		Connect:           connect,
	}
}

// connect does what the plugin does by itself, and lets idle connections go,
// which Temporal's configuration has no word for.
func connect(settings *config.SQL) (*sqlx.DB, error) {
	opened, err := session.NewSession(settings, &driver.PGXDriver{}, resolver.NewNoopResolver())
	if err != nil {
		return nil, err
	}
	opened.SetConnMaxIdleTime(idleTime)
	return opened.DB, nil
}

// prepareDatabases creates what is missing and brings the schema up to date.
func prepareDatabases(ctx context.Context, database database, target *slog.Logger) error {
	if err := createDatabases(ctx, database); err != nil {
		return err
	}
	// A failure here is returned, never fatal.
	quiet := &logger{target: target, fatal: func(reason error) { panic(reason) }}
	var group errgroup.Group
	for name, schemaName := range map[string]string{
		mainDatabase:       mainSchema,
		visibilityDatabase: visibilitySchema,
	} {
		group.Go(func() error {
			if err := updateSchema(database, name, schemaName, quiet); err != nil {
				return fmt.Errorf("schema of database %s: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func createDatabases(ctx context.Context, database database) (failure error) {
	connection, err := pgx.Connect(ctx, database.administrator)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { failure = errors.Join(failure, connection.Close(context.WithoutCancel(ctx))) }()
	for _, name := range []string{mainDatabase, visibilityDatabase} {
		var exists bool
		err := connection.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists)
		if err != nil {
			return fmt.Errorf("look for database %s: %w", name, err)
		}
		if exists {
			continue
		}
		_, err = connection.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()+` ENCODING 'UTF8' TEMPLATE template0`)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == duplicateDatabase {
			continue
		}
		if err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
	}
	return nil
}

// versionKnown is false after a crash between the creation of the version
// table and its first row.
func versionKnown(connection *sqltool.Connection) bool {
	_, err := connection.ReadSchemaVersion()
	return err == nil
}

// updateSchema runs Temporal's own schema tool.
//
// Its statements are committed one by one. Waiting for the disk after each
// would take most of the first start, so they do not wait. That is safe: a
// crash loses the last of them in order, the version table says which were
// kept, and the tool goes on from there. The first commit of the server itself
// waits for the disk, and everything before it with it.
func updateSchema(database database, name, schemaName string, quiet *logger) error {
	settings := database.store(name)
	settings.ConnectAttributes["synchronous_commit"] = "off"
	settings.MaxConns, settings.MaxIdleConns = 1, 1
	connection, err := sqltool.NewConnection(settings, quiet)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer connection.Close()
	// Asking for the version of an empty database would be an error in
	// PostgreSQL's log at each first start.
	tables, err := connection.ListTables()
	if err != nil {
		return fmt.Errorf("look at the schema: %w", err)
	}
	if !slices.Contains(tables, "schema_update_history") || !versionKnown(connection) {
		setup := &schema.SetupConfig{InitialVersion: beforeFirst}
		if err := schema.NewSetupSchemaTask(connection, setup, quiet).Run(); err != nil {
			return fmt.Errorf("set up: %w", err)
		}
	}
	update := &schema.UpdateConfig{SchemaName: schemaName}
	if err := schema.NewUpdateSchemaTask(connection, update, quiet).Run(); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}
