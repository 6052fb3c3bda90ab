package postgres

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
)

// save writes the lines, the ledger, the projections and the key. The ledger's
// lock comes last and is held until the commit, so that entries become visible
// in the order of the log.
func (s *Store) save(ctx context.Context, tx pgx.Tx, in Recording, to prior, after int64, lines []line, now time.Time) error {
	state, batch := to.state, &pgx.Batch{}
	if len(lines) > 0 {
		grown, err := growLedger(ctx, tx, lines)
		if err != nil {
			return err
		}
		queueEvents(batch, in.Incident, lines)
		grown.queue(batch, in.Incident, lines)
		if err := queueProjections(batch, state, storesState(to.version, after, state.Seq), now); err != nil {
			return err
		}
		if last := lines[len(lines)-1]; last.event.Type == incident.EvBundleExported {
			signer, err := s.signer(ctx, tx)
			if err != nil {
				return err
			}
			if err := s.queueCheckpoint(batch, signer, grown.size, grown.root, now); err != nil {
				return err
			}
		}
	}
	batch.Queue(`
		INSERT INTO recording (workflow_id, run_id, activity_id, incident, command, after_seq, until_seq, recorded_at)
		VALUES (@workflow, @run, @activity, @incident, @command, @after, @until, @at)`,
		pgx.NamedArgs{
			"workflow": in.Key.WorkflowID, "run": in.Key.RunID, "activity": in.Key.ActivityID,
			"incident": in.Incident, "command": in.Command.Name(), "after": after, "until": state.Seq, "at": now,
		})
	return tx.SendBatch(ctx, batch).Close()
}

func queueEvents(batch *pgx.Batch, id string, lines []line) {
	n := len(lines)
	seqs, types := make([]int64, n), make([]string, n)
	ats, recordedAts := make([]time.Time, n), make([]time.Time, n)
	roles, ids, data := make([]string, n), make([]string, n), make([]string, n)
	for i, l := range lines {
		e := l.event
		seqs[i], types[i], ats[i], recordedAts[i] = e.Seq, e.Type, e.At, e.RecordedAt
		roles[i], ids[i], data[i] = string(e.Actor.Role), e.Actor.ID, string(l.data)
	}
	batch.Queue(`
		INSERT INTO event (incident, seq, type, at, recorded_at, actor_role, actor_id, data)
		SELECT @incident, seq, type, at, recorded_at, role, id, data::json
		FROM unnest(@seqs::bigint[], @types::text[], @ats::timestamptz[], @recorded::timestamptz[],
		            @roles::text[], @ids::text[], @data::text[])
		     AS e (seq, type, at, recorded_at, role, id, data)`,
		pgx.NamedArgs{
			"incident": id, "seqs": seqs, "types": types, "ats": ats, "recorded": recordedAts,
			"roles": roles, "ids": ids, "data": data,
		})
}

// growth is what the lines add to the ledger.
type growth struct {
	before, size int64 // entries before and after
	hashes       []tlog.Hash
	root         tlog.Hash
}

// growLedger takes the ledger's lock and computes the hashes that come with
// further entries.
func growLedger(ctx context.Context, tx pgx.Tx, lines []line) (growth, error) {
	var g growth
	batch := &pgx.Batch{}
	batch.Queue(takeLedger, lockLedger)
	batch.Queue(ledgerSize).QueryRow(func(row pgx.Row) error { return row.Scan(&g.before) })
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return growth{}, err
	}
	leaves := make([][]byte, len(lines))
	for i, l := range lines {
		leaves[i] = l.entry
	}
	var err error
	g.size, g.hashes, g.root, err = ledger.Append(g.before, leaves, hashReader(ctx, tx))
	return g, err
}

func (g growth) queue(batch *pgx.Batch, id string, lines []line) {
	seqs, entries := make([]int64, len(lines)), make([][]byte, len(lines))
	for i, l := range lines {
		seqs[i], entries[i] = l.event.Seq, l.entry
	}
	batch.Queue(`
		INSERT INTO ledger_entry (index, incident, seq, entry)
		SELECT @before + ordinality - 1, @incident, seq, entry
		FROM unnest(@seqs::bigint[], @entries::bytea[]) WITH ORDINALITY AS e (seq, entry, ordinality)`,
		pgx.NamedArgs{"before": g.before, "incident": id, "seqs": seqs, "entries": entries})
	hashes := make([][]byte, len(g.hashes))
	for i := range g.hashes {
		hashes[i] = g.hashes[i][:]
	}
	batch.Queue(`
		INSERT INTO ledger_hash (position, hash)
		SELECT @first + ordinality - 1, hash FROM unnest(@hashes::bytea[]) WITH ORDINALITY AS h (hash, ordinality)`,
		pgx.NamedArgs{"first": ledger.FirstHash(g.before), "hashes": hashes})
	// Told when it is committed, to whoever listens.
	batch.Queue(`SELECT pg_notify(@channel, @incident)`, pgx.NamedArgs{"channel": recordChannel, "incident": id})
}

