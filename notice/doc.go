// Package notice writes the messages that leave Tocsin: reminders to the data
// protection officer, communications to the people affected (GDPR Art. 34), and
// checkpoints of the record.
//
// # What it is for
//
// A [Composer] turns data into a finished [Message]: bytes, their SHA-256 and
// the envelope. Whoever sends it sends those bytes; nothing is rendered later.
// All words, date formats and names of data live in one folder per language
// (templates/mail/<language>), and adding a folder adds the language.
//
// # What it promises
//
//   - A message is whole or there is none. Templates are tried out when the
//     Composer is made, and rendered to memory before anything is composed.
//   - The same data give the same bytes, so that a hash in the record can be
//     checked by composing again.
//   - One recipient, a known set of headers, text and HTML, nothing else: no
//     attachment, no remote image, no tracking, and in a communication no link
//     but the controller's own page.
//   - A communication that lacks what Art. 34(2) demands is refused with the
//     points that are missing ([Composer.Check]).
//   - Strings that others chose (names from a vendor's file, titles) cannot
//     add a header, a line to a one-line field, or a link: see below.
//
// # Safety of headers
//
// Addresses are checked twice. The full rule is smtp.ParseAddress, applied
// where an address is imported and where it is sent. This package does not
// import smtp; it refuses, for itself, any address with characters that could
// end a header or an address. Names and titles are made into one line: control
// characters become spaces, and marks that reverse the direction of text go.
// They are changed and not refused because a reminder must not fail over the
// title of an incident. A header value that holds a control character in spite
// of that is an error, and no message is made.
//
// A person's name that carries a link, an address or markup is not used in the
// salutation at all: open registration forms are filled with such "names" in
// order to have other people's mail carry them.
//
// # What it must never do
//
// It never sends, never keeps a person's data beyond the call, and never puts
// any into an error.
package notice
