// Package postgrestest gives tests a real PostgreSQL.
//
// [New] and [Store] start one private server for the test binary from the
// programs found on the machine, and give each test a database of its own.
// [Start] gives a server that a test may stop and start again.
//
// A server listens on loopback alone, as an unprivileged user when the test
// runs as root. It ends, and its files are removed, when the test binary ends,
// however it ends. Without PostgreSQL on the machine a test fails and says
// what to install; it is never skipped.
package postgrestest
