package incident

import (
	"fmt"
	"time"

	"tocsin/gdpr"
)

// Codes of the tasks of containment that every vendor's breach calls for.
const (
	// TaskCutIntegration stops the flow of data to the vendor.
	TaskCutIntegration = "cut_integration"
	// TaskSecureEvidence keeps logs, messages and files.
	TaskSecureEvidence = "secure_evidence"
	// TaskAskVendor asks the vendor for the facts that are missing.
	TaskAskVendor = "ask_vendor"
	// TaskReviewVendors reviews what other vendors hold and how.
	TaskReviewVendors = "review_vendors"
)

// containment is the list that is created at opening: owner and time from the
// opening. The times are this project's practice, not law.
var containment = []struct {
	code  string
	owner Role
	after time.Duration
}{
	{TaskCutIntegration, RoleResponder, 4 * time.Hour},
	{TaskSecureEvidence, RoleResponder, 12 * time.Hour},
	{TaskAskVendor, RoleDPO, 24 * time.Hour},
	{TaskReviewVendors, RoleDPO, 30 * 24 * time.Hour},
}

func (o Open) check() *Error {
	d := o.Disclosure
	if o.ID == "" {
		return &Error{Kind: Internal, Message: "an incident is opened without an id"}
	}
	if o.DataSet != nil {
		if err := checkDocument("data_set", *o.DataSet); err != nil {
			return err
		}
	}
	if blank(d.Title) {
		return InvalidField("title", d.Title, "is missing", "a few words that name the case, without naming people")
	}
	if err := limitText("title", d.Title, limitTitle); err != nil {
		return err
	}
	switch d.Kind {
	case "vendor", "person", "authority", "press", "own_detection", "other":
	default:
		return InvalidField("kind", d.Kind, "is not known", "vendor, person, authority, press, own_detection or other")
	}
	if d.Kind == "vendor" && blank(d.Vendor) {
		return InvalidField("vendor.name", d.Vendor, "is missing", "the vendor's name, since kind is vendor")
	}
	if err := limitText("vendor.name", d.Vendor, limitTitle); err != nil {
		return err
	}
	if d.VendorRecord != nil {
		if err := d.VendorRecord.check(); err != nil {
			return err
		}
	}
	switch d.PersonalData {
	case "yes", "no", "unknown":
	default:
		return InvalidField("personal_data", d.PersonalData, "is not known", "yes, no or unknown")
	}
	if err := limitText("summary", d.Summary, limitLong); err != nil {
		return err
	}
	if err := o.checkPlace(); err != nil {
		return err
	}
	return o.checkExercise()
}

func (o Open) checkPlace() *Error {
	d := o.Disclosure
	if _, err := time.LoadLocation(d.Zone); err != nil || d.Zone == "" || d.Zone == "Local" {
		return InvalidField("zone", d.Zone, "is not a time zone", "an IANA name such as Europe/Madrid")
	}
	if _, ok := gdpr.AuthorityByCode(d.Authority); !ok {
		return UnknownAuthority("authority", d.Authority)
	}
	return nil
}

// UnknownAuthority refuses the code of an authority and names the nearest ones.
func UnknownAuthority(field, code string) *Error {
	expected := Say("the code of a supervisory authority, such as AEPD")
	if near := gdpr.SuggestAuthorities(code); len(near) > 0 {
		expected = Say("the code of a supervisory authority; the nearest are %v", near)
	}
	return InvalidField(field, code, "is not a known authority", expected)
}

func (o Open) checkExercise() *Error {
	x := o.Disclosure.Exercise
	if x == nil {
		return nil
	}
	if x.Pace < 1 || x.Pace > MaxPace {
		return InvalidField("exercise.pace", fmt.Sprint(x.Pace), "is out of range", Say("1 to %d", MaxPace))
	}
	return nil
}

// clock gives the clock that the incident will have when opened at a real instant.
func (o Open) clock(real time.Time) Clock {
	x := o.Disclosure.Exercise
	if x == nil {
		return Clock{}
	}
	starts := x.StartsAt
	if starts.IsZero() {
		starts = real
	}
	return Clock{StartsAt: starts.UTC(), OpenedAt: real, Pace: x.Pace}
}

func (o Open) decide(c context) ([]Data, *Error) {
	s := c.State
	if s.Exists() {
		if s.Key != "" && s.Key == o.Key {
			return nil, nil // the same opening, given again
		}
		return nil, conflict("this incident is open already as %s", s.Number)
	}
	if err := o.fromOutside(c.Actor); err != nil {
		return nil, err
	}
	clock := o.clock(c.Real)
	now := clock.At(c.Real)
	d := o.Disclosure
	probe := &State{Disclosure: d}
	if err := checkInstants(d, now, probe); err != nil {
		return nil, err
	}

	aware := AwarenessSet{Revision: 1, At: d.ReceivedAt.UTC(), Provisional: true,
		Reason: "provisional: the instant at which the message was received, until the DPO decides"}
	if d.Awareness != nil {
		if err := d.Awareness.check(); err != nil {
			err.Field = "awareness." + err.Field
			return nil, err
		}
		if err := checkAwareness("awareness.at", d.Awareness.At, now, d, probe); err != nil {
			return nil, err
		}
		aware = AwarenessSet{Revision: 1, At: d.Awareness.At.UTC(), Reason: d.Awareness.Reason}
	}

	probe.Awareness = []AwarenessRevision{{At: aware.At}}
	duties, err := context{State: probe, Rules: c.Rules, Actor: c.Actor, Now: now, Real: c.Real}.first()
	if err != nil {
		return nil, err
	}
	var screened []Data
	if d.Screening != nil {
		proposals, err := Screen("screening", d.Screening)
		if err != nil {
			return nil, err
		}
		screened = []Data{ScreeningRecorded{Version: 1, Answers: d.Screening, Proposals: proposals}}
	}
	events := append([]Data{
		Opened{ID: o.ID, Number: o.Number, Key: o.Key, Clock: clock, Disclosure: d, Documents: o.Documents, DataSet: o.DataSet},
		aware,
	}, append(screened, duties...)...)
	for i, t := range containment {
		events = append(events, TaskCreated{Task: i + 1, Code: t.code, Owner: t.owner, DueAt: now.Add(t.after)})
	}
	return events, nil
}

func checkInstants(d Disclosure, now time.Time, s *State) *Error {
	if err := requireRecent("received_at", d.ReceivedAt, now, s); err != nil {
		return err
	}
	for _, f := range []struct {
		field string
		at    time.Time
	}{
		{"processor_detected_at", d.ProcessorDetectedAt},
		{"occurred_from", d.OccurredFrom},
		{"occurred_to", d.OccurredTo},
	} {
		if f.at.IsZero() {
			continue
		}
		if err := requirePast(f.field, f.at, now, s); err != nil {
			return err
		}
	}
	if !d.OccurredTo.IsZero() && d.OccurredTo.Before(d.OccurredFrom) {
		return InvalidField("occurred_to", d.OccurredTo.Format(time.RFC3339), "lies before occurred_from",
			Say("an instant not before %s", d.OccurredFrom.Format(time.RFC3339)))
	}
	return nil
}

// checkAwareness refuses an awareness in the future or before the breach.
func checkAwareness(field string, at, now time.Time, d Disclosure, s *State) *Error {
	if err := requireRecent(field, at, now, s); err != nil {
		return err
	}
	if !d.OccurredFrom.IsZero() && at.Before(d.OccurredFrom) {
		return InvalidField(field, at.Format(time.RFC3339), "lies before the breach began",
			Say("an instant not before %s", s.show(d.OccurredFrom)))
	}
	return nil
}
