package postgres_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// account is a row of the controller's accounts.
func account(email, userID, organisation, role string) []string {
	return []string{email, userID, organisation, role}
}

// openRecipients opens a round to recipients of a file of accounts.
func openRecipients(t testing.TB, s *postgres.Store, id, name, kind string, rows ...[]string) (incident.RoundOpened, error) {
	t.Helper()
	var file strings.Builder
	out := csv.NewWriter(&file)
	if err := out.WriteAll(append([][]string{{"email", "user_id", "organisation", "admin"}}, rows...)); err != nil {
		t.Fatal(err)
	}
	w, err := s.StageRecipients(t.Context(), id, name, kind)
	if err != nil {
		t.Fatal(err)
	}
	options := people.Options{Accounts: true, Keys: s.Matcher()}
	if _, err := people.Read(t.Context(), strings.NewReader(file.String()), options, func(p people.Person) error { return w.Add(t.Context(), &p) }); err != nil {
		t.Fatal(err)
	}
	counts, err := w.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: incident.OpenRound{
		Kind: kind, Reason: "They ask.", Import: name, SHA256: hash('c'), Counts: counts}})
	if err != nil {
		return incident.RoundOpened{}, err
	}
	return done.Recorded[0].Data.(incident.RoundOpened), nil
}

// customer is somebody affected with a user id.
func customer(n int) postgres.Person {
	p := somebody(n)
	p.Fields = map[string]string{"user_id": fmt.Sprintf("U-%d", n)}
	return p
}

func address(n int) string { return fmt.Sprintf("person%d@example.org", n) }

func addressesOf(told map[string][]string) []string {
	var list []string
	for email := range told {
		list = append(list, email)
	}
	slices.Sort(list)
	return list
}

func TestNobodyWhoIsAffectedIsToldTheContrary(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	openCase(t, s, "other", start)
	record(t, s, "case", dpo, assessment(true))
	importFile(t, s, "other", "first", customer(9)) // another case's people count for nothing here
	importFile(t, s, "case", "first", customer(1), customer(2))
	opened, err := openRecipients(t, s, "case", "accounts", incident.RoundNotAffected,
		account("PERSON1@example.org", "", "", ""), // affected by address
		account("new2@example.org", "U-2", "", ""), // affected by user id
		account("new2@example.org", "U-7", "", ""), // shares an address with somebody affected
		account(address(3), "U-3", "", ""),         // will be affected before the round is prepared
		account(address(4), "U-4", "", ""),         // will be affected while the round is sent
		account("old5@example.org", "U-5", "", ""), // likewise, by user id
		account(address(6), "U-6", "", ""),         // not affected
		account(address(6), "U-66", "", ""),        // the same reader again
		account("", "U-8", "", ""),                 // no address
		account(address(9), "U-9", "", ""),         // affected in another case only
		account(address(10), "U-10", "", ""),       // on its way when the file comes
		account(address(11), "U-11", "", ""))       // told before the file comes
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(incident.RecipientCounts{Rows: 12, People: 7, Affected: 3, NotConcerned: 1}, opened.Counts); diff != "" {
		t.Errorf("the round's numbers differ:\n%s", diff)
	}
	if n := len(listPeople(t, s, "case", postgres.PeopleQuery{})); n != 2 {
		t.Errorf("%d people are affected, want 2: recipients are among them", n)
	}
	importFile(t, s, "case", "second", customer(3))
	prepareRound(t, s, "case", opened.Round, incident.RoundNotAffected)
	if c, _, err := s.Counts(t.Context(), "case", opened.Round); err != nil || c.Total != 6 || c.Pending != 6 {
		t.Fatalf("%+v are prepared, %v", c, err)
	}
	all, err := s.Claim(t.Context(), "case", opened.Round, "owner", 6)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]postgres.Delivery{}
	for _, d := range all {
		by[d.Person.Email] = d
		if len(d.Person.Kinds) != 0 || d.Person.Fields["user_id"] != "" {
			t.Errorf("more is kept of somebody who is not affected than their notice needs: %+v", d.Person)
		}
	}
	settle(t, s, "case", by[address(11)], "owner", accepted("11"))
	for _, email := range []string{address(4), "old5@example.org", address(6), address(9)} {
		if err := s.Release(t.Context(), "case", "owner", by[email].ID); err != nil {
			t.Fatal(err)
		}
	}
	counts := importFile(t, s, "case", "third", customer(4), customer(5), customer(10), customer(11))
	if counts.Accepted != 4 {
		t.Errorf("%d people of the third file are new, want all: who was told the contrary is owed a notice", counts.Accepted)
	}
	// What was on its way is asked to come later, and must not.
	settle(t, s, "case", by[address(10)], "owner", postgres.DeliveryOutcome{State: postgres.StateDeferred, MessageID: "10", At: start, RetryAt: start})
	told := sendAll(t, s, "case", opened.Round, postgres.StateAccepted)
	if diff := cmp.Diff([]string{address(6), address(9)}, addressesOf(told)); diff != "" {
		t.Errorf("told that they are not affected are:\n%s", diff)
	}
	c, next, err := s.Counts(t.Context(), "case", opened.Round)
	if err != nil || !next.IsZero() {
		t.Fatalf("the round goes on at %v, %v", next, err)
	}
	if diff := cmp.Diff(incident.DeliveryCounts{Total: 6, Accepted: 3, Withheld: 3}, c); diff != "" {
		t.Errorf("at the end:\n%s", diff)
	}
	if n, err := s.ToldNotAffected(t.Context(), "case"); err != nil || n != 1 {
		t.Errorf("%d were told the contrary, %v; want the one whose notice had left", n, err)
	}
	wantOwed(t, s, "case", incident.Owed{Affected: 7})
	_, err = openRecipients(t, s, "other", "accounts", incident.RoundNotAffected, account(address(9), "", "", ""))
	wantKind(t, err, incident.Conflict)
}

