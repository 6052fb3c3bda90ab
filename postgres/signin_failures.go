package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Failures of signing in are counted for each account and hour; they are
// recorded once the hour has passed.
const (
	//nolint:gosec // a statement, and no password
	failedPassword = `
		INSERT INTO failed_sign_in AS f (account, hour, passwords) VALUES (@account, @hour, 1)
		ON CONFLICT (account, hour) DO UPDATE SET passwords = f.passwords + 1`
	failedCode = `
		INSERT INTO failed_sign_in AS f (account, hour, codes) VALUES (@account, @hour, 1)
		ON CONFLICT (account, hour) DO UPDATE SET codes = f.codes + 1`
)

// failureOf names the row in which a failure is counted.
func (s *Store) failureOf(accountID string) pgx.NamedArgs {
	return pgx.NamedArgs{"account": accountID, "hour": s.now().Truncate(time.Hour)}
}

// countFailure counts a wrong password. An address without an account is
// counted among all of these, so that the answer takes as long.
func (s *Store) countFailure(ctx context.Context, accountID, statement string) error {
	_, err := s.pool.Exec(ctx, statement, s.failureOf(accountID))
	return failed("count a failed sign-in", err)
}

// failuresAtOnce bounds one transaction of [Store.RecordFailures].
const failuresAtOnce = 500

// RecordFailures records the failures of signing in of the hours that have
// passed, one entry for each account and hour, and says how many entries that
// were. It may be run at any time and by several at once.
func (s *Store) RecordFailures(ctx context.Context) (entries int, err error) {
	for {
		n := 0
		err := s.changeAccounts(ctx, "record failed sign-ins", func(tx pgx.Tx, record recorder) error {
			rows, err := tx.Query(ctx, `
				DELETE FROM failed_sign_in WHERE (account, hour) IN (
					SELECT account, hour FROM failed_sign_in WHERE hour < @now ORDER BY hour, account LIMIT @most)
				RETURNING account, hour, passwords, codes`,
				pgx.NamedArgs{"now": s.now().Truncate(time.Hour), "most": failuresAtOnce})
			if err != nil {
				return err
			}
			list, err := pgx.CollectRows(rows, pgx.RowToStructByName[incident.NoteFailures])
			if err != nil {
				return err
			}
			for _, one := range list {
				one.Hour = one.Hour.UTC()
				if err := record(incident.Engine(), one); err != nil {
					return err
				}
			}
			n = len(list)
			return nil
		})
		entries += n
		if err != nil || n < failuresAtOnce {
			return entries, err
		}
	}
}
