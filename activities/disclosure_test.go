package activities_test

import (
	"testing"
	"time"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

func TestADisclosureThroughALinkIsToldToEachPersonOnCall(t *testing.T) {
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
	tell := func(of string, level int) activities.DisclosureTold {
		t.Helper()
		value, err := m.env.ExecuteActivity(m.a.TellOfDisclosure, activities.DisclosureCall{Incident: of, Level: level})
		if err != nil {
			t.Fatal(err)
		}
		var told activities.DisclosureTold
		if err := value.Get(&told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	if tell(id, 0).Further || s.Taken() != 0 {
		t.Error("somebody is told of a case that a colleague opened")
	}
	d := incident.Disclosure{Title: "Told by Mirador through its link", Kind: "vendor", Vendor: "Mirador", VendorRecord: &incident.VendorTerms{ID: "vn_1"},
		Reference: "AAAA-BBBB-CCCC", ReceivedAt: time.Now().Add(-time.Hour), PersonalData: "yes", Authority: "AEPD", Zone: "Europe/Madrid"}
	_, err := m.store.Record(t.Context(), postgres.Recording{Incident: "told", Key: postgres.RecordKey{WorkflowID: "w", RunID: "r", ActivityID: "told"},
		Actor: incident.Actor{Role: incident.RoleVendor, ID: "dl_1"}, Command: incident.Open{ID: "told", Key: "told", Disclosure: d}})
	if err != nil {
		t.Fatal(err)
	}
	for level, further := range []bool{true, false} {
		for range 2 { // a repeated attempt is recognisable as the same
			if got := tell("told", level); got.Further != further {
				t.Errorf("after level %d further is %v", level, got.Further)
			}
		}
	}
	to := map[string]int{}
	for _, mail := range s.Messages() {
		to[mail.Recipient] = mail.Copies
	}
	if len(to) != 2 || to["dpo@example.com"] != 2 || to["deputy@example.com"] != 2 {
		t.Errorf("mails went to %v; expected one Message-ID for each person", to)
	}
}
