package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Invitation says how far an account is that was made by an invitation and that
// nobody has accepted.
type Invitation struct {
	// Account is the account's id.
	Account string `db:"account"`
	// ExpiresAt is when the last link ends or ended, UTC.
	ExpiresAt time.Time `db:"expires_at"`
	// SentAt is when the relay took the mail, UTC; nil while it has not.
	SentAt *time.Time `db:"sent_at"`
	// RefusedAt is when the relay refused the mail for good, UTC; nil while it has
	// not.
	RefusedAt *time.Time `db:"refused_at"`
	// WithdrawnAt is when the invitation was withdrawn, UTC; nil while it is not.
	WithdrawnAt *time.Time `db:"withdrawn_at"`
}

// Open says whether the link works at an instant.
func (i Invitation) Open(now time.Time) bool {
	return i.WithdrawnAt == nil && now.Before(i.ExpiresAt)
}

// InviteUser makes an account without a password and without a token, and an
// invitation to set the first password, to be sent by mail: [AccountMail.ID]
// names the mail. An address that has an account is an [incident.Conflict].
func (s *Store) InviteUser(ctx context.Context, in NewUser) (User, AccountMail, error) {
	in.Password = ""
	in, err := checkUser(in)
	if err != nil {
		return User{}, AccountMail{}, err
	}
	made, err := s.newAccount(in)
	if err != nil {
		return User{}, AccountMail{}, failed("invite", err)
	}
	made.invited = true
	var mail AccountMail
	err = s.changeAccounts(ctx, "invite", func(tx pgx.Tx, record recorder) error {
		if err := made.insert(ctx, tx); err != nil {
			return err
		}
		added := incident.ChangeAccount{What: incident.AccountAdded, Account: made.ID, Role: made.Role}
		if err := record(in.By, added); err != nil {
			return err
		}
		mail, err = s.invite(ctx, tx, record, in.By, made.ID)
		return err
	})
	if err != nil {
		return User{}, AccountMail{}, err
	}
	return made.User, mail, nil
}

// invite makes and records the link.
func (s *Store) invite(ctx context.Context, tx pgx.Tx, record recorder, by incident.Actor, account string) (AccountMail, error) {
	mail, err := s.insertMail(ctx, tx, account, MailInvitation, InvitationLife)
	if err != nil {
		return mail, err
	}
	return mail, record(by, incident.ChangeAccount{What: incident.AccountInvited, Account: account, ExpiresAt: &mail.ExpiresAt})
}

// InviteAgain makes a new link in the place of an earlier one, to be sent by
// mail. An account whose invitation was accepted, or that was not made by one, is
// an [incident.Conflict].
func (s *Store) InviteAgain(ctx context.Context, by incident.Actor, account string) (AccountMail, error) {
	var mail AccountMail
	err := s.changeAccounts(ctx, "invite again", func(tx pgx.Tx, record recorder) error {
		if err := mustBeInvited(ctx, tx, account); err != nil {
			return err
		}
		if _, err := s.closeLinks(ctx, tx, account, MailInvitation); err != nil {
			return err
		}
		var err error
		mail, err = s.invite(ctx, tx, record, by, account)
		return err
	})
	return mail, err
}

// WithdrawInvitation ends the link of an invitation. The account stays, without
// a password: it can be invited again, or ended. Without an open link it is an
// [incident.Conflict].
func (s *Store) WithdrawInvitation(ctx context.Context, by incident.Actor, account string) error {
	return s.changeAccounts(ctx, "withdraw invitation", func(tx pgx.Tx, record recorder) error {
		if err := mustBeInvited(ctx, tx, account); err != nil {
			return err
		}
		n, err := s.closeLinks(ctx, tx, account, MailInvitation)
		if err != nil {
			return err
		}
		if n == 0 {
			return &incident.Error{Kind: incident.Conflict, Message: "this invitation has ended already; its link opens nothing"}
		}
		return record(by, incident.ChangeAccount{What: incident.AccountInvitationWithdrawn, Account: account})
	})
}

// mustBeInvited refuses an account that is no longer waiting to be accepted.
func mustBeInvited(ctx context.Context, tx pgx.Tx, account string) error {
	var invited bool
	err := tx.QueryRow(ctx, `SELECT invited FROM account WHERE id = @account AND ended_at IS NULL FOR UPDATE`,
		pgx.NamedArgs{"account": account}).Scan(&invited)
	if errors.Is(err, pgx.ErrNoRows) {
		return noAccount()
	}
	if err == nil && !invited {
		return &incident.Error{Kind: incident.Conflict, Message: "this account has no open invitation: its holder can sign in already"}
	}
	return err
}

// AcceptInvitation sets the first password of an invited account, given the
// secret of the link, which is spent. Whatever is wrong with the link, the answer
// is that of [Store.LinkHolder]; a password of the wrong length is
// [incident.Invalid] and leaves the link open.
func (s *Store) AcceptInvitation(ctx context.Context, secret, password string) error {
	// A stranger without a link does not make the server hash.
	if _, err := s.LinkHolder(ctx, MailInvitation, secret); err != nil {
		return err
	}
	if err := checkPassword("new", password); err != nil {
		return err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return failed("accept invitation", err)
	}
	return s.changeAccounts(ctx, "accept invitation", func(tx pgx.Tx, record recorder) error {
		account, _, err := s.useLink(ctx, tx, MailInvitation, secret)
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `
			UPDATE account SET password = @hash, invited = false WHERE id = @account AND ended_at IS NULL AND invited AND password = ''`,
			pgx.NamedArgs{"account": account, "hash": hash})
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return noLink()
		}
		by, err := ownActor(ctx, tx, account)
		if err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountInvitationAccepted, Account: account})
	})
}

// Invitations gives the accounts that wait for their holder to accept, with
// their last link.
func (s *Store) Invitations(ctx context.Context) (map[string]Invitation, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT DISTINCT ON (m.account) m.account, m.expires_at, m.sent_at, m.refused_at, m.withdrawn_at
		FROM account_mail m JOIN account a ON a.id = m.account
		WHERE a.invited AND a.ended_at IS NULL AND m.kind = 'invitation' ORDER BY m.account, m.made_at DESC, m.id`)
	if err != nil {
		return nil, failed("list invitations", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Invitation])
	if err != nil {
		return nil, failed("list invitations", err)
	}
	open := map[string]Invitation{}
	for _, one := range list {
		one.ExpiresAt = one.ExpiresAt.UTC()
		open[one.Account] = one
	}
	return open, nil
}
