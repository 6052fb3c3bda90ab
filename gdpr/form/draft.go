package form

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tocsin/gdpr"
)

// Kind is the type of a notification, field 3.
type Kind string

// The kinds.
const (
	// New is the first notification of a breach.
	New Kind = "new"
	// Followup is a later one, which names the first.
	Followup Kind = "follow_up"
)

// Subtype is the sub-type of a notification, field 4.
type Subtype string

// The sub-types.
const (
	// Complete says that nothing is left to be determined.
	Complete Subtype = "complete"
	// Incomplete says that more will follow (GDPR Art. 33(4)).
	Incomplete Subtype = "incomplete"
	// Withdrawn takes a previous notification back; for a follow-up only.
	Withdrawn Subtype = "withdraw"
)

// The keys of the two fields that a draft keeps as Kind and Subtype.
const (
	keyKind    = "notification_type"
	keySubtype = "notification_subtype"
)

// Draft is one notification in the making. It is a value: the methods return
// another draft and leave theirs as it was. Its JSON is the same for the same
// draft, whatever the order in which it was filled.
type Draft struct {
	// Version names the edition of the template that the draft follows.
	Version string `json:"version"`
	// Kind is field 3: new or follow_up.
	Kind Kind `json:"kind"`
	// Subtype is field 4: complete, incomplete, or withdraw of a follow-up.
	Subtype Subtype `json:"subtype"`
	// Facts are what conditions and authorities' own forms need beyond the
	// template's fields.
	Facts Facts `json:"facts,omitzero"`
	// Fields are the answers by key; fields 3 and 4 are never among them.
	Fields map[string]Answer `json:"fields"`
	// Earlier are the answers that were replaced, by key, oldest first.
	Earlier map[string][]Answer `json:"earlier,omitempty"`
}

// Facts are what the template does not ask and projections need.
type Facts struct {
	// ControllerOutsideEEA says that the controller is not established in the
	// European Economic Area: sections 6.2 and 6.3 depend on it.
	ControllerOutsideEEA bool `json:"controller_outside_eea,omitempty"`
	// SeverityBand is the four-step band behind field 87 (ENISA 2013), for
	// authorities whose scale has four steps. Empty when none was computed.
	SeverityBand gdpr.Band `json:"severity_band,omitempty"`
}

// NewDraft returns an empty draft. It returns a [*FieldError] for an edition
// that does not exist, and for a withdrawal that is no follow-up.
func NewDraft(version string, kind Kind, subtype Subtype) (Draft, error) {
	if _, err := edition(version); err != nil {
		return Draft{}, err
	}
	d := Draft{Version: version, Kind: kind, Subtype: subtype, Fields: map[string]Answer{}}
	if err := d.checkHead(); err != nil {
		return Draft{}, err
	}
	return d, nil
}

// checkHead refuses a kind, sub-type or fact that does not exist.
func (d Draft) checkHead() error {
	f, err := edition(d.Version)
	if err != nil {
		return err
	}
	if d.Kind != New && d.Kind != Followup {
		return &FieldError{Key: keyKind, Number: 3, Value: string(d.Kind), Expected: "new or follow_up",
			Suggestions: suggest(string(d.Kind), []string{"new", "follow_up"})}
	}
	option, ok := f.must(keySubtype).Option(string(d.Subtype))
	switch {
	case !ok || option.Code != string(d.Subtype):
		return &FieldError{Key: keySubtype, Number: 4, Value: string(d.Subtype), Expected: "complete, incomplete or withdraw",
			Suggestions: suggest(string(d.Subtype), []string{"complete", "incomplete", "withdraw"})}
	case option.OnlyFollowUp && d.Kind != Followup:
		return &FieldError{Key: keySubtype, Number: 4, Value: string(d.Subtype),
			Expected: "complete or incomplete: only a follow-up can withdraw a notification"}
	}
	switch d.Facts.SeverityBand {
	case "", gdpr.BandLow, gdpr.BandMedium, gdpr.BandHigh, gdpr.BandVeryHigh:
		return nil
	default:
		return &FieldError{Key: "severity_band", Value: string(d.Facts.SeverityBand), Expected: "low, medium, high or very high"}
	}
}

