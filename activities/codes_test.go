package activities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// printedCode is a code as it stands in a message.
var printedCode = regexp.MustCompile(`\b[2-9CDFGHJKMNPQRTVWXY]{4}-[2-9CDFGHJKMNPQRTVWXY]{4}-[2-9CDFGHJKMNPQRTVWXY]{4}\b`)

func TestEachCodeThatIsPrintedCanBeChecked(t *testing.T) {
	var mu sync.Mutex
	printed := map[string]string{}
	s := smtptest.Start(t, smtptest.Options{Pipelining: true, See: func(recipient string, message []byte) {
		mu.Lock()
		defer mu.Unlock()
		whole := bytes.ReplaceAll(message, []byte("=\r\n"), nil) // lines as they were before quoted-printable
		printed[recipient] = string(printedCode.Find(whole))
	}})
	const people = 60
	store := postgrestest.Store(t)
	m := newMailingTo(t, store, s, people, ordinary, map[string]json.RawMessage{"verify_url": json.RawMessage(`"https://privacy.example.com/incident/check"`)})
	if pass, err := m.pass(); err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	different := map[string]bool{}
	for recipient, code := range printed {
		different[code] = true
		form, ok := notice.ParseCode(code)
		if !ok {
			t.Fatalf("the message to %s holds no code", recipient)
		}
		found, err := store.NoticesOfCode(t.Context(), form)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0] != (postgres.CodedRound{Incident: id, Round: 1}) {
			t.Errorf("the code of %s gives %+v", recipient, found)
		}
	}
	if len(different) != people {
		t.Errorf("%d different codes were printed, want %d", len(different), people)
	}
}

func TestNoCodeIsKeptForANoticeThatPrintsNone(t *testing.T) {
	store := postgrestest.Store(t)
	m := newMailing(t, store, smtptest.Start(t, smtptest.Options{}), 3)
	key, err := store.IncidentMailKey(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	list, err := m.store.People(t.Context(), id, postgres.PeopleQuery{})
	if err != nil || len(list) != 3 {
		t.Fatalf("%d people, %v", len(list), err)
	}
	for _, p := range list {
		found, err := store.NoticesOfCode(t.Context(), notice.Code(key, id, fmt.Sprint(p.ID)))
		if err != nil || len(found) != 0 {
			t.Errorf("the code that nobody printed gives %+v, %v", found, err)
		}
	}
}
