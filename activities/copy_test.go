package activities_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/anchor"
	"tocsin/anchor/anchortest"
	"tocsin/incident"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// asked counts how often an activity asks whether it may act, and refuses while it is
// held.
type asked struct {
	held atomic.Bool
	n    atomic.Int64
}

func (a *asked) may(context.Context) error {
	a.n.Add(1)
	if a.held.Load() {
		return incident.Refused(incident.Unavailable, "this may be a restored copy")
	}
	return nil
}

// A copy of the database that is not found out before its workers run must write to
// nobody: each way out asks for itself, at the last moment.
func TestWhileThisMayBeACopyNothingGoesOut(t *testing.T) {
	t.Run("a mailing", func(t *testing.T) {
		s := smtptest.Start(t, smtptest.Options{Keep: true})
		m, gate := newMailing(t, postgrestest.Store(t), s, 30), &asked{}
		gate.held.Store(true)
		m.a.MayAct = gate.may
		if pass, err := m.pass(); err == nil && pass.Done || gate.n.Load() == 0 {
			t.Errorf("the pass is %+v, %v, after %d questions", pass, err, gate.n.Load())
		}
		if c := m.counts(); len(s.Messages()) != 0 || c.Pending != 30 {
			t.Fatalf("%d messages arrived, the counts are %+v", len(s.Messages()), c)
		}
		gate.held.Store(false)
		if pass, err := m.pass(); err != nil || !pass.Done || len(s.Messages()) != 30 {
			t.Errorf("afterwards the pass is %+v, %v, and %d messages arrived", pass, err, len(s.Messages()))
		}
	})
	t.Run("a mail to the team", func(t *testing.T) {
		p, gate := newPost(t, smtptest.Options{}), &asked{}
		_, mail := p.invited()
		gate.held.Store(true)
		p.a.MayAct = gate.may
		if _, err := p.env.ExecuteActivity(p.a.SendAccountMail, mail.ID); err == nil || len(p.mails("new@example.com")) != 0 {
			t.Errorf("%v, and %d mails arrived", err, len(p.mails("new@example.com")))
		}
		gate.held.Store(false)
		if p.send(mail.ID); len(p.mails("new@example.com")) != 1 {
			t.Errorf("afterwards %d mails arrived", len(p.mails("new@example.com")))
		}
	})
	t.Run("a signal", func(t *testing.T) {
		r, gate := newReceiving(t, smtptest.Start(t, smtptest.Options{})), &asked{}
		r.m.record(dpo, incident.SetAwareness{At: time.Now().Add(-2 * time.Hour), Reason: "words of a person"})
		gate.held.Store(true)
		r.m.a.MayAct = gate.may
		if _, err := r.m.env.ExecuteActivity(r.m.a.TellWebhook, r.hook.ID); err == nil || gate.n.Load() == 0 {
			t.Errorf("%v, after %d questions", err, gate.n.Load())
		}
		if ids, _ := r.taken(); len(ids) != 0 {
			t.Errorf("%d signals arrived", len(ids))
		}
	})
	t.Run("a checkpoint", func(t *testing.T) {
		testACopyAsksNoWitness(t)
	})
}

func testACopyAsksNoWitness(t *testing.T) {
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	store := postgrestest.Open(t, appURL, keys)
	if err := store.RecordForInstallation(t.Context(), incident.Engine(), incident.RunRecovery{Open: 1, Started: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, gate := anchortest.NewWitness(t, keys.VKey), &asked{}
	gate.held.Store(true)
	a := &activities.Activities{Store: store, MayAct: gate.may, Outside: []activities.Outside{
		{Name: "witness.example.com", Witness: &anchor.Witness{URL: w.URL, Key: w.Key, Client: http.DefaultClient}},
	}}
	env := new(testsuite.WorkflowTestSuite).NewTestActivityEnvironment()
	env.RegisterActivity(a)
	if _, err := env.ExecuteActivity(a.ConfirmCheckpoint, activities.OutsideCall{Kind: incident.AnchorCosignature, Name: "witness.example.com"}); err == nil || w.Asked() != 0 {
		t.Errorf("%v, and the witness was asked %d times", err, w.Asked())
	}
	if states, err := store.AnchorStates(t.Context()); err != nil || len(states) != 0 {
		t.Errorf("it is noted as a failure of the witness: %+v %v", states, err)
	}
}
