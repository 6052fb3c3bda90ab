package smtp

import (
	"context"
	"fmt"
	"io"

	"github.com/go-mail/mail/v2"
)

// The adapter exists for this interface; the compiler holds us to it.
var _ mail.SendCloser = (*Sender)(nil)

// Sender is a connection behind the Sender and SendCloser interfaces of
// go-mail, which know neither contexts nor outcomes: the context is the one
// the Sender was made with, and an outcome other than accepted is returned as
// an *OutcomeError. Code that can should use Conn.
type Sender struct {
	ctx  context.Context // the interface leaves no other place for it
	conn *Conn
	last Outcome
}

// OutcomeError is an outcome other than accepted, for callers that only look
// at errors.
type OutcomeError struct {
	// Outcome is what became of the message.
	Outcome Outcome
}

// Error names the state and the relay's code.
func (e *OutcomeError) Error() string {
	if e.Outcome.Code == 0 {
		return "message " + string(e.Outcome.State)
	}
	return fmt.Sprintf("message %s: the relay answered %d", e.Outcome.State, e.Outcome.Code)
}

// Sender dials and returns the connection as a go-mail Sender that works until
// ctx ends. Close it after use.
func (r *Relay) Sender(ctx context.Context) (*Sender, error) {
	conn, err := r.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return &Sender{ctx: ctx, conn: conn}, nil
}

// Send offers the message to the one recipient in to; none or several are
// refused with ErrRecipients before anything is said. The error is nil when
// the relay accepted, an *OutcomeError when it did not, and otherwise that of
// Conn.Send.
func (s *Sender) Send(from string, to []string, message io.WriterTo) error {
	s.last = Outcome{}
	if len(to) != 1 {
		return ErrRecipients
	}
	outcome, err := s.conn.Send(s.ctx, from, to[0], message)
	if err != nil {
		return err
	}
	s.last = outcome
	if outcome.State != Accepted {
		return &OutcomeError{Outcome: outcome}
	}
	return nil
}

// Last is the outcome of the latest Send, zero if that returned an error of
// another kind.
func (s *Sender) Last() Outcome { return s.last }

// Close closes the connection.
func (s *Sender) Close() error { return s.conn.Close() }
