package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tocsin/incident"
)

func TestErrorsSayWhetherTheSameMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	refused := &incident.Error{Kind: incident.Conflict, Message: "it is closed"}
	for name, c := range map[string]struct {
		err  error
		kind incident.Kind
	}{
		"a refusal":              {fmt.Errorf("inside: %w", refused), incident.Conflict},
		"a serialization":        {&pgconn.PgError{Code: "40001"}, incident.Unavailable},
		"a deadlock":             {&pgconn.PgError{Code: "40P01"}, incident.Unavailable},
		"a lock timeout":         {&pgconn.PgError{Code: "55P03"}, incident.Unavailable},
		"a shutdown":             {&pgconn.PgError{Code: "57P01"}, incident.Unavailable},
		"too many connections":   {&pgconn.PgError{Code: "53300"}, incident.Unavailable},
		"a cut connection":       {io.ErrUnexpectedEOF, incident.Unavailable},
		"an end of time":         {context.DeadlineExceeded, incident.Unavailable},
		"a unique violation":     {&pgconn.PgError{Code: "23505"}, incident.Internal},
		"a missing right":        {&pgconn.PgError{Code: "42501"}, incident.Internal},
		"no row":                 {pgx.ErrNoRows, incident.Internal},
		"a fault of the program": {errors.New("bug"), incident.Internal},
	} {
		if got := incident.KindOf(failed("test", c.err)); got != c.kind {
			t.Errorf("%s is %s, want %s", name, got, c.kind)
		}
		if got := incident.KindOf(uncertain("test", c.err)); got != c.kind {
			t.Errorf("%s at the commit is %s, want %s", name, got, c.kind)
		}
	}
	if failed("test", nil) != nil {
		t.Error("no error becomes one")
	}
	if !errors.Is(failed("test", context.Canceled), context.Canceled) {
		t.Error("a cancellation cannot be told any more")
	}
}

func TestErrorsOfTheServerNeverRepeatARow(t *testing.T) {
	t.Parallel()
	fault := &pgconn.PgError{
		Code: "23505", Message: "invalid input: ana@example.org", Detail: "Key (email)=(ana@example.org) exists.",
		Where: "COPY person, line 1: ana@example.org", TableName: "account", ConstraintName: "account_email",
	}
	for _, code := range []string{"23505", "57P01"} {
		fault.Code = code
		for _, err := range []error{failed("test", fault), uncertain("test", fault), failed("test", fmt.Errorf("copy: %w", fault))} {
			text := fmt.Sprintf("%v %+v", err, err)
			if strings.Contains(text, "ana@") || !strings.Contains(text, code) {
				t.Errorf("the error reads %q", text)
			}
		}
	}
}

func TestTheCacheOfKeysStaysSmallAndForgets(t *testing.T) {
	t.Parallel()
	var c keyCache
	now := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	for i := range 10 * cachedKeys {
		id := fmt.Sprint(i)
		c.put(id, &incidentKey{incident: id}, now)
		if got := c.get(id, now); got == nil || got.incident != id {
			t.Fatalf("key %s is not found right after it was put", id)
		}
	}
	if len(c.keys) != cachedKeys {
		t.Errorf("%d keys are kept, want %d", len(c.keys), cachedKeys)
	}
	last := fmt.Sprint(10*cachedKeys - 1)
	if c.get(last, now.Add(cachedKeyFor+1)) != nil {
		t.Error("a key is kept beyond its time")
	}
	c.put(last, &incidentKey{}, now)
	c.drop(last)
	if c.get(last, now) != nil {
		t.Error("a dropped key is found")
	}
}
