package postgres

import (
	"context"

	"tocsin/ledger"
)

// ReadCheckpoint reads a checkpoint that this installation signed. An error
// means that a key signed it that the record did not introduce, or that was not
// the one of its turn, or that it was altered.
func (s *Store) ReadCheckpoint(ctx context.Context, text string) (ledger.Checkpoint, error) {
	read, err := s.readCheckpoint(ctx, s.pool, text)
	return read, failed("read checkpoint", err)
}

func (s *Store) readCheckpoint(ctx context.Context, q querier, text string) (ledger.Checkpoint, error) {
	key, rotations, err := s.ledgerKey(ctx, q, ledger.MaxTreeSize)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	return ledger.ParseKnown(text, key, notesOf(rotations))
}
