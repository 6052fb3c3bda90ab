package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Database names a database and its two roles.
type Database struct {
	// Name is the database's name, such as tocsin.
	Name string
	// Owner is the role that owns all and migrates, such as tocsin_owner.
	Owner string
	// OwnerPassword is the owner's password: printable ASCII.
	OwnerPassword string
	// App is the role of the running application, such as tocsin_app.
	App string
	// AppPassword is the application's password: printable ASCII.
	AppPassword string
}

func (d Database) check() error {
	if d.Name == "" || d.Owner == "" || d.App == "" || d.Owner == d.App {
		return errors.New("a database needs a name and two different roles")
	}
	for _, password := range []string{d.OwnerPassword, d.AppPassword} {
		if password == "" {
			return errors.New("both roles need a password")
		}
		for _, r := range password {
			if r < ' ' || r > '~' {
				return errors.New("passwords of roles must be printable ASCII")
			}
		}
	}
	return nil
}

// EnsureDatabase creates the roles and the database where they are missing, as
// an administrator, and sets the roles' passwords. It may be run again at any
// time. [Migrate] comes next.
func EnsureDatabase(ctx context.Context, adminURL string, d Database) (err error) {
	if err := d.check(); err != nil {
		return fmt.Errorf("ensure database: %w", err)
	}
	config, err := pgx.ParseConfig(adminURL)
	if err != nil {
		return errors.New("ensure database: the administrator's address is not valid; expected postgres://user:password@host:port/name")
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return failed("ensure database", err)
	}
	defer func() {
		if e := conn.Close(context.WithoutCancel(ctx)); e != nil && err == nil {
			err = failed("ensure database", e)
		}
	}()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, 0)`, lockMigration); err != nil {
		return failed("ensure database", err)
	}
	for role, password := range map[string]string{d.Owner: d.OwnerPassword, d.App: d.AppPassword} {
		if err := ensureRole(ctx, conn, role, password); err != nil {
			return failed("ensure database: role", err)
		}
	}
	return failed("ensure database", ensureOwned(ctx, conn, d))
}

func ensureRole(ctx context.Context, conn *pgx.Conn, role, password string) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	var known bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role).Scan(&known)
	if err != nil {
		return err
	}
	verb := "CREATE"
	if known {
		verb = "ALTER"
	}
	// The verifier is base64 with $ and : and needs no escaping in a literal.
	_, err = conn.Exec(ctx, verb+` ROLE `+pgx.Identifier{role}.Sanitize()+` LOGIN PASSWORD '`+verifier+`'`)
	return err
}

func ensureOwned(ctx context.Context, conn *pgx.Conn, d Database) error {
	name, owner, app := pgx.Identifier{d.Name}.Sanitize(), pgx.Identifier{d.Owner}.Sanitize(), pgx.Identifier{d.App}.Sanitize()
	var known bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, d.Name).Scan(&known)
	if err != nil {
		return err
	}
	var statements []string
	if !known {
		statements = append(statements, `CREATE DATABASE `+name+` OWNER `+owner)
	}
	statements = append(statements,
		`REVOKE ALL ON DATABASE `+name+` FROM PUBLIC`,
		`GRANT CONNECT ON DATABASE `+name+` TO `+app)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// scramVerifier computes what PostgreSQL stores of a password (RFC 5803, 2010),
// so that the password itself never stands in a statement or a server's log.
func scramVerifier(password string) (string, error) {
	const iterations = 4096
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("salt a password: %w", err)
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive a password's key: %w", err)
	}
	mac := func(text string) []byte {
		h := hmac.New(sha256.New, salted)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	stored := sha256.Sum256(mac("Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(mac("Server Key"))), nil
}
