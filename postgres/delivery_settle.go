package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// DeliveryOutcome is what became of one attempt.
type DeliveryOutcome struct {
	// State is accepted, deferred, refused, undeliverable or unknown.
	State string
	// Code is the relay's reply code, such as 250; 0 when there was no reply.
	Code int
	// Enhanced is the relay's enhanced status code, such as 5.1.1; may be empty.
	Enhanced string
	// Reply is the relay's reply. It may repeat the address and is kept sealed.
	Reply string
	// Relay is the relay that answered, host:port; empty when none was asked.
	Relay string
	// MessageID is the message's id without angle brackets.
	MessageID string
	// SHA256 is the hash of the message as it was handed over, 32 bytes; nil or
	// all zero when no message came about.
	SHA256 []byte
	// At is the instant of the outcome, real time.
	At time.Time
	// RetryAt is when a deferred delivery is tried again, real time; required
	// for deferred and ignored otherwise.
	RetryAt time.Time
}

func (o DeliveryOutcome) check() error {
	switch o.State {
	case StateAccepted, StateRefused, StateUndeliverable, StateUnknown:
	case StateDeferred:
		if o.RetryAt.IsZero() {
			return errors.New("settle delivery: a deferred delivery needs an instant for the next attempt")
		}
	default:
		return fmt.Errorf("settle delivery: %q is not an outcome", o.State)
	}
	switch {
	case o.At.IsZero():
		return errors.New("settle delivery: the outcome has no instant")
	case len(o.SHA256) != 0 && len(o.SHA256) != sha256.Size:
		return errors.New("settle delivery: the message's hash must have 32 bytes")
	}
	return nil
}

// Settle writes the outcome of a claimed delivery. It counts only while the
// claim is the owner's: fenced says that another took over meanwhile and the
// outcome was dropped. The same outcome again, after a lost answer, is not
// fenced.
func (s *Store) Settle(ctx context.Context, incidentID string, id int64, owner string, out DeliveryOutcome) (fenced bool, err error) {
	if err := out.check(); err != nil {
		return false, err
	}
	var reply []byte
	if out.Reply != "" {
		key, err := s.incidentKey(ctx, incidentID)
		if err != nil {
			return false, failed("settle delivery", err)
		}
		if reply, err = key.seal("delivery", "reply", strconv.FormatInt(id, 10), []byte(out.Reply)); err != nil {
			return false, err
		}
	}
	var retry *time.Time
	if out.State == StateDeferred {
		retry = &out.RetryAt
	}
	hash := out.SHA256
	if bytes.Equal(hash, make([]byte, sha256.Size)) {
		hash = nil
	}
	args := pgx.NamedArgs{
		"incident": incidentID, "id": id, "owner": owner, "state": out.State, "at": out.At, "retry_at": retry,
		"code": out.Code, "enhanced": out.Enhanced, "message_id": out.MessageID, "sha256": hash, "reply": reply, "relay": out.Relay,
	}
	done, err := s.pool.Exec(ctx, `
		UPDATE delivery SET
			state = CASE WHEN withhold AND @state = 'deferred' THEN 'withheld' ELSE @state END, settled_at = @at,
			retry_at = CASE WHEN NOT withhold THEN @retry_at::timestamptz END, code = nullif(@code, 0), enhanced = nullif(@enhanced, ''),
			message_id = nullif(@message_id, ''), sha256 = @sha256, reply = @reply, relay = nullif(@relay, '')
		WHERE id = @id AND incident = @incident AND owner = @owner AND state = 'sending'`, args)
	if err != nil {
		return false, failed("settle delivery", err)
	}
	if done.RowsAffected() == 1 {
		return false, nil
	}
	var same bool
	err = s.pool.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM delivery
			WHERE id = @id AND incident = @incident AND owner = @owner AND state = @state AND settled_at = @at
			  AND message_id IS NOT DISTINCT FROM nullif(@message_id, ''))`, args).Scan(&same)
	if err != nil {
		return false, failed("settle delivery", err)
	}
	return !same, nil
}

// releaseClaims gives claims back as they were before.
const releaseClaims = `
	UPDATE delivery SET
		state = CASE WHEN withhold AND before <> 'unknown' THEN 'withheld' ELSE before END, owner = NULL, attempt = attempt - 1,
		resent = resent AND before <> 'unknown',
		retry_at = CASE WHEN before = 'deferred' AND NOT withhold THEN claimed_at END`

// Release gives claimed deliveries back as they were before the claim: nothing
// of them left the sender. A claim that is no longer the owner's is left alone.
func (s *Store) Release(ctx context.Context, incidentID, owner string, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.pool.Exec(ctx, releaseClaims+`
		WHERE id = ANY (@ids) AND incident = @incident AND owner = @owner AND state = 'sending'`,
		pgx.NamedArgs{"incident": incidentID, "ids": ids, "owner": owner})
	return failed("release deliveries", err)
}
