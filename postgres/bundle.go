package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// Bundle writes what an authority receives and can verify offline: the entries
// of an incident up to its last seal, their proofs, and the documents that it
// names. The caller has recorded [incident.SealBundle] before; the seal fixes
// the bundle, so that writing it again gives the same bytes.
//
// An incident that was never sealed is an [incident.Conflict]. An error leaves
// a part in w that must be thrown away.
func (s *Store) Bundle(ctx context.Context, incidentID string, w io.Writer) error {
	source, err := s.bundleSource(ctx, incidentID, nil)
	if err != nil {
		return failed("write bundle", err)
	}
	return failed("write bundle", ledger.WriteBundle(ctx, w, source))
}

// seal is where an incident was sealed last.
type seal struct {
	seq, index int64
	data       []byte
}

func (s *Store) bundleSource(ctx context.Context, id string, people *incident.BundlePeople) (ledger.BundleSource, error) {
	last, err := lastSeal(ctx, s.pool, id)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	events, err := readEvents(ctx, s.pool, id, 0, last.seq)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	head, files, err := s.bundleHead(ctx, s.pool, id, incident.Fold(events), last.seq)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	rotations, err := s.bundleBefore(ctx, s.pool, &head, last.index)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	head.People = peopleInHead(people)
	expected, err := head.SealData()
	if err != nil {
		return ledger.BundleSource{}, err
	}
	if !bytes.Equal(expected, last.data) {
		return ledger.BundleSource{}, &incident.Error{Kind: incident.Conflict,
			Message: "the documents of this incident were erased, Tocsin was updated, or another bundle was exported since the bundle was sealed: export it again"}
	}
	checkpoint, err := storedCheckpoint(ctx, s.pool, last.index+1)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	past, err := checkpointNotes(ctx, s.pool, head.History)
	if err != nil {
		return ledger.BundleSource{}, err
	}
	return ledger.BundleSource{
		Head: head, Rotations: entriesOf(rotations), Checkpoint: checkpoint, Past: past, Leaves: s.leaves(ctx, id, last.seq), Hashes: hashReader(ctx, s.pool),
		Open: func(ctx context.Context, a ledger.Attachment) (io.ReadCloser, error) {
			_, content, err := s.Document(ctx, id, files[a.SHA256])
			if err != nil {
				return nil, err
			}
			return io.NopCloser(bytes.NewReader(content)), nil
		},
	}, nil
}

func lastSeal(ctx context.Context, q querier, id string) (seal, error) {
	var found seal
	err := q.QueryRow(ctx, `
		SELECT e.seq, l.index, e.data
		FROM event e JOIN ledger_entry l USING (incident, seq)
		WHERE e.incident = @incident AND e.type = @type
		ORDER BY e.seq DESC LIMIT 1`,
		pgx.NamedArgs{"incident": id, "type": incident.EvBundleExported}).Scan(&found.seq, &found.index, &found.data)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal{}, &incident.Error{Kind: incident.Conflict, Message: "nothing was sealed for a bundle yet: export the bundle through the incident"}
	}
	return found, err
}

// sealData gives the data of the event that seals a bundle as entry number
// seq: it names the manifest, so that no document and no earlier checkpoint can
// be left out later. It takes the ledger's lock: the seal's place in the log, and
// the checkpoints before it, are certain from then on.
func (s *Store) sealData(ctx context.Context, tx pgx.Tx, id string, state *incident.State, seq int64, people *incident.BundlePeople) (json.RawMessage, error) {
	if _, err := tx.Exec(ctx, takeLedger, lockLedger); err != nil {
		return nil, err
	}
	var size int64
	if err := tx.QueryRow(ctx, ledgerSize).Scan(&size); err != nil {
		return nil, err
	}
	head, _, err := s.bundleHead(ctx, tx, id, state, seq)
	if err != nil {
		return nil, err
	}
	if _, err := s.bundleBefore(ctx, tx, &head, size); err != nil {
		return nil, err
	}
	head.People = peopleInHead(people)
	return head.SealData()
}

// bundleBefore writes into the head of a bundle what the log tells before the seal's
// place: the checkpoints, who confirmed them, and the keys. It gives the entries of the
// keys.
func (s *Store) bundleBefore(ctx context.Context, q querier, head *ledger.BundleHead, place int64) (rotations []rotation, err error) {
	if head.History, err = earlierCheckpoints(ctx, q, head.Incident, place); err != nil {
		return nil, err
	}
	if head.Confirmations, err = confirmationsBefore(ctx, q, head.History, place); err != nil {
		return nil, err
	}
	if head.Key, rotations, err = s.ledgerKey(ctx, q, place); err != nil {
		return nil, err
	}
	head.Rotations = placesOf(rotations)
	return rotations, nil
}

