// Package postgresserver runs a private PostgreSQL for one tocsin-local.
//
// # What it does
//
// Start finds PostgreSQL's programs (TOCSIN_PG_BIN or PG_BIN, then the newest
// of /usr/lib/postgresql/*/bin, then PATH), fetches them if the machine has
// none, creates a database cluster below the data directory at first start,
// and runs the server as a child process on a free loopback port.
//
// # What it promises
//
//   - What PostgreSQL has committed survives a kill -9 of this process and of
//     PostgreSQL itself: fsync, full_page_writes and synchronous_commit stay
//     on, data checksums are on.
//   - The child ends when this process ends, however it ends. Should one be
//     left over all the same, the next Start on the same directory stops it
//     before it opens the data.
//   - Two processes never use one data directory: the second gets ErrInUse.
//   - Started as root, initdb and postgres run under an unprivileged user. If
//     that user cannot reach the data directory, the data is placed under
//     /var/lib and the file postgres.location in the data directory says where.
//   - Every connection, also from the same machine, needs the generated
//     password (SCRAM-SHA-256), which is kept in a file of mode 0600.
//   - PostgreSQL's log lines reach the Logger without statements and without
//     the values of rows, because those may be personal data.
//
// # What it must never do
//
// It must never listen beyond 127.0.0.1, never trust a connection without a
// password, never turn durability off, and never delete a database cluster
// that was completely created.
package postgresserver
