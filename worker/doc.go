// Package worker registers workflows and activities with Temporal and sets the
// options under which they run: queues, limits, and the data converter that
// encrypts every payload, so that Temporal's database holds nothing readable.
//
// It must never hold a rule of the case or of the law.
package worker
