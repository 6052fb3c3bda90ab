// Package activities is what Temporal may retry: thin methods over the rooms
// below. Each method does one thing, is safe to repeat, and translates its
// errors at this edge into named types, retryable or not, without addresses
// and without the words of a mail relay.
//
// The package must never decide: decisions are [tocsin/incident]'s. It must
// never let a name or an address into an argument or a result, since those
// stand in Temporal's histories.
package activities
