package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Kinds of mail to the holder of an account.
const (
	// MailInvitation carries a link that sets the first password.
	MailInvitation = "invitation"
	// MailReset carries a link that sets a new password.
	MailReset = "reset"
	// MailChanged tells that the password was changed.
	MailChanged = "changed"
	// MailTest is a test that its reader asked for.
	MailTest = "test"
)

// mailsAccess says whether a kind of mail tells that the ways to open an account
// changed: its name is then that of what happened.
func mailsAccess(kind string) bool {
	switch kind {
	case incident.AccountPasskeyAdded, incident.AccountPasskeyRemoved, incident.AccountFactorOn, incident.AccountFactorOff,
		incident.AccountTokenCreated, incident.AccountTokenRevoked, incident.AccountSignOnLinked, incident.AccountSignOnUnlinked:
		return true
	}
	return false
}

// opensSomething says whether a kind of mail carries a link that does something.
func opensSomething(kind string) bool { return kind == MailInvitation || kind == MailReset }

// InvitationLife is how long the link of an invitation works.
const InvitationLife = 72 * time.Hour

// AccountMail is one mail to the holder of an account.
type AccountMail struct {
	// ID names the mail. It opens nothing.
	ID string `db:"id"`
	// Kind is one of the Mail constants, or what happened to the account, such as
	// [incident.AccountPasskeyAdded].
	Kind string `db:"kind"`
	// Account is the account's id.
	Account string `db:"account"`
	// MadeAt is when it was decided, UTC.
	MadeAt time.Time `db:"made_at"`
	// ExpiresAt is when its link ends, or when it is no longer worth sending, UTC.
	ExpiresAt time.Time `db:"expires_at"`
	// SentAt is when the relay took it, UTC; nil while it has not.
	SentAt *time.Time `db:"sent_at"`
	// RefusedAt is when the relay refused it for good, UTC; nil while it has not.
	RefusedAt *time.Time `db:"refused_at"`
	// UsedAt is when its link was used, UTC; nil while it was not.
	UsedAt *time.Time `db:"used_at"`
	// WithdrawnAt is when its link was withdrawn or replaced, UTC; nil while it
	// was not.
	WithdrawnAt *time.Time `db:"withdrawn_at"`
}

const mailColumns = `id, kind, account, made_at, expires_at, sent_at, refused_at, used_at, withdrawn_at`

// Open says whether the link of the mail works at an instant.
func (m AccountMail) Open(now time.Time) bool {
	return m.UsedAt == nil && m.WithdrawnAt == nil && now.Before(m.ExpiresAt)
}

