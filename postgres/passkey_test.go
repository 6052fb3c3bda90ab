package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestAQuestionIsAnsweredOnceByItsHolderWithinFiveMinutes(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	asked := postgres.Ceremony{Purpose: "add", Holder: "browser", Account: user.ID, Data: json.RawMessage(`{"challenge": "x"}`)}
	begin := func() {
		t.Helper()
		if err := s.BeginCeremony(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what, purpose, holder string) {
		t.Helper()
		if _, err := s.TakeCeremony(t.Context(), purpose, holder); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%s gave %v", what, err)
		}
	}
	refused("nothing was asked", "add", "browser")
	begin()
	refused("another purpose", "sign-in", "browser")
	refused("another holder", "add", "another browser")
	got, err := s.TakeCeremony(t.Context(), "add", "browser")
	if err != nil || got.Account != user.ID || !strings.Contains(string(got.Data), "challenge") {
		t.Errorf("the question is %+v, %v", got, err)
	}
	refused("a second answer", "add", "browser")
	begin()
	begin() // asked again: one question is left
	clock.advance(postgres.CeremonyLength - time.Second)
	if _, err := s.TakeCeremony(t.Context(), "add", "browser"); err != nil {
		t.Errorf("within five minutes: %v", err)
	}
	begin()
	clock.advance(postgres.CeremonyLength)
	refused("an answer after five minutes", "add", "browser")
	if err := s.BeginCeremony(t.Context(), postgres.Ceremony{Purpose: "add", Data: asked.Data}); err == nil {
		t.Error("a question without a holder was remembered")
	}
}

// answering is a check that finds the answer right.
func answering(id string) postgres.PasskeyCheck {
	return func([]postgres.Passkey) (postgres.PasskeyUse, error) {
		return postgres.PasskeyUse{ID: id, Record: json.RawMessage(`{"counter": 2}`)}, nil
	}
}

