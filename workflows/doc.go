// Package workflows is what must survive: the incident, each obligation with
// its reminders, each mailing. A workflow knows ids and instants only; it
// loads the case from the record at its start, after continue-as-new and
// after recovery alike, and records through activities.
//
// Code here is deterministic. It must never read a clock, draw a random
// number, range over a map, start a goroutine, do I/O or log but through
// Temporal's SDK. A change to a workflow that has been released goes behind
// workflow.GetVersion; the recorded histories in testdata must still replay.
package workflows
