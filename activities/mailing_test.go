package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp"
	"tocsin/smtp/smtptest"
	"tocsin/templates"
)

var (
	dpo    = incident.Actor{Role: incident.RoleDPO, ID: "d1"}
	deputy = incident.Actor{Role: incident.RoleDeputy, ID: "d2"}
	keys   atomic.Int64
)

const id = "case"

// mailing is a round that is ready to be sent, over a sink.
type mailing struct {
	t     testing.TB
	store *postgres.Store
	a     *activities.Activities
	env   *testsuite.TestActivityEnvironment
}

func (m *mailing) record(by incident.Actor, c incident.Command) {
	m.t.Helper()
	key := postgres.RecordKey{WorkflowID: "w", RunID: "r", ActivityID: fmt.Sprint(keys.Add(1))}
	if _, err := m.store.Record(m.t.Context(), postgres.Recording{Incident: id, Key: key, Actor: by, Command: c}); err != nil {
		m.t.Fatalf("%s: %v", c.Name(), err)
	}
}

// relaysTo are relays at addresses, which may end in options.
func relaysTo(t testing.TB, addresses ...string) *smtp.Relays {
	t.Helper()
	var all []*smtp.Relay
	for _, address := range addresses {
		config, err := smtp.ParseURL("smtp://" + address)
		if err != nil {
			t.Fatal(err)
		}
		relay, err := smtp.New(config)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, relay)
	}
	relays, err := smtp.NewRelays(all, smtp.Backoff{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return relays
}

// newMailing starts a round with n people of one domain.
func newMailing(t testing.TB, store *postgres.Store, s *smtptest.Sink, n int) *mailing {
	t.Helper()
	return newMailingTo(t, store, s, n, ordinary, nil)
}

// ordinary is the person of a number: nothing about them is out of the ordinary.
func ordinary(i int) postgres.Person {
	locale := "es"
	if i%2 == 0 {
		locale = "en"
	}
	return postgres.Person{
		Name: fmt.Sprint("Person ", i), Email: fmt.Sprintf("p%d@example.org", i), Locale: locale, Country: "ES", Kinds: []string{"email", "name"},
	}
}

// newMailingTo starts a round with n people, each as person says, with
// more in the notice's content.
func newMailingTo(t testing.TB, store *postgres.Store, s *smtptest.Sink, n int, person func(i int) postgres.Person, more map[string]json.RawMessage) *mailing {
	t.Helper()
	composer, err := notice.New(templates.Mail(), notice.Config{From: "privacy@example.com", Controller: "Example Platform"})
	if err != nil {
		t.Fatal(err)
	}
	m := &mailing{t: t, store: store, a: &activities.Activities{
		Store: store, Relays: relaysTo(t, s.Address()), Composer: composer, PublicURL: "https://tocsin.example.com", LinkKey: []byte(strings.Repeat("k", 32)),
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now,
	}}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	m.env = suite.NewTestActivityEnvironment()
	m.env.SetTestTimeout(10 * time.Minute)
	m.env.RegisterActivity(m.a)

	received := time.Now().Add(-time.Hour)
	m.record(dpo, incident.Open{ID: id, Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: received, PersonalData: "yes",
		Authority: "AEPD", Zone: "Europe/Madrid", Awareness: &incident.SetAwareness{At: received, Reason: "r"},
	}})
	w, err := store.StageImport(t.Context(), id, "import")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := w.Add(t.Context(), person(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0a", 32)
	m.record(dpo, incident.ImportPeople{Round: 1, Import: "import", SHA256: sum, Counts: incident.PeopleCounts{
		Rows: n, Accepted: n, ByCountry: map[string]int{"ES": n}, ByKind: map[string]int{"email": n, "name": n},
	}})
	raw, err := os.ReadFile("../examples/vendor-breach/mailing.json")
	if err != nil {
		t.Fatal(err)
	}
	var content map[string]json.RawMessage
	if err := json.Unmarshal(raw, &content); err != nil {
		t.Fatal(err)
	}
	delete(content, "template")
	maps.Copy(content, more)
	if raw, err = json.Marshal(content); err != nil {
		t.Fatal(err)
	}
	document, err := store.PutDocument(t.Context(), id, "notice.json", "application/json", raw)
	if err != nil {
		t.Fatal(err)
	}
	m.record(dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: document, Locales: []string{"en", "es"}})
	m.record(deputy, incident.ApproveMailing{Round: 1})
	m.record(dpo, incident.StartMailing{Round: 1})
	if _, err := m.env.ExecuteActivity(m.a.PrepareMailing, id, 1); err != nil {
		t.Fatal(err)
	}
	return m
}

// pass runs the activity once.
func (m *mailing) pass() (activities.MailingPass, error) {
	m.t.Helper()
	value, err := m.env.ExecuteActivity(m.a.SendMailing, id, 1)
	if err != nil {
		return activities.MailingPass{}, err
	}
	var pass activities.MailingPass
	if err := value.Get(&pass); err != nil {
		m.t.Fatal(err)
	}
	return pass, nil
}

func (m *mailing) counts() incident.DeliveryCounts {
	m.t.Helper()
	counts, _, err := m.store.Counts(context.WithoutCancel(m.t.Context()), id, 1)
	if err != nil {
		m.t.Fatal(err)
	}
	return counts
}

// number is the person's number in an address of these tests.
func number(recipient string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(strings.SplitN(recipient, "@", 2)[0], "p"))
	if err != nil {
		return -1
	}
	return n
}

