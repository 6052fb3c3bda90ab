package activities_test

import (
	"strings"
	"testing"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

func TestCheckpointsGoToTheDPOAndTheFurtherAddressAndFitTheRecord(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Keep: true})
	store := postgrestest.Store(t)
	m := newMailing(t, store, s, 1)
	if _, _, err := store.CreateUser(t.Context(), postgres.NewUser{
		Email: "dpo@example.com", Name: "DPO", Role: incident.RoleDPO, Locale: "en", Zone: "Europe/Madrid", Password: "long enough to pass",
	}); err != nil {
		t.Fatal(err)
	}
	mail := func(c activities.AnchorCall) {
		t.Helper()
		if _, err := m.env.ExecuteActivity(m.a.MailCheckpoint, c); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	received := func() map[string]int {
		out := map[string]int{}
		for _, got := range s.Messages() {
			out[got.Recipient]++
		}
		return out
	}
	// Without a further address there is nothing to do for it.
	mail(activities.AnchorCall{Further: true, Day: "2026-12-01"})
	if got := received(); len(got) != 0 {
		t.Fatalf("mailed to %v", got)
	}
	m.a.CheckpointTo = "notary@example.net"
	for _, c := range []activities.AnchorCall{
		{Day: "2026-12-01"}, {Day: "2026-12-01", Further: true}, {Day: "2026-12-01"}, // a repeated call is the same mail
		{Day: "2026-12-02"}, {Day: "2026-12-02", Further: true}, {Incident: id, Further: true},
	} {
		mail(c)
	}
	if _, err := m.env.ExecuteActivity(m.a.Anchor, id); err != nil {
		t.Fatal(err)
	}
	if got := received(); got["dpo@example.com"] != 3 || got["notary@example.net"] != 3 || len(got) != 2 {
		t.Errorf("mailed to %v, by Message-ID", got)
	}
	for id, got := range s.Messages() {
		if strings.Contains(id, "notary") || got.Copies > 2 {
			t.Errorf("%s: %d copies", id, got.Copies)
		}
	}
	// To whom they went stands in the record.
	head, err := store.LogHead(t.Context())
	if err != nil || len(head.Sent) != 2 || head.Sent[0].To != incident.ToDPO || head.Sent[1].To != incident.ToFurther || head.Sent[0].Size < 1 {
		t.Errorf("the record says that %+v were mailed, %v", head.Sent, err)
	}
	// The checkpoint that was mailed fits the record.
	text, err := store.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report, err := store.Audit(t.Context(), []ledger.LogCheckpoint{{Text: text, From: "a mail"}}); err != nil || !report.OK {
		t.Errorf("%+v, %v", report, err)
	}
}
