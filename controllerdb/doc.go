// Package controllerdb reads the controller's own accounts by a query on the
// controller's own PostgreSQL, so that affected people can be matched against
// them.
//
// # What it promises
//
//   - It reads and never writes. The session and its one transaction are
//     read-only; before the query runs, a write is tried, and unless the server
//     refuses it for that very reason nothing is read. A role that may write to
//     any table there, or is an administrator, is refused.
//   - The query is one statement that reads: it becomes a cursor, which takes
//     nothing else. It sees one snapshot. Names without a schema are looked up
//     in pg_catalog alone, so that nobody slips another table under the query.
//   - Rows are fetched a few at a time: memory does not grow with their number.
//   - Unless the server is on this machine, TLS is demanded, with a certificate
//     that is valid for the server's name.
//
// # What it must never do
//
// Take an address or a query from a request: both come from the settings of the
// installation. Put an address, a password, a query or a row into an error.
package controllerdb
