// Package people reads the file in which a vendor lists the people affected by
// a breach.
//
// A vendor sends whatever its export writes: another format than the name says,
// other column names, another delimiter, an old encoding, quotes that never
// close, rows cut short, addresses that no mail can reach. The work has three
// steps:
//
//  1. [Analyze] looks at the first rows and says what the file is and what each
//     column seems to hold, by its name and by its values.
//  2. A person confirms or corrects that; [Analysis.Map] is the proposal in the
//     form of [Options].Map.
//  3. [Read] takes the file row by row, hands each person on and says at the end
//     what became of every row.
//
// [WriteCSV] writes lists of people that are safe to open in a spreadsheet.
//
// # What can be read
//
// CSV with commas, semicolons, tabs or vertical bars; JSON Lines, objects in
// objects as "outer.inner"; the first sheet of an XLSX workbook that has names
// of columns. Text is UTF-8, UTF-16 or, where bytes are not UTF-8,
// Windows-1252, which the summary says. The content decides, not the name. What
// is none of these is refused with one line that says what it is.
//
// # What it promises
//
// Every row is accounted for: Rows = Accepted + Undeliverable + Duplicates +
// rejected ones. A row that cannot be read is rejected with its line number and
// the reason, and never swallows the rows after it. A person whom mail cannot
// reach is handed on all the same, with the reason, so that another channel
// can be used. Memory does not grow with the file: the keys by which duplicates
// are found take 25 MB at most, and 1.5 bytes for each that does not fit (see
// [tocsin/people/seen]). No line, field, workbook or archive is unpacked or kept
// beyond a limit that stands in this package as a constant.
//
// # What it must never do
//
// It must never put personal data into an error, a reason, a summary or an
// analysis: those go to logs, histories and the record. It must never guess a
// person's address from other columns or repair one, hand on as deliverable
// what [CheckAddress] refuses, decide that somebody need not be told, or
// calculate a formula. It must leave nothing of a file on the disk. (While a
// large one is read, enciphered keys lie in a file without a name.)
//
// The package keeps nothing: storing, encrypting and erasing people is the
// store's work.
package people
