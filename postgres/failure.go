package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"tocsin/incident"
)

// outage is what a caller gets when the database is away: the sentence for
// people first in the chain, the cause for the log behind it.
type outage struct {
	told  *incident.Error
	cause error
}

// Error gives the sentence and the cause.
func (o *outage) Error() string { return o.told.Message + " (" + o.cause.Error() + ")" }

// Unwrap gives both, so that [incident.KindOf] finds the kind.
func (o *outage) Unwrap() []error { return []error{o.told, o.cause} }

// failed turns an error of an operation into what callers expect. Errors for
// people pass unchanged.
func failed(operation string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*incident.Error](err); ok {
		return err
	}
	if away(err) {
		return &outage{
			told: &incident.Error{Kind: incident.Unavailable,
				Message: "the database is away: nothing was recorded; try again"},
			cause: fmt.Errorf("%s: %w", operation, withoutValues(err)),
		}
	}
	return fmt.Errorf("%s: %w", operation, withoutValues(err))
}

// uncertain is failed for the commit: when the connection is lost there, the
// outcome is not known until the same thing is asked again.
func uncertain(operation string, err error) error {
	if !away(err) {
		return failed(operation, err)
	}
	return &outage{
		told: &incident.Error{Kind: incident.Unavailable,
			Message: "the database went away while it was recording; try again: what was recorded is not recorded twice"},
		cause: fmt.Errorf("%s: %w", operation, withoutValues(err)),
	}
}

// away says whether an error means that the same operation may succeed later.
func away(err error) bool {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return passing(fault.Code)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, known := range []error{
		context.DeadlineExceeded, context.Canceled, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		puddle.ErrClosedPool, pgx.ErrTxCommitRollback,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	// A connection that pgx has closed is an unexported error that is safe to retry.
	return pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// passing says whether an SQLSTATE names a condition that passes by itself.
func passing(code string) bool {
	switch {
	case strings.HasPrefix(code, "08"), // connection exception
		strings.HasPrefix(code, "53"),  // insufficient resources
		strings.HasPrefix(code, "57P"): // shut down, crashed, starting up
		return true
	}
	switch code {
	case "40001", "40P01", "55P03", "57014", "25P03": // serialization, deadlock, lock timeout, statement timeout, idle timeout
		return true
	}
	return false
}

// sqlFault is a server's error without its texts, which may quote a row.
type sqlFault struct {
	code, table, constraint string
}

// Error names the SQLSTATE, the table and the constraint.
func (f *sqlFault) Error() string {
	text := "SQLSTATE " + f.code
	if f.table != "" {
		text += " on " + f.table
	}
	if f.constraint != "" {
		text += " by " + f.constraint
	}
	return text
}

// withoutValues keeps of a server's error what cannot hold personal data.
func withoutValues(err error) error {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &sqlFault{code: fault.Code, table: fault.TableName, constraint: fault.ConstraintName}
	}
	return err
}

// violates says whether an error is the breach of a named constraint.
func violates(err error, constraint string) bool {
	fault, ok := errors.AsType[*pgconn.PgError](err)
	return ok && fault.Code == "23505" && fault.ConstraintName == constraint
}
