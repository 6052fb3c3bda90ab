package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// wider is somebody of whom a file exposes other kinds of data.
func wider(n int, kinds ...string) postgres.Person {
	p := somebody(n)
	p.Kinds = kinds
	return p
}

// importFile stores a file as the server does, with whom it exposes more of.
func importFile(t testing.TB, s *postgres.Store, id, name string, people ...postgres.Person) incident.PeopleCounts {
	t.Helper()
	w, err := s.StageImport(t.Context(), id, name)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, p := range people {
		duplicate, err := w.Add(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if !duplicate {
			accepted++
		}
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	more, byKind := w.Widened()
	done := record(t, s, id, dpo, incident.ImportPeople{Import: name, SHA256: fmt.Sprintf("%064x", name),
		Counts: incident.PeopleCounts{Rows: len(people), Accepted: accepted, Duplicates: len(people) - accepted, Widened: more, WidenedByKind: byKind}})
	return done.Recorded[0].Data.(incident.PeopleImported).Counts
}

// prepareRound drafts, approves, starts and prepares a round.
func prepareRound(t testing.TB, s *postgres.Store, id string, round int, template string) {
	t.Helper()
	notice, err := s.PutDocument(t.Context(), id, "notice.json", "application/json", []byte(fmt.Sprintf(`{"round":%d}`, round)))
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, id, dpo, incident.DraftMailing{Round: round, Template: template, Content: notice, Locales: []string{"es"}})
	record(t, s, id, deputy, incident.ApproveMailing{Round: round})
	record(t, s, id, dpo, incident.StartMailing{Round: round})
	if err := s.PrepareDeliveries(t.Context(), id, round); err != nil {
		t.Fatal(err)
	}
}

// sendAll hands everything of a round over and gives who was written to, with
// the kinds of data that their notice named.
func sendAll(t testing.TB, s *postgres.Store, id string, round int, state string) map[string][]string {
	t.Helper()
	told := map[string][]string{}
	claimed, err := s.Claim(t.Context(), id, round, "owner", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range claimed {
		if _, twice := told[d.Person.Email]; twice {
			t.Errorf("%s is written to twice in round %d", d.Person.Email, round)
		}
		told[d.Person.Email] = d.Person.Kinds
		settle(t, s, id, d, "owner", postgres.DeliveryOutcome{State: state, Code: 250, MessageID: fmt.Sprintf("%d-%d", round, d.ID), At: start.Add(time.Duration(round) * time.Hour)})
	}
	return told
}

func finishRound(t testing.TB, s *postgres.Store, id string, round int) {
	t.Helper()
	c, _, err := s.Counts(t.Context(), id, round)
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, id, incident.Engine(), incident.FinishMailing{Round: round, Counts: c, SHA256: hash('f')})
}

func wantOwed(t testing.TB, s *postgres.Store, id string, want incident.Owed) {
	t.Helper()
	got, err := s.Owed(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%+v are owed a notice, want %+v", got, want)
	}
}

func wantRecordedOwed(t testing.TB, s *postgres.Store, id string, want incident.Owed) {
	t.Helper()
	state, err := s.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if state.Owed == nil || *state.Owed != want {
		t.Errorf("the record says that %+v are owed a notice, want %+v", state.Owed, want)
	}
}

func TestALaterFileOwesNewPeopleANoticeAndOldOnesAFollowUp(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	far := somebody(3)
	far.Undeliverable = "no address"
	importFile(t, s, "case", "first", somebody(1), somebody(2), far)
	wantOwed(t, s, "case", incident.Owed{Affected: 3})
	prepareRound(t, s, "case", 1, incident.RoundAffected)
	if told := sendAll(t, s, "case", 1, postgres.StateAccepted); len(told) != 2 {
		t.Fatalf("round 1 writes to %v", told)
	}
	finishRound(t, s, "case", 1)
	wantRecordedOwed(t, s, "case", incident.Owed{})

	counts := importFile(t, s, "case", "second",
		wider(1, "email", "card"), wider(2, "email"), wider(3, "name", "card"), somebody(4))
	if counts.Accepted != 1 || counts.Widened != 2 || counts.WidenedTold != 1 || counts.WidenedByKind["card"] != 2 {
		t.Errorf("the second file's numbers are %+v, want one new person, two with more, one of them told", counts)
	}
	wantOwed(t, s, "case", incident.Owed{Affected: 1, FollowUp: 1})
	wantRecordedOwed(t, s, "case", incident.Owed{Affected: 1, FollowUp: 1})
	prepareRound(t, s, "case", 2, incident.RoundAffected)
	if diff := cmp.Diff(map[string][]string{"person4@example.org": {"email", "name"}}, sendAll(t, s, "case", 2, postgres.StateAccepted)); diff != "" {
		t.Errorf("round 2 does not write to the new person alone:\n%s", diff)
	}
	finishRound(t, s, "case", 2)
	wantRecordedOwed(t, s, "case", incident.Owed{FollowUp: 1})

	open := incident.OpenRound{Kind: incident.RoundFollowUp, Scope: incident.ScopeChanged, Reason: "A wider file came."}
	opened := record(t, s, "case", dpo, open).Recorded[0].Data.(incident.RoundOpened)
	if diff := cmp.Diff(incident.RecipientCounts{People: 1, ByKind: map[string]int{"email": 1, "name": 1, "card": 1}}, opened.Counts); diff != "" {
		t.Errorf("the follow-up's numbers differ:\n%s", diff)
	}
	prepareRound(t, s, "case", 3, incident.RoundFollowUp)
	claimed := claim(t, s, "case", "nobody", 10)
	if len(claimed) != 0 {
		t.Errorf("round 1 still writes to %d", len(claimed))
	}
	follow, err := s.Claim(t.Context(), "case", 3, "owner", 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(follow) != 1 || follow[0].Person.Email != "person1@example.org" || !slices.Equal(follow[0].Person.Kinds, []string{"email", "name", "card"}) ||
		!follow[0].PreviousAt.Equal(start.Add(time.Hour)) {
		t.Fatalf("the follow-up writes to %+v", follow)
	}
	settle(t, s, "case", follow[0], "owner", postgres.DeliveryOutcome{State: postgres.StateAccepted, MessageID: "f", At: start})
	finishRound(t, s, "case", 3)
	wantRecordedOwed(t, s, "case", incident.Owed{})
	_, err = s.Record(t.Context(), postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, Command: open})
	wantKind(t, err, incident.Conflict)

	// Everybody who was told, whatever of them changed; nobody who was not.
	open.Scope = incident.ScopeTold
	record(t, s, "case", dpo, open)
	prepareRound(t, s, "case", 4, incident.RoundFollowUp)
	if told := sendAll(t, s, "case", 4, postgres.StateAccepted); len(told) != 3 {
		t.Errorf("the follow-up to everybody who was told writes to %v", told)
	}
	// The list of those to be told in another way has all kinds of data.
	letters := listPeople(t, s, "case", postgres.PeopleQuery{State: postgres.StateUndeliverable})
	if len(letters) != 1 || !slices.Contains(letters[0].Kinds, "card") {
		t.Errorf("to be told in another way are %+v", letters)
	}
}

func TestWhoWasNotWrittenToYetIsToldOfEverythingAtOnce(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	importFile(t, s, "case", "first", somebody(1), somebody(2))
	prepareRound(t, s, "case", 1, incident.RoundAffected)
	early := claim(t, s, "case", "owner", 1)[0]
	counts := importFile(t, s, "case", "second", wider(1, "card"), wider(2, "card"))
	if counts.Widened != 2 || counts.WidenedTold != 1 {
		t.Errorf("while a round is sent the second file's numbers are %+v", counts)
	}
	if slices.Contains(early.Person.Kinds, "card") {
		t.Error("a notice names data of which nobody knew")
	}
	settle(t, s, "case", early, "owner", accepted("1"))
	late := claim(t, s, "case", "owner", 1)[0]
	if !slices.Contains(late.Person.Kinds, "card") {
		t.Errorf("a notice that leaves after the second file names %v", late.Person.Kinds)
	}
	// A copy of what may have arrived says the very same.
	takeOver(t, s, "case", "heir", 1)
	importFile(t, s, "case", "third", wider(2, "password"))
	again := claim(t, s, "case", "heir", 1)[0]
	if !again.Resend || slices.Contains(again.Person.Kinds, "password") || !slices.Contains(again.Person.Kinds, "card") {
		t.Errorf("the copy names %v", again.Person.Kinds)
	}
	settle(t, s, "case", again, "heir", accepted("2"))
	finishRound(t, s, "case", 1)
	wantRecordedOwed(t, s, "case", incident.Owed{FollowUp: 2})
}

func TestTheRestOfAStoppedRoundIsWrittenToOnce(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	importFile(t, s, "case", "first", somebody(1), somebody(2), somebody(3))
	prepareRound(t, s, "case", 1, incident.RoundAffected)
	first := claim(t, s, "case", "owner", 1)[0]
	settle(t, s, "case", first, "owner", accepted("1"))
	record(t, s, "case", dpo, incident.StopMailing{Round: 1, Reason: "The notice names a wrong date."})
	finishRound(t, s, "case", 1)
	wantRecordedOwed(t, s, "case", incident.Owed{Affected: 2})
	record(t, s, "case", dpo, incident.OpenRound{Kind: incident.RoundAffected, Scope: incident.ScopeRest, Reason: "With the right date."})
	prepareRound(t, s, "case", 2, incident.RoundAffected)
	told := sendAll(t, s, "case", 2, postgres.StateRefused)
	if _, twice := told[first.Person.Email]; twice || len(told) != 2 {
		t.Errorf("the rest is %v", told)
	}
	finishRound(t, s, "case", 2)
	wantRecordedOwed(t, s, "case", incident.Owed{})
	if letters := listPeople(t, s, "case", postgres.PeopleQuery{State: postgres.StateRefused}); len(letters) != 2 {
		t.Errorf("%d people are to be told in another way, want the rest", len(letters))
	}
	if of := listPeople(t, s, "case", postgres.PeopleQuery{Round: 2}); len(of) != 2 {
		t.Errorf("round 2 lists %d people", len(of))
	}
}
