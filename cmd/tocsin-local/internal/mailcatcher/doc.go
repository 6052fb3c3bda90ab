// Package mailcatcher takes in every mail that one tocsin-local sends, and
// shows it to people on a page and to programs as JSON. It stands in for a
// mail relay where no mail may leave the machine.
//
// # What it promises
//
//   - A message that was answered with 250 is on disk and survives a kill -9
//     of the process and a power failure. Messages that arrive at the same
//     moment share one wait for the disk.
//   - It speaks SMTP as relays do: PIPELINING, 8BITMIME, SIZE, one answer per
//     recipient. It listens on 127.0.0.1 only.
//   - Page and JSON are answered to callers on the same machine only, because
//     mails carry names, addresses and links that acknowledge.
//   - What a message says is shown as text. Nothing of it is run, fetched or
//     followed.
//
// # What it must never do
//
// It must never pass a message on, and never log an address or a line of one.
package mailcatcher
