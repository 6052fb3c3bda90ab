// Package notice writes the messages that leave Tocsin: reminders to the data
// protection officer, communications to the people affected (GDPR Art. 34), and
// checkpoints of the record.
//
// # What it is for
//
// A [Composer] turns data into a finished [Message]: bytes, their SHA-256 and
// the envelope. Whoever sends it sends those bytes; nothing is rendered later.
// All words, date formats and names of data live in one folder per language
// (templates/mail/<language>), and adding a folder adds the language. A round
// to many people is written by a [Round], which renders once what does not
// depend on the person.
//
// # Languages
//
// A folder holds locale.json, first.json (the words of a first draft, see
// [Composer.FirstWords]) and, as text and as HTML, the [Templates] for people:
// affected, affected_organisation, follow_up and not_affected. Its
// folder team, with words.json, reminder and checkpoint, may be left out: then
// the team's mails come in Config.DefaultLocale when that has them, else in
// English. Which advice fits which kinds of data is in advice.json for all
// languages, the sentences are in each locale.json. A language that lacks a
// file, a key, or a variable that Check demands stops the program at its start.
// [Composer.Translations] tells which texts a speaker of the language has
// reviewed.
//
// # What it promises
//
//   - A message is whole or there is none. Templates are tried out when the
//     Composer is made, and rendered to memory before anything is composed.
//   - The same data give the same bytes, so that a hash in the record can be
//     checked by composing again.
//   - One recipient, a known set of headers, text and HTML, nothing else: no
//     attachment, no remote image, no tracking, and in a communication no link
//     but the controller's own page and the page for checking its code.
//   - A communication that lacks what Art. 34(2) or its template demands is
//     refused with the points that are missing ([Composer.Check]).
//   - What is wrong with one person's data is a [PersonError] and keeps nobody
//     else from being told. A name is never such a fault: one that cannot be
//     greeted by is left out, since the person must be told all the same.
//   - A code ([Code]) lets a reader check that a message is genuine, and tells
//     nothing about the reader.
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
