package smtp

import (
	"context"
	"net"
	"sync"
	"time"
)

// boundedConn puts a limit of our own over the deadlines that the client
// library sets. The library lifts its deadline after every command, so that
// writing a message has none at all, and knows nothing of contexts.
type boundedConn struct {
	net.Conn

	mu        sync.Mutex
	limit     time.Time // no deadline may lie after it; zero when unbound
	cancelled bool      // the bound context ended: everything fails at once
	failed    bool      // a write did not leave completely
	binding   uint64    // counts bind, so that a late cancellation hits its own
}

// bind holds every read and write under the context and, if positive, under
// the given duration, until the returned function is called.
func (c *boundedConn) bind(ctx context.Context, atMost time.Duration) (release func()) {
	// The context's deadline is left to AfterFunc: as a limit it could strike
	// before the context knows that it ended.
	var limit time.Time
	if atMost > 0 {
		limit = time.Now().Add(atMost)
	}
	c.mu.Lock()
	c.limit, c.cancelled = limit, false
	c.binding++
	binding := c.binding
	// An error here means a closed connection, which the next read reports.
	_ = c.Conn.SetDeadline(limit)
	c.mu.Unlock()

	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.binding != binding {
			return
		}
		c.cancelled = true
		_ = c.Conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		stop()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.limit = time.Time{}
	}
}

func (c *boundedConn) bounded(t time.Time) time.Time {
	switch {
	case c.cancelled:
		return time.Unix(1, 0)
	case c.limit.IsZero():
		return t
	case t.IsZero() || c.limit.Before(t):
		return c.limit
	default:
		return t
	}
}

// SetDeadline never goes beyond the limit.
func (c *boundedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.SetDeadline(c.bounded(t))
}

// SetReadDeadline never goes beyond the limit.
func (c *boundedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.SetReadDeadline(c.bounded(t))
}

// SetWriteDeadline never goes beyond the limit.
func (c *boundedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.SetWriteDeadline(c.bounded(t))
}

// Write remembers a failure: a message whose final dot certainly did not leave
// was not taken, while one whose reply is missing may have been.
func (c *boundedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		c.mu.Lock()
		c.failed = true
		c.mu.Unlock()
	}
	return n, err
}

func (c *boundedConn) writeFailed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// greetedConn answers the first reads with a greeting. After STARTTLS the
// relay does not greet again, but the client library waits for it.
type greetedConn struct {
	net.Conn
	pending []byte
}

// Read returns the greeting first.
func (c *greetedConn) Read(p []byte) (int, error) {
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
