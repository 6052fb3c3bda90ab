// Package postgres is the store: the record of every case and the tables that
// pages and senders read.
//
// # What it holds
//
//   - The record: event, ledger_entry, ledger_hash, checkpoint, recording.
//     [Store.Record] is the only way in. It decides, numbers, appends to the
//     ledger and updates the tables read by pages in one transaction.
//   - Projections of the record: incident and mailing. They can be derived
//     from the events again at any time.
//   - Documents and affected people, encrypted under one key per incident.
//   - Deliveries: the state of one notice to one person.
//   - Codes of notices, as keyed hashes that name no person.
//   - Accounts and sessions of the people who work on cases.
//
// # What it promises
//
//   - Recording is idempotent on its [RecordKey]: a retry answers what the
//     first attempt recorded. Two writers never fork a case: events are
//     numbered under a lock and by a primary key.
//   - A refused command, a lost connection and a killed server leave nothing
//     half-done.
//   - Neither the application's role nor the owner can change or remove what
//     was recorded: the first lacks the rights, and triggers refuse both.
//   - A delivery is claimed by one sender at a time, its claim is committed
//     before it is handed out, and an outcome counts only from the claim's owner.
//   - Names and addresses of affected people are never stored in clear. After
//     [Store.Erase] nobody can read them, and the record still verifies.
//
// # Errors
//
// Every error is an [incident.Error], or wraps one, when a person can do
// something about it. [incident.Unavailable] means that the database is away.
// Anything else is a fault of Tocsin.
//
// # What it must never do
//
// Put a person's name or address, or a value from a row, into an error. Read
// the clock other than through the one it was given. Change a migration that
// was released: they go forward only.
package postgres
