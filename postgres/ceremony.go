package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// CeremonyLength is how long an answer is waited for.
const CeremonyLength = 5 * time.Minute

// Ceremony is a question to a browser that waits for its answer: what was asked
// stays on the server, so that an answer counts once, and for one browser.
type Ceremony struct {
	// Purpose is what the answer will be good for. An answer to one question is
	// none to another.
	Purpose string
	// Holder is what the browser keeps, such as the token of its session. The
	// store keeps its hash.
	Holder string
	// Account is who is known already; empty for nobody.
	Account string
	// Data is what is needed to check the answer, JSON.
	Data json.RawMessage
}

// BeginCeremony remembers a question for [CeremonyLength], in place of an
// earlier one of the same purpose and holder. Questions that nobody answered
// are removed.
func (s *Store) BeginCeremony(ctx context.Context, c Ceremony) error {
	if c.Purpose == "" || c.Holder == "" || !json.Valid(c.Data) {
		return failed("begin ceremony", errors.New("a ceremony lacks its purpose, its holder or what is asked"))
	}
	now := s.now()
	return s.transact(ctx, "begin ceremony", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"holder": hashToken(c.Holder), "purpose": c.Purpose, "account": c.Account,
			"data": c.Data, "now": now, "until": now.Add(CeremonyLength)}
		if _, err := tx.Exec(ctx, `DELETE FROM ceremony WHERE expires_at <= @now`, args); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO ceremony (holder, purpose, account, data, expires_at)
			VALUES (@holder, @purpose, nullif(@account, ''), @data, @until)
			ON CONFLICT (holder, purpose) DO UPDATE
			SET account = excluded.account, data = excluded.data, expires_at = excluded.expires_at`, args)
		return err
	})
}

// TakeCeremony gives what was asked and forgets it: whatever the answer, there
// is no second one. What was not asked, was answered or is over is
// [incident.Invalid].
func (s *Store) TakeCeremony(ctx context.Context, purpose, holder string) (Ceremony, error) {
	c := Ceremony{Purpose: purpose, Holder: holder}
	var account *string
	var until time.Time
	err := s.pool.QueryRow(ctx, `
		DELETE FROM ceremony WHERE holder = @holder AND purpose = @purpose RETURNING account, data, expires_at`,
		pgx.NamedArgs{"holder": hashToken(holder), "purpose": purpose}).Scan(&account, &c.Data, &until)
	if err == nil && until.After(s.now()) {
		if account != nil {
			c.Account = *account
		}
		return c, nil
	}
	if optional(err) != nil {
		return Ceremony{}, failed("take ceremony", err)
	}
	return Ceremony{}, incident.InvalidField("answer", "", "answers nothing that was asked in the last five minutes", "a new try")
}
