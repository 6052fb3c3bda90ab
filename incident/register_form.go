package incident

import (
	"slices"
	"time"
)

// Where the register takes what a notification's form says.
const (
	// RegisterFiled is a notification as an authority received it.
	RegisterFiled = "filed"
	// RegisterDrafted is a draft that was not filed.
	RegisterDrafted = "draft"
)

// The parts of what GDPR Art. 33(5) has documented.
const (
	// RegisterFacts are the facts relating to the breach.
	RegisterFacts = "facts"
	// RegisterEffects are its effects.
	RegisterEffects = "effects"
	// RegisterRemedial is the remedial action taken.
	RegisterRemedial = "remedies"
)

// RegisterForm is a version of the notification's form from which the register
// takes what it says.
type RegisterForm struct {
	From       string    `json:"from" doc:"filed or draft"`
	To         string    `json:"to" doc:"the code of the authority"`
	Obligation int       `json:"obligation" doc:"the number of the duty"`
	Version    int       `json:"version,omitempty" doc:"the version of the draft; absent for what was filed without one"`
	At         time.Time `json:"at" doc:"when it was filed or drafted"`
	Receipt    string    `json:"receipt,omitempty" doc:"the authority's number, of what was filed"`
	Document   string    `json:"document" doc:"the file that holds it"`
	Erased     bool      `json:"erased,omitempty" doc:"whether it was erased with the people of the case"`
}

// RegisterSaid is an answer of the notification's form.
type RegisterSaid struct {
	Part  string `json:"part" doc:"facts, effects or remedies"`
	From  string `json:"from" doc:"filed or draft: the version of the form that says it"`
	Field int    `json:"field" doc:"the number of the field in the EDPB's template"`
	Key   string `json:"key" doc:"the name of the field"`
	Label string `json:"label" doc:"the field as people read it"`
	Value string `json:"value" doc:"the answer in words"`
	Rough bool   `json:"estimated,omitempty" doc:"whether the answer is an estimate"`
}

// RegisterWaiver is a duty under GDPR Art. 33 that was found not to apply.
type RegisterWaiver struct {
	To     string `json:"to" doc:"the code of the authority"`
	Reason string `json:"reason" doc:"why"`
}

// FormOf is the version of that origin, nil for none.
func (e *RegisterEntry) FormOf(from string) *RegisterForm {
	if i := slices.IndexFunc(e.Forms, func(f RegisterForm) bool { return f.From == from }); i >= 0 {
		return &e.Forms[i]
	}
	return nil
}

// formed notes the last version that an authority received, and the last draft
// after it. Both are of duties under GDPR Art. 33.
func (e *RegisterEntry) formed(s *State) {
	var filed, drafted RegisterForm
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if !o.notifies() {
			continue
		}
		for j := range o.Filings {
			f := &o.Filings[j]
			content, ok := o.filedContent(f)
			if f.Subtype == FilingWithdraw || !ok || f.At.Before(filed.At) {
				continue
			}
			filed = RegisterForm{From: RegisterFiled, To: o.Recipient(), Obligation: o.N, Version: f.Version, At: f.At, Receipt: f.Receipt, Document: content.ID}
		}
		if d, ok := o.Draft(); ok && !d.At.Before(drafted.At) {
			drafted = RegisterForm{From: RegisterDrafted, To: o.Recipient(), Obligation: o.N, Version: d.Version, At: d.At, Document: d.Content.ID}
		}
		if o.Status == ObligationWaivedStatus {
			e.Waived = append(e.Waived, RegisterWaiver{To: o.Recipient(), Reason: o.Reason})
		}
	}
	for _, f := range []RegisterForm{filed, drafted} {
		if f.Document != "" {
			e.Forms = append(e.Forms, f)
		}
	}
}

// filedContent is what the authority received; false where it was filed without a
// draft.
func (o *Obligation) filedContent(f *Filing) (Document, bool) {
	if f.Frozen != nil {
		return *f.Frozen, true
	}
	for _, d := range o.Drafts {
		if f.Version != 0 && d.Version == f.Version {
			return d.Content, true
		}
	}
	return Document{}, false
}