// Answer returns the answer of a field, fields 3 and 4 included; false when it
// has none.
func (d Draft) Answer(key string) (Answer, bool) {
	switch key {
	case keyKind:
		return Answer{Value: Text(string(d.Kind)), State: StateKnown}, true
	case keySubtype:
		return Answer{Value: Text(string(d.Subtype)), State: StateKnown}, true
	}
	a, ok := d.Fields[key]
	return a, ok
}

// Set returns the draft with an answer. The value is checked against the
// field's type and a [*FieldError] says what it takes. An empty State becomes
// what the value says. An answer that repeats value and state keeps the
// instant since which it holds; otherwise that is now, or answer.AsOf when it
// is given and not later than now. What was there before stays in Earlier.
// Whether answers contradict each other is for [Check] to say.
func (d Draft) Set(now time.Time, key string, answer Answer) (Draft, error) {
	f, err := edition(d.Version)
	if err != nil {
		return d, err
	}
	field := f.field(key)
	if field == nil {
		return d, f.unknownField(key)
	}
	answer, err = field.accept(answer)
	if err != nil {
		return d, err
	}
	if key == keyKind || key == keySubtype {
		return d.setHead(key, answer.Value.Text())
	}
	answer.AsOf, err = asOf(field, answer.AsOf, now)
	if err != nil {
		return d, err
	}
	old, had := d.Fields[key]
	if had && old.same(answer) {
		answer.AsOf = old.AsOf
		if old.identical(answer) {
			return d, nil
		}
	}
	next := d.clone()
	next.Fields[key] = answer
	if had {
		next.keep(key, old)
	}
	return next, nil
}

// setHead returns the draft with another kind or sub-type. They are settings
// of the draft, so nothing of them is kept in Earlier.
func (d Draft) setHead(key, code string) (Draft, error) {
	next := d
	if key == keyKind {
		next.Kind = Kind(code)
	} else {
		next.Subtype = Subtype(code)
	}
	if err := next.checkHead(); err != nil {
		return d, err
	}
	return next, nil
}

// Clear returns the draft without an answer to a field; the answer stays in
// Earlier. It returns a [*FieldError] for a key that does not exist and for
// fields 3 and 4, which always have an answer.
func (d Draft) Clear(key string) (Draft, error) {
	f, err := edition(d.Version)
	if err != nil {
		return d, err
	}
	field := f.field(key)
	if field == nil {
		return d, f.unknownField(key)
	}
	if key == keyKind || key == keySubtype {
		return d, field.refuse("no value", "an answer: every notification has one")
	}
	old, had := d.Fields[key]
	if !had {
		return d, nil
	}
	next := d.clone()
	delete(next.Fields, key)
	next.keep(key, old)
	return next, nil
}

func (d *Draft) keep(key string, old Answer) {
	if d.Earlier == nil {
		d.Earlier = map[string][]Answer{}
	}
	d.Earlier[key] = append(slices.Clone(d.Earlier[key]), old)
}

// asOf returns the instant since which an answer holds, in whole UTC seconds.
func asOf(f *Field, given, now time.Time) (time.Time, error) {
	now = now.UTC().Truncate(time.Second)
	if given.IsZero() {
		return now, nil
	}
	given = given.UTC().Truncate(time.Second)
	if given.After(now) {
		return now, f.refuse("as_of "+given.Format(time.RFC3339), "an instant that is not in the future")
	}
	return given, nil
}

func (d Draft) clone() Draft {
	d.Fields, d.Earlier = maps.Clone(d.Fields), maps.Clone(d.Earlier)
	if d.Fields == nil {
		d.Fields = map[string]Answer{}
	}
	return d
}

// MarshalJSON writes the draft, an empty one with "fields": {}.
func (d Draft) MarshalJSON() ([]byte, error) {
	type plain Draft
	if d.Fields == nil {
		d.Fields = map[string]Answer{}
	}
	if len(d.Earlier) == 0 {
		d.Earlier = nil
	}
	return json.Marshal(plain(d))
}
