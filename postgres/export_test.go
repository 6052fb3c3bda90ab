package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// HashReader reads the stored hashes of the tree, for what is measured of proofs.
var HashReader = hashReader

// Folded is what a text loses its accents by.
var Folded = folded

// LedgerEdge reads the hashes on the right edge of a tree of [LedgerSize].
const (
	LedgerEdge = ledgerEdge
	LedgerSize = ledgerSize
)

// LockLedger and LockIncident are classes of locks.
const (
	LockLedger   = lockLedger
	LockIncident = lockIncident
)

// IncidentLock is the number of an incident's lock.
var IncidentLock = incidentLock

// Waiting is how many commands wait until others are recorded.
func (s *Store) Waiting() int {
	s.recordings.mu.Lock()
	defer s.recordings.mu.Unlock()
	return len(s.recordings.waiting)
}

// WithoutLimits lets the database be waited for without end, in tests that hold a lock
// while others wait.
func WithoutLimits() Option { return func(s *settings) { clear(s.limits) } }

// Break breaks within a transaction.
func (s *Store) Break(ctx context.Context) error {
	return s.transact(ctx, "break", func(pgx.Tx) error { panic("broken") })
}
