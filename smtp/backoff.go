package smtp

import "time"

// Backoff is a row of growing waits: each failure doubles the wait, up to a
// limit.
type Backoff struct {
	// First is the wait after the first failure.
	First time.Duration
	// Most is the longest wait.
	Most time.Duration
}

// Rows of waits that fit.
var (
	// RecipientBackoff is for a recipient who was deferred. Grey lists ask for
	// some minutes, full mailboxes and broken servers for hours; RFC 5321 (2008)
	// section 4.5.4.1 wants half an hour between attempts once the first two have
	// failed.
	RecipientBackoff = Backoff{First: 5 * time.Minute, Most: 4 * time.Hour}
	// RelayBackoff is for a relay of ours that failed: a try costs one connection
	// and nothing for the people.
	RelayBackoff = Backoff{First: time.Second, Most: time.Minute}
)

// Wait is how long to wait after so many failures in a row; none for less than
// one.
func (b Backoff) Wait(failures int) time.Duration {
	if failures < 1 {
		return 0
	}
	wait := b.First
	for range failures - 1 {
		if wait >= b.Most/2 {
			return max(b.First, b.Most)
		}
		wait *= 2
	}
	return wait
}
