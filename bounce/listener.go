package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	smtpserver "github.com/emersion/go-smtp"

	"tocsin/smtp"
)

// Defaults for Config.
const (
	DefaultMaxConnections = 50
	DefaultLongest        = 5 * time.Minute
	DefaultIdle           = time.Minute
)

// Config says where bounces are taken in and who is told.
type Config struct {
	// Address is the host:port to listen on. Required: there is no default, so
	// that nothing listens to the world by accident.
	Address string
	// Name is our name in the greeting; empty means the domain of VERP.
	Name string
	// VERP tells the addresses that are ours. Required.
	VERP *smtp.VERP
	// Handle is called with each bounce, possibly by several goroutines and more
	// than once for the same one. The bounce is acknowledged once it has
	// returned nil; after an error the sending server tries again later. Its
	// context ends when Stop has waited long enough, or after Idle. Required.
	Handle func(context.Context, Bounce) error
	// TLS offers STARTTLS, if set. Servers that bring bounces use it if they can
	// and come without it otherwise.
	TLS *tls.Config
	// MaxBytes is the size of a message; zero means DefaultMaxBytes.
	MaxBytes int64
	// MaxConnections is how many may be open at a time; zero means
	// DefaultMaxConnections. Others are told to come later.
	MaxConnections int
	// Longest is how long a connection may last altogether; zero means
	// DefaultLongest.
	Longest time.Duration
	// Idle is how long a client may take for one command or message; zero means
	// DefaultIdle.
	Idle time.Duration
	// Logger is told of what Handle could not do and of messages that are no
	// bounces, without addresses. Nil means slog.Default().
	Logger *slog.Logger
}

func (c Config) checked() (Config, error) {
	switch {
	case c.Address == "":
		return Config{}, errors.New("listen for bounces: an address to listen on is required")
	case c.VERP == nil:
		return Config{}, errors.New("listen for bounces: the addresses that are ours are required")
	case c.Handle == nil:
		return Config{}, errors.New("listen for bounces: a function that takes them is required")
	case c.MaxBytes < 0, c.MaxConnections < 0, c.Longest < 0, c.Idle < 0:
		return Config{}, errors.New("listen for bounces: limits must not be negative")
	}
	if c.Name == "" {
		c.Name = c.VERP.Domain()
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.Longest == 0 {
		c.Longest = DefaultLongest
	}
	if c.Idle == 0 {
		c.Idle = DefaultIdle
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// Listener takes in bounces until it is stopped.
type Listener struct {
	config  Config
	server  *smtpserver.Server
	gate    *gate
	ctx     context.Context // of the handlers, which no caller hands a context
	cancel  context.CancelFunc
	serving sync.WaitGroup
	stop    sync.Once
	stopped error
}

// Listen starts taking in bounces. The context is for the start only.
func Listen(ctx context.Context, config Config) (*Listener, error) {
	config, err := config.checked()
	if err != nil {
		return nil, err
	}
	var listening net.ListenConfig
	raw, err := listening.Listen(ctx, "tcp", config.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for bounces: %w", err)
	}
	l := &Listener{config: config, gate: newGate(raw, config.MaxConnections, config.Longest)}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.server = smtpserver.NewServer(smtpserver.BackendFunc(func(conn *smtpserver.Conn) (smtpserver.Session, error) {
		return &session{listener: l, conn: conn}, nil
	}))
	l.server.Domain = config.Name
	l.server.MaxRecipients = 1
	l.server.MaxMessageBytes = config.MaxBytes
	l.server.ReadTimeout = config.Idle
	l.server.WriteTimeout = config.Idle
	l.server.TLSConfig = config.TLS
	l.server.ErrorLog = silent{}
	l.serving.Go(func() {
		if err := l.server.Serve(l.gate); err != nil && !errors.Is(err, net.ErrClosed) {
			config.Logger.Error("the listener for bounces ended", "error", err)
		}
	})
	return l, nil
}

// Addr is the host:port that is listened on.
func (l *Listener) Addr() string { return l.gate.Addr().String() }

// Stop takes in no more connections, lets those that are open end until ctx
// does, and then cuts them off: what was not acknowledged comes again. When it
// returns no handler runs any more, provided that each obeys its context. Stop
// may be called again.
func (l *Listener) Stop(ctx context.Context) error {
	l.stop.Do(func() {
		defer l.cancel()
		// The listener is closed here as well: a server that has not yet begun
		// to serve does not know it.
		err := l.gate.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
		shutdown := l.server.Shutdown(ctx)
		if ctx.Err() != nil {
			l.cancel()
			err = errors.Join(err, l.gate.cutOff())
			l.gate.empty.Wait() // cut off, they end by themselves
			shutdown = nil
		}
		if shutdown != nil && !errors.Is(shutdown, net.ErrClosed) {
			err = errors.Join(err, shutdown)
		}
		l.serving.Wait()
		if err != nil {
			l.stopped = fmt.Errorf("stop listening for bounces: %w", err)
		}
	})
	return l.stopped
}

// silent drops go-smtp's notes about clients that went away: they name
// addresses.
type silent struct{}

// Printf drops the note.
func (silent) Printf(string, ...any) {}

// Println drops the note.
func (silent) Println(...any) {}
