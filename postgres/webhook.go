package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// MaxWebhooks is how many webhooks an installation may have.
const MaxWebhooks = 50

// FormerSecretFor is how long the secret before signs beside a new one.
const FormerSecretFor = 24 * time.Hour

// States of a webhook.
const (
	// WebhookOn: signals are sent.
	WebhookOn = "on"
	// WebhookOff: a person turned it off; what happens meanwhile is sent once it is on.
	WebhookOff = "off"
	// WebhookFailing: it took nothing for three days and was given up, like off.
	WebhookFailing = "failing"
	// WebhookGone: it answered that it wants nothing any more, like off.
	WebhookGone = "gone"
)

// Webhook is a receiver of signals, without its secrets.
type Webhook struct {
	// ID names it, in the record too.
	ID string `db:"id"`
	// Name says what it is for, in the words of who added it.
	Name string `db:"name"`
	// Host is the host of its address: all of it that may be shown.
	Host string `db:"host"`
	// Form is standard, slack or teams.
	Form string `db:"form"`
	// Locale is the language of messages for people in a chat, such as es.
	Locale string `db:"locale"`
	// Kinds are the kinds of signal it is told, of [incident.SignalKinds].
	Kinds []string `db:"kinds"`
	// State is on, off, failing or gone.
	State string `db:"state"`
	// Tries is how many attempts at the present signal came to nothing.
	Tries int `db:"tries"`
	// FailingSince is when the first of them was, UTC; nil for none.
	FailingSince *time.Time `db:"failing_since"`
	// NextTry is when it is tried again, UTC; nil when nothing waits for it.
	NextTry *time.Time `db:"next_try"`
	// FormerUntil is until when the secret before signs too, UTC; nil for never.
	FormerUntil *time.Time `db:"former_until"`
	// ToldAt is when a person was mailed that it was given up, UTC; nil while nobody was.
	ToldAt *time.Time `db:"told_at"`
	// CreatedAt is when it was added, UTC.
	CreatedAt time.Time `db:"created_at"`
}

// WebhookSecrets is what only who sends needs to know.
type WebhookSecrets struct {
	// Address is where signals are sent.
	Address string `json:"address"`
	// Secret signs them; empty for a form without signature.
	Secret string `json:"secret,omitempty"`
	// Former is the secret before, while it signs too; empty otherwise.
	Former string `json:"former,omitempty"`
}

// NewWebhook is what a webhook is made from. The caller has checked address, host
// and locale.
type NewWebhook struct {
	// Name says what it is for; required, at most 100 bytes.
	Name string
	// Address is where signals are sent, Host its host; when it is changed, both
	// empty leave it as it was.
	Address, Host string
	// Form is one of [incident.WebhookForms]; not changed later.
	Form string
	// Locale is the language of messages for people.
	Locale string
	// Kinds are the kinds of signal, of [incident.SignalKinds]; at least one.
	Kinds []string
	// Secret signs what is sent; empty for a form without signature.
	Secret string
}

const webhookColumns = `id, name, host, form, locale, kinds, state, tries, failing_since, next_try, former_until, told_at, created_at`

func noWebhook() *incident.Error {
	return &incident.Error{Kind: incident.NotFound, Message: "there is no such webhook; the list of webhooks shows their ids"}
}

// Webhooks lists all, the oldest first.
func (s *Store) Webhooks(ctx context.Context) ([]Webhook, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+webhookColumns+` FROM webhook ORDER BY created_at, id`)
	if err != nil {
		return nil, failed("list webhooks", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Webhook])
	for i := range list {
		list[i].inUTC()
	}
	return list, failed("list webhooks", err)
}

// Webhook gives one, or [incident.NotFound].
func (s *Store) Webhook(ctx context.Context, id string) (Webhook, error) {
	w, err := oneWebhook(ctx, s.pool, id)
	return w, failed("read webhook", err)
}

