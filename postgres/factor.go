package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"tocsin/incident"
)

const (
	// totpPeriod is how long a code counts, in seconds, as every app assumes.
	totpPeriod = 30
	// totpSkew is how many steps a device's clock may be off, either way.
	totpSkew = 1
	// totpSecret is the size of a secret in bytes: RFC 4226 section 4 recommends 20.
	totpSecret = 20
	// recoveryCodes is how many codes replace a lost device.
	recoveryCodes = 10
	// pendingLength is how long a password stays good for want of a code.
	pendingLength = 10 * time.Minute
	// pendingTries is how many wrong codes end a pending session.
	pendingTries = 5
	// codesPerHour is how many wrong codes of an account within one hour of the clock,
	// from anywhere, end the comparing of codes of the app until the hour is over.
	codesPerHour = 30
)

// SecondFactor says how an account proves more than its password.
type SecondFactor struct {
	// On says whether the password alone does not open the account.
	On bool
	// App says whether the code of an app is a second factor.
	App bool
	// Passkeys is how many passkeys are second factors.
	Passkeys int
	// RecoveryCodes is how many codes for a lost device are left.
	RecoveryCodes int
}

// SecondFactor gives the state of an account's second factor.
func (s *Store) SecondFactor(ctx context.Context, accountID string) (SecondFactor, error) {
	var f SecondFactor
	err := s.pool.QueryRow(ctx, `
		SELECT totp IS NOT NULL, (SELECT count(*) FROM passkey WHERE account = @account),
			(SELECT count(*) FROM recovery_code WHERE account = @account)
		FROM account WHERE id = @account`,
		pgx.NamedArgs{"account": accountID}).Scan(&f.App, &f.Passkeys, &f.RecoveryCodes)
	f.On = f.App || f.Passkeys > 0
	return f, failed("read second factor", err)
}

