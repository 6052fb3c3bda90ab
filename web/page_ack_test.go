package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/templates"
	"tocsin/workflows"
)

// rung opens a case whose first rung has rung, and gives its id and the link
// that went to a user.
func (h *house) rung(user string) (id string, link incident.AckLink) {
	h.t.Helper()
	id = h.openSince(30*time.Hour, "Exported data set")
	if _, err := (straight{h.store}).Command(h.t.Context(), id, incident.Engine(), incident.RingReminder{Obligation: 1}); err != nil {
		h.t.Fatal(err)
	}
	return id, incident.AckLink{Incident: id, Obligation: 1, Revision: 1, Rung: "48h", User: user, Expires: time.Now().Add(time.Hour)}
}

// away is an engine in which no workflow answers.
type away struct{}

func (away) Command(context.Context, string, incident.Actor, incident.Command) (workflows.Reply, error) {
	return workflows.Reply{}, &incident.Error{Kind: incident.Unavailable, Message: "the engine does not answer"}
}

func (away) SendAccountMail(context.Context, string) error {
	return &incident.Error{Kind: incident.Unavailable, Message: "the engine does not answer"}
}

// engineAway serves the same record without an engine.
func (h *house) engineAway(ready ...Probe) {
	h.t.Helper()
	composer, err := notice.New(templates.Mail(), notice.Config{From: "tocsin@example.com", Controller: "Example"})
	if err != nil {
		h.t.Fatal(err)
	}
	handler, err := New(Config{
		Store: h.store, Engine: away{}, Composer: composer, PublicURL: "http://127.0.0.1",
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Ready: ready,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.server = httptest.NewServer(handler)
	h.t.Cleanup(h.server.Close)
}

func (h *house) pathOf(link incident.AckLink, key byte) string {
	h.t.Helper()
	token, err := link.Sign(bytes.Repeat([]byte{key}, 32))
	if err != nil {
		h.t.Fatal(err)
	}
	return "/ack/" + token
}

func TestALinkShowsAndOnlyItsButtonAcknowledges(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleDeputy)
	id, link := h.rung(user.ID)
	path, v := h.pathOf(link, 'k'), h.visitor()
	before := h.events(id)
	for range 2 {
		got := v.get(path)
		if got.status != http.StatusOK {
			t.Fatalf("the link gave %d: %s", got.status, got.body)
		}
		for _, word := range []string{"INC-", "Exported data set", "AEPD", "48 hours left", `<form method="post">`} {
			if !strings.Contains(got.body, word) {
				t.Errorf("the page does not show %q", word)
			}
		}
	}
	if after := h.events(id); after != before {
		t.Fatalf("looking at the link recorded %d events", after-before)
	}
	if got := v.do(http.MethodPost, path, url.Values{}); got.status != http.StatusOK || !strings.Contains(got.body, "Acknowledged.") {
		t.Fatalf("the button gave %d: %s", got.status, got.body)
	}
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r := state.Obligation(1).Reminder(1, "48h")
	if r.AcknowledgedAt.IsZero() || r.Via != "link" || r.AcknowledgedBy == nil || r.AcknowledgedBy.ID != user.ID ||
		r.AcknowledgedBy.Role != incident.RoleDeputy {
		t.Errorf("the reminder stands as %+v", r)
	}
	once := h.events(id)
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		got := v.do(method, path, url.Values{})
		if got.status != http.StatusOK || !strings.Contains(got.body, "was acknowledged on") || strings.Contains(got.body, "<button>I have seen") {
			t.Errorf("%s again gave %d and does not say that it was done before", method, got.status)
		}
	}
	if again := h.events(id); again != once {
		t.Errorf("the replay recorded %d events", again-once)
	}
}

