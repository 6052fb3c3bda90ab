package postgres

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// checkPassword refuses a password of the wrong length. NIST SP 800-63B asks
// for length and for no mixture of characters.
func checkPassword(field, password string) error {
	if n := utf8.RuneCountInString(password); n < 12 || len(password) > 1024 {
		return incident.InvalidField(field, "", "has the wrong length", "12 characters or more")
	}
	return nil
}

// ChangePassword sets a password in the place of the one that is given, and
// ends every session of the account but the one whose token is given, and every
// link to another new password. A wrong
// old password is [incident.Invalid] and changes nothing. It gives the id of the
// mail that tells the holder of it.
func (s *Store) ChangePassword(ctx context.Context, accountID, old, next, keep string) (mail string, err error) {
	if err := checkPassword("new", next); err != nil {
		return "", err
	}
	var hash string
	err = s.pool.QueryRow(ctx, `SELECT password FROM account WHERE id = @account AND ended_at IS NULL`,
		pgx.NamedArgs{"account": accountID}).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", unauthenticated()
	}
	if err != nil {
		return "", failed("change password", err)
	}
	right := false
	if hash != "" && len(old) <= 1024 {
		if right, err = s.comparePassword(ctx, old, hash); err != nil {
			return "", failed("change password", err)
		}
	}
	if !right {
		return "", incident.InvalidField("old", "", "is not the present password", "the password with which you signed in")
	}
	return s.setPassword(ctx, accountID, hash, next, keep)
}

// setPassword stores a password while the old hash still stands, so that of two
// changes at once one counts.
func (s *Store) setPassword(ctx context.Context, accountID, oldHash, next, keep string) (string, error) {
	hash, err := s.hashPassword(ctx, next)
	if err != nil {
		return "", failed("change password", err)
	}
	var mail AccountMail
	err = s.changeAccounts(ctx, "change password", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"account": accountID, "old": oldHash, "hash": hash}
		done, err := tx.Exec(ctx, `UPDATE account SET password = @hash WHERE id = @account AND password = @old`, args)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &incident.Error{Kind: incident.Conflict, Message: "the password was changed meanwhile; sign in with the newer one"}
		}
		if err := endOthers(ctx, tx, accountID, keep); err != nil {
			return err
		}
		if err := s.closeResets(ctx, tx, accountID); err != nil {
			return err
		}
		if mail, err = s.insertMail(ctx, tx, accountID, MailChanged, changedLife); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountPasswordChanged, Account: accountID})
	})
	return mail.ID, err
}

// ResetUser gives an account a password of the administrator's choice, turns
// its second factor off, passkeys too, when that is asked, and ends all its sessions. Its
// tokens go on: they are revoked one by one, or with the account. Of a role whose
// new password goes by mail alone it is an [incident.Conflict]. It gives the id of
// the mail that tells the holder of it.
func (s *Store) ResetUser(ctx context.Context, by incident.Actor, accountID, next string, secondFactor bool) (mail string, err error) {
	if err := checkPassword("password", next); err != nil {
		return "", err
	}
	hash, err := s.hashPassword(ctx, next)
	if err != nil {
		return "", failed("reset account", err)
	}
	err = s.changeAccounts(ctx, "reset account", func(tx pgx.Tx, record recorder) error {
		role, err := resettable(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if role.ResetByMail() {
			return &incident.Error{Kind: incident.Conflict, Message: "a new password of this role goes by mail to its holder alone"}
		}
		told, err := s.replacePassword(ctx, tx, accountID, hash, secondFactor)
		if err != nil {
			return err
		}
		mail = told.ID
		return record(by, incident.ChangeAccount{What: incident.AccountReset, Account: accountID, SecondFactor: secondFactor})
	})
	return mail, err
}

func noAccount() *incident.Error {
	return &incident.Error{Kind: incident.NotFound, Message: "there is no such account, or it has ended; the list of accounts shows which there are"}
}

// EndUser ends an account for good: sessions end, tokens are revoked, no
// reminder reaches it any more. What it did stays in the record under its id.
// The last DPO is an [incident.Conflict]: a deadline needs somebody who hears it.
func (s *Store) EndUser(ctx context.Context, by incident.Actor, accountID string) error {
	// One at a time: two DPOs who end each other at the same moment do not both succeed.
	return s.changeAccounts(ctx, "end account", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"account": accountID, "now": s.now()}
		var role incident.Role
		var others int
		err := tx.QueryRow(ctx, `
			SELECT role, (SELECT count(*) FROM account WHERE role = 'dpo' AND ended_at IS NULL AND NOT invited AND id <> @account)
			FROM account WHERE id = @account AND ended_at IS NULL`, args).Scan(&role, &others)
		if errors.Is(err, pgx.ErrNoRows) {
			return noAccount()
		}
		if err != nil {
			return err
		}
		if role == incident.RoleDPO && others == 0 {
			return &incident.Error{Kind: incident.Conflict, Message: "this is the only DPO; add another one first, so that somebody hears the deadlines"}
		}
		for _, statement := range []string{
			`UPDATE account SET ended_at = @now, password = '', totp = NULL, totp_proposed = NULL WHERE id = @account`,
			`DELETE FROM session WHERE account = @account`,
			`DELETE FROM passkey WHERE account = @account`,
			`DELETE FROM ceremony WHERE account = @account`,
			`DELETE FROM sign_on WHERE account = @account`,
			`DELETE FROM recovery_code WHERE account = @account`,
			`DELETE FROM calendar WHERE account = @account`,
			`UPDATE token SET revoked_at = @now WHERE account = @account AND revoked_at IS NULL`,
		} {
			if _, err := tx.Exec(ctx, statement, args); err != nil {
				return err
			}
		}
		return record(by, incident.ChangeAccount{What: incident.AccountEnded, Account: accountID})
	})
}