func oneWebhook(ctx context.Context, q querier, id string) (Webhook, error) {
	rows, err := q.Query(ctx, `SELECT `+webhookColumns+` FROM webhook WHERE id = @id`, pgx.NamedArgs{"id": textOnly(id)})
	if err != nil {
		return Webhook{}, err
	}
	w, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Webhook])
	if errors.Is(err, pgx.ErrNoRows) {
		return Webhook{}, noWebhook()
	}
	w.inUTC()
	return w, err
}

// textOnly leaves out of an id of a path what PostgreSQL cannot compare.
func textOnly(id string) string { return strings.ToValidUTF8(strings.ReplaceAll(id, "\x00", ""), "") }

// inUTC gives every instant in UTC.
func (w *Webhook) inUTC() {
	w.CreatedAt = w.CreatedAt.UTC()
	for _, at := range []**time.Time{&w.FailingSince, &w.NextTry, &w.FormerUntil, &w.ToldAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// WebhookSecrets gives a webhook's address and secrets.
func (s *Store) WebhookSecrets(ctx context.Context, id string) (WebhookSecrets, error) {
	secrets, err := s.webhookSecrets(ctx, s.pool, id)
	return secrets, failed("read a webhook's secrets", err)
}

func (s *Store) webhookSecrets(ctx context.Context, q querier, id string) (WebhookSecrets, error) {
	var sealed []byte
	var until *time.Time
	err := q.QueryRow(ctx, `SELECT sealed, former_until FROM webhook WHERE id = @id`, pgx.NamedArgs{"id": id}).Scan(&sealed, &until)
	if errors.Is(err, pgx.ErrNoRows) {
		return WebhookSecrets{}, noWebhook()
	}
	if err != nil {
		return WebhookSecrets{}, err
	}
	plain, err := s.keys.Master.Decrypt(sealed, webhookBinding(id))
	if err != nil {
		return WebhookSecrets{}, fmt.Errorf("open; is this the master key it was made with? %w", err)
	}
	var secrets WebhookSecrets
	if err := json.Unmarshal(plain, &secrets); err != nil {
		return WebhookSecrets{}, errors.New("open: it is not what was sealed") // the error could repeat a secret
	}
	if until == nil || !until.After(s.now()) {
		secrets.Former = ""
	}
	return secrets, nil
}

// webhookBinding keeps what is sealed from being moved to another webhook.
func webhookBinding(id string) []byte { return []byte("tocsin\x00webhook\x00sealed\x00" + id) }

func (s *Store) sealWebhook(id string, secrets WebhookSecrets) ([]byte, error) {
	plain, err := json.Marshal(secrets) //nolint:gosec // they are sealed in the next step
	if err != nil {
		return nil, errors.New("seal a webhook: its secrets cannot be written")
	}
	sealed, err := s.keys.Master.Encrypt(plain, webhookBinding(id))
	if err != nil {
		return nil, fmt.Errorf("seal a webhook: %w", err)
	}
	return sealed, nil
}

func checkWebhook(in NewWebhook) (NewWebhook, error) {
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" || len(in.Name) > 100 || !utf8.ValidString(in.Name) || strings.IndexFunc(in.Name, unicode.IsControl) >= 0 {
		return in, incident.InvalidField("name", "", "is missing or not a name", "what the webhook is for, in at most 100 bytes")
	}
	if !slices.Contains(incident.WebhookForms(), in.Form) {
		return in, incident.InvalidField("form", in.Form, "is not known", incident.Say("one of: %s", strings.Join(incident.WebhookForms(), ", ")))
	}
	expected := incident.Say("at least one of: %s", strings.Join(incident.SignalKinds(), ", "))
	if len(in.Kinds) == 0 {
		return in, incident.InvalidField("kinds", "", "is empty: nothing would be sent", expected)
	}
	in.Kinds = slices.Clone(in.Kinds)
	slices.Sort(in.Kinds)
	in.Kinds = slices.Compact(in.Kinds)
	for _, kind := range in.Kinds {
		if !slices.Contains(incident.SignalKinds(), kind) {
			return in, incident.InvalidField("kinds", kind, "is not a kind of signal", expected)
		}
	}
	return in, nil
}

// AddWebhook adds a receiver and turns it on. It is told what is recorded from now
// on, nothing of before.
func (s *Store) AddWebhook(ctx context.Context, by incident.Actor, in NewWebhook) (Webhook, error) {
	in, err := checkWebhook(in)
	if err != nil {
		return Webhook{}, err
	}
	id := "wh_" + strings.ToLower(rand.Text()[:16])
	sealed, err := s.sealWebhook(id, WebhookSecrets{Address: in.Address, Secret: in.Secret})
	if err != nil {
		return Webhook{}, err
	}
	made := Webhook{ID: id, Name: in.Name, Host: in.Host, Form: in.Form, Locale: in.Locale, Kinds: in.Kinds, State: WebhookOn, CreatedAt: s.now()}
	err = s.changeAccounts(ctx, "add webhook", func(tx pgx.Tx, record recorder) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM webhook`).Scan(&n); err != nil {
			return err
		}
		if n >= MaxWebhooks {
			return incident.Refused(incident.Conflict, "there are %d webhooks already; end one that is no longer used", MaxWebhooks)
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO webhook (id, name, host, form, locale, kinds, sealed, state, next_entry, created_at)
			VALUES (@id, @name, @host, @form, @locale, @kinds, @sealed, 'on', (`+ledgerSize+`), @now)`,
			pgx.NamedArgs{"id": id, "name": in.Name, "host": in.Host, "form": in.Form, "locale": in.Locale, "kinds": in.Kinds,
				"sealed": sealed, "now": made.CreatedAt})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookAdded, Webhook: id, Host: in.Host, Form: in.Form, Kinds: in.Kinds})
	})
	return made, err
}