func TestALinkThatIsNotOursIsRefused(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleDPO)
	id, link := h.rung(user.ID)
	before := h.events(id)
	with := func(change func(*incident.AckLink)) incident.AckLink { l := link; change(&l); return l }
	good := h.pathOf(link, 'k')
	other := h.pathOf(with(func(l *incident.AckLink) { l.Rung = "24h" }), 'x')
	body, _, _ := strings.Cut(other, ".")
	_, sum, _ := strings.Cut(good, ".")
	for name, c := range map[string]struct {
		path   string
		status int
	}{
		"signed with another key":     {h.pathOf(link, 'x'), http.StatusForbidden},
		"another body, our signature": {body + "." + sum, http.StatusForbidden},
		"expired":                     {h.pathOf(with(func(l *incident.AckLink) { l.Expires = time.Now().Add(-time.Second) }), 'k'), http.StatusForbidden},
		"no token":                    {"/ack/none", http.StatusForbidden},
		"a rung that did not ring":    {h.pathOf(with(func(l *incident.AckLink) { l.Rung = "24h" }), 'k'), http.StatusNotFound},
		"no such obligation":          {h.pathOf(with(func(l *incident.AckLink) { l.Obligation = 9 }), 'k'), http.StatusNotFound},
		"of nobody":                   {h.pathOf(with(func(l *incident.AckLink) { l.User = "nobody" }), 'k'), http.StatusNotFound},
		"no such incident":            {h.pathOf(with(func(l *incident.AckLink) { l.Incident = "none" }), 'k'), http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			v := h.visitor()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if got := v.do(method, c.path, url.Values{}); got.status != c.status {
					t.Errorf("%s gave %d, expected %d", method, got.status, c.status)
				}
			}
		})
	}
	if after := h.events(id); after != before {
		t.Errorf("refused links recorded %d events", after-before)
	}
}

// TestAnOldMailTellsNothingToWhoLeft: the link works for 14 days, the person may not.
func TestAnOldMailTellsNothingToWhoLeft(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	keeper := incident.Actor{Role: incident.RoleDPO, ID: "keeper"}
	deputy, _, err := h.store.CreateUser(t.Context(), postgres.NewUser{Email: "leaves@example.com", Name: "Leaves", Role: incident.RoleDeputy})
	if err != nil {
		t.Fatal(err)
	}
	id, link := h.rung(deputy.ID)
	before, path := h.events(id), h.pathOf(link, 'k')
	refused := func(when string) {
		t.Helper()
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := h.visitor().do(method, path, url.Values{}); got.status != http.StatusForbidden || strings.Contains(got.body, "Exported data set") {
				t.Errorf("%s, %s gave %d", when, method, got.status)
			}
		}
	}
	if err := h.store.ChangeRole(t.Context(), keeper, deputy.ID, incident.RoleAuditor); err != nil {
		t.Fatal(err)
	}
	refused("in a role that takes no reminders on")
	if err := h.store.EndUser(t.Context(), keeper, deputy.ID); err != nil {
		t.Fatal(err)
	}
	refused("after the account ended")
	if after := h.events(id); after != before {
		t.Errorf("the link recorded %d events", after-before)
	}
}

func TestALinkToAClosedCaseSaysThatItIsClosed(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleDPO)
	id, link := h.rung(user.ID)
	for _, c := range []incident.Command{
		incident.RecordAssessment{Facts: []byte(`{}`), Decision: incident.AssessmentDecision{Reason: "no risk"}},
		incident.Close{Reason: "done"},
	} {
		if _, err := (straight{h.store}).Command(t.Context(), id, actor(user), c); err != nil {
			t.Fatal(err)
		}
	}
	before := h.events(id)
	h.engineAway()
	got := h.visitor().do(http.MethodPost, h.pathOf(link, 'k'), url.Values{})
	if got.status != http.StatusConflict || !strings.Contains(got.body, "is closed since") {
		t.Errorf("the link gave %d: %s", got.status, got.body)
	}
	if after := h.events(id); after != before {
		t.Errorf("the link recorded %d events", after-before)
	}
}

func TestAnAcknowledgementThatWasNotRecordedIsNotConfirmed(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleDPO)
	id, link := h.rung(user.ID)
	before := h.events(id)
	h.engineAway()
	got := h.visitor().do(http.MethodPost, h.pathOf(link, 'k'), url.Values{})
	if got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "Acknowledged") {
		t.Errorf("without an engine the button gave %d: %s", got.status, got.body)
	}
	if after := h.events(id); after != before {
		t.Errorf("the link recorded %d events", after-before)
	}
}
