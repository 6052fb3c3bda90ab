package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// mostPasskeys bounds how many passkeys one account may have.
const mostPasskeys = 20

// Passkey is a key of an account whose private half never leaves its device.
type Passkey struct {
	// ID names it in the record.
	ID string `db:"id"`
	// Account is the id of the account that it opens.
	Account string `db:"account"`
	// Name is what its owner calls it.
	Name string `db:"name"`
	// Credential is the authenticator's own name for it.
	Credential []byte `db:"credential"`
	// Party is the host name for which it was made, and the only one at which
	// browsers use it.
	Party string `db:"party"`
	// Record is what is needed to check an answer, JSON. Nothing in it is secret.
	Record json.RawMessage `db:"record"`
	// CreatedAt is when it was added, UTC.
	CreatedAt time.Time `db:"created_at"`
	// UsedAt is when it was last used, UTC; nil when never.
	UsedAt *time.Time `db:"used_at"`
	// RefusedAt is when its counter last went backwards, UTC, so that a copy may
	// exist; nil when it never did.
	RefusedAt *time.Time `db:"refused_at"`
}

const keyColumns = `id, account, name, credential, party, record, created_at, used_at, refused_at`

// NewPasskey is what a passkey is made from. Its credential was checked.
type NewPasskey struct {
	// Name is what its owner calls it; required.
	Name string
	// Credential, Party and Record are as in [Passkey]; required.
	Credential []byte
	Party      string
	Record     json.RawMessage
}

// PasskeyUse is what checking an answer of a passkey found.
type PasskeyUse struct {
	// ID is the passkey that answered.
	ID string
	// Record takes the place of the stored one.
	Record json.RawMessage
	// Copied says that the counter did not advance, although the answer is
	// otherwise right: the passkey may exist twice.
	Copied bool
}

// PasskeyCheck checks an answer against the passkeys of the account that it
// claims, and says which one it is of. Its error refuses the answer.
type PasskeyCheck func(list []Passkey) (PasskeyUse, error)

// Passkeys lists the passkeys of an account, the oldest first.
func (s *Store) Passkeys(ctx context.Context, accountID string) ([]Passkey, error) {
	list, err := readPasskeys(ctx, s.pool, accountID)
	return list, failed("list passkeys", err)
}

func readPasskeys(ctx context.Context, q querier, accountID string) ([]Passkey, error) {
	rows, err := q.Query(ctx, `SELECT `+keyColumns+` FROM passkey WHERE account = @account ORDER BY created_at, id`,
		pgx.NamedArgs{"account": accountID})
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Passkey])
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
		for _, at := range []**time.Time{&list[i].UsedAt, &list[i].RefusedAt} {
			if *at != nil {
				utc := (*at).UTC()
				*at = &utc
			}
		}
	}
	return list, err
}

// PasskeyName gives the name of a passkey without what surrounds it, or
// [incident.Invalid].
func PasskeyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 || !utf8.ValidString(name) || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return "", incident.InvalidField("name", "", "is missing or not a name", "what you call the device, in at most 100 bytes")
	}
	return name, nil
}

// AddPasskey gives an account a passkey, which from then on counts as its second
// factor. Where the account had none, it gives ten codes for a lost device, shown
// this once. A credential that is known already is an [incident.Conflict].
func (s *Store) AddPasskey(ctx context.Context, accountID string, in NewPasskey, keep string) (Passkey, []string, error) {
	var err error
	if in.Name, err = PasskeyName(in.Name); err != nil {
		return Passkey{}, nil, err
	}
	made := Passkey{ID: "pk_" + rand.Text()[:20], Account: accountID, Name: in.Name, Credential: in.Credential,
		Party: in.Party, Record: in.Record, CreatedAt: s.now()}
	var codes []string
	err = s.changeAccounts(ctx, "add passkey", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"id": made.ID, "account": accountID, "name": made.Name, "credential": made.Credential,
			"party": made.Party, "record": made.Record, "now": made.CreatedAt}
		var app bool
		var many int
		err = tx.QueryRow(ctx, `
			SELECT totp IS NOT NULL, (SELECT count(*) FROM passkey WHERE account = @account) FROM account WHERE id = @account`,
			args).Scan(&app, &many)
		if err != nil {
			return err
		}
		if many >= mostPasskeys {
			return &incident.Error{Kind: incident.Conflict, Message: "this account has 20 passkeys already; remove one that you do not use"}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO passkey (id, account, name, credential, party, record, created_at)
			VALUES (@id, @account, @name, @credential, @party, @record, @now)`, args)
		if violates(err, "passkey_credential") {
			return &incident.Error{Kind: incident.Conflict, Message: "this passkey is known already; make a new one, or use it to sign in"}
		}
		if err != nil {
			return err
		}
		if !app && many == 0 {
			codes = make([]string, recoveryCodes)
			if err := s.replaceRecoveryCodes(ctx, tx, accountID, codes); err != nil {
				return err
			}
		}
		if err := endOthers(ctx, tx, accountID, keep); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountPasskeyAdded, Account: accountID, Passkey: made.ID})
	})
	if err != nil {
		return Passkey{}, nil, err
	}
	return made, codes, nil
}

// RemovePasskey takes a passkey from its account; with the last factor the codes
// for a lost device go too. One that is not there is [incident.NotFound].
func (s *Store) RemovePasskey(ctx context.Context, accountID, passkeyID string) error {
	return s.changeAccounts(ctx, "remove passkey", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"account": accountID, "id": passkeyID}
		done, err := tx.Exec(ctx, `DELETE FROM passkey WHERE id = @id AND account = @account`, args)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &incident.Error{Kind: incident.NotFound, Message: "your account has no such passkey"}
		}
		if err := dropIdleRecoveryCodes(ctx, tx, accountID); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountPasskeyRemoved, Account: accountID, Passkey: passkeyID})
	})
}

// dropIdleRecoveryCodes removes the codes for a lost device of an account that
// has no second factor.
func dropIdleRecoveryCodes(ctx context.Context, tx pgx.Tx, accountID string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM recovery_code WHERE account = @account
		AND NOT EXISTS (SELECT FROM passkey WHERE account = @account)
		AND NOT EXISTS (SELECT FROM account WHERE id = @account AND totp IS NOT NULL)`, pgx.NamedArgs{"account": accountID})
	return err
}

