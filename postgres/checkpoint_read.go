package postgres

import (
	"golang.org/x/mod/sumdb/note"

	"tocsin/ledger"
)

// ReadCheckpoint reads a checkpoint that this installation signed. An error
// means that another key signed it or that it was altered.
func (s *Store) ReadCheckpoint(text string) (ledger.Checkpoint, error) {
	return ledger.ParseCheckpoint(text, note.VerifierList(s.keys.LedgerVerifier), s.keys.Origin)
}
