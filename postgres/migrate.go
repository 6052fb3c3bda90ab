package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var embedded embed.FS

// recordTables are the tables that are only ever added to.
func recordTables() []string {
	return []string{"event", "recording", "ledger_entry", "ledger_hash", "checkpoint", "anchor"}
}

// rights is what the application's role may do with each table.
func rights() map[string]string {
	//nolint:gosec // names of tables and rights, no secrets
	r := map[string]string{
		"goose_db_version":   "SELECT",
		"document":           "SELECT, INSERT",
		"paper":              "SELECT, INSERT",
		"incident_key":       "SELECT, INSERT, UPDATE",
		"incident":           "SELECT, INSERT, UPDATE",
		"incident_number":    "SELECT, INSERT, UPDATE",
		"mailing":            "SELECT, INSERT, UPDATE",
		"running_duty":       "SELECT, INSERT, UPDATE, DELETE",
		"register":           "SELECT, INSERT, UPDATE",
		"people_summary":     "SELECT, INSERT, UPDATE, DELETE",
		"people_import":      "SELECT, INSERT, UPDATE, DELETE",
		"person":             "SELECT, INSERT, UPDATE, DELETE",
		"person_further":     "SELECT, INSERT, DELETE",
		"person_more":        "SELECT, INSERT, DELETE",
		"account_load":       "SELECT, INSERT, UPDATE, DELETE",
		"controller_account": "SELECT, INSERT, DELETE",
		"delivery":           "SELECT, INSERT, UPDATE, DELETE",
		"notice_code":        "SELECT, INSERT",
		"account":            "SELECT, INSERT, UPDATE, DELETE",
		"session":            "SELECT, INSERT, UPDATE, DELETE",
		"token":              "SELECT, INSERT, UPDATE",
		"calendar":           "SELECT, INSERT, UPDATE, DELETE",
		"counsel_link":       "SELECT, INSERT, UPDATE",
		"counsel_session":    "SELECT, INSERT, DELETE",
		"factor_demand":      "SELECT, INSERT, DELETE",
		"setting":            "SELECT, INSERT",
		"disclosure_waiting": "SELECT, INSERT, DELETE",
		"relay_note":         "SELECT, INSERT, UPDATE",
		"account_mail":       "SELECT, INSERT, UPDATE, DELETE",
		"recovery_code":      "SELECT, INSERT, DELETE",
		"passkey":            "SELECT, INSERT, UPDATE, DELETE",
		"ceremony":           "SELECT, INSERT, UPDATE, DELETE",
		"sign_on":            "SELECT, INSERT, UPDATE, DELETE",
		"sending_rate":       "SELECT, INSERT, UPDATE, DELETE",
		"vendor":             "SELECT, INSERT, UPDATE",
		"webhook":            "SELECT, INSERT, UPDATE, DELETE",
		"webhook_attempt":    "SELECT, INSERT, DELETE",
		"failed_sign_in":     "SELECT, INSERT, UPDATE, DELETE",
		"anchor_attempt":     "SELECT, INSERT, UPDATE",
		"audit_stream":       "SELECT, INSERT, UPDATE",
		"disclosure_link":    "SELECT, INSERT, UPDATE",
		"disclosure_use":     "SELECT, INSERT",
		"standing":           "SELECT, INSERT, UPDATE",
		"machine":            "SELECT, INSERT, UPDATE, DELETE",
		"key_mark":           "SELECT, INSERT, UPDATE",
		"data_set":           "SELECT, INSERT, UPDATE, DELETE",
		"data_set_part":      "SELECT, INSERT, DELETE",
	}
	for _, name := range recordTables() {
		r[name] = "SELECT, INSERT"
	}
	return r
}

// Migrate brings the database to the newest schema, as the role that owns it,
// and gives the application's role its rights. It may be run at any time and
// by several at once; a database that is up to date stays as it is.
func Migrate(ctx context.Context, ownerURL, appRole string) (err error) {
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return errors.New("migrate: the database's address is not valid; expected postgres://user:password@host:port/name")
	}
	config.RuntimeParams["application_name"] = "tocsin-migrate"
	config.RuntimeParams["search_path"] = schema
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return failed("migrate", err)
	}
	defer func() {
		if e := conn.Close(context.WithoutCancel(ctx)); e != nil && err == nil {
			err = failed("migrate", e)
		}
	}()
	if err := checkAppRole(ctx, conn, appRole); err != nil {
		return err
	}
	// Held until the connection ends: only one program migrates at a time.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, 0)`, lockMigration); err != nil {
		return failed("migrate", err)
	}
	if _, err := conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+schema); err != nil {
		return failed("migrate", err)
	}
	if err := applyMigrations(ctx, config); err != nil {
		return err
	}
	if err := grant(ctx, conn, appRole); err != nil {
		return failed("migrate: grant", err)
	}
	return failed("migrate: lists", listOlder(ctx, conn))
}

func checkAppRole(ctx context.Context, conn *pgx.Conn, appRole string) error {
	var known, same bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = @role), current_user = @role`,
		pgx.NamedArgs{"role": appRole}).Scan(&known, &same)
	switch {
	case err != nil:
		return failed("migrate", err)
	case !known:
		return fmt.Errorf("migrate: the role %q does not exist; create it first, with LOGIN and nothing else", appRole)
	case same:
		return fmt.Errorf("migrate: %q is the owner; the application needs a role of its own, so that it cannot change the record", appRole)
	}
	return nil
}

func applyMigrations(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := stdlib.OpenDB(*config)
	defer func() {
		if e := db.Close(); e != nil && err == nil {
			err = failed("migrate", e)
		}
	}()
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		if away(err) {
			return failed("migrate", err)
		}
		return fmt.Errorf("migrate: %w", err) // a fault of a migration: its text is ours and needed
	}
	return nil
}

// grant sets the application's rights to exactly what [rights] says.
func grant(ctx context.Context, conn *pgx.Conn, appRole string) error {
	role := pgx.Identifier{appRole}.Sanitize()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		statements := []string{
			`REVOKE ALL ON SCHEMA ` + schema + ` FROM PUBLIC`,
			`REVOKE ALL ON ALL TABLES IN SCHEMA ` + schema + ` FROM PUBLIC, ` + role,
			`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ` + schema + ` FROM PUBLIC, ` + role,
			`GRANT USAGE ON SCHEMA ` + schema + ` TO ` + role,
			`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ` + schema + ` TO ` + role,
		}
		for table, list := range rights() {
			statements = append(statements, `GRANT `+list+` ON `+pgx.Identifier{schema, table}.Sanitize()+` TO `+role)
		}
		for _, function := range []string{"delete_erased_documents(text)", "delete_unnamed_documents(integer)"} {
			statements = append(statements, `GRANT EXECUTE ON FUNCTION `+schema+`.`+function+` TO `+role)
		}
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// newestMigration is the version that this program needs.
func newestMigration() (int64, error) {
	files, err := fs.Glob(embedded, "migrations/*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var newest int64
	for _, name := range files {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("list migrations: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

// undefined says whether a table or the right to read it is missing.
func undefined(err error) bool {
	fault, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (fault.Code == "42P01" || fault.Code == "42501" || fault.Code == "3F000")
}
