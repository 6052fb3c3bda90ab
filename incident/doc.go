// Package incident is the case: what is known about one personal data breach,
// which commands people and timers may give, and which events follow.
//
// It is pure. [Decide] takes a state, a command and the present instant and
// answers with events or with one [Error]; [State.Apply] folds events into a
// state. The same events always give the same state, so a case can be rebuilt
// from the record at any time and at any past instant.
//
// Instants inside a case are in the incident's own time (see [Clock]): equal
// to real time for a real incident, faster for an exercise.
//
// The package must never read a clock, draw a random number, write, log, or
// hold anything that names an affected person: events carry decisions, counts
// and references only.
package incident
