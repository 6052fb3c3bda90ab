// Package smtptest gives tests and benchmarks a relay on a real socket, and the
// yardstick that mailings are measured by.
//
// [Start] gives a [Sink]: a relay on loopback that throws mail away, counts it,
// and refuses, defers or hangs up where a test wants it to. [SendRaw] is the
// fastest that a plain sender does to such a sink: one finished message, four
// round trips, nothing written down.
//
// A sink speaks as much SMTP as a sender needs and trusts whoever connects: it
// must never listen beyond loopback, and nothing but tests may import it.
package smtptest
