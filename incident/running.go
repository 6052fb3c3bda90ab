package incident

import (
	"time"

	"tocsin/gdpr"
)

// RunningDuty is one duty of a case whose clock runs, as lists of duties over all
// cases need it.
type RunningDuty struct {
	// N is the number of the obligation within the case, from 1.
	N int `json:"n"`
	// Stage is the name of the present stage, such as notification.
	Stage string `json:"stage"`
	// Label is the stage as people read it; zero where it has no label.
	Label gdpr.Label `json:"label,omitzero"`
	// Cited is where the stage stands in the law, as reasons cite it.
	Cited string `json:"cited"`
	// Recipient is who is to be told, such as AEPD.
	Recipient string `json:"recipient"`
	// ToPeople says whether the people affected are to be told.
	ToPeople bool `json:"to_people,omitempty"`
	// Several says whether the duty has further stages than its first.
	Several bool `json:"several,omitempty"`
	// DueAt is the last instant in time, in the case's own time.
	DueAt time.Time `json:"due_at"`
	// Taken says whether a reminder of it was acknowledged.
	Taken bool `json:"taken,omitempty"`
}

// RunningDuties are the duties whose clocks run, in the order of their numbers.
// A closed case has none.
func (s *State) RunningDuties() []RunningDuty {
	if s.IsClosed() {
		return nil
	}
	var list []RunningDuty
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Running() {
			list = append(list, o.AsRunning())
		}
	}
	return list
}

// AsRunning is the obligation as lists need it.
func (o *Obligation) AsRunning() RunningDuty {
	stage := o.Stage()
	return RunningDuty{N: o.N, Stage: stage.Stage, Label: stage.Label, Cited: stage.Cited, Recipient: o.Recipient(), ToPeople: o.toPeople(),
		Several: len(o.Terms.Then) > 0, DueAt: o.DueAt, Taken: o.Acknowledged() > 0}
}

// Notified says how the first notification of a case under GDPR Art. 33 went: how
// long after the instant of awareness it was filed, and whether that was within
// its time limit as it stood then. ok is false while nothing is filed. A
// correction of the instant of awareness changes the first and not the second.
func (s *State) Notified() (after time.Duration, inTime, ok bool) {
	aware, known := s.Aware()
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if !known || !o.notifies() || len(o.Filings) == 0 {
			continue
		}
		first := o.Filings[0]
		return first.At.Sub(aware.At), first.LateSeconds == 0, true
	}
	return 0, false, false
}
