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

// A backup that is restored brings back what was erased, and is erased again:
// a case may then be open whose key is gone. Its clock goes on all the same.
func TestWhereAnIncidentsKeyIsGoneItsRemindersStillRing(t *testing.T) {
	s := keeping(t, smtptest.Options{})
	m := newMailing(t, postgrestest.Store(t), s, 1)
	if _, _, err := m.store.CreateUser(t.Context(), postgres.NewUser{
		Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Locale: "en", Password: "correct horse battery",
	}); err != nil {
		t.Fatal(err)
	}
	m.record(dpo, incident.SetAwareness{At: time.Now().Add(-30 * time.Hour), Reason: "r"})
	m.record(incident.Engine(), incident.RingReminder{Obligation: 1})
	state, err := m.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	o := state.Obligation(1)
	rang := o.Reminders[len(o.Reminders)-1]
	if _, err := m.store.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.IncidentMailKey(t.Context(), id); incident.KindOf(err) != incident.NotFound {
		t.Fatalf("the key is still there: %v", err)
	}
	call := activities.ReminderCall{Incident: id, Obligation: 1, Revision: rang.Revision, Rung: rang.Rung}
	for range 2 { // a repeated attempt is recognisable as the same
		value, err := m.env.ExecuteActivity(m.a.SendReminder, call)
		if err != nil {
			t.Fatal(err)
		}
		var sent activities.ReminderSent
		if err := value.Get(&sent); err != nil || sent.State != incident.OutcomeAccepted {
			t.Errorf("the reminder is %q, %v", sent.State, err)
		}
	}
	if _, err := m.env.ExecuteActivity(m.a.Anchor, id); err != nil {
		t.Errorf("no checkpoint is mailed: %v", err)
	}
	mails := s.Messages()
	copies := 0
	for _, mail := range mails {
		copies = max(copies, mail.Copies)
	}
	if len(mails) != 2 || copies != 2 {
		t.Errorf("%d different mails went out, the reminder %d times under one Message-ID", len(mails), copies)
	}
}
