package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// User is the account of a person who works on cases.
type User struct {
	// ID is a salted commitment to the address: it names the person in the
	// record and tells nobody who it is.
	ID string `db:"id"`
	// Email is the address, lower case.
	Email string `db:"email"`
	// Name is the person's name.
	Name string `db:"name"`
	// Role is what the person is in the response.
	Role incident.Role `db:"role"`
	// Locale is the language of mails and pages, such as es.
	Locale string `db:"locale"`
	// Zone is the IANA name of the zone in which instants are shown.
	Zone string `db:"zone"`
	// CreatedAt is when the account was made, UTC.
	CreatedAt time.Time `db:"created_at"`
	// EndedAt is when the account ended, UTC; nil while it may be used. What it
	// did stays in the record.
	EndedAt *time.Time `db:"ended_at"`
}

// NewUser is what an account is made from.
type NewUser struct {
	// Email is the address; required, and of no other account.
	Email string
	// Name is the person's name; required.
	Name string
	// Role is one of [incident.Roles].
	Role incident.Role
	// Locale is the language, such as es; empty for en.
	Locale string
	// Zone is an IANA zone; empty for UTC.
	Zone string
	// Password allows to sign in; at least 12 characters. Empty for an account
	// that has its token alone.
	Password string
	// By is who adds the account; the zero value for the engine, which makes the
	// first one.
	By incident.Actor
}

const userColumns = `id, email, name, role, locale, zone, created_at, ended_at`

// tokenPrefix makes a leaked token recognisable to scanners.
const tokenPrefix = "tcs_"

// CreateUser makes an account and gives its token, which is shown this once:
// the store keeps its hash alone. An address that has an account is an
// [incident.Conflict].
func (s *Store) CreateUser(ctx context.Context, in NewUser) (User, string, error) {
	return s.createUser(ctx, in, false)
}

// CreateFirstUser makes the account that an installation begins with. When
// there is an account already it is an [incident.Conflict], however many ask
// at the same moment.
func (s *Store) CreateFirstUser(ctx context.Context, in NewUser) (User, string, error) {
	return s.createUser(ctx, in, true)
}

func (s *Store) createUser(ctx context.Context, in NewUser, first bool) (User, string, error) {
	in, err := checkUser(in)
	if err != nil {
		return User{}, "", err
	}
	hash := ""
	if in.Password != "" {
		if hash, err = s.hashPassword(ctx, in.Password); err != nil {
			return User{}, "", failed("create user", err)
		}
	}
	made, err := s.newAccount(in)
	if err != nil {
		return User{}, "", failed("create user", err)
	}
	made.hash = hash
	token, digest := newToken(tokenPrefix)
	err = s.changeAccounts(ctx, "create user", func(tx pgx.Tx, record recorder) error {
		if first {
			if err := refuseSecondFirst(ctx, tx); err != nil {
				return err
			}
		}
		if err := made.insert(ctx, tx); err != nil {
			return err
		}
		one := Token{ID: "tk_" + rand.Text()[:20], Name: "first", CreatedAt: made.CreatedAt}
		if err := insertToken(ctx, tx, made.ID, one, digest); err != nil {
			return err
		}
		return record(in.By, incident.ChangeAccount{What: incident.AccountAdded, Account: made.ID, Role: made.Role})
	})
	if err != nil {
		return User{}, "", err
	}
	return made.User, token, nil
}

// newAccount is an account that is about to be stored.
type newAccount struct {
	User
	salt    []byte
	hash    string // of the password; empty for none
	invited bool
}

// newAccount gives what was checked by [checkUser] its id.
func (s *Store) newAccount(in NewUser) (newAccount, error) {
	made := newAccount{salt: make([]byte, 32)}
	if _, err := rand.Read(made.salt); err != nil {
		return made, err
	}
	commitment := hmac.New(sha256.New, made.salt)
	commitment.Write([]byte(in.Email))
	made.User = User{
		ID: hex.EncodeToString(commitment.Sum(nil))[:32], Email: in.Email, Name: in.Name, Role: in.Role,
		Locale: in.Locale, Zone: in.Zone, CreatedAt: s.now(),
	}
	return made, nil
}

// insert stores the account. An address that has one is an [incident.Conflict].
func (a newAccount) insert(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO account (id, salt, email, name, role, locale, zone, password, created_at, invited)
		VALUES (@id, @salt, @email, @name, @role, @locale, @zone, @password, @created_at, @invited)`,
		pgx.NamedArgs{
			"id": a.ID, "salt": a.salt, "email": a.Email, "name": a.Name, "role": string(a.Role), "locale": a.Locale,
			"zone": a.Zone, "password": a.hash, "created_at": a.CreatedAt, "invited": a.invited,
		})
	if violates(err, "account_email") {
		return &incident.Error{Kind: incident.Conflict, Field: "email",
			Message: "this address has an account already", Expected: "an address without an account"}
	}
	return err
}

// refuseSecondFirst asks whether there is an account, under the lock of
// [Store.changeAccounts].
func refuseSecondFirst(ctx context.Context, tx pgx.Tx) error {
	var any bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM account)`).Scan(&any); err != nil {
		return err
	}
	if any {
		return &incident.Error{Kind: incident.Conflict,
			Message: "there are accounts already; a DPO or an administrator adds further ones with \"tocsin user add\""}
	}
	return nil
}

