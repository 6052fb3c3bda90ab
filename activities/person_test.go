package activities_test

import (
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// TestWhoseNoticeCannotBeWrittenIsUndeliverableAndTheRestGoOn has people for
// whom the template fails: a kind of data that the language has no name for, no
// kind at all, one kind twice. The content as such has passed the check.
func TestWhoseNoticeCannotBeWrittenIsUndeliverableAndTheRestGoOn(t *testing.T) {
	kinds := map[int][]string{3: {"email", "shoe_size"}, 60: {}, 90: {"email", "email"}}
	const people = 130
	s := smtptest.Start(t, smtptest.Options{Pipelining: true, Keep: true})
	m := newMailingTo(t, postgrestest.Store(t), s, people, func(i int) postgres.Person {
		p := ordinary(i)
		if odd, ok := kinds[i]; ok {
			p.Kinds = odd
		}
		return p
	}, nil)
	pass, err := m.pass()
	if err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c != (incident.DeliveryCounts{Total: people, Accepted: people - len(kinds), Undeliverable: len(kinds)}) {
		t.Errorf("the counts are %+v", c)
	}
	for message, got := range s.Messages() {
		if _, odd := kinds[number(got.Recipient)]; odd {
			t.Errorf("%s got a message that could not be written: %s", got.Recipient, message)
		}
	}
	told, err := m.store.People(t.Context(), id, postgres.PeopleQuery{State: postgres.StateUndeliverable})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != len(kinds) {
		t.Fatalf("%d people are undeliverable", len(told))
	}
	for _, p := range told {
		if !strings.HasPrefix(p.Why, "the notice could not be composed: data_kinds: ") || strings.Contains(p.Why, "shoe_size") ||
			strings.Contains(p.Why, p.Email) || p.Undeliverable != "" {
			t.Errorf("%s: %q", p.Email, p.Why)
		}
	}
	// Nothing of it is tried again, and the round can end.
	if again, err := m.pass(); err != nil || !again.Done {
		t.Errorf("the second pass is %+v, %v", again, err)
	}
}
