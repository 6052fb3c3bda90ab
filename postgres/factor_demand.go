package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// hasSecondFactor is the condition that an account proves more than a password.
const hasSecondFactor = `(account.totp IS NOT NULL OR EXISTS (SELECT FROM passkey k WHERE k.account = account.id))`

// lacksSecondFactor is the condition that a second factor is demanded of an
// account at @now, and that it has none.
const lacksSecondFactor = `(NOT ` + hasSecondFactor + ` AND EXISTS (SELECT FROM factor_demand d WHERE d.role = account.role AND d.since <= @now))`

// DemandFactor demands a second factor of roles, in the place of what was
// demanded before, and records it. What does not fit is [incident.Invalid].
func (s *Store) DemandFactor(ctx context.Context, by incident.Actor, demand incident.DemandFactor) (incident.DemandFactor, error) {
	demand, err := demand.Checked(s.now())
	if err != nil {
		return demand, err
	}
	err = s.changeAccounts(ctx, "demand second factor", func(tx pgx.Tx, record recorder) error {
		if _, err := tx.Exec(ctx, `DELETE FROM factor_demand`); err != nil {
			return err
		}
		for _, role := range demand.Roles {
			_, err := tx.Exec(ctx, `INSERT INTO factor_demand (role, since) VALUES (@role, @since)`,
				pgx.NamedArgs{"role": string(role), "since": demand.From})
			if err != nil {
				return err
			}
		}
		return record(by, demand)
	})
	return demand, err
}

// FactorDemand gives the roles of which a second factor is demanded.
func (s *Store) FactorDemand(ctx context.Context) (incident.DemandFactor, error) {
	rows, err := s.pool.Query(ctx, `SELECT role, since FROM factor_demand`)
	if err != nil {
		return incident.DemandFactor{}, failed("read the demand of a second factor", err)
	}
	demand := incident.DemandFactor{Roles: []incident.Role{}}
	has := map[incident.Role]bool{}
	var role incident.Role
	_, err = pgx.ForEachRow(rows, []any{&role, &demand.From}, func() error {
		has[role] = true
		return nil
	})
	for _, role := range incident.Roles() {
		if has[role] {
			demand.Roles = append(demand.Roles, role)
		}
	}
	demand.From = demand.From.UTC()
	return demand, failed("read the demand of a second factor", err)
}

// SignedIn is who a session belongs to.
type SignedIn struct {
	User
	// MustSetUpFactor says that a second factor is demanded of the person, that
	// there is none, and that no provider vouched for one: until one is set up the session opens nothing else.
	MustSetUpFactor bool `db:"must_set_up"`
}

// Session gives whom a session belongs to that is complete and not over, or
// [incident.Unauthenticated].
func (s *Store) Session(ctx context.Context, token string) (SignedIn, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+userColumns+`, NOT s.vouched AND `+lacksSecondFactor+` AS must_set_up
		FROM account JOIN (SELECT account AS holder, vouched FROM session WHERE token = @token AND expires_at > @now AND NOT pending) s ON s.holder = id
		WHERE ended_at IS NULL`,
		pgx.NamedArgs{"token": hashToken(token), "now": s.now()})
	if err != nil {
		return SignedIn{}, failed("read session", err)
	}
	who, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[SignedIn])
	if errors.Is(err, pgx.ErrNoRows) {
		return SignedIn{}, unauthenticated()
	}
	who.inUTC()
	return who, failed("read session", err)
}

// mustHaveFactor refuses who lacks a second factor that is demanded.
func mustHaveFactor(ctx context.Context, tx pgx.Tx, account string, now time.Time) error {
	var lacks bool
	err := tx.QueryRow(ctx, `SELECT `+lacksSecondFactor+` FROM account WHERE id = @account`,
		pgx.NamedArgs{"account": account, "now": now}).Scan(&lacks)
	if err == nil && lacks {
		return &incident.Error{Kind: incident.Conflict, Message: "your role needs a second factor before a token can be made: sign in on the page and set it up"}
	}
	return err
}
