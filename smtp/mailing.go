package smtp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

// MailingConn is one connection to the relay for a great many messages. It
// gives the same answers as Conn and differs in speed: where the relay offers
// PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write and the message
// with its final dot in another, so that a message costs two round trips
// instead of four.
//
// Nothing of the next message is said before the reply to the previous one was
// read: an outcome always belongs to the message it was read for, and a lost
// connection puts one message in doubt at the most.
//
// It is not safe for concurrent use: give each goroutine its own.
type MailingConn struct {
	relay   *Relay
	bounded *boundedConn
	conn    net.Conn
	replies *bufio.Reader

	pipelining bool // the relay offers RFC 2920
	eightBit   bool // the relay offers RFC 6152

	body     wireBody
	commands []byte

	broken bool
	closed bool

	// watch is told what the dialogue shows of the relay's health; nil when
	// nobody watches.
	watch func(ctx context.Context, outcome Outcome, trouble error)
	// leave is called once, when the connection is closed; nil likewise.
	leave func()
}

// DialMailing connects, encrypts, introduces us and authenticates, exactly as
// Dial does. Every failure is an *Unavailable.
func (r *Relay) DialMailing(ctx context.Context) (*MailingConn, error) {
	ready, err := r.ready(ctx)
	if err != nil {
		return nil, err
	}
	conn := &MailingConn{relay: r, bounded: ready.bounded, conn: ready.conn, replies: newReplyReader(ready.conn)}
	conn.pipelining, _ = ready.client.Extension("PIPELINING")
	conn.eightBit, _ = ready.client.Extension("8BITMIME")
	return conn, nil
}

// Relay is the relay at the other end.
func (c *MailingConn) Relay() *Relay { return c.relay }

// Pipelining reports whether the relay takes several commands at once.
func (c *MailingConn) Pipelining() bool { return c.pipelining }

// Usable reports whether another message can be sent on this connection. It
// is false after an error or an Unknown outcome, and when the relay said
// goodbye after an outcome: close it and dial again.
func (c *MailingConn) Usable() bool { return !c.broken && !c.closed }

// Send offers one message to one recipient, under an envelope sender that may
// be another for every message (see VERP). The answers are those of Conn.Send:
// a nil error means that Outcome says what happened; an error means that the
// relay has not taken the message and nothing was learnt about the recipient.
//
// The message is written to memory first, so that one that fails half-way
// never leaves as a half.
func (c *MailingConn) Send(ctx context.Context, from, to string, message io.WriterTo) (Outcome, error) {
	sender, recipient, reason, err := parseEnvelope(from, to)
	if err != nil {
		return Outcome{}, err
	}
	if reason != "" {
		return c.relay.outcome("", Undeliverable, 0, "", string(reason), Address{}), nil
	}
	c.body.reset()
	if _, err := message.WriteTo(&c.body); err != nil {
		return Outcome{}, fmt.Errorf("write message: %w", err)
	}
	if c.body.empty() {
		return Outcome{}, errEmptyMessage
	}
	if !c.Usable() {
		return Outcome{}, &Unavailable{Step: StepMail, cause: errBroken}
	}
	if err := ctx.Err(); err != nil {
		// Nothing was said, so the connection stays good.
		return Outcome{}, &Unavailable{Step: StepMail, cause: err}
	}
	// Each command has a deadline of its own; only the context stands above.
	release := c.bounded.bind(ctx, 0)
	defer release()
	outcome, err := c.transact(ctx, sender, recipient)
	if c.replies.Buffered() > 0 {
		// The relay spoke out of turn, as with a 421 right behind its answer.
		// What it says next would be taken for the reply to the next message.
		c.broken = true
	}
	if c.watch != nil {
		c.watch(ctx, outcome, err)
	}
	return outcome, err
}

// Close says goodbye if the connection is good and closes it. The error is
// the closing's; a relay that does not answer to QUIT is no error, since
// everything it took has been answered before. Closing twice is harmless.
func (c *MailingConn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	if c.leave != nil {
		c.leave()
	}
	if c.broken {
		// Without the farewells of SMTP and TLS, on the bare connection: what is
		// left may be a transaction that must not be completed.
		_ = c.bounded.Close() // nothing can be done about a broken one
		return nil
	}
	release := c.bounded.bind(context.Background(), closeTimeout)
	defer release()
	if _, err := c.conn.Write([]byte("QUIT\r\n")); err == nil {
		_, _ = readReply(c.replies) // everything that matters was answered before
	}
	if err := c.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !c.bounded.writeFailed() {
		return fmt.Errorf("close connection to the mail relay: %w", err)
	}
	return nil
}
