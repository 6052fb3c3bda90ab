package controllerdb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tocsin/incident"
	"tocsin/people"
)

// fetched is how many rows are fetched at a time.
const fetched = "2000"

// Reading is what a query gave.
type Reading struct {
	// Summary counts the rows; rows are numbered from 1.
	Summary people.Summary
	// SHA256 is the hash of the column names and of all rows in the order in
	// which they came, hexadecimal: each value as PostgreSQL writes it, with its
	// length (4 bytes, big-endian; 2^32 - 1 for NULL) in front.
	SHA256 string
}

// Read runs the query and calls each for every account, as [people.Read] does
// for a file. Errors for people are [incident.Error]s or those of people; none
// repeats an address, a query or a row.
func (s *Source) Read(ctx context.Context, options people.Options, each func(people.Person) error) (_ Reading, failure error) {
	conn, err := pgconn.ConnectConfig(ctx, s.config)
	if err != nil {
		return Reading{}, unreachable(err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		// Whatever was read is read; the server ends the transaction.
		_ = conn.Close(end)
	}()
	if err := demandReadOnly(ctx, conn); err != nil {
		return Reading{}, err
	}
	// The extended protocol takes one statement, and a cursor only one that reads.
	if _, err := run(ctx, conn, `DECLARE tocsin_accounts NO SCROLL CURSOR FOR `+s.query); err != nil {
		return Reading{}, refused(err)
	}
	rows := &cursor{ctx: ctx, conn: conn, hash: sha256.New()}
	if err := rows.fetch(); err != nil {
		return Reading{}, err
	}
	summary, err := people.ReadTable(ctx, rows.columns, rows.next, options, each)
	if err != nil {
		rows.close()
		return Reading{}, err
	}
	return Reading{Summary: summary, SHA256: hex.EncodeToString(rows.hash.Sum(nil))}, nil
}

// cursor hands out the rows of the query.
type cursor struct {
	ctx     context.Context
	conn    *pgconn.PgConn
	hash    hash.Hash
	columns []string
	batch   *pgconn.ResultReader
	any     bool // whether the present batch has brought a row
	values  []string
}

// fetch asks for the next rows.
func (c *cursor) fetch() error {
	c.batch, c.any = c.conn.ExecParams(c.ctx, `FETCH FORWARD `+fetched+` FROM tocsin_accounts`, nil, nil, nil, nil), false
	if c.columns != nil {
		return nil
	}
	// The names of the columns come before the first row.
	described := c.batch.FieldDescriptions()
	if len(described) == 0 {
		_, err := c.batch.Close()
		c.batch = nil
		if err == nil {
			err = errors.New("no columns")
		}
		return refused(err)
	}
	c.columns = make([]string, len(described))
	for i, d := range described {
		c.columns[i] = d.Name
		c.add([]byte(d.Name))
	}
	c.values = make([]string, len(described))
	return nil
}

// next gives the values of one row, or io.EOF.
func (c *cursor) next() ([]string, error) {
	for !c.batch.NextRow() {
		_, err := c.batch.Close()
		if err != nil {
			return nil, refused(err)
		}
		if !c.any {
			return nil, io.EOF
		}
		if err := c.fetch(); err != nil {
			return nil, err
		}
	}
	c.any = true
	for i, value := range c.batch.Values() {
		c.add(value)
		c.values[i] = string(value)
	}
	return c.values, nil
}

// close ends a batch that was not read to its end. Why is known already.
func (c *cursor) close() {
	if c.batch != nil {
		_, _ = c.batch.Close()
	}
}

// add takes a value into the hash.
func (c *cursor) add(value []byte) {
	length := uint32(len(value))
	if value == nil {
		length = 1<<32 - 1
	}
	c.hash.Write(binary.BigEndian.AppendUint32(nil, length))
	c.hash.Write(value)
}

// run carries out one statement and gives its rows as text.
func run(ctx context.Context, conn *pgconn.PgConn, statement string) ([][][]byte, error) {
	result := conn.ExecParams(ctx, statement, nil, nil, nil, nil).Read()
	return result.Rows, result.Err
}

// notReadOnly is why nothing is read.
func notReadOnly(why incident.Phrase) error {
	return incident.Refused(incident.Conflict,
		"nothing was read from the database of accounts: %s; whoever runs Tocsin gives it a role with SELECT on one view and nothing else", why)
}

// standing says what the session and its role are.
const standing = `
SELECT current_setting('default_transaction_read_only') = 'on' AND current_setting('search_path') = '` + searchPath + `',
       r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR EXISTS (
           SELECT FROM pg_roles g
           WHERE g.rolname IN ('pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')
             AND pg_has_role(g.oid, 'MEMBER')),
       EXISTS (
           SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
             AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))
FROM pg_roles r WHERE r.rolname = current_user`

// demandReadOnly begins the transaction and refuses a session in which anything
// could be written. It does not take the server's word: it tries.
func demandReadOnly(ctx context.Context, conn *pgconn.PgConn) error {
	for _, statement := range []string{
		`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`, `SAVEPOINT before_the_trial`,
	} {
		if _, err := run(ctx, conn, statement); err != nil {
			return refused(err)
		}
	}
	_, err := run(ctx, conn, `CREATE TEMPORARY TABLE tocsin_must_not_write ()`)
	if fault, ok := errors.AsType[*pgconn.PgError](err); !ok || fault.Code != readOnlyTransaction {
		if err != nil && !ok {
			return refused(err)
		}
		return notReadOnly(incident.Say("its session is not read-only"))
	}
	if _, err := run(ctx, conn, `ROLLBACK TO SAVEPOINT before_the_trial`); err != nil {
		return refused(err)
	}
	rows, err := run(ctx, conn, standing)
	if err != nil {
		return refused(err)
	}
	if len(rows) != 1 || len(rows[0]) != 3 {
		return notReadOnly(incident.Say("it does not say what its role may do"))
	}
	is := func(i int) bool { return string(rows[0][i]) == "t" }
	switch {
	case !is(0):
		return notReadOnly(incident.Say("its session is not as Tocsin set it, perhaps because a pooler stands between"))
	case is(1):
		return notReadOnly(incident.Say("its role is an administrator's"))
	case is(2):
		return notReadOnly(incident.Say("its role may write to tables or views there"))
	}
	return nil
}
