package mailcatcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	maxMessageBytes = 1 << 20
	maxRecipients   = 100
	idleLimit       = 5 * time.Minute
	stopGrace       = 2 * time.Second
	fileName        = "mail.jsonl"
)

// Config says where caught mail is kept.
type Config struct {
	// Dir is the data directory; the messages are kept in its file mail.jsonl.
	// Required, created if missing.
	Dir string
	// Listen is the loopback host:port to listen on. Empty means a free port.
	Listen string
	// Logger receives what goes wrong. Nil means slog.Default().
	Logger *slog.Logger
	// Now is the clock that stamps messages. Nil means time.Now.
	Now func() time.Time
	// Reject is asked for each recipient, if set. An error refuses it: a
	// *smtp.SMTPError as it stands, any other as a permanent 550. Tests play a
	// relay with it that refuses or defers.
	Reject func(recipient string) error
}

// Catcher is a running mail catcher. Its methods may be called from several
// goroutines.
type Catcher struct {
	store    *store
	server   *smtp.Server
	listener *connections
	reject   func(string) error
	now      func() time.Time
	logger   *slog.Logger
	page     *page

	serving sync.WaitGroup
}

// Start reads what was caught before and listens.
// Cancelling ctx gives up the start; it has no effect on a running catcher.
func Start(ctx context.Context, config Config) (*Catcher, error) {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Dir == "" {
		return nil, errors.New("start mail catcher: no data directory given")
	}
	if err := os.MkdirAll(config.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("start mail catcher: create data directory: %w", err)
	}
	kept, err := openStore(filepath.Join(config.Dir, fileName), maxMessages, config.Logger)
	if err != nil {
		return nil, fmt.Errorf("start mail catcher: %w", err)
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", cmp.Or(config.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start mail catcher: %w", err), kept.close())
	}
	catcher := &Catcher{
		store:    kept,
		listener: trackConnections(listener),
		reject:   config.Reject,
		now:      config.Now,
		logger:   config.Logger,
		page:     newPage(),
	}
	catcher.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{catcher: catcher}, nil
	}))
	catcher.server.Domain = "localhost"
	catcher.server.MaxMessageBytes = maxMessageBytes
	catcher.server.MaxRecipients = maxRecipients
	catcher.server.ReadTimeout = idleLimit
	catcher.server.WriteTimeout = idleLimit
	catcher.server.ErrorLog = silent{}
	catcher.serving.Go(func() {
		if err := catcher.server.Serve(catcher.listener); err != nil && !errors.Is(err, net.ErrClosed) {
			catcher.logger.Error("mail catcher stopped listening", "error", err)
		}
	})
	return catcher, nil
}

// Addr is the host:port on which the catcher takes in mail.
func (c *Catcher) Addr() string { return c.listener.Addr().String() }

// Count is the number of messages that can be shown.
func (c *Catcher) Count() int { return c.store.count() }

// Stop takes in no new connections, lets transfers under way end for two
// seconds or until ctx ends, cuts off the rest, and closes the file. A message
// cut off was not answered, so its sender keeps it. Stop may be called again.
func (c *Catcher) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	// The listener is closed here as well: a server that has not yet begun to
	// serve does not know it.
	err := c.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	if shutdown := c.server.Shutdown(ctx); errors.Is(shutdown, context.DeadlineExceeded) || errors.Is(shutdown, context.Canceled) {
		err = errors.Join(err, c.listener.cutOff())
	}
	c.serving.Wait()
	if err := errors.Join(err, c.store.close()); err != nil {
		return fmt.Errorf("stop mail catcher: %w", err)
	}
	return nil
}

// session is one client's dialogue.
type session struct {
	catcher    *Catcher
	from       string
	recipients []string
}

// Reset forgets the envelope (RSET, or a new message).
func (s *session) Reset() { s.from, s.recipients = "", nil }

// Logout has nothing to free.
func (s *session) Logout() error { return nil }

// Mail takes the sender of the envelope.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt takes or refuses a recipient of the envelope.
func (s *session) Rcpt(recipient string, _ *smtp.RcptOptions) error {
	if s.catcher.reject != nil {
		if err := s.catcher.reject(recipient); err != nil {
			var refusal *smtp.SMTPError
			if errors.As(err, &refusal) {
				return refusal
			}
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: err.Error()}
		}
	}
	s.recipients = append(s.recipients, recipient)
	return nil
}

// Data takes the message and answers once it is on disk.
func (s *session) Data(reader io.Reader) error {
	content, err := io.ReadAll(reader)
	if err != nil {
		// Too large, or the client went away: go-smtp's own answer stands.
		return err
	}
	err = s.catcher.store.append(record{
		ReceivedAt: s.catcher.now(),
		From:       s.from,
		To:         s.recipients,
		Content:    content,
	})
	if err != nil {
		s.catcher.logger.Error("mail catcher could not keep a message", "error", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "message not kept, try again later"}
	}
	return nil
}

// silent drops go-smtp's notes about clients that went away: they name
// addresses.
type silent struct{}

// Printf drops the note.
func (silent) Printf(string, ...any) {}

// Println drops the note.
func (silent) Println(...any) {}