func addPasskey(t *testing.T, s *postgres.Store, account, credential string) (postgres.Passkey, []string) {
	t.Helper()
	key, codes, err := s.AddPasskey(t.Context(), account, postgres.NewPasskey{
		Name: " Laptop ", Credential: []byte(credential), Party: "tocsin.example.com", Record: json.RawMessage(`{"counter": 1}`),
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	return key, codes
}

func TestAPasskeyIsASecondFactorFromItsFirstToItsLast(t *testing.T) {
	t.Parallel()
	s := newSecured(t) // with an app
	app, _ := addPasskey(t, s.store, s.user.ID, "one")
	if err := s.store.RemoveSecondFactor(t.Context(), s.user.ID, s.code()); err != nil {
		t.Fatal(err)
	}
	state := func() postgres.SecondFactor {
		t.Helper()
		f, err := s.store.SecondFactor(t.Context(), s.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := state(); !f.On || f.App || f.Passkeys != 1 || f.RecoveryCodes != 10 {
		t.Errorf("without the app the second factor is %+v", f)
	}
	pending := s.begin()
	if _, err := s.store.CompleteSession(t.Context(), pending, "000000"); incident.KindOf(err) != incident.Invalid {
		t.Errorf("a code without an app gave %v", err)
	}
	if _, err := s.store.CompleteSession(t.Context(), pending, s.recovery[0]); err != nil {
		t.Errorf("a recovery code gave %v", err)
	}
	if on, err := s.store.WithSecondFactor(t.Context()); err != nil || !on[s.user.ID] {
		t.Errorf("the account is not among those with a second factor: %v", err)
	}
	if err := s.store.RemovePasskey(t.Context(), s.user.ID, app.ID); err != nil {
		t.Fatal(err)
	}
	if f := state(); f.On || f.RecoveryCodes != 0 {
		t.Errorf("after the last one the second factor is %+v", f)
	}
	_, codes := addPasskey(t, s.store, s.user.ID, "two")
	if len(codes) != 10 {
		t.Errorf("the first passkey gives %d recovery codes", len(codes))
	}
	if _, more := addPasskey(t, s.store, s.user.ID, "three"); more != nil {
		t.Error("the second passkey replaces the recovery codes")
	}
	other, _ := newUser(t, s.store, "other@example.com", incident.RoleResponder)
	addPasskey(t, s.store, other.ID, "four")
	if _, err := s.store.ResetUser(t.Context(), dpo, other.ID, "a new and long password", true); err != nil {
		t.Fatal(err)
	}
	if f, err := s.store.SecondFactor(t.Context(), other.ID); err != nil || f.On || f.RecoveryCodes != 0 {
		t.Errorf("after a reset the second factor is %+v, %v", f, err)
	}
}

func TestWhatIsNoPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	other, _ := newUser(t, s, "other@example.com", incident.RoleAdmin)
	key, _ := addPasskey(t, s, user.ID, "one")
	for what, in := range map[string]postgres.NewPasskey{
		"no name":     {Credential: []byte("x"), Record: json.RawMessage(`{}`)},
		"a line end":  {Name: "a\nb", Credential: []byte("x"), Record: json.RawMessage(`{}`)},
		"a long name": {Name: strings.Repeat("a", 101), Credential: []byte("x"), Record: json.RawMessage(`{}`)},
	} {
		if _, _, err := s.AddPasskey(t.Context(), user.ID, in, ""); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%s gave %v", what, err)
		}
	}
	again := postgres.NewPasskey{Name: "Phone", Credential: []byte("one"), Record: json.RawMessage(`{}`)}
	_, _, err := s.AddPasskey(t.Context(), other.ID, again, "")
	wantKind(t, err, incident.Conflict)
	wantKind(t, s.RemovePasskey(t.Context(), other.ID, key.ID), incident.NotFound)
	for i := range 19 {
		addPasskey(t, s, user.ID, fmt.Sprint("further", i))
	}
	_, _, err = s.AddPasskey(t.Context(), user.ID, postgres.NewPasskey{Name: "x", Credential: []byte("x"), Record: json.RawMessage(`{}`)}, "")
	wantKind(t, err, incident.Conflict)
	wrong := func([]postgres.Passkey) (postgres.PasskeyUse, error) {
		return postgres.PasskeyUse{}, errors.New("wrong")
	}
	_, err = s.SignInByPasskey(t.Context(), user.ID, wrong)
	wantKind(t, err, incident.Unauthenticated)
	_, err = s.SignInByPasskey(t.Context(), strings.Repeat("0", 32), answering(key.ID))
	wantKind(t, err, incident.Unauthenticated)
	_, err = s.CompleteSessionByPasskey(t.Context(), "tcss_nothing", answering(key.ID))
	wantKind(t, err, incident.Unauthenticated)
}

// Of two answers at the same moment each is checked against what the other left.
func TestAnswersOfAPasskeyAreCheckedOneByOne(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	key, _ := addPasskey(t, s, user.ID, "one")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := s.SignInByPasskey(t.Context(), user.ID, func(list []postgres.Passkey) (postgres.PasskeyUse, error) {
				var record struct{ Counter int }
				if err := json.Unmarshal(list[0].Record, &record); err != nil {
					return postgres.PasskeyUse{}, err
				}
				next := fmt.Sprintf(`{"counter": %d}`, record.Counter+1)
				return postgres.PasskeyUse{ID: key.ID, Record: json.RawMessage(next)}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := s.Passkeys(t.Context(), user.ID)
	if err != nil || len(list) != 1 || !strings.Contains(string(list[0].Record), ": 9") || list[0].UsedAt == nil {
		t.Errorf("after eight answers the passkey is %+v, %v", list, err)
	}
}

func TestAnAnswerOfACopyIsRecordedAndOpensNothing(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	key, _ := addPasskey(t, s, user.ID, "one")
	_, err := s.SignInByPasskey(t.Context(), user.ID, func([]postgres.Passkey) (postgres.PasskeyUse, error) {
		return postgres.PasskeyUse{ID: key.ID, Record: json.RawMessage(`{"counter": 0}`), Copied: true}, nil
	})
	wantKind(t, err, incident.Unauthenticated)
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := string(entries[len(entries)-1].Entry.Data); !strings.Contains(last, incident.AccountPasskeyRefused) || !strings.Contains(last, key.ID) {
		t.Errorf("the record says %s", last)
	}
	list, err := s.Passkeys(t.Context(), user.ID)
	if err != nil || list[0].RefusedAt == nil || list[0].UsedAt != nil || !strings.Contains(string(list[0].Record), ": 1") {
		t.Errorf("the passkey is %+v, %v", list, err)
	}
}

// TestAFirstPasskeyEndsSessionsThatBeganWithoutIt: they would go on by the password
// alone.
func TestAFirstPasskeyEndsSessionsThatBeganWithoutIt(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	begin := func() string {
		session, err := s.CreateSession(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return session.Token
	}
	mine, theirs := begin(), begin()
	in := postgres.NewPasskey{Name: "Laptop", Credential: []byte("one"), Party: "tocsin.example.com", Record: json.RawMessage(`{}`)}
	if _, _, err := s.AddPasskey(t.Context(), user.ID, in, mine); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SessionUser(t.Context(), mine); err != nil {
		t.Errorf("the own session ended: %v", err)
	}
	_, err := s.SessionUser(t.Context(), theirs)
	wantKind(t, err, incident.Unauthenticated)
}