// queueProjections brings the tables that pages and senders read to the state,
// and stores the state itself if asked to.
func queueProjections(batch *pgx.Batch, state *incident.State, store bool, now time.Time) error {
	stored, replaced := []byte("{}"), "" // of a row that is there the old one stays
	if store {
		var err error
		if stored, err = encodeState(state); err != nil {
			return err
		}
		replaced = ", state_version = excluded.state_version, state = excluded.state"
	}
	summary := state.Summarize(now)
	var vendor incident.VendorTerms
	if linked := state.Disclosure.VendorRecord; linked != nil {
		vendor = *linked
	}
	seconds, late := notified(state)
	people := 0
	n := len(state.Rounds)
	rounds, statuses, kinds, scopes := make([]int, n), make([]string, n), make([]string, n), make([]string, n)
	for i, r := range state.Rounds {
		people += r.People()
		rounds[i], statuses[i], kinds[i], scopes[i] = r.N, r.Status, r.To(), r.Scope
	}
	batch.Queue(`
		INSERT INTO incident (id, number, title, vendor, stage, authority, zone, exercise, clock, opened_at, closed_at,
		                      due_at, people, next_action, urgency, seq, listed_seq, register_seq, notified_seconds, notified_late,
		                      vendor_id, vendor_hours, received_at, detected_at, state_version, state)
		VALUES (@id, @number, @title, @vendor, @stage, @authority, @zone, @exercise, @clock, @opened_at, @closed_at,
		        @due_at, @people, @next_action, @urgency, @seq, @seq, @seq, @notified_seconds, @notified_late,
		        @vendor_id, @vendor_hours, @received_at, @detected_at, @state_version, @state)
		ON CONFLICT (id) DO UPDATE SET
			stage = excluded.stage, closed_at = excluded.closed_at, due_at = excluded.due_at, people = excluded.people,
			next_action = excluded.next_action, urgency = excluded.urgency, seq = excluded.seq, vendor_id = excluded.vendor_id,
			vendor_hours = excluded.vendor_hours, received_at = excluded.received_at, detected_at = excluded.detected_at,
			listed_seq = excluded.listed_seq, register_seq = excluded.register_seq, notified_seconds = excluded.notified_seconds, notified_late = excluded.notified_late`+replaced,
		pgx.NamedArgs{
			"id": state.ID, "number": state.Number, "title": state.Disclosure.Title, "vendor": state.Disclosure.Vendor,
			"stage": summary.Stage, "authority": state.Disclosure.Authority, "zone": state.Disclosure.Zone,
			"exercise": state.Disclosure.Exercise != nil, "clock": state.Clock,
			"opened_at": state.OpenedAt, "closed_at": instant(state.ClosedAt), "due_at": instant(summary.Due),
			"people": people, "next_action": summary.Next.Text, "urgency": urgency(state, summary),
			"vendor_id": vendor.ID, "vendor_hours": vendor.ContractHours,
			"received_at": instant(state.Disclosure.ReceivedAt), "detected_at": instant(state.Disclosure.ProcessorDetectedAt),
			"seq": state.Seq, "notified_seconds": seconds, "notified_late": late, "state_version": stateVersion, "state": string(stored),
		})
	if err := queueDuties(batch, state); err != nil {
		return err
	}
	if err := queueRegister(batch, state); err != nil {
		return err
	}
	if len(rounds) > 0 {
		batch.Queue(`
			INSERT INTO mailing AS m (incident, round, status, kind, scope)
			SELECT @incident, round, status, kind, scope
			FROM unnest(@rounds::int[], @statuses::text[], @kinds::text[], @scopes::text[]) AS r (round, status, kind, scope)
			ON CONFLICT (incident, round) DO UPDATE SET status = excluded.status WHERE m.status <> excluded.status`,
			pgx.NamedArgs{"incident": state.ID, "rounds": rounds, "statuses": statuses, "kinds": kinds, "scopes": scopes})
	}
	return nil
}

// urgency orders the list of incidents, smaller first: open ones by their real
// deadline, then open ones without one, oldest first, then closed ones, the
// latest first. Microseconds since 1970 stay far below the steps between.
func urgency(state *incident.State, summary incident.Summary) int64 {
	const undated, closed = math.MaxInt64 / 4, math.MaxInt64 / 2
	switch {
	case state.IsClosed():
		return closed - state.Clock.Real(state.ClosedAt).UnixMicro()
	case summary.Due.IsZero():
		return undated + state.Clock.Real(state.OpenedAt).UnixMicro()
	}
	return state.Clock.Real(summary.Due).UnixMicro()
}

// instant gives NULL for no instant.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
