// Package people reads the file in which a vendor lists the people affected by
// a breach.
//
// A vendor sends whatever its export writes: other column names, another
// delimiter, quotes that never close, rows cut short, addresses that no mail
// can reach. [Read] takes the file row by row, recognises the columns, hands
// each person on and says at the end what became of every row.
//
// # What it promises
//
// Every row is accounted for: Rows = Accepted + Undeliverable + Duplicates +
// rejected ones. A row that cannot be read is rejected with its line number and
// the reason, and never swallows the rows after it. A person whom mail cannot
// reach is handed on all the same, with the reason, so that another channel
// can be used. Memory does not grow with the file, except for one short digest
// per address to find duplicates.
//
// # What it must never do
//
// It must never put personal data into an error, a reason or a summary: those
// go to logs, histories and the record. It must never guess a person's address
// from other columns, and never decide that somebody need not be told.
//
// The package keeps nothing: storing, encrypting and erasing people is the
// store's work.
package people
