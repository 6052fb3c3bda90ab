// Package form is the notification to a supervisory authority as data: the
// fields that it has, a draft of their answers, what is missing, and how the
// answers read on each authority's own form.
//
// # The model
//
// There is one model, the common template of the European Data Protection
// Board in the edition that [Versions] names first. [Template] returns it: 100
// fields, each with its condition as data, and the [Erratum] list of what the
// draft gets wrong and what is done instead. The forms of authorities are
// projections of it. A [Draft] names the edition it was written for and is read
// by that edition for good, so a later edition never changes it.
//
// # Working with a draft
//
//	draft, err := form.NewDraft(form.Versions()[0], form.New, form.Incomplete)
//	draft, err = form.Prefill(draft, now, known)      // what the case knows
//	draft, err = draft.Set(now, "severity", answer)   // what a person knows
//	state, err := form.Check(draft, now)              // what is missing, who may know
//	sheet, err := form.Project(draft, "aepd", "es", now)
//	frozen, err := form.Freeze(draft, now)            // what is approved and filed
//	next, err := form.FollowUp(now, frozen.Draft, id) // the next phase, Art. 33(4)
//
// # What it promises
//
// Every function is pure: the instant is an argument, and the same arguments
// give the same answer, byte for byte. Drafts are values; no function changes
// the one it was given. An answer that is replaced stays in the draft with the
// instant from which it held. A field whose condition does not hold is never
// required and never shown, but its answer stays. What was written from memory
// or translated by Tocsin says so and is shown as unverified.
//
// # What it must never do
//
// It must never read a clock, a file or a network. It never invents a field, an
// option or an answer: [Prefill] copies what the case knows and names the
// source, and never replaces what a person answered. It never files anything,
// and it never says that an authority accepts a form: the authority's own
// portal is authoritative. Errors name fields and never repeat free text, which
// may hold personal data.
//
// Nothing here is legal advice.
package form
