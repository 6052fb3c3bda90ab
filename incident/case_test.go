package incident

import (
	"strings"
	"testing"
	"time"
)

// Instants of the example, UTC.
var (
	received = time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	opened   = received.Add(10 * time.Minute)
)

var (
	dpo      = Actor{Role: RoleDPO, ID: "d1"}
	deputy   = Actor{Role: RoleDeputy, ID: "d2"}
	approver = Actor{Role: RoleApprover, ID: "p1"}
)

var sum64 = strings.Repeat("0a", 32)

func document(id string) Document {
	return Document{ID: id, Name: id + ".json", SHA256: sum64, Size: 10, MediaType: "application/json"}
}

func disclosure() Disclosure {
	return Disclosure{
		Title: "Exported analytics data set", Kind: "vendor", Vendor: "Mirador Analytics",
		ReceivedAt: received, OccurredFrom: received.Add(-8 * 24 * time.Hour),
		PersonalData: "yes", Summary: "A data set was exported.", Authority: "AEPD", Zone: "Europe/Madrid",
		Awareness: &SetAwareness{At: received, Reason: "the vendor's notice says that our people are in the data set"},
	}
}

func opening() Open {
	return Open{ID: "i1", Number: "INC-2026-0001", Key: "k1", Disclosure: disclosure()}
}

// play is a case under test with its own real clock.
type play struct {
	t     *testing.T
	state *State
	now   time.Time
	log   []Event
}

func begin(t *testing.T) *play {
	p := &play{t: t, state: &State{}, now: opened}
	p.must(dpo, opening())
	return p
}

// must carries a command out and gives the types of the events that followed.
func (p *play) must(by Actor, c Command) []string {
	p.t.Helper()
	events, err := Decide(p.state, by, c, p.now)
	if err != nil {
		p.t.Fatalf("%s: %v", c.Name(), err)
	}
	p.state.Apply(events...)
	p.log = append(p.log, events...)
	types := make([]string, len(events))
	for i, e := range events {
		types[i] = e.Type
	}
	return types
}

// refused expects an error of a kind whose line holds every word given.
func (p *play) refused(by Actor, c Command, kind Kind, words ...string) {
	p.t.Helper()
	events, err := Decide(p.state, by, c, p.now)
	if err == nil {
		p.t.Fatalf("%s was carried out with %d events; expected %s", c.Name(), len(events), kind)
	}
	if got := KindOf(err); got != kind {
		p.t.Errorf("%s: kind is %s, expected %s (%v)", c.Name(), got, kind, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			p.t.Errorf("%s: %q does not say %q", c.Name(), err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		p.t.Errorf("%s: the refusal has more than one line: %q", c.Name(), err)
	}
}

func (p *play) duty() *Obligation { return p.state.Obligation(1) }

func assess(notify, communicate bool) RecordAssessment {
	return RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{
		NotifyAuthority: notify, Communicate: communicate, Reason: "phishing is likely",
	}}
}

func file(at time.Time) FileNotification {
	return FileNotification{Obligation: 1, Receipt: "O00007128e2600012345", At: at}
}
