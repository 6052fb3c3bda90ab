package postgres_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// secured is an account with a second factor.
type secured struct {
	t        *testing.T
	clock    *watch
	store    *postgres.Store
	user     postgres.User
	secret   string
	recovery []string
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	clock := newWatch(start)
	s := &secured{t: t, clock: clock, store: postgrestest.Store(t, postgres.WithClock(clock.now))}
	s.user, _ = newUser(t, s.store, "dpo@example.com", incident.RoleDPO)
	var err error
	if s.secret, err = s.store.ProposeSecondFactor(t.Context(), s.user.ID); err != nil {
		t.Fatal(err)
	}
	if s.recovery, err = s.store.ConfirmSecondFactor(t.Context(), s.user.ID, s.code(), ""); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Minute)
	return s
}

// code is what an independent implementation shows now.
func (s *secured) code() string {
	s.t.Helper()
	code, err := totp.GenerateCode(s.secret, s.clock.now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

func (s *secured) begin() string {
	s.t.Helper()
	session, err := s.store.CreateSession(s.t.Context(), s.user.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if !session.Pending {
		s.t.Fatal("the password alone gave a whole session")
	}
	return session.Token
}

func TestASecondFactorIsAskedForAndItsCodeCountsOnce(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	pending := s.begin()
	if _, err := s.store.SessionUser(t.Context(), pending); incident.KindOf(err) != incident.Unauthenticated {
		t.Fatalf("a pending session opened something: %v", err)
	}
	code := s.code()
	whole, err := s.store.CompleteSession(t.Context(), pending, code[:3]+" "+code[3:])
	if err != nil {
		t.Fatal(err)
	}
	if whole.Pending || whole.Token == pending {
		t.Errorf("the session kept its token or is still pending: %+v", whole.Pending)
	}
	if user, err := s.store.SessionUser(t.Context(), whole.Token); err != nil || user.ID != s.user.ID {
		t.Errorf("the session is of %q, %v", user.ID, err)
	}
	if _, err := s.store.CompleteSession(t.Context(), pending, s.recovery[0]); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("a pending session was completed twice: %v", err)
	}
	_, err = s.store.CompleteSession(t.Context(), s.begin(), code)
	wantKind(t, err, incident.Invalid)
	s.clock.advance(time.Minute)
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), s.code()); err != nil {
		t.Errorf("the next code is refused: %v", err)
	}
}

func TestWrongCodesEndThePendingSession(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	pending := s.begin()
	for range 5 {
		_, err := s.store.CompleteSession(t.Context(), pending, "000000x")
		wantKind(t, err, incident.Invalid)
	}
	_, err := s.store.CompleteSession(t.Context(), pending, s.code())
	wantKind(t, err, incident.Unauthenticated)

	late := s.begin()
	s.clock.advance(10 * time.Minute)
	_, err = s.store.CompleteSession(t.Context(), late, s.code())
	wantKind(t, err, incident.Unauthenticated)
}

// TestWhoKnowsThePasswordDoesNotGuessCodesFromEverywhere guesses from so many places
// that no count of places sees it: the account has a count of its own.
func TestWhoKnowsThePasswordDoesNotGuessCodesFromEverywhere(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	for range 6 {
		pending := s.begin()
		for range 5 {
			_, err := s.store.CompleteSession(t.Context(), pending, "000000x")
			wantKind(t, err, incident.Invalid)
		}
	}
	_, err := s.store.CompleteSession(t.Context(), s.begin(), s.code())
	wantKind(t, err, incident.Conflict) // the right one
	wantKind(t, s.store.RemoveSecondFactor(t.Context(), s.user.ID, s.code()), incident.Conflict)
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), s.recovery[0]); err != nil {
		t.Errorf("the holder is shut out: %v", err)
	}
	s.clock.advance(time.Hour)
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), s.code()); err != nil {
		t.Errorf("an hour later the code is refused: %v", err)
	}
}