// CheckPasskey says whether an answer is one of a passkey of the account. A
// wrong one is [incident.Unauthenticated].
func (s *Store) CheckPasskey(ctx context.Context, accountID string, check PasskeyCheck) error {
	return s.withPasskey(ctx, "check passkey", accountID, check, func(pgx.Tx, recorder, incident.Actor, string) error { return nil })
}

// SignInByPasskey begins a whole session of an account by a passkey whose owner
// the device has verified: that is both factors. A wrong answer is
// [incident.Unauthenticated]; one whose counter went backwards is so too, and is
// recorded.
func (s *Store) SignInByPasskey(ctx context.Context, accountID string, check PasskeyCheck) (Session, error) {
	token, digest := newToken(sessionPrefix)
	err := s.withPasskey(ctx, "sign in by passkey", accountID, check, func(tx pgx.Tx, record recorder, by incident.Actor, passkey string) error {
		if err := s.insertSession(ctx, tx, accountID, digest, ""); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignedIn, Account: accountID, SecondFactor: true, Passkey: passkey})
	})
	if err != nil {
		return Session{}, err
	}
	return Session{Token: token}, nil
}

// CompleteSessionByPasskey gives a full session for a pending one and an answer
// of a passkey. The token is a new one. Errors are as those of [Store.SignInByPasskey].
func (s *Store) CompleteSessionByPasskey(ctx context.Context, pending string, check PasskeyCheck) (Session, error) {
	user, err := s.PendingUser(ctx, pending)
	if err != nil {
		return Session{}, err
	}
	token, digest := newToken(sessionPrefix)
	err = s.withPasskey(ctx, "complete session by passkey", user.ID, check, func(tx pgx.Tx, record recorder, by incident.Actor, passkey string) error {
		var signOn string
		err := tx.QueryRow(ctx, `
			DELETE FROM session WHERE token = @pending AND account = @account AND pending AND expires_at > @now RETURNING sign_on`,
			pgx.NamedArgs{"pending": hashToken(pending), "account": user.ID, "now": s.now()}).Scan(&signOn)
		if errors.Is(err, pgx.ErrNoRows) {
			err = unauthenticated()
		}
		if err != nil {
			return err
		}
		if err := s.insertSession(ctx, tx, user.ID, digest, signOn); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignedIn, Account: user.ID, SecondFactor: true, Passkey: passkey, SignOn: signOn})
	})
	if err != nil {
		return Session{}, err
	}
	return Session{Token: token}, nil
}

// withPasskey checks an answer while the account is locked, so that of two
// answers with the same counter one counts, and then does something in the same
// transaction. An answer that may come from a copy does nothing but be recorded.
func (s *Store) withPasskey(ctx context.Context, operation, accountID string, check PasskeyCheck,
	do func(tx pgx.Tx, record recorder, by incident.Actor, passkey string) error) error {
	copied := false
	err := s.changeAccounts(ctx, operation, func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		list, err := readPasskeys(ctx, tx, accountID)
		if err != nil {
			return err
		}
		use, err := check(list)
		if err != nil {
			return unauthenticated() // why is nobody's business but the log's
		}
		args := pgx.NamedArgs{"id": use.ID, "account": accountID, "record": use.Record, "now": s.now()}
		if copied = use.Copied; copied {
			if _, err := tx.Exec(ctx, `UPDATE passkey SET refused_at = @now WHERE id = @id AND account = @account`, args); err != nil {
				return err
			}
			return record(by, incident.ChangeAccount{What: incident.AccountPasskeyRefused, Account: accountID, Passkey: use.ID})
		}
		if _, err := tx.Exec(ctx, `UPDATE passkey SET record = @record, used_at = @now WHERE id = @id AND account = @account`, args); err != nil {
			return err
		}
		return do(tx, record, by, use.ID)
	})
	if err == nil && copied {
		return unauthenticated()
	}
	return err
}
