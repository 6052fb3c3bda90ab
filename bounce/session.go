package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"sync"

	smtpserver "github.com/emersion/go-smtp"
)

// maxStrangers is how many recipients that are not ours a connection may try
// before it is closed: a bounce has one, and it is right.
const maxStrangers = 3

// The answers. They tell nothing that a stranger does not know already.
var (
	answerStranger = &smtpserver.SMTPError{Code: 550, EnhancedCode: smtpserver.EnhancedCode{5, 1, 1}, Message: "no such mailbox here"}
	answerAgain    = &smtpserver.SMTPError{Code: 451, EnhancedCode: smtpserver.EnhancedCode{4, 3, 0}, Message: "not kept, try again later"}
)

// session is the dialogue with one server that brings bounces.
type session struct {
	listener  *Listener
	conn      *smtpserver.Conn
	strangers int

	// With CHUNKING (RFC 3030) Data runs beside the dialogue, which may reset
	// the envelope meanwhile.
	mu       sync.Mutex
	envelope Envelope
}

// Reset forgets the envelope.
func (s *session) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope = Envelope{}
}

// Logout has nothing to free.
func (s *session) Logout() error { return nil }

// Mail takes any sender: bounces come from none, and what other mail is worth
// Parse decides.
func (s *session) Mail(from string, _ *smtpserver.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope.NullSender = from == ""
	return nil
}

// Rcpt takes a recipient whose token is ours and refuses every other.
func (s *session) Rcpt(recipient string, _ *smtpserver.RcptOptions) error {
	delivery, err := s.listener.config.VERP.Decode(recipient)
	if err != nil {
		if s.strangers++; s.strangers >= maxStrangers {
			// The reply still leaves; after it the server finds the connection
			// closed for reading.
			s.hangUp()
		}
		return answerStranger
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope.Delivery = delivery
	return nil
}

// hangUp lets the server write its reply and read nothing more.
func (s *session) hangUp() {
	conn := s.conn.Conn()
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if from, ok := conn.(*guest); ok {
		from.endReading()
	}
}

// Data hands the bounce on, and acknowledges it once it has been taken.
func (s *session) Data(message io.Reader) error {
	l := s.listener
	s.mu.Lock()
	envelope := s.envelope
	s.mu.Unlock()
	bounce, err := Parse(envelope, message, l.config.MaxBytes)
	switch {
	case errors.Is(err, ErrTooLarge):
		return smtpserver.ErrDataTooLarge
	case errors.Is(err, ErrAutoReply), errors.Is(err, ErrNoBounce):
		// Taken and dropped: a refusal would come back to whoever wrote it.
		l.config.Logger.Debug("mail to a bounce address was no bounce", "delivery", envelope.Delivery)
		return nil
	case err != nil:
		// Too large by go-smtp's count, or the client went away.
		var answer *smtpserver.SMTPError
		if errors.As(err, &answer) {
			return answer
		}
		return answerAgain
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.config.Idle)
	defer cancel()
	if err := l.config.Handle(ctx, bounce); err != nil {
		l.config.Logger.Error("a bounce could not be recorded and is asked for again", "delivery", envelope.Delivery, "error", err)
		return answerAgain
	}
	return nil
}
