package postgres

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// save writes events, projections and keys, and then the entries of the log, in the
// order of the group. The ledger's lock comes last and is held until the commit, so
// that entries become visible in the order of the log; what does not need their
// place is written before it.
func (s *Store) save(ctx context.Context, tx pgx.Tx, group []*recording, now time.Time) error {
	if len(group) == 0 {
		return nil
	}
	var lines []line
	batch := &pgx.Batch{}
	for _, r := range group {
		lines = append(lines, r.lines...)
	}
	if len(lines) > 0 {
		queueEvents(batch, lines)
	}
	for _, r := range group {
		if len(r.lines) == 0 {
			continue
		}
		if err := queueProjections(batch, r.state, storesState(r.version, r.before, r.state.Seq), now); err != nil {
			return err
		}
	}
	queueKeys(batch, group, now)
	if len(lines) == 0 {
		return tx.SendBatch(ctx, batch).Close()
	}
	grown, err := growLedger(ctx, tx, batch, lines)
	if err != nil {
		return err
	}
	batch = &pgx.Batch{}
	grown.queue(batch, lines)
	if last := lines[len(lines)-1]; last.event.Type == incident.EvBundleExported {
		signer, err := s.signer(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.queueCheckpoint(batch, signer, grown.size, grown.root, now); err != nil {
			return err
		}
	}
	return tx.SendBatch(ctx, batch).Close()
}

// queueKeys writes what each command of a group led to under its key.
func queueKeys(batch *pgx.Batch, group []*recording, now time.Time) {
	// What stands in a second case follows from the command on the first.
	group = slices.DeleteFunc(slices.Clone(group), func(r *recording) bool { return r.Command == nil })
	n := len(group)
	workflows, runs, activities := make([]string, n), make([]string, n), make([]string, n)
	incidents, commands := make([]string, n), make([]string, n)
	from, to := make([]int64, n), make([]int64, n)
	for i, r := range group {
		workflows[i], runs[i], activities[i] = r.Key.WorkflowID, r.Key.RunID, r.Key.ActivityID
		incidents[i], commands[i], from[i], to[i] = r.Incident, r.Command.Name(), r.before, r.state.Seq
	}
	recordedNow.queue(batch, pgx.NamedArgs{
		"workflows": workflows, "runs": runs, "activities": activities,
		"incidents": incidents, "commands": commands, "from": from, "to": to, "at": now,
	})
}

var recordedNow = order(`
	INSERT INTO recording (workflow_id, run_id, activity_id, incident, command, after_seq, until_seq, recorded_at)
	SELECT workflow, run, activity, incident, command, after, until, @at
	FROM unnest(@workflows::text[], @runs::text[], @activities::text[], @incidents::text[], @commands::text[],
	            @from::bigint[], @to::bigint[])
	     AS r (workflow, run, activity, incident, command, after, until)`)

func queueEvents(batch *pgx.Batch, lines []line) {
	n := len(lines)
	incidents, seqs, types := make([]string, n), make([]int64, n), make([]string, n)
	ats, recordedAts := make([]time.Time, n), make([]time.Time, n)
	roles, ids, data := make([]string, n), make([]string, n), make([]string, n)
	for i, l := range lines {
		e := l.event
		incidents[i], seqs[i], types[i], ats[i], recordedAts[i] = l.incident, e.Seq, e.Type, e.At, e.RecordedAt
		roles[i], ids[i], data[i] = string(e.Actor.Role), e.Actor.ID, string(l.data)
	}
	events.queue(batch, pgx.NamedArgs{
		"incidents": incidents, "seqs": seqs, "types": types, "ats": ats, "recorded": recordedAts,
		"roles": roles, "ids": ids, "data": data,
	})
}

var events = order(`
	INSERT INTO event (incident, seq, type, at, recorded_at, actor_role, actor_id, data)
	SELECT incident, seq, type, at, recorded_at, role, id, data::json
	FROM unnest(@incidents::text[], @seqs::bigint[], @types::text[], @ats::timestamptz[], @recorded::timestamptz[],
	            @roles::text[], @ids::text[], @data::text[])
	     AS e (incident, seq, type, at, recorded_at, role, id, data)`)

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
		                      due_at, people, next_action, next_by, urgency, seq, listed_seq, register_seq, notified_seconds, notified_late,
		                      vendor_id, vendor_hours, received_at, detected_at, state_version, state)
		VALUES (@id, @number, @title, @vendor, @stage, @authority, @zone, @exercise, @clock, @opened_at, @closed_at,
		        @due_at, @people, @next_action, @next_by, @urgency, @seq, @seq, @seq, @notified_seconds, @notified_late,
		        @vendor_id, @vendor_hours, @received_at, @detected_at, @state_version, @state)
		ON CONFLICT (id) DO UPDATE SET
			stage = excluded.stage, closed_at = excluded.closed_at, due_at = excluded.due_at, people = excluded.people,
			next_action = excluded.next_action, next_by = excluded.next_by, urgency = excluded.urgency, seq = excluded.seq, vendor_id = excluded.vendor_id,
			vendor_hours = excluded.vendor_hours, received_at = excluded.received_at, detected_at = excluded.detected_at,
			listed_seq = excluded.listed_seq, register_seq = excluded.register_seq, notified_seconds = excluded.notified_seconds, notified_late = excluded.notified_late`+replaced,
		pgx.NamedArgs{
			"id": state.ID, "number": state.Number, "title": state.Disclosure.Title, "vendor": state.Disclosure.Vendor,
			"stage": summary.Stage, "authority": state.Disclosure.Authority, "zone": state.Disclosure.Zone,
			"exercise": state.Disclosure.Exercise != nil, "clock": state.Clock,
			"opened_at": state.OpenedAt, "closed_at": instant(state.ClosedAt), "due_at": instant(summary.Due),
			"people": people, "next_action": summary.Next.Text, "next_by": summary.Next.Waits, "urgency": urgency(state, summary),
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
