package postgres

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// ListedDuty is a running duty in the list of all cases.
type ListedDuty struct {
	// Incident is the id of the case, Number its human number, Title its name.
	Incident, Number, Title string
	// Zone is the IANA name of the zone in which the case's instants are shown.
	Zone string
	// Exercise says whether the case is a drill.
	Exercise bool
	// Clock maps real time to the case's own.
	Clock incident.Clock
	// Real is the last instant in time, real time, UTC.
	Real time.Time
	// Duty is the duty.
	Duty incident.RunningDuty
}

// cursor names the place of a duty in the list.
func (d *ListedDuty) cursor() string {
	drill := "0"
	if d.Exercise {
		drill = "1"
	}
	return strings.Join([]string{drill, strconv.FormatInt(d.Real.UnixMicro(), 10), strconv.Itoa(d.Duty.N), d.Incident}, ".")
}

// RunningDuties lists the duties of open cases whose clocks run, those due first
// before the others and those of drills last, at most limit of them. after is
// empty, or what an earlier page gave as next; next is empty on the last page.
func (s *Store) RunningDuties(ctx context.Context, after string, limit int) (list []ListedDuty, next string, err error) {
	args := pgx.NamedArgs{"first": after == "", "limit": limit + 1, "exercise": false, "due": time.Time{}, "incident": "", "obligation": 0}
	if after != "" {
		if err := readCursor(after, args); err != nil {
			return nil, "", err
		}
	}
	if err := listOlder(ctx, s.pool); err != nil {
		return nil, "", failed("list duties", err)
	}
	rows, err := s.pool.Query(ctx, `
		SELECT d.incident, i.number, i.title, i.zone, d.exercise, i.clock, d.due_at, d.duty
		FROM running_duty d JOIN incident i ON i.id = d.incident
		WHERE @first OR (d.exercise, d.due_at, d.incident, d.obligation) > (@exercise, @due, @incident, @obligation)
		ORDER BY d.exercise, d.due_at, d.incident, d.obligation
		LIMIT @limit`, args)
	if err != nil {
		return nil, "", failed("list duties", err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ListedDuty, error) {
		var d ListedDuty
		err := row.Scan(&d.Incident, &d.Number, &d.Title, &d.Zone, &d.Exercise, &d.Clock, &d.Real, &d.Duty)
		d.Real = d.Real.UTC()
		return d, err
	})
	if err != nil {
		return nil, "", failed("list duties", err)
	}
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].cursor()
	}
	return list, next, nil
}

// readCursor reads the place after which a list goes on.
func readCursor(after string, args pgx.NamedArgs) error {
	wrong := incident.InvalidField("after", "", "is not a place in the list of deadlines", "the address of a further page")
	part := strings.SplitN(after, ".", 4)
	if len(part) != 4 || len(after) > 128 || part[0] != "0" && part[0] != "1" || strings.ContainsAny(part[3], "\x00\uFFFD") {
		return wrong
	}
	due, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || due < -1<<55 || due > 1<<55 {
		return wrong
	}
	n, err := strconv.ParseInt(part[2], 10, 32)
	if err != nil {
		return wrong
	}
	args["exercise"], args["due"], args["obligation"], args["incident"] = part[0] == "1", time.UnixMicro(due).UTC(), n, part[3]
	return nil
}

// queueDuties brings the list of running duties to a state.
func queueDuties(batch *pgx.Batch, state *incident.State) error {
	duties := state.RunningDuties()
	n := len(duties)
	numbers, due, texts := make([]int, n), make([]time.Time, n), make([]string, n)
	for i, d := range duties {
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		numbers[i], due[i], texts[i] = d.N, state.Clock.Real(d.DueAt), string(text)
	}
	batch.Queue(`
		WITH over AS (DELETE FROM running_duty WHERE incident = @incident AND obligation <> ALL (@numbers::int[]))
		INSERT INTO running_duty AS d (incident, obligation, exercise, due_at, duty)
		SELECT @incident, n, @exercise, due, duty::json
		FROM unnest(@numbers::int[], @due::timestamptz[], @duties::text[]) AS l (n, due, duty)
		ON CONFLICT (incident, obligation) DO UPDATE SET due_at = excluded.due_at, duty = excluded.duty
		WHERE d.due_at <> excluded.due_at OR d.duty::text <> excluded.duty::text`,
		pgx.NamedArgs{"incident": state.ID, "exercise": state.Disclosure.Exercise != nil, "numbers": numbers, "due": due, "duties": texts})
	return nil
}

// listOlder writes what lists and the register need of cases that a program of
// before them recorded last.
func listOlder(ctx context.Context, q listed) error {
	rows, err := q.Query(ctx, `SELECT id FROM incident WHERE untold ORDER BY closed_at IS NOT NULL, id`)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := pgx.BeginFunc(ctx, q, func(tx pgx.Tx) error { return listOne(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// listed is what listOlder needs: a pool or a connection.
type listed interface {
	querier
	Begin(ctx context.Context) (pgx.Tx, error)
}

func listOne(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, lockIncident, incidentLock(id)); err != nil {
		return err
	}
	var row stateRow
	if err := row.scan(tx.QueryRow(ctx, stateQuery, stateArgs(id, heldState{}))); err != nil {
		return err
	}
	present, err := loadState(ctx, tx, id, heldState{}, row)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	if err := queueListed(batch, present.state); err != nil {
		return err
	}
	return tx.SendBatch(ctx, batch).Close()
}

// queueListed brings what lists need of a case to its state.
func queueListed(batch *pgx.Batch, state *incident.State) error {
	seconds, late := notified(state)
	batch.Queue(`UPDATE incident SET notified_seconds = @seconds, notified_late = @late, listed_seq = @seq, register_seq = @seq WHERE id = @id`,
		pgx.NamedArgs{"id": state.ID, "seq": state.Seq, "seconds": seconds, "late": late})
	if err := queueDuties(batch, state); err != nil {
		return err
	}
	return queueRegister(batch, state)
}

// notified is how the first notification of a case went; nil before.
func notified(state *incident.State) (seconds *int64, late *bool) {
	after, inTime, ok := state.Notified()
	if !ok {
		return nil, nil
	}
	took, missed := int64(after/time.Second), !inTime
	return &took, &missed
}
