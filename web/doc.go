// Package web is what people and programs reach over HTTP: the JSON API under
// /api/v1, the pages on which a case is worked through, and the link by which a
// reminder is acknowledged.
//
// # What it is for
//
// A request becomes one command of package incident, given to the engine, which
// answers when its events are recorded. What is shown is read from the store.
// Everything the API offers stands in one table of routes, a list for each area
// ([New] builds both the multiplexer and /api/openapi.json from it): method,
// path, the roles that may call it, what goes in and what comes out.
//
// # What it promises
//
//   - A request is read strictly: unknown fields, duplicate fields, trailing
//     data, times without an offset and bodies above the limit are refused
//     with one line that names the field, the value and what is expected.
//   - What is refused leaves nothing in the record.
//   - Errors have the form {"error": {"kind", "field", "value", "expected",
//     "message"}}; the kind decides the status. An internal fault is logged and
//     answered with one general sentence.
//   - Pages work without a script, load nothing from another host, and carry a
//     Content-Security-Policy that forbids inline code. They are in the reader's
//     language and zone; a step that is refused shows the page again, with why
//     beside its form and what was written still there.
//
// # What it must never do
//
// Decide whether a command fits a case: incident.Decide does. Put a name, an
// address, a token or a link into a log line or an error. Send mail.
package web
