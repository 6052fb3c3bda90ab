package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
)

// HashOutcomes hashes all outcomes of a round in the order of its deliveries, both
// hexadecimal. digest is the SHA-256 over one line per delivery with its
// Message-ID, a space and its state; root is that of the Merkle tree over them,
// see [ledger.OutcomeTree].
func (s *Store) HashOutcomes(ctx context.Context, incidentID string, round int) (digest, root string, err error) {
	var tree ledger.OutcomeTree
	lines := sha256.New()
	err = s.eachOutcome(ctx, incidentID, round, func(o ledger.Outcome) {
		lines.Write([]byte(o.MessageID + " " + o.State + "\n"))
		tree.Add(o)
	})
	if err != nil {
		return "", "", failed("hash outcomes", err)
	}
	top := tree.Root()
	return hex.EncodeToString(lines.Sum(nil)), hex.EncodeToString(top[:]), nil
}

// ProveOutcome shows that the notice with a Message-ID, without angle brackets,
// had its outcome in a round, and reveals no other person. A Message-ID that
// the round does not have is [incident.NotFound].
func (s *Store) ProveOutcome(ctx context.Context, incidentID string, round int, messageID string) (ledger.OutcomeProof, error) {
	return s.prove(ctx, incidentID, round, messageID, s.eachOutcome)
}

// ProveBounce shows that the notice with a Message-ID came back, as ProveOutcome
// does. One that did not come back is [incident.NotFound].
func (s *Store) ProveBounce(ctx context.Context, incidentID string, round int, messageID string) (ledger.OutcomeProof, error) {
	return s.prove(ctx, incidentID, round, messageID, s.eachBounce)
}

func (s *Store) prove(
	ctx context.Context, incidentID string, round int, messageID string,
	all func(context.Context, string, int, func(ledger.Outcome)) error,
) (ledger.OutcomeProof, error) {
	var leaves []tlog.Hash
	var found *ledger.Outcome
	var index int64
	err := all(ctx, incidentID, round, func(o ledger.Outcome) {
		if found == nil && o.MessageID == messageID && messageID != "" {
			found, index = &o, int64(len(leaves))
		}
		leaves = append(leaves, tlog.RecordHash(o.Leaf()))
	})
	if err != nil {
		return ledger.OutcomeProof{}, failed("prove an outcome", err)
	}
	if found == nil {
		return ledger.OutcomeProof{}, &incident.Error{Kind: incident.NotFound, Field: "message_id",
			Message: "no such notice of this round has that Message-ID", Expected: "a Message-ID of the list of people, without angle brackets"}
	}
	return ledger.ProveOutcome(*found, index, leaves)
}

// eachOutcome goes through the outcomes of a round in their order, one by one.
func (s *Store) eachOutcome(ctx context.Context, incidentID string, round int, each func(ledger.Outcome)) error {
	rows, err := s.pool.Query(ctx, `
		SELECT coalesce(message_id, ''), state, coalesce(code, 0), settled_at FROM delivery
		WHERE incident = @incident AND round = @round ORDER BY id`,
		pgx.NamedArgs{"incident": incidentID, "round": round})
	if err != nil {
		return err
	}
	var o ledger.Outcome
	var at *time.Time
	_, err = pgx.ForEachRow(rows, []any{&o.MessageID, &o.State, &o.Code, &at}, func() error {
		o.At = moment(at)
		each(o)
		return nil
	})
	return err
}