// checkUser refuses what is wrong and fills in what was left out. It never
// repeats an address or a name.
func checkUser(in NewUser) (NewUser, error) {
	in.Email = strings.ToLower(strings.TrimSpace(in.Email))
	in.Name = strings.TrimSpace(in.Name)
	if address, err := mail.ParseAddress(in.Email); err != nil || address.Address != in.Email || len(in.Email) > 254 ||
		strings.IndexFunc(in.Email, notASCII) >= 0 {
		return in, incident.InvalidField("email", "", "is not an e-mail address", "an address such as dpo@example.com")
	}
	if in.Name == "" || len(in.Name) > 200 || !utf8.ValidString(in.Name) || strings.IndexFunc(in.Name, unicode.IsControl) >= 0 {
		return in, incident.InvalidField("name", "", "is missing or not a name", "the person's name in at most 200 bytes")
	}
	if !in.Role.Valid() {
		return in, incident.InvalidField("role", string(in.Role), "is not known",
			"dpo, deputy, responder, approver, auditor or admin")
	}
	if in.Locale == "" {
		in.Locale = "en"
	}
	if in.Zone == "" {
		in.Zone = "UTC"
	}
	if in.By == (incident.Actor{}) {
		in.By = incident.Engine()
	}
	if err := checkLanguage(in.Locale, in.Zone); err != nil {
		return in, err
	}
	if in.Password != "" {
		return in, checkPassword("password", in.Password)
	}
	return in, nil
}

// recorder writes what was done for the whole installation, within the
// transaction that does it.
type recorder = func(by incident.Actor, command incident.InstallationCommand) error

// changeAccounts does something to accounts, and records it, in one
// transaction: what stands in no record did not happen. One at a time.
func (s *Store) changeAccounts(ctx context.Context, operation string, do func(tx pgx.Tx, record recorder) error) error {
	return s.transact(ctx, operation, func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		return do(tx, func(by incident.Actor, command incident.InstallationCommand) error {
			if err := s.recordInstallation(ctx, tx, last, by, command); err != nil {
				return err
			}
			last++
			// Whoever gets hold of a session cannot add a way in unseen.
			if change, ok := command.(incident.ChangeAccount); ok && mailsAccess(change.What) {
				_, err := s.insertMail(ctx, tx, change.Account, change.What, changedLife)
				return err
			}
			return nil
		})
	})
}

// ownActor is an account that does something to itself.
func ownActor(ctx context.Context, tx pgx.Tx, accountID string) (incident.Actor, error) {
	by := incident.Actor{ID: accountID}
	err := tx.QueryRow(ctx, `SELECT role FROM account WHERE id = @account AND ended_at IS NULL FOR UPDATE`,
		pgx.NamedArgs{"account": accountID}).Scan(&by.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return by, unauthenticated()
	}
	return by, err
}

func notASCII(r rune) bool { return r > unicode.MaxASCII }

func notTag(r rune) bool {
	return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}

// newToken gives a token of 32 random bytes and the hash that is stored.
func newToken(prefix string) (token string, digest []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	token = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashToken(token)
}

// hashToken needs no salt: a token has 256 random bits.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// unauthenticated is the one answer to a wrong address, password, token or session.
func unauthenticated() *incident.Error {
	return &incident.Error{Kind: incident.Unauthenticated,
		Message: "you are not signed in, or what you gave is wrong or no longer valid; sign in again or ask your administrator for a new token"}
}

// User gives an account by its id, or [incident.NotFound].
func (s *Store) User(ctx context.Context, id string) (User, error) {
	user, err := s.oneUser(ctx, `SELECT `+userColumns+` FROM account WHERE id = @id`, pgx.NamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, &incident.Error{Kind: incident.NotFound, Message: "there is no such account"}
	}
	return user, failed("read account", err)
}

// Users lists all accounts, the oldest first, those that ended too.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	return s.users(ctx, `SELECT `+userColumns+` FROM account ORDER BY created_at, id`)
}

// OnCall lists who is called when a reminder rings, in the order that
// [Store.MoveOnCall] made. Who is in no order comes last: the DPOs, then the
// deputies, each in the order in which their accounts were made.
func (s *Store) OnCall(ctx context.Context) ([]User, error) {
	return s.users(ctx, `SELECT `+userColumns+` FROM account `+inOnCallOrder)
}

func (s *Store) users(ctx context.Context, sql string) ([]User, error) {
	rows, err := s.pool.Query(ctx, sql)
	if err != nil {
		return nil, failed("list accounts", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[User])
	if err != nil {
		return nil, failed("list accounts", err)
	}
	for i := range list {
		list[i].inUTC()
	}
	return list, nil
}

func (s *Store) oneUser(ctx context.Context, sql string, args pgx.NamedArgs) (User, error) {
	rows, err := s.pool.Query(ctx, sql, args)
	if err != nil {
		return User{}, err
	}
	user, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[User])
	user.inUTC()
	return user, err
}

// inUTC gives every instant in UTC.
func (u *User) inUTC() {
	u.CreatedAt = u.CreatedAt.UTC()
	if u.EndedAt != nil {
		utc := u.EndedAt.UTC()
		u.EndedAt = &utc
	}
}
