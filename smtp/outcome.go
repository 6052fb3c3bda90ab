package smtp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// State is what became of one message for one recipient.
type State string

// The states that Send can report. Their texts are the delivery states of the
// record.
const (
	// Accepted: the relay took responsibility for the message (250 after the
	// final dot).
	Accepted State = "accepted"
	// Deferred: the relay asked to try this recipient again later (4xx).
	Deferred State = "deferred"
	// Refused: the relay will not take this message for this recipient (5xx).
	Refused State = "refused"
	// Undeliverable: the address rule refuses the recipient; nothing was sent.
	Undeliverable State = "undeliverable"
	// Unknown: the whole message left, but the connection was lost before the
	// relay's reply came. It may or may not have been taken.
	Unknown State = "unknown"
)

// Outcome is the evidence of one attempt.
type Outcome struct {
	// State is what became of the message.
	State State
	// Step is the part of the dialogue that was answered so, RCPT or DATA;
	// empty for undeliverable, of which nothing was said.
	Step Step
	// Code is the relay's three-digit reply, zero for undeliverable and
	// unknown.
	Code int
	// EnhancedCode is the status code of RFC 3463 such as "5.1.1", empty when
	// the relay gave none.
	EnhancedCode string
	// Reply is the relay's text, or for undeliverable the AddressReason: one
	// line, at most 200 bytes, addresses replaced by "[address]".
	Reply string
	// At is the instant, in UTC, at which the outcome was known.
	At time.Time
}

// Step is a part of the dialogue with the relay.
type Step string

// The steps at which the relay can be unavailable.
const (
	// StepDial: the TCP connection, and the TLS handshake when implicit.
	StepDial Step = "connect"
	// StepHello: the greeting and EHLO.
	StepHello Step = "EHLO"
	// StepTLS: STARTTLS and its handshake.
	StepTLS Step = "STARTTLS"
	// StepAuth: authentication.
	StepAuth Step = "AUTH"
	// StepMail: the sender.
	StepMail Step = "MAIL"
	// StepRecipient: the recipient.
	StepRecipient Step = "RCPT"
	// StepData: the message.
	StepData Step = "DATA"
	// StepProbe: the readiness probe of Ping.
	StepProbe Step = "NOOP"
)

// Unavailable is the relay's own trouble: it cannot be reached, offers no TLS,
// refuses our credentials or our sender, is shutting down (421), or answers
// with something that is not SMTP. It says nothing about the recipient, and the
// message has not been taken: try again later.
type Unavailable struct {
	// Step is where the dialogue ended.
	Step Step
	// Code is the relay's reply, zero when there was none.
	Code int
	// EnhancedCode is the RFC 3463 status code, or empty.
	EnhancedCode string
	// Reply is the relay's text, made safe as in Outcome.Reply. It is kept out
	// of Error.
	Reply string

	cause error
}

// Error names the step, and the code or the network's error. It contains no
// address of a person and no text of the relay.
func (u *Unavailable) Error() string {
	switch {
	case u.Code != 0 && u.EnhancedCode != "":
		return fmt.Sprintf("mail relay unavailable at %s: answered %d %s", u.Step, u.Code, u.EnhancedCode)
	case u.Code != 0:
		return fmt.Sprintf("mail relay unavailable at %s: answered %d", u.Step, u.Code)
	default:
		return fmt.Sprintf("mail relay unavailable at %s: %v", u.Step, u.cause)
	}
}

// Unwrap is the network's or the context's error, nil when the relay answered.
func (u *Unavailable) Unwrap() error { return u.cause }

// IsUnavailable reports whether err is the relay's own trouble, to be retried.
func IsUnavailable(err error) bool {
	var unavailable *Unavailable
	return errors.As(err, &unavailable)
}

// ErrSender is the refusal of a sender address that ParseAddress does not
// accept: a mistake in the configuration that no retry heals.
var ErrSender = errors.New("the sender's address cannot be used: set a plain address such as notices@example.org")

// ErrRecipients is the refusal of a message for none or several recipients.
var ErrRecipients = errors.New("a message goes to exactly one recipient")

// errEmptyMessage is the refusal of a message without a byte: most relays would
// deliver it.
var errEmptyMessage = errors.New("write message: it is empty")

// The causes of Unavailable that are ours to word.
var (
	errBroken    = errors.New("an earlier step broke this connection, dial again")
	errMalformed = errors.New("the reply is not SMTP")
	errNoTLS     = errors.New("the relay offers no STARTTLS and TLS is required")
	errInjected  = errors.New("the relay sent data between STARTTLS and the handshake")
	errNoAuth    = errors.New("credentials are set, but the relay offers neither AUTH PLAIN nor LOGIN")
	errNotLocal  = errors.New("the relay was to be on loopback but the connection leads elsewhere")
)

// isCertificate reports whether the relay's certificate was the trouble.
func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	return errors.As(err, &verification)
}
