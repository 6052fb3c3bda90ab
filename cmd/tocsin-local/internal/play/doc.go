// Package play plays an example incident through Tocsin's real interfaces: the
// command tocsin, the links in caught mails and the pages, as people would. It
// is what `tocsin-local demo` shows and what the crash test repeats while it
// kills the system.
//
// It promises that every step can be repeated: a step whose answer was lost is
// given again and leaves one entry in the record. It must never look into the
// database or into Temporal.
package play
