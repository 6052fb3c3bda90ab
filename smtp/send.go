package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"time"

	smtpclient "github.com/emersion/go-smtp"
)

// closeTimeout bounds the farewell, which nobody waits for gladly.
const closeTimeout = 2 * time.Second

// Conn is one connection to the relay. It carries one message after another
// and is not safe for concurrent use: give each goroutine its own.
type Conn struct {
	relay   *Relay
	bounded *boundedConn
	client  *smtpclient.Client
	broken  bool
	closed  bool
}

// Usable reports whether another message can be sent on this connection. It
// is false after an error or an Unknown outcome: close it and dial again.
func (c *Conn) Usable() bool { return !c.broken && !c.closed }

// Send offers one message to one recipient.
//
// A nil error means that Outcome says what happened. An error means that the
// relay has not taken the message and nothing was learnt about the recipient:
// *Unavailable (try again, on a new connection unless Usable), ErrSender, or a
// message that failed to write itself, of which nothing was sent.
//
// The message is written to memory first, so that one that fails half-way
// never leaves as a half.
func (c *Conn) Send(ctx context.Context, from, to string, message io.WriterTo) (Outcome, error) {
	sender, recipient, reason, err := parseEnvelope(from, to)
	if err != nil {
		return Outcome{}, err
	}
	if reason != "" {
		return c.relay.outcome("", Undeliverable, 0, "", string(reason), Address{}), nil
	}
	var content bytes.Buffer
	if _, err := message.WriteTo(&content); err != nil {
		return Outcome{}, fmt.Errorf("write message: %w", err)
	}
	if content.Len() == 0 {
		return Outcome{}, errEmptyMessage
	}
	if !c.Usable() {
		return Outcome{}, &Unavailable{Step: StepMail, cause: errBroken}
	}
	if err := ctx.Err(); err != nil {
		// Nothing was said, so the connection stays good.
		return Outcome{}, &Unavailable{Step: StepMail, cause: err}
	}
	return c.transact(ctx, sender, recipient, content.Bytes())
}

// parseEnvelope checks both addresses. The reason is set when the recipient
// cannot be mailed, the error when the sender cannot be used.
func parseEnvelope(from, to string) (sender, recipient Address, reason AddressReason, err error) {
	if sender, err = ParseAddress(from); err != nil {
		return Address{}, Address{}, "", fmt.Errorf("%w: %w", ErrSender, err)
	}
	if recipient, err = ParseAddress(to); err != nil {
		var refusal *AddressError
		if !errors.As(err, &refusal) {
			return Address{}, Address{}, "", err
		}
		return sender, Address{}, refusal.Reason, nil
	}
	return sender, recipient, "", nil
}

// transact is one mail transaction (RFC 5321 section 3.3).
func (c *Conn) transact(ctx context.Context, sender, recipient Address, content []byte) (Outcome, error) {
	// Each command is bounded by the library's CommandTimeout; only the
	// context stands above it.
	release := c.bounded.bind(ctx, 0)
	defer release()

	if err := c.client.Mail(sender.String(), nil); err != nil {
		// Whatever the code, this is about us: never about the recipient.
		return Outcome{}, c.trouble(ctx, StepMail, err, recipient)
	}
	if err := c.client.Rcpt(recipient.String(), nil); err != nil {
		return c.judge(ctx, StepRecipient, err, recipient)
	}
	data, err := c.client.Data()
	if err != nil {
		return c.judge(ctx, StepData, err, recipient)
	}

	// From here to the reply one limit holds for all.
	release()
	release = c.bounded.bind(ctx, c.relay.config.DataTimeout)
	defer release()
	if _, err := data.Write(content); err != nil {
		return Outcome{}, c.trouble(ctx, StepData, err, recipient)
	}
	response, err := data.CloseWithResponse()
	if err == nil {
		enhanced, text := splitEnhanced(response.StatusText)
		return c.relay.outcome(StepData, Accepted, 250, enhanced, text, recipient), nil
	}
	var reply *smtpclient.SMTPError
	switch {
	case !errors.As(err, &reply):
		c.broken = true
		if c.bounded.writeFailed() {
			// The final dot did not leave completely.
			return Outcome{}, unavailable(ctx, StepData, err, recipient)
		}
		return c.relay.outcome(StepData, Unknown, 0, "", unknownReason(ctx, err), recipient), nil
	case reply.Code >= 200 && reply.Code < 300:
		// The library insists on 250; any success is one (section 4.2.1).
		return c.relay.outcome(StepData, Accepted, reply.Code, enhancedOf(reply), reply.Message, recipient), nil
	case reply.Code < 400 || reply.Code > 599:
		c.broken = true
		return c.relay.outcome(StepData, Unknown, 0, "", notSMTP, recipient), nil
	default:
		return c.judge(ctx, StepData, err, recipient)
	}
}

// judge turns a failed RCPT or DATA into an outcome for this recipient, or
// into the relay's own trouble.
func (c *Conn) judge(ctx context.Context, step Step, err error, recipient Address) (Outcome, error) {
	var reply *smtpclient.SMTPError
	if !errors.As(err, &reply) || !aboutRecipient(reply.Code) {
		return Outcome{}, c.trouble(ctx, step, err, recipient)
	}
	state := Refused
	if reply.Code < 500 {
		state = Deferred
	}
	outcome := c.relay.outcome(step, state, reply.Code, enhancedOf(reply), reply.Message, recipient)
	// Without it the next message would be refused as a nested transaction, or
	// go to both recipients. If it fails, this outcome still stands.
	if err := c.client.Reset(); err != nil {
		c.broken = true
	}
	return outcome, nil
}

// aboutRecipient tells the codes that judge a recipient or a message from
// those that say that we and the relay do not get along.
func aboutRecipient(code int) bool {
	switch code {
	case 421, // shutting down (RFC 5321 section 3.8)
		500, 502, 503, // commands not understood or out of order
		432, 454, 530, 534, 535, 538: // authentication and TLS (RFC 4954 section 6, RFC 3207)
		return false
	default:
		return code >= 400 && code <= 599
	}
}

// trouble reports the relay as unavailable and gives the connection up.
func (c *Conn) trouble(ctx context.Context, step Step, err error, recipient Address) error {
	c.broken = true
	return unavailable(ctx, step, err, recipient)
}

func (r *Relay) outcome(step Step, state State, code int, enhanced, text string, recipient Address) Outcome {
	return Outcome{
		State: state, Step: step, Code: code, EnhancedCode: enhanced,
		Reply: sanitiseReply(text, recipient), At: r.config.Now().UTC(),
	}
}

// notSMTP is the reason of an Unknown outcome when the relay said something
// that is no answer.
const notSMTP = "the reply after the message was not SMTP"

// unknownReason says why no reply came, in words of ours.
func unknownReason(ctx context.Context, err error) string {
	var malformed textproto.ProtocolError
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return "stopped while waiting for the reply after the message"
	case errors.As(err, &malformed):
		return notSMTP
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no reply after the message in the time allowed"
	default:
		return "connection lost before the reply after the message"
	}
}

// Close says goodbye if the connection is good and closes it. The error is
// the closing's; a relay that does not answer to QUIT is no error, since
// everything it took has been answered before. Closing twice is harmless.
func (c *Conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	if !c.broken {
		release := c.bounded.bind(context.Background(), closeTimeout)
		defer release()
		_ = c.client.Quit() // everything that matters was answered before
	}
	if err := c.client.Close(); err != nil && !c.broken && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close connection to the mail relay: %w", err)
	}
	return nil
}