func TestARecoveryCodeReplacesALostDeviceOnce(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	if len(s.recovery) != 10 {
		t.Fatalf("%d recovery codes, want 10", len(s.recovery))
	}
	typed := strings.ToUpper(strings.ReplaceAll(s.recovery[3], "-", " "))
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), typed); err != nil {
		t.Fatal(err)
	}
	_, err := s.store.CompleteSession(t.Context(), s.begin(), s.recovery[3])
	wantKind(t, err, incident.Invalid)
	if f, err := s.store.SecondFactor(t.Context(), s.user.ID); err != nil || !f.On || f.RecoveryCodes != 9 {
		t.Errorf("the factor is %+v, %v", f, err)
	}
	// Of another account's codes none works.
	other, _ := newUser(t, s.store, "deputy@example.com", incident.RoleDeputy)
	if on, err := s.store.WithSecondFactor(t.Context()); err != nil || !on[s.user.ID] || on[other.ID] {
		t.Errorf("the accounts that are asked for a code are %v, %v", on, err)
	}
	if err := s.store.RemoveSecondFactor(t.Context(), other.ID, s.recovery[4]); incident.KindOf(err) != incident.Invalid {
		t.Errorf("another account's recovery code counted: %v", err)
	}
}

func TestASecondFactorIsTurnedOnAndOffByACodeAlone(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	// A proposal that nobody confirms leaves the old secret in force.
	if _, err := s.store.ProposeSecondFactor(t.Context(), s.user.ID); err != nil {
		t.Fatal(err)
	}
	_, err := s.store.ConfirmSecondFactor(t.Context(), s.user.ID, s.code(), "")
	wantKind(t, err, incident.Invalid)
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), s.code()); err != nil {
		t.Fatal(err)
	}
	s.clock.advance(time.Minute)
	wantKind(t, s.store.RemoveSecondFactor(t.Context(), s.user.ID, "000000x"), incident.Invalid)
	if err := s.store.RemoveSecondFactor(t.Context(), s.user.ID, s.code()); err != nil {
		t.Fatal(err)
	}
	if session, err := s.store.CreateSession(t.Context(), s.user.ID); err != nil || session.Pending {
		t.Errorf("without a second factor the session is pending: %v", err)
	}
	if f, err := s.store.SecondFactor(t.Context(), s.user.ID); err != nil || f.On || f.RecoveryCodes != 0 {
		t.Errorf("the factor is %+v, %v", f, err)
	}
}

func TestTheSecretOfASecondFactorIsSealed(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	if _, err := s.ProposeSecondFactor(t.Context(), user.ID); err != nil {
		t.Fatal(err)
	}
	// 20 bytes in clear would be stored in 20; sealed they carry nonce, tag and prefix.
	if n := query[int](t, ownerURL, `SELECT octet_length(totp_proposed) FROM account`); n <= 20+12 {
		t.Errorf("the secret is stored in %d bytes", n)
	}
}

func TestWhatHappensToAccountsStandsInTheRecord(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	if _, err := s.store.CompleteSession(t.Context(), s.begin(), s.recovery[0]); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.store.CreateToken(t.Context(), s.user.ID, postgres.NewToken{Name: "the laptop of Nina", ReadsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := s.store.RevokeToken(t.Context(), s.user.ID, token.ID); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := newUser(t, s.store, "responder@example.com", incident.RoleResponder)
	if _, err := s.store.ResetUser(t.Context(), keeper, other.ID, goodPassword, true); err != nil {
		t.Fatal(err)
	}
	if err := s.store.EndUser(t.Context(), keeper, other.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.store.RemoveSecondFactor(t.Context(), s.user.ID, "000000x"), incident.Invalid)
	entries, err := s.store.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	all := string(text)
	for _, part := range []string{
		`"what":"added"`, `"Role":"engine"`, `"what":"second_factor_on"`, `"recovery_code":true`, `"what":"token_created"`,
		`"reads_only":true`, `"what":"token_revoked"`, `"what":"reset"`, `"what":"ended"`, `"ID":"keeper"`,
	} {
		if !strings.Contains(all, part) {
			t.Errorf("the record lacks %s", part)
		}
	}
	if n := strings.Count(all, "token_revoked"); n != 1 {
		t.Errorf("one revoking stands %d times in the record", n)
	}
	for _, secret := range []string{"example.com", "Nina", "Somebody", s.recovery[0], s.secret} {
		if strings.Contains(all, secret) {
			t.Errorf("the record names %q", secret)
		}
	}
}
