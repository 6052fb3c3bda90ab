// Package smtp hands one finished message for one recipient to the mail relay
// and says exactly what the relay answered.
//
// # What it is for
//
// [ParseAddress] decides which addresses may be mailed at all. [New] describes
// a relay, [Relay.Dial] opens one connection to it, and [Conn.Send] offers one
// message on that connection and returns an [Outcome]: accepted, deferred,
// refused, undeliverable or unknown, with the relay's code and its reply as
// evidence. [Relay.Sender] wraps a connection in the Sender interface of
// github.com/go-mail/mail/v2.
//
// For many messages [Relay.DialMailing] opens a faster connection with the same
// answers. [Relays] chooses among several relays and remembers which of them
// failed, [Limiter] holds back what a relay or a mailbox provider would not
// take, [Judge] and [VerdictOf] say what a reply means for what happens next,
// [Backoff] how long to wait, and [VERP] makes the envelope senders by which a
// bounce finds its delivery.
//
// # What it promises
//
//   - An error from Send means that the relay has not taken the message, so a
//     retry never doubles it. The one case in which nobody can know, a
//     connection lost between the final dot and the reply, is the outcome
//     [Unknown], never an error.
//   - The relay's own trouble ([Unavailable]) is kept apart from a judgement
//     about a recipient. A broken relay or a wrong password never marks a
//     person as refused.
//   - Every step has a deadline and obeys the context. A relay that accepts the
//     connection and then says nothing cannot hold a caller.
//   - TLS with a verified certificate is mandatory. Only a relay on a loopback
//     address may be spoken to in the clear, and [Config.RequireTLS] withdraws
//     even that.
//   - A reply belongs to the message it was read for. Commands of one message are
//     sent together where the relay allows it, those of two never.
//   - One recipient per transaction. After anything but acceptance the
//     transaction is reset, so that the next message starts clean.
//
// # What it must never do
//
// It never composes or alters a message, never retries by itself, never sends
// to an address that [ParseAddress] refuses, and never puts an address, a
// password or the text of a reply into an error.
package smtp
