package ports

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The range starts above the ports of well-known services and ends below
// 32768, where Linux begins to number outgoing connections.
const (
	lowest   = 20000
	highest  = 32000
	attempts = 400
)

// Loopback is the only address that Tocsin's local servers bind.
const Loopback = "127.0.0.1"

// Reservation holds free loopback ports by listening on them.
type Reservation struct {
	listeners []net.Listener
	numbers   []int
}

// Reserve finds count free ports and holds them until Release. It fails when
// the machine has no free port left in the range.
func Reserve(ctx context.Context, count int) (*Reservation, error) {
	held := &Reservation{}
	var listening net.ListenConfig
	for attempt := 0; attempt < attempts && len(held.numbers) < count; attempt++ {
		number := lowest + rand.IntN(highest-lowest) //nolint:gosec // a port number is no secret
		listener, err := listening.Listen(ctx, "tcp", Address(number))
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), held.Release())
		}
		if err != nil {
			continue
		}
		held.listeners = append(held.listeners, listener)
		held.numbers = append(held.numbers, number)
	}
	if len(held.numbers) < count {
		return nil, errors.Join(
			fmt.Errorf("find %d free ports on %s between %d and %d: only %d found; stop what uses them",
				count, Loopback, lowest, highest, len(held.numbers)),
			held.Release())
	}
	return held, nil
}

// Numbers are the reserved ports, in the order they were found.
func (r *Reservation) Numbers() []int {
	return append([]int(nil), r.numbers...)
}

// Release frees the ports. Call it immediately before the server that is to
// use them opens its listener. A second call does nothing.
func (r *Reservation) Release() error {
	var failures error
	for _, listener := range r.listeners {
		failures = errors.Join(failures, listener.Close())
	}
	r.listeners = nil
	return failures
}

// Address is the loopback host:port of a port number.
func Address(number int) string {
	return net.JoinHostPort(Loopback, strconv.Itoa(number))
}
