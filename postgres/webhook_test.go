package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

const hookAddress = "https://hooks.example.com/services/T0/hidden-path"

func newHook(form string, kinds ...string) postgres.NewWebhook {
	return postgres.NewWebhook{Name: "Team", Address: hookAddress, Host: "hooks.example.com", Form: form, Locale: "es", Kinds: kinds, Secret: "whsec_c2VjcmV0"}
}

func addHook(t *testing.T, s *postgres.Store, kinds ...string) postgres.Webhook {
	t.Helper()
	made, err := s.AddWebhook(t.Context(), dpo, newHook(incident.FormStandard, kinds...))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// next gives the kind of the next signal and its place; empty for none.
func next(t *testing.T, s *postgres.Store, id string) (string, postgres.Pending) {
	t.Helper()
	p, found, err := s.NextSignal(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return "", p
	}
	return p.Signal.Kind, p
}

func attempt(t *testing.T, s *postgres.Store, id string, p postgres.Pending, delivered bool, at, again time.Time) {
	t.Helper()
	a := postgres.Attempt{Entry: p.Entry, Kind: p.Signal.Kind, Incident: p.Incident, At: at, Result: "timeout", TookMS: 10_000}
	if delivered {
		a.Result, a.Status = "delivered", 200
	}
	if err := s.SettleAttempt(t.Context(), id, a, delivered, again); err != nil {
		t.Fatal(err)
	}
}

func TestAWebhookIsToldWhatIsRecordedFromItsBeginningOnInOrder(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "before", start)
	hook := addHook(t, s, incident.SignalOpened, incident.SignalClosed, incident.SignalAware)
	other := addHook(t, s, incident.SignalClosed)
	if kind, _ := next(t, s, hook.ID); kind != "" {
		t.Errorf("a new webhook is told %s of before", kind)
	}
	openCase(t, s, "one", start)
	record(t, s, "one", dpo, incident.SetAwareness{At: start.Add(-2 * time.Hour), Reason: "the log says so"})
	openCase(t, s, "two", start)
	var told []string
	for {
		kind, p := next(t, s, hook.ID)
		if kind == "" {
			break
		}
		if again, _ := next(t, s, hook.ID); again != kind {
			t.Errorf("asked twice, the next is %s and then %s", kind, again)
		}
		told = append(told, kind+" "+p.Incident)
		attempt(t, s, hook.ID, p, true, clock.now(), time.Time{})
		attempt(t, s, hook.ID, p, true, clock.now(), time.Time{}) // the answer was lost
	}
	want := []string{"incident.opened one", "incident.awareness_changed one", "incident.opened two"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if kind, _ := next(t, s, other.ID); kind != "" {
		t.Errorf("the other webhook is told %s, which it did not choose", kind)
	}
	due, err := s.WebhooksDue(t.Context())
	if err != nil || len(due) != 0 {
		t.Errorf("due are %v, %v", due, err)
	}
}

// TestNoSignalIsPassedOver records from many sides at once: entries of the log
// become visible in its order, so that none is behind the cursor.
func TestNoSignalIsPassedOver(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	hook := addHook(t, s, incident.SignalOpened)
	const writers, each = 4, 12
	now := time.Now().UTC().Truncate(time.Microsecond)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := range each {
				id := fmt.Sprintf("case-%d-%d", w, n)
				_, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: opening(id, now)})
				if err != nil {
					t.Errorf("record: %v", err)
				}
			}
		})
	}
	told := map[string]bool{}
	eventually(t, "every opening", func() bool {
		kind, p := next(t, s, hook.ID)
		if kind != "" {
			told[p.Incident] = true
			attempt(t, s, hook.ID, p, true, now, time.Time{})
		}
		return len(told) == writers*each
	})
	all.Wait()
}