func TestASenderThatDiedDoesNotTellSomebodyTheContraryAgain(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	importFile(t, s, "case", "first", customer(1))
	opened, err := openRecipients(t, s, "case", "accounts", incident.RoundNotAffected, account(address(2), "", "", ""), account(address(3), "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	prepareRound(t, s, "case", opened.Round, incident.RoundNotAffected)
	claimed, err := s.Claim(t.Context(), "case", opened.Round, "dead", 1)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d are claimed, %v", len(claimed), err)
	}
	importFile(t, s, "case", "second", customer(2), customer(3))
	if n, err := s.TakeOver(t.Context(), "case", opened.Round, "heir"); err != nil || n != 1 {
		t.Fatalf("%d are taken over, %v", n, err)
	}
	if again := sendAll(t, s, "case", opened.Round, postgres.StateAccepted); len(again) != 0 {
		t.Errorf("sent once more: %v", again)
	}
	if c, _, err := s.Counts(t.Context(), "case", opened.Round); err != nil || c != (incident.DeliveryCounts{Total: 2, Unknown: 1, Withheld: 1}) {
		t.Errorf("at the end %+v, %v", c, err)
	}
}

func TestAdministratorsAreToldOfTheirOwnOrganisationOnceUntilItChanges(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	importFile(t, s, "case", "first", member(1, "ACME Ltd", "email"), member(2, "acme ltd", "email", "name"), member(3, "Bakers", "email"))
	accounts := [][]string{
		account("boss@example.com", "A1", "Acme  LTD", "admin"), account("boss@example.com", "A2", "Bakers", "yes"),
		account("boss@example.com", "A3", "acme ltd", "owner"), // the same again
		account("staff@example.com", "A4", "ACME Ltd", "member"), account("other@example.com", "A5", "Cobblers", "admin"),
		account("", "A6", "Bakers", "admin"),
	}
	opened, err := openRecipients(t, s, "case", "accounts", incident.RoundOrganisations, accounts...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(incident.RecipientCounts{Rows: 6, People: 2, NotConcerned: 4, ByKind: map[string]int{"email": 2, "name": 1}}, opened.Counts); diff != "" {
		t.Errorf("the round's numbers differ:\n%s", diff)
	}
	prepareRound(t, s, "case", opened.Round, incident.RoundOrganisations)
	claimed, err := s.Claim(t.Context(), "case", opened.Round, "owner", 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range claimed {
		name, n := d.Organisation()
		got[name] = fmt.Sprint(n, d.Person.Kinds)
		settle(t, s, "case", d, "owner", accepted(fmt.Sprint(d.ID)))
	}
	if diff := cmp.Diff(map[string]string{"Acme LTD": "2 [email name]", "Bakers": "1 [email]"}, got); diff != "" {
		t.Errorf("the notices differ:\n%s", diff)
	}
	finishRound(t, s, "case", opened.Round)
	wantOwed(t, s, "case", incident.Owed{Affected: 3}) // an organisation's notice tells none of its people

	_, err = openRecipients(t, s, "case", "again", incident.RoundOrganisations, accounts...)
	wantKind(t, err, incident.Conflict)
	importFile(t, s, "case", "second", member(4, "Bakers", "email"), member(1, "ACME Ltd", "card"))
	opened, err = openRecipients(t, s, "case", "changed", incident.RoundOrganisations, accounts...)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Counts.People != 2 || opened.Counts.ByKind["card"] != 1 {
		t.Errorf("after a wider file the numbers are %+v, want both organisations", opened.Counts)
	}
}
