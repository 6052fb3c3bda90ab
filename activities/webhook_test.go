package activities_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
	"tocsin/templates"
	"tocsin/webhook"
)

// receiving is a webhook with a receiver on a socket and a clock that the test sets.
type receiving struct {
	t    *testing.T
	m    *mailing
	hook postgres.Webhook

	mu     sync.Mutex
	status int
	later  string // what is answered as Retry-After
	ids    []string
	bodies []string
	wrong  []error
	now    time.Time
}

func newReceiving(t *testing.T, s *smtptest.Sink) *receiving {
	t.Helper()
	r := &receiving{t: t, status: http.StatusOK, now: time.Now().UTC().Truncate(time.Microsecond)}
	clock := func() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }
	r.m = newMailing(t, postgrestest.Store(t, postgres.WithClock(clock)), s, 1)
	secret := webhook.NewSecret()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err == nil {
			// The clock of these tests runs ahead of the machine's.
			err = verifier.VerifyIgnoringTimestamp(body, q.Header)
		}
		if err != nil {
			r.wrong = append(r.wrong, err)
		}
		r.ids, r.bodies = append(r.ids, q.Header.Get("Webhook-Id")), append(r.bodies, string(body))
		w.Header().Set("Retry-After", r.later)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(server.Close)
	writer, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		t.Fatal(err)
	}
	r.m.a.Signals, r.m.a.SignalWriter, r.m.a.Clock = webhook.NewSender(webhook.Policy{Loopback: true}, clock), writer, clock
	r.hook, err = r.m.store.AddWebhook(t.Context(), dpo, postgres.NewWebhook{Name: "Ticketing", Address: server.URL + "/hidden", Host: "127.0.0.1",
		Form: incident.FormStandard, Locale: "en", Kinds: incident.SignalKinds(), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// step lets the activity run.
func (r *receiving) step() activities.WebhookStep {
	r.t.Helper()
	value, err := r.m.env.ExecuteActivity(r.m.a.TellWebhook, r.hook.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	var step activities.WebhookStep
	if err := value.Get(&step); err != nil {
		r.t.Fatal(err)
	}
	return step
}

func (r *receiving) answer(status int) { r.mu.Lock(); r.status = status; r.mu.Unlock() }

func (r *receiving) advance(d time.Duration) { r.mu.Lock(); r.now = r.now.Add(d); r.mu.Unlock() }

func (r *receiving) taken() (ids, bodies []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, err := range r.wrong {
		r.t.Errorf("the library refuses a signal: %v", err)
	}
	return append([]string(nil), r.ids...), append([]string(nil), r.bodies...)
}

func TestSignalsAreSentInOrderAndHoldNobodysWords(t *testing.T) {
	r := newReceiving(t, keeping(t, smtptest.Options{}))
	r.m.record(dpo, incident.SetAwareness{At: time.Now().Add(-2 * time.Hour), Reason: "words of a person"})
	r.m.record(dpo, incident.PauseMailing{Round: 1, Reason: "words of a person"})
	r.answer(http.StatusServiceUnavailable)
	if step := r.step(); step.Wait < 5*time.Second || step.Wait > 6*time.Second || step.GivenUp {
		t.Errorf("after one attempt that came to nothing: %+v", step)
	}
	if step := r.step(); step.Wait <= 0 || step.Wait > 6*time.Second {
		t.Errorf("asked again too early: %+v", step)
	}
	r.answer(http.StatusOK)
	r.advance(6 * time.Second)
	if step := r.step(); step != (activities.WebhookStep{}) {
		t.Errorf("after everything was taken: %+v", step)
	}
	ids, bodies := r.taken()
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
		t.Fatalf("the ids are %q", ids)
	}
	if !strings.Contains(bodies[1], incident.SignalAware) || !strings.Contains(bodies[2], incident.SignalHalted) || !strings.Contains(bodies[2], `"round":1`) ||
		!strings.Contains(bodies[2], "https://tocsin.example.com/incidents/case") {
		t.Errorf("the signals are %q", bodies)
	}
	for _, word := range []string{"words", "Exported", "Mirador", "example.org"} {
		if strings.Contains(strings.Join(bodies, " "), word) {
			t.Errorf("a signal holds %q", word)
		}
	}
}

func TestAReceiverThatAsksToBeLeftAloneIsAndOneThatLostSomethingIsToldAgain(t *testing.T) {
	r := newReceiving(t, keeping(t, smtptest.Options{}))
	r.advance(time.Second) // what is recorded now is told apart from what was before
	r.m.record(dpo, incident.SetAwareness{At: time.Now().Add(-2 * time.Hour), Reason: "r"})
	r.m.record(dpo, incident.PauseMailing{Round: 1, Reason: "r"})
	r.mu.Lock()
	r.later = "3600"
	r.mu.Unlock()
	r.answer(http.StatusTooManyRequests)
	if step := r.step(); step.Wait < time.Hour || step.Wait > 2*time.Hour {
		t.Errorf("a receiver that asks for an hour is asked again after %s", step.Wait)
	}
	r.answer(http.StatusOK)
	r.advance(2 * time.Hour)
	if step := r.step(); step != (activities.WebhookStep{}) {
		t.Errorf("after everything was taken: %+v", step)
	}
	if err := r.m.store.ReplayWebhook(t.Context(), dpo, r.hook.ID, r.hook.CreatedAt.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if step := r.step(); step != (activities.WebhookStep{}) {
		t.Errorf("after it was told again: %+v", step)
	}
	if ids, _ := r.taken(); len(ids) != 5 || ids[3] != ids[1] || ids[4] != ids[2] {
		t.Errorf("told again, the ids are %q", ids)
	}
}

func TestAReceiverThatTakesNothingIsGivenUpAfterThreeDaysAndToldOnce(t *testing.T) {
	s := keeping(t, smtptest.Options{})
	r := newReceiving(t, s)
	if _, _, err := r.m.store.CreateUser(t.Context(), postgres.NewUser{
		Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Locale: "es", Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	r.m.record(dpo, incident.SetAwareness{At: time.Now().Add(-2 * time.Hour), Reason: "r"})
	r.answer(http.StatusInternalServerError)
	var tried time.Duration
	attempts := 0
	for {
		step := r.step()
		attempts++
		if step.GivenUp {
			break
		}
		if step.Wait <= 0 || attempts > 20 {
			t.Fatalf("attempt %d gave %+v", attempts, step)
		}
		tried += step.Wait
		r.advance(step.Wait)
	}
	if attempts != 10 || tried < 72*time.Hour || tried > 84*time.Hour {
		t.Errorf("given up after %d attempts in %s", attempts, tried)
	}
	for range 2 {
		if _, err := r.m.env.ExecuteActivity(r.m.a.TellWebhookStopped, r.hook.ID); err != nil {
			t.Fatal(err)
		}
	}
	if r.step().GivenUp || s.Taken() != 1 {
		t.Errorf("told %d times that it was given up", s.Taken())
	}
	if ids, _ := r.taken(); len(ids) != 10 {
		t.Errorf("%d requests arrived", len(ids))
	}
	// Turned on again it goes on where it stopped.
	r.answer(http.StatusOK)
	if err := r.m.store.TurnWebhook(t.Context(), dpo, r.hook.ID, true); err != nil {
		t.Fatal(err)
	}
	if step := r.step(); step != (activities.WebhookStep{}) {
		t.Errorf("after it was turned on: %+v", step)
	}
	if ids, _ := r.taken(); len(ids) != 11 || ids[10] != ids[0] {
		t.Errorf("the ids are %q", ids)
	}
}

func TestAReceiverThatWantsNothingAnyMoreIsTurnedOff(t *testing.T) {
	r := newReceiving(t, keeping(t, smtptest.Options{}))
	r.m.record(dpo, incident.SetAwareness{At: time.Now().Add(-2 * time.Hour), Reason: "r"})
	r.answer(http.StatusGone)
	if step := r.step(); !step.GivenUp {
		t.Errorf("after 410: %+v", step)
	}
	if w, err := r.m.store.Webhook(t.Context(), r.hook.ID); err != nil || w.State != postgres.WebhookGone {
		t.Errorf("the webhook is %+v, %v", w, err)
	}
	r.step()
	if ids, _ := r.taken(); len(ids) != 1 {
		t.Errorf("%d requests arrived", len(ids))
	}
	if err := r.m.store.EndWebhook(t.Context(), dpo, r.hook.ID); err != nil {
		t.Fatal(err)
	}
	if step := r.step(); step != (activities.WebhookStep{}) {
		t.Errorf("of a webhook that was ended: %+v", step)
	}
}
