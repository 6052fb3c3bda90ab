package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

const goodPassword = "correct horse battery staple"

func newUser(t *testing.T, s *postgres.Store, email string, role incident.Role) (postgres.User, string) {
	t.Helper()
	user, token, err := s.CreateUser(t.Context(), postgres.NewUser{
		Email: email, Name: "Somebody", Role: role, Locale: "es", Zone: "Europe/Madrid", Password: goodPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return user, token
}

func TestAnAccountIsFoundByItsTokenAndItsPassword(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, token := newUser(t, s, "DPO@example.com ", incident.RoleDPO)
	if user.Email != "dpo@example.com" || len(user.ID) != 32 || !strings.HasPrefix(token, "tcs_") || len(token) != 47 {
		t.Errorf("the account is %+v with a token of %d characters", user, len(token))
	}
	for how, find := range map[string]func() (postgres.User, error){
		"token":    func() (postgres.User, error) { user, _, err := s.UserByToken(t.Context(), token); return user, err },
		"password": func() (postgres.User, error) { return s.UserByPassword(t.Context(), "Dpo@Example.com", goodPassword) },
		"id":       func() (postgres.User, error) { return s.User(t.Context(), user.ID) },
	} {
		found, err := find()
		if err != nil {
			t.Fatalf("by %s: %v", how, err)
		}
		if diff := cmp.Diff(user, found); diff != "" {
			t.Errorf("by %s another account is found:\n%s", how, diff)
		}
	}
}

func TestWhateverIsWrongAtSignInTheAnswerIsTheSame(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	_, token := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	if _, _, err := s.CreateUser(t.Context(), postgres.NewUser{Email: "robot@example.com", Name: "Robot", Role: incident.RoleAuditor}); err != nil {
		t.Fatal(err)
	}
	answers := make(map[string]error)
	note := func(what string, err error) { answers[what] = err }
	for what, given := range map[string][2]string{
		"a wrong password": {"dpo@example.com", "incorrect horse battery"}, "an unknown address": {"no@example.com", goodPassword},
		"an account without a password": {"robot@example.com", ""}, "an empty password": {"dpo@example.com", ""},
		"a NUL": {"dpo@example.com\x00", goodPassword + "\x00"}, "a huge password": {"dpo@example.com", strings.Repeat("x", 1<<20)},
	} {
		_, err := s.UserByPassword(t.Context(), given[0], given[1])
		note(what, err)
	}
	for what, given := range map[string]string{
		"an empty token": "", "a wrong token": "tcs_" + strings.Repeat("A", 43), "a longer token": token + "A", "a cut token": token[:40],
	} {
		_, _, err := s.UserByToken(t.Context(), given)
		note(what, err)
		_, err = s.SessionUser(t.Context(), given)
		note(what+" as a session", err)
	}
	_, err := s.SessionUser(t.Context(), token)
	note("an account's token as a session", err)
	_, err = s.CreateSession(t.Context(), "nobody")
	note("a session of nobody", err)
	want := answers["a wrong password"]
	wantKind(t, want, incident.Unauthenticated)
	for what, err := range answers {
		if err == nil || err.Error() != want.Error() || incident.KindOf(err) != incident.Unauthenticated {
			t.Errorf("%s gives %v, want the one answer", what, err)
		}
	}
}

func TestSecretsOfAccountsAreStoredHashed(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	user, token := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	session, err := s.CreateSession(t.Context(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	all := query[string](t, ownerURL, `SELECT (SELECT a::text FROM account a) || (SELECT s::text FROM session s) || (SELECT k::text FROM token k)`)
	for what, secret := range map[string]string{"token": token, "password": goodPassword, "session": session.Token} {
		if strings.Contains(all, secret) {
			t.Errorf("the %s is stored in clear", what)
		}
	}
	if !strings.Contains(all, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the password is not hashed with argon2id as configured")
	}
}

func TestTwoAccountsOfOnePersonHaveIdsThatDoNotTell(t *testing.T) {
	t.Parallel()
	a, _ := newUser(t, postgrestest.Store(t), "dpo@example.com", incident.RoleDPO)
	b, _ := newUser(t, postgrestest.Store(t), "dpo@example.com", incident.RoleDPO)
	if a.ID == b.ID {
		t.Error("the id follows from the address alone")
	}
}

func TestAnAccountThatIsWrongIsRefusedWithoutRepeatingWhoItIs(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	newUser(t, s, "taken@example.com", incident.RoleDPO)
	good := postgres.NewUser{Email: "new@example.com", Name: "Nina Ejemplo", Role: incident.RoleDPO, Password: goodPassword}
	for name, c := range map[string]struct {
		change func(u *postgres.NewUser)
		kind   incident.Kind
		field  string
	}{
		"an address that has an account": {func(u *postgres.NewUser) { u.Email = "Taken@example.com" }, incident.Conflict, "email"},
		"no address":                     {func(u *postgres.NewUser) { u.Email = "nina" }, incident.Invalid, "email"},
		"a quoted address":               {func(u *postgres.NewUser) { u.Email = `"nina"@example.com` }, incident.Invalid, "email"},
		"an address with a name":         {func(u *postgres.NewUser) { u.Email = "Nina <nina@example.com>" }, incident.Invalid, "email"},
		"an address beyond ASCII":        {func(u *postgres.NewUser) { u.Email = "ñina@example.com" }, incident.Invalid, "email"},
		"no name":                        {func(u *postgres.NewUser) { u.Name = " " }, incident.Invalid, "name"},
		"a name with a line break":       {func(u *postgres.NewUser) { u.Name = "Nina\r\nBcc: x" }, incident.Invalid, "name"},
		"the engine's role":              {func(u *postgres.NewUser) { u.Role = incident.RoleEngine }, incident.Invalid, "role"},
		"a zone that is none":            {func(u *postgres.NewUser) { u.Zone = "Europe/Nowhere" }, incident.Invalid, "zone"},
		"a locale that is none":          {func(u *postgres.NewUser) { u.Locale = "es ES" }, incident.Invalid, "locale"},
		"a short password":               {func(u *postgres.NewUser) { u.Password = "hunter2" }, incident.Invalid, "password"},
	} {
		u := good
		c.change(&u)
		_, _, err := s.CreateUser(t.Context(), u)
		e, ok := errors.AsType[*incident.Error](err)
		if !ok || e.Kind != c.kind || e.Field != c.field {
			t.Errorf("%s gives %v, want %s of %s", name, err, c.kind, c.field)
			continue
		}
		for _, secret := range []string{"nina", "taken", "hunter2"} {
			if strings.Contains(strings.ToLower(strings.ReplaceAll(err.Error(), "dpo@example.com", "")), secret) {
				t.Errorf("%s: the error repeats %q", name, secret)
			}
		}
	}
}

func TestOnCallAreDPOsThenDeputiesInTheOrderOfTheirAccounts(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	var want []string
	for _, c := range []struct {
		email string
		role  incident.Role
	}{
		{"deputy1@example.com", incident.RoleDeputy}, {"admin@example.com", incident.RoleAdmin}, {"dpo1@example.com", incident.RoleDPO},
		{"deputy2@example.com", incident.RoleDeputy}, {"dpo2@example.com", incident.RoleDPO},
	} {
		newUser(t, s, c.email, c.role)
		want = append(want, c.email)
		clock.advance(time.Second)
	}
	emails := func(users []postgres.User, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, u := range users {
			out = append(out, u.Email)
		}
		return out
	}
	if diff := cmp.Diff(want, emails(s.Users(t.Context()))); diff != "" {
		t.Errorf("all accounts:\n%s", diff)
	}
	onCall := []string{"dpo1@example.com", "dpo2@example.com", "deputy1@example.com", "deputy2@example.com"}
	if diff := cmp.Diff(onCall, emails(s.OnCall(t.Context()))); diff != "" {
		t.Errorf("on call:\n%s", diff)
	}
}

func TestASessionEndsByItselfAndWhenItIsEnded(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	begin := func() string {
		t.Helper()
		session, err := s.CreateSession(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return session.Token
	}
	ended, lasting := begin(), begin()
	if found, err := s.SessionUser(t.Context(), ended); err != nil || found != user {
		t.Fatalf("the session is of %+v, %v", found, err)
	}
	for range 2 {
		if err := s.EndSession(t.Context(), ended); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.SessionUser(t.Context(), ended)
	wantKind(t, err, incident.Unauthenticated)
	clock.advance(postgres.SessionLength - time.Second)
	if _, err := s.SessionUser(t.Context(), lasting); err != nil {
		t.Errorf("a session ends early: %v", err)
	}
	clock.advance(time.Second)
	_, err = s.SessionUser(t.Context(), lasting)
	wantKind(t, err, incident.Unauthenticated)
}

func TestOfManyWhoMakeTheFirstAccountAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	outcomes := make(chan error, 4)
	for n := range cap(outcomes) {
		go func() {
			_, _, err := s.CreateFirstUser(t.Context(), postgres.NewUser{
				Email: "dpo" + strings.Repeat("x", n) + "@example.com", Name: "DPO", Role: incident.RoleDPO,
			})
			outcomes <- err
		}()
	}
	made := 0
	for range cap(outcomes) {
		switch err := <-outcomes; {
		case err == nil:
			made++
		case incident.KindOf(err) != incident.Conflict:
			t.Errorf("refused as %v, expected a conflict", err)
		}
	}
	if made != 1 {
		t.Errorf("%d accounts were made, expected one", made)
	}
}