func (m *AccountMail) inUTC() {
	m.MadeAt, m.ExpiresAt = m.MadeAt.UTC(), m.ExpiresAt.UTC()
	for _, at := range []**time.Time{&m.SentAt, &m.RefusedAt, &m.UsedAt, &m.WithdrawnAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// linkSecret is what opens the link of a mail: derived, so that the mail can be
// written again after a failure and is the same, and stored nowhere. The id has
// 130 random bits and stands in no page; the key lies outside the database.
func (s *Store) linkSecret(kind, id string) string {
	mac := hmac.New(sha256.New, s.keys.Index)
	mac.Write([]byte("tocsin account link\x00" + kind + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// insertMail stores a mail that is to be sent.
func (s *Store) insertMail(ctx context.Context, tx pgx.Tx, account, kind string, life time.Duration) (AccountMail, error) {
	m := AccountMail{ID: strings.ToLower(rand.Text()), Kind: kind, Account: account, MadeAt: s.now()}
	m.ExpiresAt = m.MadeAt.Add(life)
	_, err := tx.Exec(ctx, `
		INSERT INTO account_mail (id, account, kind, digest, made_at, expires_at, decided_at)
		VALUES (@id, @account, @kind, @digest, @made, @expires, @made)`,
		pgx.NamedArgs{"id": m.ID, "account": account, "kind": kind, "digest": s.linkDigest(kind, m.ID),
			"made": m.MadeAt, "expires": m.ExpiresAt})
	return m, err
}

// linkDigest is what is stored of a link; none for a mail without one.
func (s *Store) linkDigest(kind, id string) []byte {
	if !opensSomething(kind) {
		return nil
	}
	return hashToken(s.linkSecret(kind, id))
}

// closeLinks ends the open links of one kind of an account, and says how many.
func (s *Store) closeLinks(ctx context.Context, tx pgx.Tx, account, kind string) (int64, error) {
	done, err := tx.Exec(ctx, `
		UPDATE account_mail SET withdrawn_at = @now
		WHERE account = @account AND kind = @kind AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > @now`,
		pgx.NamedArgs{"account": account, "kind": kind, "now": s.now()})
	return done.RowsAffected(), err
}

// MailToSend gives a mail, whom it goes to, and the secret of its link, if it has
// one. A mail
// that is no longer to be sent, because it was sent or refused, its link was used or
// withdrawn or its time has passed, or its account ended, gives false.
func (s *Store) MailToSend(ctx context.Context, id string) (mail AccountMail, to User, secret string, due bool, err error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+mailColumns+` FROM account_mail WHERE id = @id AND decided_at IS NOT NULL`, pgx.NamedArgs{"id": id})
	if err == nil {
		mail, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[AccountMail])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return AccountMail{}, User{}, "", false, nil
	}
	if err != nil {
		return AccountMail{}, User{}, "", false, failed("read a mail to an account", err)
	}
	mail.inUTC()
	to, err = s.User(ctx, mail.Account)
	if err != nil {
		return AccountMail{}, User{}, "", false, err
	}
	if mail.SentAt != nil || mail.RefusedAt != nil || !mail.Open(s.now()) || to.EndedAt != nil {
		return mail, to, "", false, nil
	}
	if opensSomething(mail.Kind) {
		secret = s.linkSecret(mail.Kind, mail.ID)
	}
	return mail, to, secret, true, nil
}

// MailAnswered notes the relay's final answer to a mail: that it took it, or
// refused it for good.
func (s *Store) MailAnswered(ctx context.Context, id string, taken bool, at time.Time) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE account_mail SET sent_at = CASE WHEN @taken::boolean THEN @at::timestamptz END,
		       refused_at = CASE WHEN NOT @taken::boolean THEN @at::timestamptz END
		WHERE id = @id AND sent_at IS NULL AND refused_at IS NULL`,
		pgx.NamedArgs{"id": id, "at": at, "taken": taken})
	return failed("note the answer to a mail", err)
}

// UnsentMails lists the ids of the mails to accounts that are still to be sent,
// oldest first.
func (s *Store) UnsentMails(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id FROM account_mail
		WHERE account IS NOT NULL AND sent_at IS NULL AND refused_at IS NULL AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > @now
		ORDER BY made_at, id`, pgx.NamedArgs{"now": s.now()})
	if err != nil {
		return nil, failed("list mails to accounts", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, failed("list mails to accounts", err)
}

// noLink is the one answer to a link that is wrong, used, withdrawn or over.
func noLink() *incident.Error {
	return &incident.Error{Kind: incident.NotFound,
		Message: "this link opens nothing: it was used, has ended, or is not complete; ask for a new one"}
}

// LinkHolder gives the account that the link of a mail is for. Whatever is wrong
// with the link, the answer is one and the same [incident.NotFound].
func (s *Store) LinkHolder(ctx context.Context, kind, secret string) (User, error) {
	user, err := s.oneUser(ctx, `
		SELECT `+userColumns+` FROM account WHERE ended_at IS NULL AND id = (
			SELECT account FROM account_mail WHERE digest = @digest AND kind = @kind AND decided_at IS NOT NULL
			AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > @now)`,
		pgx.NamedArgs{"digest": hashToken(secret), "kind": kind, "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, noLink()
	}
	return user, failed("read a link", err)
}

// useLink spends a link, within the transaction that does what it is for, and
// gives its account, and whether it turns the second factor off.
func (s *Store) useLink(ctx context.Context, tx pgx.Tx, kind, secret string) (account string, dropFactor bool, err error) {
	err = tx.QueryRow(ctx, `
		UPDATE account_mail SET used_at = @now
		WHERE digest = @digest AND kind = @kind AND decided_at IS NOT NULL
		AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > @now RETURNING account, drop_factor`,
		pgx.NamedArgs{"digest": hashToken(secret), "kind": kind, "now": s.now()}).Scan(&account, &dropFactor)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, noLink()
	}
	return account, dropFactor, err
}