// changeWebhook does something to one webhook, and records it, in one transaction.
func (s *Store) changeWebhook(ctx context.Context, operation, id string, do func(tx pgx.Tx, now Webhook, record recorder) error) error {
	return s.changeAccounts(ctx, operation, func(tx pgx.Tx, record recorder) error {
		now, err := oneWebhook(ctx, tx, id)
		if err != nil {
			return err
		}
		return do(tx, now, record)
	})
}

// ChangeWebhook gives a webhook another name, language, kinds and, when one is
// given, address. What waits is tried at once.
func (s *Store) ChangeWebhook(ctx context.Context, by incident.Actor, id string, in NewWebhook) error {
	return s.changeWebhook(ctx, "change webhook", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		in.Form = now.Form
		in, err := checkWebhook(in)
		if err != nil {
			return err
		}
		secrets, err := s.webhookSecrets(ctx, tx, id)
		if err != nil {
			return err
		}
		if in.Address == "" {
			in.Address, in.Host = secrets.Address, now.Host
		}
		secrets.Address = in.Address
		sealed, err := s.sealWebhook(id, secrets)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE webhook SET name = @name, host = @host, locale = @locale, kinds = @kinds, sealed = @sealed, next_try = NULL WHERE id = @id`,
			pgx.NamedArgs{"id": id, "name": in.Name, "host": in.Host, "locale": in.Locale, "kinds": in.Kinds, "sealed": sealed})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookChanged, Webhook: id, Host: in.Host, Form: in.Form, Kinds: in.Kinds})
	})
}

// TurnWebhook turns a webhook on or off. One that is turned on goes on where it
// stopped: nothing that was recorded meanwhile is lost. One that is so already
// stays as it is.
func (s *Store) TurnWebhook(ctx context.Context, by incident.Actor, id string, on bool) error {
	state, what := WebhookOff, incident.WebhookOff
	if on {
		state, what = WebhookOn, incident.WebhookOn
	}
	return s.changeWebhook(ctx, "turn webhook", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		if now.State == state {
			return nil
		}
		_, err := tx.Exec(ctx, `
			UPDATE webhook SET state = @state, tries = 0, failing_since = NULL, next_try = NULL, told_at = NULL WHERE id = @id`,
			pgx.NamedArgs{"id": id, "state": state})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: what, Webhook: id})
	})
}

// RotateWebhook gives a webhook a new secret. The one before signs too for
// [FormerSecretFor], so that the receiver can change without losing a signal.
func (s *Store) RotateWebhook(ctx context.Context, by incident.Actor, id, secret string) error {
	return s.changeWebhook(ctx, "rotate a webhook's secret", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		if now.Form != incident.FormStandard {
			return &incident.Error{Kind: incident.Conflict,
				Message: "this form has no secret of its own: the address is the secret; give the webhook another address"}
		}
		secrets, err := s.webhookSecrets(ctx, tx, id)
		if err != nil {
			return err
		}
		secrets.Former, secrets.Secret = secrets.Secret, secret
		sealed, err := s.sealWebhook(id, secrets)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE webhook SET sealed = @sealed, former_until = @until WHERE id = @id`,
			pgx.NamedArgs{"id": id, "sealed": sealed, "until": s.now().Add(FormerSecretFor)})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookRotated, Webhook: id})
	})
}

