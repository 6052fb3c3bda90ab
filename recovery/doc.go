// Package recovery compares what the record calls for with the workflows that run,
// starts what is missing and ends what is left over: after the loss of Temporal's
// database, of a start that never happened, or of a workflow that somebody ended.
//
// # What it promises
//
//   - Each process that the record calls for runs afterwards, once: a process is
//     known by its id, and the engine starts no id twice.
//   - A timer rings at the time that the record says, or at once when that has
//     passed: processes take their times from the record.
//   - What was started for a case stands in the case's record before it starts, and
//     what a run did in the record of the installation.
//   - One recovery runs at a time. One case that cannot be looked at does not keep
//     the others waiting.
//
// It must never end a process that is only young: what is being opened just now is
// not in the record yet.
package recovery
