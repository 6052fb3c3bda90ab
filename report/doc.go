// Package report tells a case in order, for a person: the facts, when the
// controller became aware and why, how the risk was judged and what was decided,
// each duty with its clock, reminders and filings, the people and how they were
// told, and what was late and why. It travels in every bundle, as PDF and HTML.
//
// It is made from the case's state and events alone, so that whoever reads it can
// hold each sentence against the entries that travel beside it.
//
// It must never read the store or a clock, and never name a person affected:
// states and events hold none.
package report
