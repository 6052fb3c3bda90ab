// Package bounce takes in the mail that comes back and tells which delivery it
// is about and what became of it.
//
// # What it is for
//
// Every notice leaves under an envelope sender of its own ([smtp.VERP]).
// [Listen] waits for mail to those addresses, [Parse] reads it, and the caller
// is handed one [Bounce] per message: the delivery's id, what happened, the
// status code of RFC 3463, and a [Class] to choose a next step by. Automatic
// answers, receipts and letters from people are no bounces and are dropped.
//
// # What it promises
//
//   - The delivery is known from the envelope alone. Nothing that stands in a
//     bounce can point it at another delivery.
//   - Nothing personal leaves the package: no address, no text of a server or of
//     a person, neither in a Bounce nor in an error.
//   - Whatever arrives, parsing ends: size, depth, parts and lines are bounded.
//   - Mail for any other address is refused while the sender still waits, so the
//     listener relays nothing and never answers to a forged sender (no
//     backscatter). It sends no mail at all.
//   - A bounce is acknowledged only once the caller's function has returned
//     without an error; until then the relay keeps it and comes again. The
//     caller must therefore take the same bounce twice without harm.
//
// # What it must never do
//
// It never keeps a message, never decides what follows from a bounce, and never
// listens where the caller did not say.
package bounce