// WithSecondFactor gives the ids of the accounts that the password alone does
// not open.
func (s *Store) WithSecondFactor(ctx context.Context) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT id FROM account WHERE totp IS NOT NULL UNION SELECT account FROM passkey`)
	if err != nil {
		return nil, failed("list second factors", err)
	}
	on := map[string]bool{}
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		on[id] = true
		return nil
	})
	return on, failed("list second factors", err)
}

// ProposeSecondFactor makes a secret (RFC 6238: SHA-1, six digits, 30 seconds,
// which every app knows) and gives it in base32 without padding, for the app of
// its owner. It counts once [Store.ConfirmSecondFactor] has seen a code of it;
// until then an earlier one goes on. A later proposal replaces it.
func (s *Store) ProposeSecondFactor(ctx context.Context, accountID string) (string, error) {
	raw := make([]byte, totpSecret)
	if _, err := rand.Read(raw); err != nil {
		return "", failed("propose second factor", err)
	}
	sealed, err := s.keys.Master.Encrypt(raw, totpBinding(accountID))
	if err != nil {
		return "", failed("propose second factor", fmt.Errorf("seal: %w", err))
	}
	done, err := s.pool.Exec(ctx, `UPDATE account SET totp_proposed = @sealed WHERE id = @account`,
		pgx.NamedArgs{"account": accountID, "sealed": sealed})
	if err == nil && done.RowsAffected() == 0 {
		err = unauthenticated()
	}
	if err != nil {
		return "", failed("propose second factor", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw), nil
}

// ProposedSecondFactor gives the secret that waits to be confirmed, in base32
// without padding; empty when none does.
func (s *Store) ProposedSecondFactor(ctx context.Context, accountID string) (string, error) {
	var sealed []byte
	err := s.pool.QueryRow(ctx, `SELECT totp_proposed FROM account WHERE id = @account`,
		pgx.NamedArgs{"account": accountID}).Scan(&sealed)
	if err != nil || sealed == nil {
		return "", failed("read proposed second factor", err)
	}
	raw, err := s.keys.Master.Decrypt(sealed, totpBinding(accountID))
	if err != nil {
		return "", failed("read proposed second factor", fmt.Errorf("open; is this the master key it was made with? %w", err))
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw), nil
}

// totpBinding keeps a sealed secret from being moved to another account.
func totpBinding(accountID string) []byte {
	return []byte("tocsin\x00account\x00totp\x00" + accountID)
}

// ConfirmSecondFactor turns the proposed secret on, given a code of it, and
// gives ten codes for a lost device, shown this once. Every session of the account
// ends but the one whose token is given: one that began by the password alone would go
// on without the factor. A wrong code is [incident.Invalid] and changes nothing.
func (s *Store) ConfirmSecondFactor(ctx context.Context, accountID, code, keep string) ([]string, error) {
	codes := make([]string, recoveryCodes)
	err := s.changeAccounts(ctx, "confirm second factor", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		var sealed []byte
		err = tx.QueryRow(ctx, `SELECT totp_proposed FROM account WHERE id = @account`,
			pgx.NamedArgs{"account": accountID}).Scan(&sealed)
		if err != nil {
			return err
		}
		if sealed == nil {
			return &incident.Error{Kind: incident.Conflict, Message: "no second factor waits to be confirmed; begin again on the page of your account"}
		}
		step, ok, err := s.matchingStep(accountID, sealed, code, 0)
		if err != nil {
			return err
		}
		if !ok {
			return incident.InvalidField("code", "", "is not the code that the app shows now",
				"the six digits of the app; look whether the device's clock is right")
		}
		_, err = tx.Exec(ctx, `
			UPDATE account SET totp = totp_proposed, totp_proposed = NULL, totp_step = @step WHERE id = @account`,
			pgx.NamedArgs{"account": accountID, "step": step})
		if err != nil {
			return err
		}
		if err := s.replaceRecoveryCodes(ctx, tx, accountID, codes); err != nil {
			return err
		}
		if err := endOthers(ctx, tx, accountID, keep); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountFactorOn, Account: accountID})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// replaceRecoveryCodes fills codes and stores their hashes.
func (s *Store) replaceRecoveryCodes(ctx context.Context, tx pgx.Tx, accountID string, codes []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_code WHERE account = @account`, pgx.NamedArgs{"account": accountID}); err != nil {
		return err
	}
	for i := range codes {
		// 16 letters of base32 are 80 random bits.
		text := strings.ToLower(rand.Text()[:16])
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		_, err := tx.Exec(ctx, `INSERT INTO recovery_code (account, digest) VALUES (@account, @digest)`,
			pgx.NamedArgs{"account": accountID, "digest": s.recoveryDigest(accountID, codes[i])})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoveryDigest is what is stored of a recovery code; dashes, spaces and case
// do not count.
func (s *Store) recoveryDigest(accountID, code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
	mac := hmac.New(sha256.New, s.keys.Index)
	mac.Write([]byte("tocsin recovery code\x00" + accountID + "\x00" + plain))
	return mac.Sum(nil)
}

// matchingStep gives the step after the last used one whose code was given.
func (s *Store) matchingStep(accountID string, sealed []byte, code string, last int64) (int64, bool, error) {
	secret, err := s.keys.Master.Decrypt(sealed, totpBinding(accountID))
	if err != nil {
		return 0, false, fmt.Errorf("open a second factor; is this the master key it was made with? %w", err)
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	now := s.now().Unix() / totpPeriod
	var found int64
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(text, uint64(max(step, 0)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("compute a code: %w", err)
		}
		if step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, found != 0, nil
}

// spent says what a code was.
type spent struct {
	right, recovery bool
	// shut says that codes of the app are not compared just now.
	shut bool
}

// tooManyCodes says whether so many wrong codes of an account were given within this
// hour that somebody guesses, who then knows the password: one code in 333,000 is
// right. Codes for a lost device, which nobody guesses, and passkeys go on, so that the
// holder is not shut out.
func (s *Store) tooManyCodes(ctx context.Context, tx pgx.Tx, accountID string) (bool, error) {
	args := s.failureOf(accountID)
	args["most"] = codesPerHour
	var many bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM failed_sign_in WHERE account = @account AND hour = @hour AND codes >= @most)`,
		args).Scan(&many)
	return many, err
}

// useCode spends a code of the app, or a recovery code. Each counts once.
func (s *Store) useCode(ctx context.Context, tx pgx.Tx, accountID, code string) (spent, error) {
	if len(code) > 64 {
		return spent{}, nil
	}
	var sealed []byte
	var last int64
	err := tx.QueryRow(ctx, `SELECT totp, totp_step FROM account WHERE id = @account AND ended_at IS NULL FOR UPDATE`,
		pgx.NamedArgs{"account": accountID}).Scan(&sealed, &last)
	if errors.Is(err, pgx.ErrNoRows) {
		return spent{}, nil
	}
	if err != nil {
		return spent{}, err
	}
	shut, err := s.tooManyCodes(ctx, tx, accountID)
	if err != nil {
		return spent{}, err
	}
	var step int64
	right := false
	if sealed != nil && !shut { // else the second factor is a passkey, and a code can be for a lost one only
		if step, right, err = s.matchingStep(accountID, sealed, code, last); err != nil {
			return spent{}, err
		}
	}
	if right {
		_, err = tx.Exec(ctx, `UPDATE account SET totp_step = @step WHERE id = @account`,
			pgx.NamedArgs{"account": accountID, "step": step})
		return spent{right: err == nil}, err
	}
	done, err := tx.Exec(ctx, `DELETE FROM recovery_code WHERE account = @account AND digest = @digest`,
		pgx.NamedArgs{"account": accountID, "digest": s.recoveryDigest(accountID, code)})
	found := err == nil && done.RowsAffected() == 1
	return spent{right: found, recovery: found, shut: shut && sealed != nil && !found}, err
}

// refusal is what is told of a code that was not right.
func (u spent) refusal() *incident.Error {
	if u.shut {
		return &incident.Error{Kind: incident.Conflict, Message: "too many wrong codes were given for this account within the hour, by somebody who may know the password: " +
			"give a recovery code or use a passkey, or wait until the next hour, and choose a new password"}
	}
	return incident.InvalidField("code", "", "is wrong or was used already", "the six digits that the app shows now, or a recovery code")
}

// RemoveSecondFactor turns the app off as second factor, given a code of it.
// Passkeys stay. A wrong code is [incident.Invalid], or [incident.Conflict] as in
// [Store.CompleteSession].
func (s *Store) RemoveSecondFactor(ctx context.Context, accountID, code string) error {
	return s.changeAccounts(ctx, "remove second factor", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		used, err := s.useCode(ctx, tx, accountID, code)
		if err != nil {
			return err
		}
		if !used.right {
			return used.refusal()
		}
		if err := dropSecondFactor(ctx, tx, accountID); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountFactorOff, Account: accountID, RecoveryCode: used.recovery})
	})
}

func dropSecondFactor(ctx context.Context, tx pgx.Tx, accountID string) error {
	args := pgx.NamedArgs{"account": accountID}
	if _, err := tx.Exec(ctx, `UPDATE account SET totp = NULL, totp_proposed = NULL WHERE id = @account`, args); err != nil {
		return err
	}
	return dropIdleRecoveryCodes(ctx, tx, accountID)
}
