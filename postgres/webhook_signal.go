package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

const (
	// signalsAtOnce is how many entries of the log are looked at together.
	signalsAtOnce = 200
	// keptAttempts is how many attempts are kept for each webhook.
	keptAttempts = 100
)

// Pending is a signal that waits for a webhook.
type Pending struct {
	// Entry is its place in the log.
	Entry int64
	// Incident is the incident's id; empty for one that concerns none.
	Incident string
	// At is when it happened, in the incident's own time, UTC; RecordedAt when it
	// was recorded, real time, UTC.
	At, RecordedAt time.Time
	// Signal is what is told.
	Signal incident.Signal
}

// Attempt is one attempt to send a signal.
type Attempt struct {
	// Entry is the signal's place in the log.
	Entry int64 `db:"entry"`
	// Kind is the kind of signal, such as deadline.warned.
	Kind string `db:"kind"`
	// Incident is the incident's id; empty for none.
	Incident string `db:"incident"`
	// At is when it was made, UTC.
	At time.Time `db:"at"`
	// Result is what came of it in a word, such as delivered or timeout.
	Result string `db:"result"`
	// Status is the status of the answer; 0 without one.
	Status int `db:"status"`
	// TookMS is how long it took, in milliseconds.
	TookMS int `db:"took_ms"`
}

// NextSignal gives the first signal that a webhook has not been told, and whether
// there is one. What does not concern it is passed over for good.
func (s *Store) NextSignal(ctx context.Context, id string) (Pending, bool, error) {
	for {
		p, found, more, err := s.nextSignal(ctx, id)
		if err != nil || found || !more {
			return p, found, failed("read the next signal", err)
		}
	}
}

// nextSignal looks at some entries of the log. more says that there are further
// ones to look at.
func (s *Store) nextSignal(ctx context.Context, id string) (p Pending, found, more bool, err error) {
	var from, size int64
	var kinds []string
	// Entries become visible in the order of the log: below its size none is missing.
	err = s.pool.QueryRow(ctx, `SELECT next_entry, kinds, (`+ledgerSize+`) FROM webhook WHERE id = @id`, pgx.NamedArgs{"id": id}).
		Scan(&from, &kinds, &size)
	if errors.Is(err, pgx.ErrNoRows) {
		return Pending{}, false, false, noWebhook()
	}
	if err != nil || from >= size {
		return Pending{}, false, false, err
	}
	until := min(from+signalsAtOnce, size)
	rows, err := s.pool.Query(ctx, `
		SELECT l.index, e.incident, e.type, e.at, e.recorded_at, e.data
		FROM ledger_entry l JOIN event e USING (incident, seq)
		WHERE l.index >= @from AND l.index < @until AND e.type = ANY(@types) ORDER BY l.index`,
		pgx.NamedArgs{"from": from, "until": until, "types": incident.SignallingEvents()})
	if err != nil {
		return Pending{}, false, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var raw []byte
		if err := rows.Scan(&p.Entry, &p.Incident, &name, &p.At, &p.RecordedAt, &raw); err != nil {
			return Pending{}, false, false, err
		}
		data, err := incident.DecodeData(name, raw)
		if err != nil {
			return Pending{}, false, false, err
		}
		var told bool
		if p.Signal, told = incident.SignalOf(data); told && p.Signal.Reaches(id, kinds) {
			found = true
			break
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return Pending{}, false, false, err
	}
	next := until
	if found {
		next = p.Entry
		p.At, p.RecordedAt = p.At.UTC(), p.RecordedAt.UTC()
		if p.Incident == incident.InstallationID {
			p.Incident = ""
		}
	}
	moved, err := s.pool.Exec(ctx, `UPDATE webhook SET next_entry = @next WHERE id = @id AND next_entry = @from`,
		pgx.NamedArgs{"id": id, "next": next, "from": from})
	if err != nil || moved.RowsAffected() == 0 {
		return Pending{}, false, true, err // another moved the mark meanwhile: look again from there
	}
	return p, found, until < size, nil
}

// SettleAttempt notes an attempt. When the signal was delivered the next one
// follows; otherwise it is tried again from nextTry on, and how often it has come to
// nothing is counted. Where a person has it told from elsewhere meanwhile, only the
// attempt is noted.
func (s *Store) SettleAttempt(ctx context.Context, id string, a Attempt, delivered bool, nextTry time.Time) error {
	return s.transact(ctx, "note an attempt at a webhook", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"id": id, "entry": a.Entry, "kind": a.Kind, "incident": a.Incident, "at": a.At, "result": a.Result,
			"status": a.Status, "took": a.TookMS, "kept": keptAttempts, "next": instant(nextTry)}
		update := `UPDATE webhook SET tries = tries + 1, failing_since = coalesce(failing_since, @at), next_try = @next
			WHERE id = @id AND next_entry = @entry`
		if delivered {
			update = `UPDATE webhook SET next_entry = @entry + 1, tries = 0, failing_since = NULL, next_try = NULL
				WHERE id = @id AND next_entry = @entry`
		}
		if _, err := tx.Exec(ctx, update, args); err != nil {
			return err
		}
		// A webhook that was ended meanwhile has no attempts any more.
		if _, err := tx.Exec(ctx, `
			INSERT INTO webhook_attempt (webhook, entry, kind, incident, at, result, status, took_ms)
			SELECT id, @entry, @kind, @incident, @at, @result, @status, @took FROM webhook WHERE id = @id FOR KEY SHARE`, args); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			DELETE FROM webhook_attempt WHERE webhook = @id AND id <= (
				SELECT id FROM webhook_attempt WHERE webhook = @id ORDER BY id DESC OFFSET @kept LIMIT 1)`, args)
		return err
	})
}

// Attempts lists the last attempts at a webhook, the latest first.
func (s *Store) Attempts(ctx context.Context, id string) ([]Attempt, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT entry, kind, incident, at, result, status, took_ms FROM webhook_attempt WHERE webhook = @id ORDER BY id DESC`,
		pgx.NamedArgs{"id": textOnly(id)})
	if err != nil {
		return nil, failed("list attempts", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Attempt])
	for i := range list {
		list[i].At = list[i].At.UTC()
	}
	return list, failed("list attempts", err)
}

