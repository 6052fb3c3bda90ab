package bounce

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// gate is a listener that lets in so many connections at a time and each for so
// long, and can cut off all of them.
type gate struct {
	net.Listener
	most    int
	longest time.Duration

	mu     sync.Mutex
	inside map[*guest]struct{}
	closed bool
	// empty waits until the server has closed every connection, which it does
	// at the end of its work for it.
	empty sync.WaitGroup
}

// busy is what a connection too many hears before it is closed.
const busy = "421 4.3.2 too many connections, try again later\r\n"

func newGate(listener net.Listener, most int, longest time.Duration) *gate {
	return &gate{Listener: listener, most: most, longest: longest, inside: map[*guest]struct{}{}}
}

// Accept waits for the next client that there is room for.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if admitted := g.admit(conn); admitted != nil {
			return admitted, nil
		}
		// A fresh connection has room for one line, so this does not wait; and a
		// client that does not take it is closed all the same.
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte(busy))
		_ = conn.Close()
	}
}

func (g *gate) admit(conn net.Conn) net.Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || len(g.inside) >= g.most {
		return nil
	}
	admitted := &guest{Conn: conn, gate: g, until: time.Now().Add(g.longest)}
	// A closed connection says so at the first read.
	_ = admitted.SetDeadline(admitted.until)
	g.inside[admitted] = struct{}{}
	g.empty.Add(1)
	return admitted
}

// cutOff ends all connections and lets nobody in any more.
func (g *gate) cutOff() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	var failures error
	for each := range g.inside {
		if err := each.Conn.Close(); !errors.Is(err, net.ErrClosed) {
			failures = errors.Join(failures, err)
		}
	}
	return failures
}

// guest is a connection that ends at a set instant, whatever deadlines the
// server gives it: a client that sends one byte a minute has no longer than
// others.
type guest struct {
	net.Conn
	gate  *gate
	until time.Time
	ended atomic.Bool // nothing more is read
}

func (g *guest) bounded(t time.Time) time.Time {
	if t.IsZero() || g.until.Before(t) {
		return g.until
	}
	return t
}

// SetDeadline never goes beyond the end.
func (g *guest) SetDeadline(t time.Time) error { return g.Conn.SetDeadline(g.bounded(t)) }

// SetReadDeadline never goes beyond the end.
func (g *guest) SetReadDeadline(t time.Time) error { return g.Conn.SetReadDeadline(g.bounded(t)) }

// SetWriteDeadline never goes beyond the end.
func (g *guest) SetWriteDeadline(t time.Time) error { return g.Conn.SetWriteDeadline(g.bounded(t)) }

// endReading makes the next read report the end, while a reply can still leave.
func (g *guest) endReading() { g.ended.Store(true) }

// Read gives nothing more after endReading.
func (g *guest) Read(p []byte) (int, error) {
	if g.ended.Load() {
		return 0, io.EOF
	}
	return g.Conn.Read(p)
}

// Close ends the connection and makes room.
func (g *guest) Close() error {
	g.gate.mu.Lock()
	_, first := g.gate.inside[g]
	delete(g.gate.inside, g)
	g.gate.mu.Unlock()
	if first {
		defer g.gate.empty.Done()
	}
	return g.Conn.Close()
}
