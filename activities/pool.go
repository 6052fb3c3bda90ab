package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tocsin/smtp"
)

// fullLook is how often relays that allow no further connection are asked again.
const fullLook = 250 * time.Millisecond

// pool keeps the open connections of one sender, so that those who send share
// what the relays allow.
type pool struct {
	relays *smtp.Relays
	logger *slog.Logger
	idle   chan *smtp.MailingConn
	// back wakes somebody who waits for a connection while the relays allow no
	// further one.
	back chan struct{}
}

func newPool(relays *smtp.Relays, logger *slog.Logger) *pool {
	return &pool{relays: relays, logger: logger, idle: make(chan *smtp.MailingConn, connections), back: make(chan struct{}, connections)}
}

// take gives a connection that is idle, else a new one; with fresh always a new
// one, for idle ones may be as dead as the one before. While the relays allow no
// further one it waits for one to come back.
func (p *pool) take(ctx context.Context, fresh bool) (*smtp.MailingConn, error) {
	for {
		if !fresh {
			select {
			case conn := <-p.idle:
				return conn, nil
			default:
			}
		}
		conn, err := p.relays.Dial(ctx)
		if !errors.Is(err, smtp.ErrRelaysFull) {
			return conn, err
		}
		if fresh {
			select {
			case conn := <-p.idle:
				p.end(conn) // it makes room
				continue
			default:
			}
		}
		again := time.NewTimer(fullLook) // another round's may have come back
		select {
		case conn := <-p.idle:
			again.Stop()
			if !fresh {
				return conn, nil
			}
			p.end(conn)
		case <-p.back:
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		}
		again.Stop()
	}
}

// put gives a connection back, and closes one that is of no more use.
func (p *pool) put(conn *smtp.MailingConn) {
	if conn.Usable() {
		select {
		case p.idle <- conn:
			return
		default:
		}
	}
	p.end(conn)
}

func (p *pool) end(conn *smtp.MailingConn) {
	if conn.Close() != nil {
		p.logger.Debug("the connection to the relay did not end well")
	}
	select {
	case p.back <- struct{}{}:
	default: // somebody is being woken already
	}
}

// close ends what is idle; nobody holds a connection any more.
func (p *pool) close() {
	for {
		select {
		case conn := <-p.idle:
			p.end(conn)
		default:
			return
		}
	}
}
