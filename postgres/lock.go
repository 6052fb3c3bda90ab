package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"tocsin/incident"
)

// Classes of advisory locks. They are taken in this order and given back at
// the transaction's end, so that no two transactions wait for each other.
const (
	lockIncident  = 0x746f6301 // one incident; the second number is incidentLock
	lockLedger    = 0x746f6302 // the ledger's end
	lockMigration = 0x746f6303 // the schema
	lockMasterKey = 0x746f6304 // the master key; held by a session, beside no other
	lockRecovery  = 0x746f6305 // a recovery; held by a session
)

// incidentLock is the number of an incident's lock. Two incidents that share
// one wait for each other without need, and nothing else.
func incidentLock(id string) int32 {
	sum := sha256.Sum256([]byte(id))
	return int32(binary.BigEndian.Uint32(sum[:4])) //nolint:gosec // any 32 bits will do
}

// lockSession takes a lock of a class for a session, and refuses with busy when
// another program has it. It is given back by release, or by PostgreSQL when the
// connection ends.
func (s *Store) lockSession(ctx context.Context, class int, operation string, busy *incident.Error) (release func(), err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, failed(operation, err)
	}
	var got bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, 0)`, class).Scan(&got); err != nil || !got {
		conn.Release()
		if err == nil {
			err = busy
		}
		return nil, failed(operation, err)
	}
	return func() {
		defer conn.Release()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(end, `SELECT pg_advisory_unlock($1, 0)`, class); err != nil {
			_ = conn.Conn().Close(end) // the lock ends with the session
		}
	}, nil
}
