package postgres

import (
	"crypto/sha256"
	"encoding/binary"
)

// Classes of advisory locks. They are taken in this order and given back at
// the transaction's end, so that no two transactions wait for each other.
const (
	lockIncident  = 0x746f6301 // one incident; the second number is incidentLock
	lockLedger    = 0x746f6302 // the ledger's end
	lockMigration = 0x746f6303 // the schema
	lockMasterKey = 0x746f6304 // the master key; held by a session, beside no other
)

// incidentLock is the number of an incident's lock. Two incidents that share
// one wait for each other without need, and nothing else.
func incidentLock(id string) int32 {
	sum := sha256.Sum256([]byte(id))
	return int32(binary.BigEndian.Uint32(sum[:4])) //nolint:gosec // any 32 bits will do
}
