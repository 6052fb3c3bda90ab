package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

const (
	// ResetLife is how long a link to set a new password works.
	ResetLife = time.Hour
	// ResetsPerHour is how many such links an account gets within an hour when
	// somebody asks for them, so that nobody fills a mailbox.
	ResetsPerHour = 3
	// changedLife is for how long it is worth telling that a password was changed.
	changedLife = 24 * time.Hour
	// askedKept is for how long a question that led to nothing is kept.
	askedKept = 24 * time.Hour
)

// AskReset notes that somebody who is not signed in asks for a new password for
// an address, and gives the id of a mail. Whether there is such an account makes
// no difference to what is written, nor to what is given: only when the mail is
// to be sent, [Store.DecideReset] looks.
func (s *Store) AskReset(ctx context.Context, email string) (mail string, err error) {
	id, now := strings.ToLower(rand.Text()), s.now()
	email = strings.ToLower(strings.TrimSpace(email))
	err = s.transact(ctx, "ask for a new password", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"id": id, "email": strings.ToValidUTF8(strings.ReplaceAll(email, "\x00", ""), ""), "kind": MailReset,
			"digest": s.linkDigest(MailReset, id), "now": now, "expires": now.Add(ResetLife), "since": now.Add(-askedKept)}
		if _, err := tx.Exec(ctx, `DELETE FROM account_mail WHERE kind = @kind AND decided_at IS NULL AND expires_at < @since`, args); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO account_mail (id, account, kind, digest, made_at, expires_at)
			SELECT @id, (SELECT id FROM account WHERE email = @email), @kind, @digest, @now, @expires`, args)
		return err
	})
	return id, err
}

// DecideReset decides whether a link to a new password that somebody asked for is
// sent, // and records that. Earlier links go on until one is used, so that a stranger who
// asks ends none. It is not sent when there is no such
// account, when its holder never had a password, or when too many were sent
// within the last hour. Deciding again changes nothing.
func (s *Store) DecideReset(ctx context.Context, mail string) error {
	return s.changeAccounts(ctx, "decide about a new password", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"id": mail, "now": s.now(), "since": s.now().Add(-time.Hour), "most": ResetsPerHour}
		var account string
		err := tx.QueryRow(ctx, `
			SELECT a.id FROM account_mail m JOIN account a ON a.id = m.account
			WHERE m.id = @id AND m.kind = 'reset' AND m.decided_at IS NULL AND m.expires_at > @now
			AND a.ended_at IS NULL AND NOT a.invited AND a.password <> ''
			AND (SELECT count(*) FROM account_mail o WHERE o.account = m.account AND o.kind = 'reset' AND o.decided_at > @since) < @most`,
			args).Scan(&account)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_mail SET decided_at = @now WHERE id = @id`, args); err != nil {
			return err
		}
		return record(incident.Engine(), incident.ChangeAccount{What: incident.AccountResetAsked, Account: account})
	})
}

// closeResets ends the links to a new password.
func (s *Store) closeResets(ctx context.Context, tx pgx.Tx, account string) error {
	_, err := tx.Exec(ctx, `
		UPDATE account_mail SET withdrawn_at = @now
		WHERE account = @account AND kind = 'reset' AND used_at IS NULL AND withdrawn_at IS NULL`,
		pgx.NamedArgs{"account": account, "now": s.now()})
	return err
}

// SendReset makes a link with which the holder of an account sets a new password,
// to be sent by mail. Until it is used the present password and the sessions go
// on, so that nobody shuts a person out by asking. secondFactor lets its use turn
// the second factor off, for a person who lost the device and the recovery codes.
func (s *Store) SendReset(ctx context.Context, by incident.Actor, accountID string, secondFactor bool) (AccountMail, error) {
	var mail AccountMail
	err := s.changeAccounts(ctx, "mail a new password", func(tx pgx.Tx, record recorder) error {
		if _, err := resettable(ctx, tx, accountID); err != nil {
			return err
		}
		var err error
		if mail, err = s.insertMail(ctx, tx, accountID, MailReset, ResetLife); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE account_mail SET drop_factor = @drop WHERE id = @id`, pgx.NamedArgs{"id": mail.ID, "drop": secondFactor})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountResetMailed, Account: accountID, SecondFactor: secondFactor})
	})
	return mail, err
}

// resettable gives the role of an account that may be given a new password.
func resettable(ctx context.Context, tx pgx.Tx, accountID string) (role incident.Role, err error) {
	var invited bool
	err = tx.QueryRow(ctx, `SELECT role, invited FROM account WHERE id = @account AND ended_at IS NULL FOR UPDATE`,
		pgx.NamedArgs{"account": accountID}).Scan(&role, &invited)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", noAccount()
	}
	if err == nil && invited {
		return "", &incident.Error{Kind: incident.Conflict, Message: "this person has not accepted the invitation yet; invite again instead"}
	}
	return role, err
}

// ResetByLink sets a new password, given the secret of a link, which is spent:
// every session of the account ends, its tokens go on, and so does its second
// factor unless the link says otherwise. Whatever is wrong with the link, the
// answer is that of [Store.LinkHolder]; a password of the wrong length is
// [incident.Invalid] and leaves the link open. It gives the id of the mail that
// tells the holder of it.
func (s *Store) ResetByLink(ctx context.Context, secret, password string) (mail string, err error) {
	// A stranger without a link does not make the server hash.
	if _, err := s.LinkHolder(ctx, MailReset, secret); err != nil {
		return "", err
	}
	if err := checkPassword("new", password); err != nil {
		return "", err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return "", failed("reset by link", err)
	}
	err = s.changeAccounts(ctx, "reset by link", func(tx pgx.Tx, record recorder) error {
		account, dropFactor, err := s.useLink(ctx, tx, MailReset, secret)
		if err != nil {
			return err
		}
		by, err := ownActor(ctx, tx, account)
		if err != nil {
			return noLink()
		}
		told, err := s.replacePassword(ctx, tx, account, hash, dropFactor)
		if err != nil {
			return err
		}
		mail = told.ID
		return record(by, incident.ChangeAccount{What: incident.AccountPasswordReset, Account: account, SecondFactor: dropFactor})
	})
	return mail, err
}

// replacePassword sets a password, ends all sessions and, when asked, the second
// factor, ends every link to another new password, and makes the mail that tells
// of it.
func (s *Store) replacePassword(ctx context.Context, tx pgx.Tx, account, hash string, dropFactor bool) (AccountMail, error) {
	args := pgx.NamedArgs{"account": account, "hash": hash}
	for _, statement := range []string{
		`UPDATE account SET password = @hash WHERE id = @account`, `DELETE FROM session WHERE account = @account`,
	} {
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return AccountMail{}, err
		}
	}
	if dropFactor {
		if _, err := tx.Exec(ctx, `DELETE FROM passkey WHERE account = @account`, pgx.NamedArgs{"account": account}); err != nil {
			return AccountMail{}, err
		}
		if err := dropSecondFactor(ctx, tx, account); err != nil {
			return AccountMail{}, err
		}
	}
	if err := s.closeResets(ctx, tx, account); err != nil {
		return AccountMail{}, err
	}
	return s.insertMail(ctx, tx, account, MailChanged, changedLife)
}