// TestWebhook records a test, which is then sent like any signal, and has what
// waits tried at once. A webhook that is not on is an [incident.Conflict].
func (s *Store) TestWebhook(ctx context.Context, by incident.Actor, id string) error {
	return s.changeWebhook(ctx, "test webhook", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		if now.State != WebhookOn {
			return &incident.Error{Kind: incident.Conflict, Message: "this webhook is not on: turn it on first"}
		}
		if _, err := tx.Exec(ctx, `UPDATE webhook SET next_try = NULL WHERE id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookTested, Webhook: id})
	})
}

// ReplayWebhook has a webhook told what was recorded from an instant on: again, when
// it was told that already, and nothing of before, when something waits. Each signal
// keeps its id, by which a receiver knows those it has. The instant lies between the
// minute in which the webhook was added and now, or it is [incident.Invalid].
func (s *Store) ReplayWebhook(ctx context.Context, by incident.Actor, id string, from time.Time) error {
	return s.changeWebhook(ctx, "replay a webhook", id, func(tx pgx.Tx, now Webhook, record recorder) error {
		if from.Before(now.CreatedAt.Truncate(time.Minute)) || from.After(s.now()) {
			return incident.InvalidField("from", from.UTC().Format(time.RFC3339), "is no instant of this webhook's life",
				incident.Say("an instant from %s on, when it was added, until now", now.CreatedAt.Format(time.RFC3339)))
		}
		if from.Before(now.CreatedAt) {
			from = now.CreatedAt // it is never told of what was before it
		}
		_, err := tx.Exec(ctx, `
			UPDATE webhook SET tries = 0, failing_since = NULL, next_try = NULL, next_entry = coalesce(
				(SELECT min(l.index) FROM ledger_entry l JOIN event e USING (incident, seq) WHERE e.type = ANY(@types) AND e.recorded_at >= @from),
				(`+ledgerSize+`)) WHERE id = @id`, pgx.NamedArgs{"id": id, "from": from, "types": incident.SignallingEvents()})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookReplayed, Webhook: id, From: from})
	})
}

// EndWebhook removes a webhook with its secrets and its attempts. The record keeps
// that there was one.
func (s *Store) EndWebhook(ctx context.Context, by incident.Actor, id string) error {
	return s.changeWebhook(ctx, "end webhook", id, func(tx pgx.Tx, _ Webhook, record recorder) error {
		if _, err := tx.Exec(ctx, `DELETE FROM webhook WHERE id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		return record(by, incident.ChangeWebhook{What: incident.WebhookEnded, Webhook: id})
	})
}
