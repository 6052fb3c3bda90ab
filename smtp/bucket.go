package smtp

import (
	"errors"
	"math"
	"time"
)

// Rate is how many messages may leave in a time.
type Rate struct {
	// PerSecond is the lasting rate in messages per second; zero means no
	// limit. A twentieth is one message in twenty seconds.
	PerSecond float64
	// Burst is how many may leave at once after a pause; less than one means
	// one.
	Burst int
}

func (r Rate) unlimited() bool { return r.PerSecond == 0 }

func (r Rate) check() error {
	if r.PerSecond < 0 || math.IsNaN(r.PerSecond) || math.IsInf(r.PerSecond, 0) || r.PerSecond != 0 && r.PerSecond < 1e-4 {
		return errors.New("rate: messages per second must be zero or at least 0.0001")
	}
	if r.Burst > 100_000 {
		return errors.New("rate: the burst must not be over 100000")
	}
	return nil
}

// bucket is a token bucket, kept as the one instant at which it will be full
// again (the generic cell rate algorithm of ITU-T I.371). It knows no clock.
type bucket struct {
	interval  time.Duration // between two messages at the lasting rate
	tolerance time.Duration // how far a burst may run ahead
	full      time.Time     // when all tokens are back
}

func newBucket(rate Rate) *bucket {
	interval := max(1, time.Duration(float64(time.Second)/rate.PerSecond))
	return &bucket{interval: interval, tolerance: time.Duration(max(rate.Burst, 1)-1) * interval}
}

// due is how long from now the next token is there.
func (b *bucket) due(now time.Time) time.Duration {
	return max(0, b.full.Add(-b.tolerance).Sub(now))
}

// take takes the next token, even if it is there only after due.
func (b *bucket) take(now time.Time) {
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(b.interval)
}

// giveBack undoes the latest take.
func (b *bucket) giveBack() { b.full = b.full.Add(-b.interval) }

// idle reports whether the bucket is as good as new.
func (b *bucket) idle(now time.Time) bool { return !b.full.After(now) }
