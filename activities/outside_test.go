package activities_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/anchor"
	"tocsin/anchor/anchortest"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestCheckpointsAreConfirmedOutside(t *testing.T) {
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	store := postgrestest.Open(t, appURL, keys)
	w := anchortest.NewWitness(t, keys.VKey)
	authority := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	a := &activities.Activities{Store: store, Outside: []activities.Outside{
		{Name: "witness.example.com", Witness: &anchor.Witness{URL: w.URL, Key: w.Key, Client: http.DefaultClient}},
		{Name: "tsa.example.com", Authority: &anchor.Authority{URL: authority.URL, Roots: authority.Roots, Client: http.DefaultClient}},
	}}
	env := new(testsuite.WorkflowTestSuite).NewTestActivityEnvironment()
	env.RegisterActivity(a)
	calls, err := a.ListOutside(t.Context())
	if err != nil || len(calls) != 2 {
		t.Fatalf("%+v %v", calls, err)
	}
	confirm := func() (failed int) {
		t.Helper()
		for _, c := range append(calls, activities.OutsideCall{Kind: incident.AnchorTimestamp, Name: "gone.example.com"}) {
			if _, err := env.ExecuteActivity(a.ConfirmCheckpoint, c); err != nil {
				failed++
			}
		}
		return failed
	}
	grow := func() {
		t.Helper()
		for range 3 {
			if err := store.RecordForInstallation(t.Context(), incident.Engine(), incident.RunRecovery{Open: 1, Started: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	states := func() map[string]postgres.AnchorState {
		t.Helper()
		list, err := store.AnchorStates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]postgres.AnchorState{}
		for _, one := range list {
			out[one.Kind] = one
		}
		return out
	}
	if n := confirm(); n != 0 || len(states()) != 0 {
		t.Errorf("before anything was signed: %d failed, %+v", n, states())
	}
	grow()
	if n := confirm(); n != 0 {
		t.Errorf("%d failed", n)
	}
	first := states()
	for _, kind := range []string{incident.AnchorCosignature, incident.AnchorTimestamp} {
		if s := first[kind]; s.Size != 3 || s.At.IsZero() || !s.Failing.IsZero() {
			t.Errorf("%s: %+v", kind, s)
		}
	}
	asked := w.Asked()
	if confirm() != 0 || w.Asked() != asked {
		t.Error("what is confirmed is asked for again")
	}
	// What is down is noted, holds up nobody, and goes on afterwards.
	grow()
	w.Down(true)
	if n := confirm(); n != 1 {
		t.Errorf("%d failed, the witness was down", n)
	}
	if s := states(); s[incident.AnchorCosignature].Problem != incident.AnchorRefused || s[incident.AnchorCosignature].Failing.IsZero() ||
		s[incident.AnchorTimestamp].Size <= 3 || !s[incident.AnchorTimestamp].Failing.IsZero() {
		t.Errorf("%+v", s)
	}
	w.Down(false)
	w.Forget() // an answer that was lost: it knows another size than the record
	if n := confirm(); n != 0 || !states()[incident.AnchorCosignature].Failing.IsZero() {
		t.Errorf("%d failed, %+v", n, states())
	}
	// A witness that has seen more than there is says so.
	grow()
	w.Ahead(1000)
	if n := confirm(); n != 1 || states()[incident.AnchorCosignature].Problem != incident.AnchorAhead {
		t.Errorf("%d failed, %+v", n, states())
	}
	report, err := store.Audit(t.Context(), nil)
	if err != nil || !report.OK {
		t.Errorf("%+v %v", report, err)
	}
}

// A witness that says "ahead" is an alarm: the record may have lost entries. One
// that does not stand by its own word is none.
func TestAWitnessThatContradictsItselfIsNotAhead(t *testing.T) {
	_, _, appURL := postgrestest.Migrated(t)
	store := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	for range 3 {
		if err := store.RecordForInstallation(t.Context(), incident.Engine(), incident.RunRecovery{Open: 1, Started: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, "1\n")
	}))
	t.Cleanup(server.Close)
	const name = "witness.example.com"
	key := anchortest.NewWitness(t, postgrestest.Keys(t).VKey).Key
	a := &activities.Activities{Store: store, Outside: []activities.Outside{
		{Name: name, Witness: &anchor.Witness{URL: server.URL, Key: key, Client: http.DefaultClient}},
	}}
	env := new(testsuite.WorkflowTestSuite).NewTestActivityEnvironment()
	env.RegisterActivity(a)
	if _, err := env.ExecuteActivity(a.ConfirmCheckpoint, activities.OutsideCall{Kind: incident.AnchorCosignature, Name: name}); err == nil {
		t.Error("nothing was confirmed, and nothing failed")
	}
	states, err := store.AnchorStates(t.Context())
	if err != nil || len(states) != 1 || states[0].Problem != incident.AnchorUnsound {
		t.Errorf("%+v %v", states, err)
	}
}
