package mailcatcher

import (
	"errors"
	"net"
	"sync"
)

// connections is a listener that can cut off the clients it let in. go-smtp
// cannot once it has begun to shut down, and a client that keeps an idle
// connection open would hold up the stop for minutes.
type connections struct {
	net.Listener

	mutex sync.Mutex
	open  map[*connection]struct{}
}

type connection struct {
	net.Conn
	owner *connections
}

func trackConnections(listener net.Listener) *connections {
	return &connections{Listener: listener, open: map[*connection]struct{}{}}
}

// Accept waits for the next client.
func (c *connections) Accept() (net.Conn, error) {
	accepted, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tracked := &connection{Conn: accepted, owner: c}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.open[tracked] = struct{}{}
	return tracked, nil
}

// Close ends the connection and forgets it.
func (c *connection) Close() error {
	c.owner.mutex.Lock()
	delete(c.owner.open, c)
	c.owner.mutex.Unlock()
	return c.Conn.Close()
}

// cutOff ends all connections.
func (c *connections) cutOff() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var failures error
	for each := range c.open {
		failures = errors.Join(failures, each.Conn.Close())
	}
	return failures
}
