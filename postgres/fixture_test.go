package postgres_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/postgres"
)

// start is the real time at which the cases of these tests begin.
var start = time.Date(2026, 11, 17, 9, 0, 0, 123456000, time.UTC)

// watch is a clock that tests set.
type watch struct{ at atomic.Int64 }

func newWatch(at time.Time) *watch {
	w := &watch{}
	w.set(at)
	return w
}

func (w *watch) set(at time.Time)        { w.at.Store(at.UnixMicro()) }
func (w *watch) now() time.Time          { return time.UnixMicro(w.at.Load()).UTC() }
func (w *watch) advance(d time.Duration) { w.at.Add(d.Microseconds()) }

var (
	dpo      = incident.Actor{Role: incident.RoleDPO, ID: "5c1e0000000000000000000000000001"}
	deputy   = incident.Actor{Role: incident.RoleDeputy, ID: "5c1e0000000000000000000000000002"}
	activity atomic.Int64
)

// newKey is the key of an activity that never ran before.
func newKey() postgres.RecordKey {
	return postgres.RecordKey{WorkflowID: "incident/test", RunID: "run", ActivityID: fmt.Sprint(activity.Add(1))}
}

func disclosure(at time.Time) incident.Disclosure {
	return incident.Disclosure{
		Title: "Analytics vendor lost an export <of accounts> & more", Kind: "vendor", Vendor: "Example Analytics",
		ReceivedAt: at.Add(-time.Hour), OccurredFrom: at.Add(-240 * time.Hour), PersonalData: "yes",
		Summary: "An attacker exported profiles.", Authority: "AEPD", Zone: "Europe/Madrid",
	}
}

func opening(id string, at time.Time) incident.Open {
	return incident.Open{ID: id, Key: "key-" + id, Disclosure: disclosure(at)}
}

// openCase opens an incident and gives what was recorded.
func openCase(t testing.TB, s *postgres.Store, id string, at time.Time) postgres.Recorded {
	t.Helper()
	return record(t, s, id, dpo, opening(id, at))
}

func record(t testing.TB, s *postgres.Store, id string, actor incident.Actor, c incident.Command) postgres.Recorded {
	t.Helper()
	out, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: actor, Command: c})
	if err != nil {
		t.Fatalf("record %s: %v", c.Name(), err)
	}
	return out
}

func assessment(communicate bool) incident.RecordAssessment {
	return incident.RecordAssessment{
		// Spelt neither canonically nor as jsonb would spell it.
		Facts:    json.RawMessage(`{ "records": 500, "b":{"zz":1,"a":"<x>"}, "encrypted": false, "kinds":["email","name"] }`),
		Severity: &incident.Severity{Method: "enisa-2013", Score: 225, Band: "medium"},
		Decision: incident.AssessmentDecision{NotifyAuthority: true, Communicate: communicate, Reason: "Names and addresses."},
	}
}

// query runs a statement that gives one value on an address.
func query[T any](t testing.TB, url, sql string, args ...any) T {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	return v
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatalf("address: %v", err)
	}
	config.RuntimeParams["search_path"] = "tocsin"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		if err := conn.Close(t.Context()); err != nil && !strings.Contains(err.Error(), "canceled") {
			t.Errorf("close connection: %v", err)
		}
	})
	return conn
}

// eventually waits for a condition, 10 s at most.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("%s did not happen within 10 s", what)
		case <-tick.C:
		}
	}
}

func wantKind(t testing.TB, err error, kind incident.Kind) {
	t.Helper()
	if err == nil || incident.KindOf(err) != kind {
		t.Fatalf("error is %v (%s), want kind %s", err, incident.KindOf(err), kind)
	}
}
