package activities_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

func TestATestOfANoticeGoesToWhoAskedAndToNobodyElse(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{}
	s := smtptest.Start(t, smtptest.Options{See: func(recipient string, message []byte) {
		mu.Lock()
		defer mu.Unlock()
		got[recipient] = string(bytes.ReplaceAll(message, []byte("=\r\n"), nil))
	}})
	store := postgrestest.Store(t)
	m := newMailing(t, store, s, 5)
	asking, _, err := store.CreateUser(t.Context(), postgres.NewUser{Email: "responder@example.com", Name: "R", Role: incident.RoleResponder, Locale: "es", Zone: "Europe/Madrid"})
	if err != nil {
		t.Fatal(err)
	}
	by := incident.Actor{Role: incident.RoleResponder, ID: asking.ID}
	m.record(by, incident.TestMailing{Round: 1, Locale: "es"})
	for range 2 { // again, as after a crash: the same message
		if _, err := m.env.ExecuteActivity(m.a.SendTest, id, 1); err != nil {
			t.Fatal(err)
		}
	}
	message, ok := got["responder@example.com"]
	if !ok || len(got) != 1 {
		t.Fatalf("mail went to %v", got)
	}
	if !strings.Contains(message, "PRUEBA") || strings.Contains(message, "Person 1") || strings.Contains(message, "example.org") {
		t.Errorf("the test is %s", message)
	}
	if _, err := m.env.ExecuteActivity(m.a.SendTest, id, 2); err == nil {
		t.Error("a test that nobody asked for was sent")
	}
	if c := m.counts(); c.Pending != 5 {
		t.Errorf("a test changed the deliveries: %+v", c)
	}
}
