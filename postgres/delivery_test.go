package postgres_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// sendingRound opens a case whose round 1 is approved and being sent.
func sendingRound(t testing.TB, s *postgres.Store, id string, people ...postgres.Person) string {
	t.Helper()
	preparedRound(t, s, id, people...)
	record(t, s, id, deputy, incident.ApproveMailing{Round: 1})
	record(t, s, id, dpo, incident.StartMailing{Round: 1})
	return id
}

// preparedRound is sendingRound before approval.
func preparedRound(t testing.TB, s *postgres.Store, id string, people ...postgres.Person) {
	t.Helper()
	openCase(t, s, id, start)
	record(t, s, id, dpo, assessment(true))
	importPeople(t, s, id, "people", 1, people...)
	notice, err := s.PutDocument(t.Context(), id, "notice.json", "application/json", []byte(`{"es":"Aviso"}`))
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, id, dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: notice, Locales: []string{"es", "en"}})
	for range 2 { // repeating it adds nothing
		if err := s.PrepareDeliveries(t.Context(), id, 1); err != nil {
			t.Fatal(err)
		}
	}
}

func claim(t testing.TB, s *postgres.Store, id, owner string, n int) []postgres.Delivery {
	t.Helper()
	claimed, err := s.Claim(t.Context(), id, 1, owner, n)
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

func settle(t testing.TB, s *postgres.Store, id string, d postgres.Delivery, owner string, out postgres.DeliveryOutcome) (fenced bool) {
	t.Helper()
	fenced, err := s.Settle(t.Context(), id, d.ID, owner, out)
	if err != nil {
		t.Fatal(err)
	}
	return fenced
}

func counts(t testing.TB, s *postgres.Store, id string) incident.DeliveryCounts {
	t.Helper()
	c, _, err := s.Counts(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func takeOver(t testing.TB, s *postgres.Store, id, owner string, want int) {
	t.Helper()
	n, err := s.TakeOver(t.Context(), id, 1, owner)
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("%d claims were taken over, want %d", n, want)
	}
}

// messageID is made as senders make it.
func messageID(t testing.TB, s *postgres.Store, id string, d postgres.Delivery) string {
	t.Helper()
	key, err := s.IncidentMailKey(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(fmt.Appendf(nil, "%s/%d/1", id, d.PersonID))
	return hex.EncodeToString(h.Sum(nil)) + "@tocsin.example"
}

func accepted(message string) postgres.DeliveryOutcome {
	sum := sha256.Sum256([]byte(message))
	return postgres.DeliveryOutcome{State: "accepted", Code: 250, Reply: "250 queued", MessageID: message, SHA256: sum[:], At: start}
}

func TestNobodyIsWrittenToBeforeTheRoundIsStartedOrAfterItIsStopped(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	preparedRound(t, s, "case", somebody(1), somebody(2), somebody(3))
	try := func(round int, when string) {
		t.Helper()
		if _, err := s.Claim(t.Context(), "case", round, "owner", 1); incident.KindOf(err) != incident.Conflict || err == nil {
			t.Errorf("a claim %s gives %v, want a conflict", when, err)
		}
	}
	try(1, "before approval")
	record(t, s, "case", deputy, incident.ApproveMailing{Round: 1})
	try(1, "before the start")
	try(9, "in a round that is not there")
	record(t, s, "case", dpo, incident.StartMailing{Round: 1})
	if got := claim(t, s, "case", "owner", 1); len(got) != 1 {
		t.Fatalf("%d deliveries are claimed once started, want 1", len(got))
	}
	record(t, s, "case", dpo, incident.StopMailing{Round: 1, Reason: "The notice names a wrong date."})
	if got := claim(t, s, "case", "owner", 1); len(got) != 0 {
		t.Errorf("%d deliveries are claimed after the stop, want none", len(got))
	}
}

func TestADeliveryGoesThroughItsStates(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	far := somebody(5)
	far.Undeliverable = "quoted local part"
	id := sendingRound(t, s, "case", somebody(1), somebody(2), somebody(3), somebody(4), far)
	if diff := cmp.Diff(incident.DeliveryCounts{Total: 5, Pending: 4, Undeliverable: 1}, counts(t, s, id)); diff != "" {
		t.Errorf("prepared:\n%s", diff)
	}
	got := claim(t, s, id, "owner", 10)
	if len(got) != 4 {
		t.Fatalf("%d deliveries are claimed, want the 4 that can be sent", len(got))
	}
	want := somebody(1)
	want.ID, want.Round = got[0].PersonID, 1
	if diff := cmp.Diff(want, got[0].Person); diff != "" || got[0].Attempt != 1 || got[0].Resend {
		t.Errorf("the first claim is attempt %d, resend %v, and its person differs:\n%s", got[0].Attempt, got[0].Resend, diff)
	}
	settle(t, s, id, got[0], "owner", accepted("1"))
	settle(t, s, id, got[1], "owner", postgres.DeliveryOutcome{State: "refused", Code: 550, Enhanced: "5.1.1", MessageID: "2", At: start})
	settle(t, s, id, got[2], "owner", postgres.DeliveryOutcome{State: "deferred", Code: 451, MessageID: "3", At: start, RetryAt: start.Add(time.Minute)})
	settle(t, s, id, got[3], "owner", postgres.DeliveryOutcome{State: "undeliverable", SHA256: make([]byte, 32), At: start})
	c, next, err := s.Counts(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(incident.DeliveryCounts{Total: 5, Accepted: 1, Refused: 1, Deferred: 1, Undeliverable: 2}, c); diff != "" {
		t.Errorf("settled:\n%s", diff)
	}
	if !next.Equal(start.Add(time.Minute)) {
		t.Errorf("the next try is at %v, want a minute later", next)
	}
	if again := claim(t, s, id, "owner", 10); len(again) != 0 {
		t.Errorf("%d deliveries are claimed before their time", len(again))
	}
	before := digest(t, s, id)
	clock.advance(time.Minute)
	again := claim(t, s, id, "owner", 10)
	if len(again) != 1 || again[0].ID != got[2].ID || again[0].Attempt != 2 || again[0].Resend {
		t.Fatalf("after a minute %+v are claimed, want the deferred one as attempt 2", again)
	}
	settle(t, s, id, again[0], "owner", accepted("3"))
	if c, next, err := s.Counts(t.Context(), id, 1); err != nil || c.Accepted != 2 || c.Deferred != 0 || !next.IsZero() {
		t.Errorf("counts are %+v with next %v, %v", c, next, err)
	}
	lines := "1 accepted\n2 refused\n3 accepted\n undeliverable\n undeliverable\n"
	if sum := sha256.Sum256([]byte(lines)); digest(t, s, id) != hex.EncodeToString(sum[:]) {
		t.Error("the digest is not the one of the outcomes")
	}
	if before == digest(t, s, id) {
		t.Error("the digest does not change with an outcome")
	}
	view := listPeople(t, s, id, postgres.PeopleQuery{State: "refused"})
	if len(view) != 1 || view[0].Code != 550 || view[0].Enhanced != "5.1.1" || view[0].MessageID != "2" || !view[0].SettledAt.Equal(start) {
		t.Errorf("the refused person is shown as %+v", view)
	}
}

func digest(t testing.TB, s *postgres.Store, id string) string {
	t.Helper()
	d, _, err := s.HashOutcomes(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestASenderThatDiedIsFencedAndItsNoticeResentOnce(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	id := sendingRound(t, s, "case", somebody(1), somebody(2))
	first := claim(t, s, id, "dead", 1)[0]
	original := messageID(t, s, id, first)

	takeOver(t, s, id, "heir", 1)
	if c := counts(t, s, id); c.Unknown != 1 || c.Sending != 0 {
		t.Errorf("after the takeover counts are %+v, want one unknown", c)
	}
	if !settle(t, s, id, first, "dead", accepted(original)) {
		t.Error("the dead sender's outcome was taken")
	}
	second := claim(t, s, id, "heir", 1)[0]
	if second.ID != first.ID || !second.Resend || second.Attempt != 2 {
		t.Fatalf("the heir claims %+v, want delivery %d as a resend", second, first.ID)
	}
	if again := messageID(t, s, id, second); again != original {
		t.Errorf("the copy has message id %s, the original %s", again, original)
	}
	if !settle(t, s, id, second, "dead", accepted(original)) {
		t.Error("the dead sender's outcome was taken for the heir's claim")
	}

	// The heir dies as well: it is not sent a third time.
	takeOver(t, s, id, "grandchild", 1)
	rest := claim(t, s, id, "grandchild", 10)
	if len(rest) != 1 || rest[0].PersonID == first.PersonID {
		t.Fatalf("%d deliveries are claimed, want the other person's alone", len(rest))
	}
	settle(t, s, id, rest[0], "grandchild", accepted(messageID(t, s, id, rest[0])))
	takeOver(t, s, id, "another", 0)
	if diff := cmp.Diff(incident.DeliveryCounts{Total: 2, Accepted: 1, Unknown: 1, Resent: 1}, counts(t, s, id)); diff != "" {
		t.Errorf("at the end:\n%s", diff)
	}
	if view := listPeople(t, s, id, postgres.PeopleQuery{State: "unknown"}); len(view) != 1 || !view[0].Resent || view[0].Attempts != 2 {
		t.Errorf("the person in doubt is shown as %+v", view)
	}
}

func TestTheSameOutcomeAgainIsNotFenced(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	id := sendingRound(t, s, "case", somebody(1))
	d := claim(t, s, id, "owner", 1)[0]
	out := accepted("1")
	out.At = start.Add(123 * time.Nanosecond) // finer than the database keeps
	for try := range 2 {
		if settle(t, s, id, d, "owner", out) {
			t.Errorf("try %d is fenced", try)
		}
	}
	if !settle(t, s, id, d, "owner", postgres.DeliveryOutcome{State: "refused", MessageID: "1", At: start}) {
		t.Error("another outcome replaced the first")
	}
	if !settle(t, s, id, d, "stranger", out) {
		t.Error("a stranger's outcome was taken")
	}
}

func TestAReleasedDeliveryIsAsBefore(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	id := sendingRound(t, s, "case", somebody(1))
	release := func(d postgres.Delivery, owner string) {
		t.Helper()
		if err := s.Release(t.Context(), id, owner, d.ID); err != nil {
			t.Fatal(err)
		}
	}
	d := claim(t, s, id, "a", 1)[0]
	release(d, "stranger")
	if c := counts(t, s, id); c.Sending != 1 {
		t.Errorf("a stranger released the claim: %+v", c)
	}
	release(d, "a")
	if c := counts(t, s, id); c.Pending != 1 {
		t.Errorf("after the release counts are %+v, want one pending", c)
	}

	d = claim(t, s, id, "a", 1)[0]
	if d.Attempt != 1 {
		t.Errorf("a released attempt counts: the next is %d", d.Attempt)
	}
	takeOver(t, s, id, "b", 1)
	d = claim(t, s, id, "b", 1)[0]
	release(d, "b")
	if c := counts(t, s, id); c.Unknown != 1 {
		t.Errorf("after releasing a resend counts are %+v, want one unknown", c)
	}
	d = claim(t, s, id, "b", 1)[0]
	if !d.Resend {
		t.Error("a released resend is no resend any more")
	}
	settle(t, s, id, d, "b", postgres.DeliveryOutcome{State: "deferred", MessageID: "1", At: start, RetryAt: start.Add(time.Second)})
	clock.advance(time.Second)
	release(claim(t, s, id, "b", 1)[0], "b")
	if c := counts(t, s, id); c.Deferred != 1 {
		t.Errorf("after releasing a retry counts are %+v, want one deferred", c)
	}
	if d := claim(t, s, id, "b", 1)[0]; !d.Resend || d.Attempt != 3 {
		t.Errorf("the retry is %+v, want attempt 3 of a resent notice", d)
	}
}

func TestConcurrentSendersNeverClaimTwice(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	const people, senders = 200, 8
	all := make([]postgres.Person, people)
	for i := range all {
		all[i] = somebody(i)
	}
	id := sendingRound(t, s, "case", all...)
	var mu sync.Mutex
	claims := make(map[int64]int)
	var group sync.WaitGroup
	for n := range senders {
		group.Go(func() {
			owner := fmt.Sprintf("sender %d", n)
			for {
				got, err := s.Claim(t.Context(), id, 1, owner, 3)
				if err != nil {
					t.Errorf("%s: %v", owner, err)
				}
				if len(got) == 0 {
					return
				}
				for _, d := range got {
					mu.Lock()
					claims[d.PersonID]++
					mu.Unlock()
					if fenced, err := s.Settle(t.Context(), id, d.ID, owner, accepted(fmt.Sprint(d.PersonID))); err != nil || fenced {
						t.Errorf("%s: fenced %v, %v", owner, fenced, err)
					}
				}
			}
		})
	}
	group.Wait()
	for person, n := range claims {
		if n != 1 {
			t.Errorf("person %d was claimed %d times", person, n)
		}
	}
	if c := counts(t, s, id); len(claims) != people || c.Accepted != people {
		t.Errorf("%d people were claimed and %d accepted, want %d", len(claims), c.Accepted, people)
	}
}

func TestAnOutcomeThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	id := sendingRound(t, s, "case", somebody(1))
	d := claim(t, s, id, "owner", 1)[0]
	for name, out := range map[string]postgres.DeliveryOutcome{
		"a state that is no outcome":  {State: "pending", At: start},
		"a deferral without a time":   {State: "deferred", At: start},
		"an outcome without a time":   {State: "accepted"},
		"a hash of the wrong length":  {State: "accepted", At: start, SHA256: []byte("short")},
		"a state that does not exist": {State: "lost", At: start},
	} {
		if _, err := s.Settle(t.Context(), id, d.ID, "owner", out); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if c := counts(t, s, id); c.Sending != 1 {
		t.Errorf("counts are %+v, want the claim untouched", c)
	}
}