// StopWebhook records that a webhook is given up: [incident.WebhookFailing] or
// [incident.WebhookGone]. One that is not on any more stays as it is.
func (s *Store) StopWebhook(ctx context.Context, id, what string) error {
	return s.changeWebhook(ctx, "stop webhook", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		if now.State != WebhookOn {
			return nil
		}
		state := WebhookFailing
		if what == incident.WebhookGone {
			state = WebhookGone
		}
		_, err := tx.Exec(ctx, `UPDATE webhook SET state = @state, next_try = NULL WHERE id = @id`, pgx.NamedArgs{"id": id, "state": state})
		if err != nil {
			return err
		}
		return record(incident.Engine(), incident.ChangeWebhook{What: what, Webhook: id})
	})
}

// WebhookTold notes that a person was mailed that a webhook is given up.
func (s *Store) WebhookTold(ctx context.Context, id string) error {
	_, err := s.pool.Exec(ctx, `UPDATE webhook SET told_at = @now WHERE id = @id`, pgx.NamedArgs{"id": id, "now": s.now()})
	return failed("note that a webhook's end was told", err)
}

// WebhooksDue gives the webhooks for which something is to be done now: a signal
// waits, or a person is to be told that one was given up.
func (s *Store) WebhooksDue(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id, state FROM webhook
		WHERE state = 'on' AND (next_try IS NULL OR next_try <= @now) OR state IN ('failing', 'gone') AND told_at IS NULL
		ORDER BY id`, pgx.NamedArgs{"now": s.now()})
	if err != nil {
		return nil, failed("list webhooks that are due", err)
	}
	type row struct{ ID, State string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, failed("list webhooks that are due", err)
	}
	var due []string
	for _, w := range list {
		if w.State == WebhookOn {
			_, found, err := s.NextSignal(ctx, w.ID)
			if err != nil && incident.KindOf(err) != incident.NotFound {
				return nil, err
			}
			if !found {
				continue
			}
		}
		due = append(due, w.ID)
	}
	return due, nil
}
