// Package ledger is the tamper-evident log: what an authority can check two
// years later without trusting the people who kept the record.
//
// # What it holds
//
//   - [Entry] is one line of the record in canonical JSON: the same facts give
//     the same bytes, on every machine and in every language.
//   - [Append], [Root], [ProveInclusion] and [ProveConsistency] keep an
//     RFC 6962 Merkle tree over those lines. The tree's hashes live wherever
//     the caller keeps them, behind [tlog.HashReader]; [Memory] keeps them in
//     memory.
//   - [Checkpoint] is a signed statement "at this time the log had this many
//     entries and this root", in the C2SP tlog-checkpoint form, signed as a
//     note with Ed25519. Copies of it leave the building.
//   - [WriteBundle] packs one incident for an authority; [Verify] checks such a
//     file offline and says in plain words what is wrong with it.
//
// # The seal: why a record cannot be cut short
//
// A Merkle proof shows that an entry is in the log. It does not show that
// nothing was left out. Left-out numbers in the middle are visible, because an
// incident's entries are numbered from 1 without a gap; a left-out end is not.
// So an export starts by recording one more event of its own, of type
// [BundleSealType], as the incident's last entry. Its data ([BundleHead.SealData])
// names the number of entries, which is its own number, and the SHA-256 of the
// bundle's manifest. The bundle's checkpoint is signed for the tree that ends
// with exactly this entry. [Verify] demands all three: the last entry is a seal,
// it names its own number and the manifest, and its place in the log is the
// checkpoint's last. A shorter bundle would need an earlier seal that is the
// last entry of a signed tree, and that is the genuine earlier bundle, whose
// checkpoint carries the earlier signing time.
//
// # The history: why it was not written afterwards
//
// A bundle also holds the checkpoints that were signed since before the incident
// began, each with the proof that the next one's log goes on from it. An entry
// was in the log when the first checkpoint was signed that covers it; whoever
// kept a mailed checkpoint can compare it with the one of the same size.
//
// # The confirmations: why not even the key's holder wrote it afterwards
//
// Witnesses and authorities that stamp the time confirm checkpoints. What they
// answered about the earlier checkpoints of a bundle travels in it, and the manifest
// names its hash. This package does not know how such an answer is checked:
// [VerifyOptions.Confirm] does, with keys from elsewhere, and without one it is said
// that nothing was checked.
//
// # What it promises
//
//   - Any change of a single byte of a bundle is reported. The ZIP container
//     is written uncompressed in one fixed layout, so even its headers cannot
//     differ unseen.
//   - Parsers refuse what they would not have written: no unknown fields, no
//     second spelling of the same value, no duplicate keys, bounded depth and
//     length. They never panic on hostile input and never inflate a ZIP bomb.
//   - Memory stays bounded: bundles are written and read entry by entry; writing
//     keeps 40 bytes for each.
//
// # What it does not prove
//
// That an entry was true when it was written, or that whoever holds the signing
// key did not keep two different logs, or sign an old tree again as if it were
// today's. The first is for people to judge. The others show against the
// checkpoints that were mailed out: an earlier one must be a beginning of a later
// one ([CheckConsistency]), and a later one is never smaller.
//
// # What it must never do
//
// Hold or print personal data: entries name people by role and by salted
// commitment only, and no error of this package quotes an entry's content. Read
// a clock, a file or a network: times and readers are passed in.
package ledger
