package activities_test

import (
	"strings"
	"testing"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

func TestARoundThatHaltsIsToldToEachPersonOnCall(t *testing.T) {
	s := keeping(t, smtptest.Options{})
	m := newMailing(t, postgrestest.Store(t), s, 1)
	for _, u := range []postgres.NewUser{
		{Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Locale: "en", Password: "correct horse battery"},
		{Email: "deputy@example.com", Name: "E", Role: incident.RoleDeputy, Locale: "es", Password: "correct horse battery"},
	} {
		if _, _, err := m.store.CreateUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(level int) activities.HoldTold {
		t.Helper()
		value, err := m.env.ExecuteActivity(m.a.TellOfHold, activities.HoldCall{Incident: id, Round: 1, Level: level})
		if err != nil {
			t.Fatal(err)
		}
		var told activities.HoldTold
		if err := value.Get(&told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	if tell(0).Further || s.Taken() != 0 {
		t.Error("somebody is told of a round that does not halt")
	}
	m.record(incident.Engine(), incident.HoldMailing{Round: 1, Why: incident.HeldForRefusals, Sent: 50, Refused: 5})
	for level, further := range []bool{true, false} {
		for range 2 { // a repeated attempt is recognisable as the same
			if got := tell(level); got.Further != further {
				t.Errorf("after level %d further is %v", level, got.Further)
			}
		}
	}
	to := map[string]int{}
	for message, mail := range s.Messages() {
		to[mail.Recipient] = mail.Copies
		if !strings.HasSuffix(message, "@example.com>") {
			t.Errorf("the Message-ID is %s", message)
		}
	}
	if len(to) != 2 || to["dpo@example.com"] != 2 || to["deputy@example.com"] != 2 {
		t.Errorf("mails went to %v; expected one Message-ID for each person", to)
	}
	m.record(dpo, incident.ResumeMailing{Round: 1})
	if tell(0).Further || s.Taken() != 4 {
		t.Error("somebody is told of a round that goes on again")
	}
}
