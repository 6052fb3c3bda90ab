package web

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// What one client can hold of the server, so that a stranger who sends or takes
// slowly keeps nobody else waiting.
const (
	// headerBytes is the longest head of a request. A page's address with the
	// answers of an assessment fits into it many times.
	headerBytes = 32 << 10
	// headerTime is how long the head of a request may take to come.
	headerTime = 10 * time.Second
	// idleTime is how long a connection without a request is kept.
	idleTime = 2 * time.Minute
	// connections is how many there may be at once: as many as open pages may wait
	// for changes, and as many again and more for what they ask.
	connections = 2*streamsInAll + 2000
	// takenTime is how long whoever is answered may take for each takenBytes. A
	// connection on which nothing moves ends.
	takenTime  = time.Minute
	takenBytes = 64 << 10
)

// NewServer makes a server of HTTP that bounds what comes before a handler is
// asked. It is given connections by [Guard].
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Guard bounds how many connections there are, and ends one whose other side does
// not take what it asked for.
func Guard(l net.Listener) net.Listener {
	return netutil.LimitListener(taking{l}, connections)
}

// taking is a listener whose connections bound how long a write may take.
type taking struct{ net.Listener }

// Accept implements [net.Listener].
func (t taking) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return takingConn{c}, nil
}

type takingConn struct{ net.Conn }

// Write implements [net.Conn]. It goes piece by piece, so that what is long may take
// long and what stands still may not.
func (c takingConn) Write(p []byte) (int, error) {
	n := 0
	for {
		if err := c.SetWriteDeadline(time.Now().Add(takenTime)); err != nil {
			return n, err
		}
		m, err := c.Conn.Write(p[n:min(len(p), n+takenBytes)])
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}
