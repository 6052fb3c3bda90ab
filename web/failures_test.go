package web

import (
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestARightGuessStartsTheCountAnewAndAFaultDoesNotCount(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	f := newFailures(func() time.Time { return now }, 3, 100)
	asked := 0
	guess := func(err error) error {
		return f.guess(wording.For("es"), "somebody", "192.0.2.1", func() error { asked++; return err })
	}
	wrong, away := incident.InvalidField("code", "", "is wrong", "a code"), &incident.Error{Kind: incident.Unavailable, Message: "away"}
	for _, err := range []error{wrong, wrong, nil, wrong, away, away, away, wrong} {
		got := guess(err)
		if (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
			t.Fatalf("a guess that ends with %v gave %v", err, got)
		}
	}
	if err := guess(wrong); incident.KindOf(err) != incident.Invalid {
		t.Fatalf("the third wrong guess gave %v", err)
	}
	before := asked
	err := guess(nil)
	if incident.KindOf(err) != incident.Conflict || !strings.Contains(err.Error(), "Demasiados intentos fallidos") || !strings.Contains(err.Error(), "15m0s") || asked != before {
		t.Errorf("after three wrong ones a guess gave %v", err)
	}
	now = now.Add(failureWindow + time.Second)
	if err := guess(nil); err != nil {
		t.Errorf("after the wait a right guess gave %v", err)
	}
}