// bundleHead describes the bundle that ends with entry number seq, and tells
// which document holds each file. Documents that the store does not hold, or
// can no longer read, are named in the entries and do not travel.
func (s *Store) bundleHead(ctx context.Context, q querier, id string, state *incident.State, seq int64) (ledger.BundleHead, map[string]string, error) {
	head := ledger.BundleHead{Incident: id, Origin: s.keys.Origin, Entries: seq}
	named := make([]string, len(state.Documents))
	for i, d := range state.Documents {
		named[i] = d.ID
	}
	rows, err := q.Query(ctx, `
		SELECT d.id, d.name, d.sha256, d.size
		FROM document d JOIN incident_key k USING (incident)
		WHERE d.incident = @incident AND d.id = ANY (@named) AND k.erased_at IS NULL
		UNION ALL
		SELECT p.id, p.name, p.sha256, p.size FROM paper p JOIN incident_key k USING (incident)
		WHERE p.incident = @papers AND p.id = ANY (@named) AND k.erased_at IS NULL
		  AND EXISTS (SELECT FROM incident_key WHERE incident = @incident AND erased_at IS NOT NULL)
		ORDER BY 1`, pgx.NamedArgs{"incident": id, "papers": papersOf(id), "named": named})
	if err != nil {
		return head, nil, err
	}
	files := make(map[string]string)
	stored, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.Attachment, error) {
		var document string
		var a ledger.Attachment
		if err := row.Scan(&document, &a.Name, &a.SHA256, &a.Size); err != nil {
			return a, err
		}
		files[a.SHA256] = document
		return a, nil
	})
	if err != nil {
		return head, nil, err
	}
	for _, a := range stored {
		if !slices.Contains(head.Attachments, a) { // one file may be stored under two media types
			head.Attachments = append(head.Attachments, a)
		}
	}
	return head, files, nil
}

// earlierCheckpoints gives the sizes of the checkpoints that travel with a seal
// at this place of the log: the last one that was signed before the incident
// began, and those since. Of very many, the first, the last and evenly spaced
// ones between them travel.
func earlierCheckpoints(ctx context.Context, q querier, id string, seal int64) ([]int64, error) {
	rows, err := q.Query(ctx, `
		WITH first AS (SELECT coalesce(min(index), 0) AS index FROM ledger_entry WHERE incident = @incident)
		SELECT size FROM checkpoint, first
		WHERE size > 0 AND size <= @seal
		  AND size >= coalesce((SELECT max(size) FROM checkpoint WHERE size <= first.index), 0)
		ORDER BY size`, pgx.NamedArgs{"incident": id, "seal": seal})
	if err != nil {
		return nil, err
	}
	sizes, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(sizes) <= ledger.MaxHistory {
		return sizes, err
	}
	some := make([]int64, ledger.MaxHistory)
	for i := range some {
		some[i] = sizes[i*(len(sizes)-1)/(len(some)-1)]
	}
	return some, nil
}

// checkpointNotes gives the signed checkpoints of these ascending sizes.
func checkpointNotes(ctx context.Context, q querier, sizes []int64) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT note FROM checkpoint WHERE size = ANY (@sizes) ORDER BY size`, pgx.NamedArgs{"sizes": sizes})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// leaves yields the lines of an incident up to a number, in batches, so that a
// long case does not have to fit into memory.
func (s *Store) leaves(ctx context.Context, id string, until int64) iter.Seq2[ledger.Leaf, error] {
	const size = 500
	return func(yield func(ledger.Leaf, error) bool) {
		for after := int64(0); after < until; after += size {
			batch, err := s.leafBatch(ctx, id, after, min(after+size, until))
			if err != nil {
				yield(ledger.Leaf{}, err)
				return
			}
			for _, leaf := range batch {
				if !yield(leaf, nil) {
					return
				}
			}
		}
	}
}

func (s *Store) leafBatch(ctx context.Context, id string, after, until int64) ([]ledger.Leaf, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT index, entry FROM ledger_entry
		WHERE incident = @incident AND seq > @after AND seq <= @until ORDER BY seq`,
		pgx.NamedArgs{"incident": id, "after": after, "until": until})
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (leaf ledger.Leaf, err error) {
		return leaf, row.Scan(&leaf.Index, &leaf.Entry)
	})
}
