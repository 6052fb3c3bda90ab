// Command tocsin is Tocsin for people at a terminal and for scripts. It gives
// commands to a server, checks deadlines, severities and exported bundles
// without one, and runs the server itself.
//
// # What it promises
//
//   - With "-o json" standard output is one JSON document and nothing else: the
//     server's answer as it is.
//   - Exit code 0 means done. 1 means refused or failed, and standard error has
//     one line: what, why, what to do. 2 means wrong usage.
//   - A command whose line says "unavailable" may be given again as it stands.
//   - A file that is written is written whole or not at all.
//
// # What it must never do
//
// It must never decide about a case: that is the server's. It must never put a
// token into an error, nor open a connection for a command that works offline.
package main
