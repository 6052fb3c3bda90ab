// Package temporalserver runs Temporal's server and its web UI inside this
// process, on PostgreSQL.
//
// Everything that is particular to the pinned version of Temporal's server
// (v1.32.1) is in this package: its configuration, its schema, the sizes that
// make it fit on one small machine. A new version is a change here only.
//
// # What it promises
//
//   - Start creates the databases temporal and temporal_visibility if they are
//     missing, brings their schema to the pinned version with Temporal's own
//     schema tool, and registers the namespace. It returns when every history
//     shard answers for that namespace, so the first call of a client is not
//     refused.
//   - A kill -9 delays nothing: the one node is told its members instead of
//     looking for them, so no dead member of an earlier run is waited for.
//     Timers that came due in between fire after the start.
//   - Everything listens on 127.0.0.1, on ports chosen free.
//   - Update-with-start, updates and eager starts are on, as Temporal has them.
//   - The web UI shows and does not act: a workflow ended there would end a
//     duty without a word in the record.
//
// # Size
//
// The server allocates in bursts while it starts. Set a soft limit for the
// whole process before Start, GOMEMLIMIT=384MiB or debug.SetMemoryLimit, and
// call debug.FreeOSMemory once after it, if resident memory matters.
//
// # What it must never do
//
// The number of history shards is written into the database at the first start
// and can never change: historyShards must stay what it is. Temporal's server
// must never be started twice on the same databases.
package temporalserver
