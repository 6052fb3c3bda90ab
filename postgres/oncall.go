package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// inOnCallOrder chooses who may be called, who is called first first.
const inOnCallOrder = `
	WHERE role IN ('dpo', 'deputy') AND ended_at IS NULL
	ORDER BY on_call NULLS LAST, role = 'deputy', created_at, id`

// MoveOnCall lets a person be called one place earlier, or later. Who stands at
// the end already stays there, and nothing is recorded. Somebody who is not
// called is [incident.NotFound].
func (s *Store) MoveOnCall(ctx context.Context, by incident.Actor, accountID string, earlier bool) error {
	return s.changeAccounts(ctx, "order on call", func(tx pgx.Tx, record recorder) error {
		rows, err := tx.Query(ctx, `SELECT id FROM account `+inOnCallOrder)
		if err != nil {
			return err
		}
		order, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		from := slices.Index(order, accountID)
		if from < 0 {
			return &incident.Error{Kind: incident.NotFound, Message: "this account is not called: only DPOs and deputies are"}
		}
		to := from + 1
		if earlier {
			to = from - 1
		}
		if to < 0 || to == len(order) {
			return nil
		}
		order[from], order[to] = order[to], order[from]
		return putInOrder(ctx, tx, record, by, order)
	})
}

func putInOrder(ctx context.Context, tx pgx.Tx, record recorder, by incident.Actor, order []string) error {
	_, err := tx.Exec(ctx, `
		UPDATE account a SET on_call = o.place FROM unnest(@order::text[]) WITH ORDINALITY AS o (id, place) WHERE a.id = o.id`,
		pgx.NamedArgs{"order": order})
	if err != nil {
		return err
	}
	return record(by, incident.OrderOnCall{Accounts: order})
}

// OrderOnCall sets the whole order, who is called first first. It names every DPO
// and deputy once, or is [incident.Invalid]: nobody drops out by being forgotten.
// The order that there is already changes nothing.
func (s *Store) OrderOnCall(ctx context.Context, by incident.Actor, order []string) error {
	return s.changeAccounts(ctx, "order on call", func(tx pgx.Tx, record recorder) error {
		rows, err := tx.Query(ctx, `SELECT id FROM account `+inOnCallOrder)
		if err != nil {
			return err
		}
		now, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || slices.Equal(now, order) {
			return err
		}
		if !slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(order))) {
			return incident.InvalidField("accounts", "", "does not name those who can be called", "the id of every DPO and deputy, once each")
		}
		return putInOrder(ctx, tx, record, by, order)
	})
}

// ChangeRole gives a person another role, which holds from the next request on.
// Nobody changes the own role, and the last DPO stays, for whom one who has not
// accepted the invitation is no other: both are [incident.Conflict]. A role that the person has already changes nothing. Who
// becomes administrator loses the calendar of deadlines.
func (s *Store) ChangeRole(ctx context.Context, by incident.Actor, accountID string, role incident.Role) error {
	if !role.Valid() {
		return incident.InvalidField("role", string(role), "is not known", "dpo, deputy, responder, approver, auditor or admin")
	}
	if by.ID == accountID {
		return &incident.Error{Kind: incident.Conflict, Message: "nobody changes the own role; ask another DPO or an administrator"}
	}
	return s.changeAccounts(ctx, "change role", func(tx pgx.Tx, record recorder) error {
		before, err := ownActor(ctx, tx, accountID)
		if incident.KindOf(err) == incident.Unauthenticated {
			return noAccount()
		}
		if err != nil || before.Role == role {
			return err
		}
		if before.Role == incident.RoleDPO {
			var others int
			err := tx.QueryRow(ctx, `SELECT count(*) FROM account WHERE role = 'dpo' AND ended_at IS NULL AND NOT invited AND id <> @account`,
				pgx.NamedArgs{"account": accountID}).Scan(&others)
			if err != nil {
				return err
			}
			if others == 0 {
				return &incident.Error{Kind: incident.Conflict, Message: "this is the only DPO; add another one first, so that somebody hears the deadlines"}
			}
		}
		args := pgx.NamedArgs{"account": accountID, "role": string(role)}
		if _, err := tx.Exec(ctx, `UPDATE account SET role = @role, on_call = NULL WHERE id = @account`, args); err != nil {
			return err
		}
		if role == incident.RoleAdmin {
			if _, err := tx.Exec(ctx, `DELETE FROM calendar WHERE account = @account`, args); err != nil {
				return err
			}
		}
		return record(by, incident.ChangeAccount{What: incident.AccountRoleChanged, Account: accountID, Role: role, Before: before.Role})
	})
}
