// Package dossier prints what is filed with an authority: a PDF and an HTML
// page of the form in the authority's language and in English, and a copy sheet
// in the order of the authority's portal.
//
// # What it is for
//
// A filing of GDPR Art. 33 is asked for again years later. The caller freezes
// the answers, turns them into a [Document] and calls [PDF] and [HTML]; the
// bytes that come back are what is stored, hashed and handed over. A Document
// of kind [CopySheet] makes the page from which a person fills a portal.
//
// The package knows no form and no incident. It is given lines with labels,
// values and states, and only adds what belongs to paper: page numbers, the
// names of the states, the mark of an exercise. Those words stand in
// templates/report/words, one file per language; adding a file adds the
// language, and one that is missing is answered in English.
//
// # What it promises
//
//   - The same Document gives the same bytes, whatever the clock, the zone and
//     the machine, so that a hash in the record can be checked by printing
//     again with the same version of Tocsin. The one date inside the file is
//     [Document.CreatedAt].
//   - Nothing is lost. A value of any length goes on over as many pages as it
//     needs. A character that the fonts lack (emoji, Chinese, right-to-left
//     scripts) is printed as its code, as in [U+1F512]; it never becomes a box,
//     a question mark or nothing.
//   - Nothing reads differently from what it is. Control characters, marks that
//     reverse the direction of text and hidden characters are printed as their
//     codes too.
//   - A result is whole or there is none: everything is laid out in memory
//     first, and what exceeds a limit is refused by an [Error] that names the
//     field and never its value.
//   - The PDF embeds the parts of the fonts that it uses, carries its text in a
//     form that can be searched and copied, and its title and language. The
//     HTML is one file: no script, no request to anywhere.
//
// # Instants
//
// A time.Time is printed in the zone that it carries, with the offset, as in
// "2026-10-12 14:03 +02:00": this reads the same in every language. Whatever
// else is a date stands in a value, written by the caller.
//
// # Fonts
//
// Liberation Sans, under the SIL Open Font License 1.1, covers the languages of
// the EU and the EEA. Text is drawn from left to right in composed form
// (Unicode NFC), one character after the other.
//
// # What it must never do
//
// It never asks the clock, the network or a file outside the binary, never
// decides what a value means, and never shortens one.
package dossier