func TestAWebhookThatTakesNothingWaitsAndIsGivenUp(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	hook := addHook(t, s, incident.SignalOpened)
	openCase(t, s, "one", start)
	_, p := next(t, s, hook.ID)
	attempt(t, s, hook.ID, p, false, clock.now(), clock.now().Add(time.Hour))
	isDue := func(want bool, when string) {
		t.Helper()
		due, err := s.WebhooksDue(t.Context())
		if err != nil || slices.Equal(due, []string{hook.ID}) != want || !want && len(due) > 0 {
			t.Errorf("%s due are %v, %v", when, due, err)
		}
	}
	isDue(false, "while it waits")
	clock.advance(time.Hour)
	isDue(true, "when the wait is over")
	attempt(t, s, hook.ID, p, false, clock.now(), clock.now().Add(time.Hour))
	if err := s.TestWebhook(t.Context(), dpo, hook.ID); err != nil {
		t.Fatal(err)
	}
	isDue(true, "when a person tests")
	if kind, again := next(t, s, hook.ID); kind != incident.SignalOpened || again.Entry != p.Entry {
		t.Errorf("after two attempts that came to nothing the next is %s", kind)
	}
	found, err := s.Webhook(t.Context(), hook.ID)
	if err != nil || found.Tries != 2 || found.FailingSince == nil || !found.FailingSince.Equal(start) {
		t.Errorf("the webhook is %+v, %v", found, err)
	}
	for range 2 { // given up once, however often it is said
		if err := s.StopWebhook(t.Context(), hook.ID, incident.WebhookFailing); err != nil {
			t.Fatal(err)
		}
	}
	isDue(true, "until a person was told")
	if err := s.WebhookTold(t.Context(), hook.ID); err != nil {
		t.Fatal(err)
	}
	isDue(false, "after a person was told")
	wantKind(t, s.TestWebhook(t.Context(), dpo, hook.ID), incident.Conflict)
	openCase(t, s, "two", start)
	if err := s.TurnWebhook(t.Context(), dpo, hook.ID, true); err != nil {
		t.Fatal(err)
	}
	isDue(true, "when it was turned on again")
	var told []string
	for kind, p := next(t, s, hook.ID); kind != ""; kind, p = next(t, s, hook.ID) {
		told = append(told, kind)
		attempt(t, s, hook.ID, p, true, clock.now(), time.Time{})
	}
	if want := []string{incident.SignalOpened, incident.SignalTest, incident.SignalOpened}; !slices.Equal(told, want) {
		t.Errorf("after it was turned on it is told %q, want %q", told, want)
	}
	list, err := s.Attempts(t.Context(), hook.ID)
	if err != nil || len(list) != 5 || list[0].Result != "delivered" || list[4].Result != "timeout" {
		t.Errorf("the attempts are %+v, %v", list, err)
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, e := range entries {
		if e.Entry.Type == incident.EvWebhookChanged {
			what = append(what, string(e.Entry.Data))
		}
	}
	if all := strings.Join(what, "\n"); len(what) != 4 || strings.Contains(all, "hidden-path") || strings.Contains(all, "whsec") ||
		strings.Count(all, `"what":"failing"`) != 1 || !strings.Contains(all, `"host":"hooks.example.com"`) {
		t.Errorf("the record holds\n%s", all)
	}
}

func TestAWebhooksSecretsAreSealedAndRotated(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	adminURL, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	hook, other := addHook(t, s, incident.SignalOpened), addHook(t, s, incident.SignalOpened)
	sealed := query[[]byte](t, adminURL, `SELECT sealed FROM webhook WHERE id = $1`, hook.ID)
	if bytes.Contains(sealed, []byte("hidden-path")) || bytes.Contains(sealed, []byte("whsec")) {
		t.Error("address or secret stands in clear")
	}
	secrets := func(want postgres.WebhookSecrets, when string) {
		t.Helper()
		got, err := s.WebhookSecrets(t.Context(), hook.ID)
		if err != nil || got != want {
			t.Errorf("%s the secrets are %+v, %v", when, got, err)
		}
	}
	secrets(postgres.WebhookSecrets{Address: hookAddress, Secret: "whsec_c2VjcmV0"}, "at first")
	if err := s.RotateWebhook(t.Context(), dpo, hook.ID, "whsec_bmV3"); err != nil {
		t.Fatal(err)
	}
	secrets(postgres.WebhookSecrets{Address: hookAddress, Secret: "whsec_bmV3", Former: "whsec_c2VjcmV0"}, "after a rotation")
	if err := s.ChangeWebhook(t.Context(), dpo, hook.ID, postgres.NewWebhook{Name: "Other", Locale: "en", Kinds: []string{incident.SignalClosed}}); err != nil {
		t.Fatal(err)
	}
	secrets(postgres.WebhookSecrets{Address: hookAddress, Secret: "whsec_bmV3", Former: "whsec_c2VjcmV0"}, "after a change without an address")
	clock.advance(postgres.FormerSecretFor)
	secrets(postgres.WebhookSecrets{Address: hookAddress, Secret: "whsec_bmV3"}, "a day later")
	conn := connect(t, adminURL)
	if _, err := conn.Exec(t.Context(), `UPDATE webhook SET sealed = $1 WHERE id = $2`, sealed, other.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WebhookSecrets(t.Context(), other.ID); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("what was sealed for another webhook opens, or: %v", err)
	}
	if err := s.EndWebhook(t.Context(), dpo, hook.ID); err != nil {
		t.Fatal(err)
	}
	_, err := s.WebhookSecrets(t.Context(), hook.ID)
	wantKind(t, err, incident.NotFound)
}

func TestAWebhookThatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	for name, in := range map[string]postgres.NewWebhook{
		"no name":         {Form: incident.FormSlack, Kinds: []string{incident.SignalOpened}},
		"a line end":      {Name: "a\nb", Form: incident.FormSlack, Kinds: []string{incident.SignalOpened}},
		"an unknown form": {Name: "a", Form: "fax", Kinds: []string{incident.SignalOpened}},
		"no kinds":        {Name: "a", Form: incident.FormSlack},
		"an unknown kind": {Name: "a", Form: incident.FormSlack, Kinds: []string{"incident.imagined"}},
		"the test's kind": {Name: "a", Form: incident.FormSlack, Kinds: []string{incident.SignalTest}},
	} {
		_, err := s.AddWebhook(t.Context(), dpo, in)
		if incident.KindOf(err) != incident.Invalid {
			t.Errorf("%s gives %v", name, err)
		}
	}
	_, err := s.AddWebhook(t.Context(), deputy, newHook(incident.FormSlack, incident.SignalOpened))
	wantKind(t, err, incident.Forbidden)
	slack, err := s.AddWebhook(t.Context(), dpo, newHook(incident.FormSlack, incident.SignalOpened))
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.RotateWebhook(t.Context(), dpo, slack.ID, "whsec_bmV3"), incident.Conflict)
	for what, err := range map[string]error{
		"a test": s.TestWebhook(t.Context(), dpo, "wh_none"), "an end": s.EndWebhook(t.Context(), dpo, "wh\x00none"),
		"a turn": s.TurnWebhook(t.Context(), dpo, "wh_none", true),
	} {
		if incident.KindOf(err) != incident.NotFound {
			t.Errorf("%s of a webhook that there is not gives %v", what, err)
		}
	}
	list, err := s.Webhooks(t.Context())
	if err != nil || len(list) != 1 {
		t.Errorf("%d webhooks are left, %v", len(list), err)
	}
}

func TestWhatIsRecordedIsHeard(t *testing.T) {
	t.Parallel()
	adminURL, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	heard := make(chan postgres.Heard, 16)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Listen(ctx, func(told postgres.Heard) { heard <- told })
	}()
	hearsOf := func(want postgres.Heard) {
		t.Helper()
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("heard %+v, want %+v", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%+v was not heard", want)
		}
	}
	hears := func(id string) {
		t.Helper()
		hearsOf(postgres.Heard{Incident: id})
	}
	hears("")
	openCase(t, s, "one", time.Now())
	hears("one")
	if err := s.TellProgress(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	hearsOf(postgres.Heard{Incident: "one", Progress: true})
	addHook(t, s, incident.SignalOpened)
	hears(incident.InstallationID)
	// A connection that is lost is made anew, and then everything is looked at.
	n := query[int](t, adminURL, `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity
		WHERE datname = current_database() AND query = 'LISTEN tocsin_record'`)
	if n != 1 {
		t.Fatalf("%d connections listen", n)
	}
	hears("")
	openCase(t, s, "two", time.Now())
	hears("two")
	cancel()
	<-ended
}