func TestEveryPersonIsWrittenToOnce(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		t.Run(fmt.Sprint("pipelining ", pipelining), func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{Pipelining: pipelining, Keep: true})
			m := newMailing(t, postgrestest.Store(t), s, 700)
			pass, err := m.pass()
			if err != nil || !pass.Done {
				t.Fatalf("the pass is %+v, %v", pass, err)
			}
			if c := m.counts(); c.Accepted != 700 || c.Pending+c.Sending+c.Unknown != 0 {
				t.Errorf("the counts are %+v", c)
			}
			if got := s.Messages(); len(got) != 700 {
				t.Errorf("%d messages arrived, expected 700", len(got))
			}
			for message, m := range s.Messages() {
				if m.Copies != 1 {
					t.Errorf("%s arrived %d times", message, m.Copies)
				}
			}
		})
	}
}

func TestTooManyRefusalsAmongTheFirstHoldTheRound(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Pipelining: true})
	s.Answer(func(recipient string) string {
		if number(recipient)%10 == 0 {
			return "550 5.1.1 nobody of that name"
		}
		return ""
	})
	m := newMailing(t, postgrestest.Store(t), s, 400)
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRefusals || pass.Sent != 50 || pass.Refused != 5 {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Pending != 350 || c.Sending != 0 {
		t.Errorf("while it is held the counts are %+v", c)
	}
	m.record(incident.Engine(), incident.HoldMailing{Round: 1, Why: pass.Hold, Sent: pass.Sent, Refused: pass.Refused})
	if pass, err = m.pass(); err != nil || !pass.Paused {
		t.Errorf("while it is held a pass is %+v, %v", pass, err)
	}
	m.record(dpo, incident.ResumeMailing{Round: 1, Reason: "old addresses, as expected"})
	if pass, err = m.pass(); err != nil || !pass.Done {
		t.Errorf("after the resumption a pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Accepted != 360 || c.Refused != 40 {
		t.Errorf("the counts are %+v", c)
	}
}

func TestARelayThatDoesNotWantOurMailHoldsTheRoundAndNobodyIsRefused(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Pipelining: true})
	s.Answer(func(string) string { return "550 5.1.8 sender refused" })
	m := newMailing(t, postgrestest.Store(t), s, 100)
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRelay {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Pending != 100 {
		t.Errorf("the counts are %+v: the relay's trouble was taken for the people's", c)
	}
}

func TestARelayThatIsAwayLeavesEverybodyPending(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Pipelining: true})
	m := newMailing(t, postgrestest.Store(t), s, 20)
	m.a.Relays = relaysTo(t, "127.0.0.1:1")
	if _, err := m.pass(); err == nil {
		t.Fatal("without a relay the pass succeeds")
	}
	if c := m.counts(); c.Pending != 20 {
		t.Errorf("the counts are %+v", c)
	}
}

func TestThePausedRoundHaltsInTheMiddle(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Pipelining: true})
	m := newMailing(t, postgrestest.Store(t), s, 3000)
	var once atomic.Bool
	s.Answer(func(recipient string) string {
		if number(recipient) > 500 && once.CompareAndSwap(false, true) {
			m.record(dpo, incident.PauseMailing{Round: 1, Reason: "a wrong phone number"})
		}
		return ""
	})
	pass, err := m.pass()
	if err != nil || !pass.Paused || pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Sending != 0 || c.Pending == 0 || c.Unknown != 0 {
		t.Errorf("while it is paused the counts are %+v", c)
	}
	m.record(dpo, incident.StopMailing{Round: 1, Reason: "the notice is wrong"})
	if pass, err = m.pass(); err != nil || !pass.Done {
		t.Errorf("after the stop a pass is %+v, %v", pass, err)
	}
}

func TestTheOutcomesAreProvenOneByOne(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Pipelining: true, Keep: true})
	m := newMailing(t, postgrestest.Store(t), s, 37)
	if _, err := m.pass(); err != nil {
		t.Fatal(err)
	}
	_, root, err := m.store.HashOutcomes(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	for message := range s.Messages() {
		proof, err := m.store.ProveOutcome(t.Context(), id, 1, strings.Trim(message, "<>"))
		if err != nil || proof.Check() != nil || fmt.Sprintf("%x", proof.Root[:]) != root || proof.Outcome.State != "accepted" {
			t.Errorf("the proof of %s is %+v, %v", message, proof, err)
		}
	}
	if _, err := m.store.ProveOutcome(t.Context(), id, 1, "none@example.com"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("a message that nobody was sent: %v", err)
	}
}
