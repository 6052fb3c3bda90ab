package ledger

import "fmt"

// Kind says what sort of problem [Verify] found.
type Kind string

// The kinds of problems, from the file as a whole down to its parts.
const (
	// KindNotZip: the file is not a ZIP at all.
	KindNotZip Kind = "not_a_zip"
	// KindTruncated: the file starts as a ZIP and ends too early.
	KindTruncated Kind = "truncated"
	// KindContainer: the ZIP is not laid out as Tocsin writes it: it was packed
	// again, or bytes outside the files' contents were changed.
	KindContainer Kind = "container"
	// KindOversized: sizes beyond the limits, as a ZIP bomb has them.
	KindOversized Kind = "oversized"
	// KindPathTraversal: a file name that would leave the folder it is unpacked in.
	KindPathTraversal Kind = "path_traversal"
	// KindSymlink: a link, a folder or another thing that is not a regular file.
	KindSymlink Kind = "symlink"
	// KindDuplicateName: two files of one name.
	KindDuplicateName Kind = "duplicate_name"
	// KindMissingFile: a file that must be there is not.
	KindMissingFile Kind = "missing_file"
	// KindUnexpectedFile: a file that does not belong in a bundle.
	KindUnexpectedFile Kind = "unexpected_file"
	// KindDamaged: a file's content cannot be read or fails its checksum.
	KindDamaged Kind = "damaged"
	// KindManifest: bundle.json is not valid, or is not the one that was sealed.
	KindManifest Kind = "manifest"
	// KindInstructions: VERIFY.md is not the one that the manifest names.
	KindInstructions Kind = "instructions_changed"
	// KindWrongKey: the bundle or its checkpoint is of another key than expected.
	KindWrongKey Kind = "wrong_key"
	// KindRetiredKey: a checkpoint is signed with a key of the log that had ended
	// by then.
	KindRetiredKey Kind = "retired_key"
	// KindCompromisedKey: a checkpoint rests on a key that was reported to have
	// been in other hands, and on nothing else.
	KindCompromisedKey Kind = "compromised_key"
	// KindRotation: a change of the key is missing, malformed, or not in the log.
	KindRotation Kind = "rotation"
	// KindSignature: the checkpoint's signature does not hold.
	KindSignature Kind = "signature"
	// KindCheckpoint: checkpoint.txt is not a checkpoint of this log.
	KindCheckpoint Kind = "checkpoint"
	// KindHistory: an earlier checkpoint is missing, malformed, superfluous or
	// not the listed one.
	KindHistory Kind = "history"
	// KindConfirmation: what others confirmed is not what was sealed, or does not
	// hold for the checkpoint.
	KindConfirmation Kind = "confirmation"
	// KindChanged: an entry is not the one that was recorded.
	KindChanged Kind = "changed_entry"
	// KindMissing: a number within the incident is missing.
	KindMissing Kind = "missing_entry"
	// KindInserted: an entry that was not there: its number is taken or is
	// beyond the end.
	KindInserted Kind = "inserted_entry"
	// KindReordered: entries or proofs are not in the order of recording.
	KindReordered Kind = "reordered"
	// KindCutOff: the end is missing, or may be.
	KindCutOff Kind = "cut_off"
	// KindForked: a signed checkpoint names another history than the log has.
	KindForked Kind = "forked_history"
	// KindEvent: what people are shown of an entry is not what the log holds.
	KindEvent Kind = "event_changed"
	// KindForeignIncident: an entry of another incident.
	KindForeignIncident Kind = "foreign_incident"
	// KindProof: a proof is missing, malformed, superfluous or does not lead to
	// the checkpoint's root.
	KindProof Kind = "proof"
	// KindSeal: the last entry's data do not fit what it seals.
	KindSeal Kind = "seal"
	// KindPeople: the data of people are not those that were exported, or do not lead
	// to what the record says of a mailing.
	KindPeople Kind = "people_changed"
	// KindAttachment: an attachment's content is not the listed one.
	KindAttachment Kind = "attachment_changed"
)

// Problem is one thing that is wrong with a bundle.
type Problem struct {
	// Entry is the number within the incident of the entry concerned, 0 if none.
	Entry int64 `json:"entry"`
	// Kind is one of the constants of [Kind].
	Kind Kind `json:"kind"`
	// Detail says in one sentence what was found.
	Detail string `json:"detail"`
}

// CheckpointReport is what a bundle's checkpoint says. All is zero unless its
// signature holds.
type CheckpointReport struct {
	// Size is the number of entries of the whole log.
	Size int64 `json:"size"`
	// Root is the Merkle root in base64.
	Root string `json:"root"`
	// SignedAt is when it was signed, RFC 3339 in UTC.
	SignedAt string `json:"signed_at"`
}

// Report is the result of [Verify].
type Report struct {
	// OK is true when there are no problems.
	OK bool `json:"ok"`
	// Entries is the number of well-formed entries of the incident that the
	// bundle holds.
	Entries int64 `json:"entries"`
	// Checkpoint is the signed statement that the entries were checked against.
	Checkpoint CheckpointReport `json:"checkpoint"`
	// Problems lists what is wrong; never nil.
	Problems []Problem `json:"problems"`
	// Warnings lists what is not wrong but should be known; never nil.
	Warnings []string `json:"warnings"`
	// Incident is the id of the incident, as the bundle says.
	Incident string `json:"incident"`
	// Origin is the name of the log, as the bundle says.
	Origin string `json:"origin"`
	// Key is the verifier key that signatures were checked with.
	Key string `json:"key"`
	// Keys are the log's keys, the first one first, as the log itself tells how
	// each took the other's place; never nil.
	Keys []KeyReport `json:"keys"`
	// KeyIndependent is true when Key was given to Verify and not taken from the
	// bundle itself.
	KeyIndependent bool `json:"key_independent"`
	// History is the number of earlier checkpoints that the bundle holds and
	// whose signatures hold.
	History int `json:"history"`
	// Confirmations are what others confirmed of the earlier checkpoints, by size,
	// then those that were given beside the bundle; never nil.
	Confirmations []ConfirmationReport `json:"confirmations"`
	// Kept is how many of the checkpoints that were given are in the bundle as
	// well, and the same.
	Kept int `json:"kept"`

	// People says what the bundle holds of people's data; nil for none.
	People *PeopleReport `json:"people,omitempty"`

	limit  int
	hidden int
}

func (r *Report) add(entry int64, kind Kind, format string, args ...any) {
	if len(r.Problems) >= r.limit {
		r.hidden++
		return
	}
	r.Problems = append(r.Problems, Problem{Entry: entry, Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) warn(format string, args ...any) {
	if len(r.Warnings) < r.limit {
		r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
	}
}

func (r *Report) finish() Report {
	if r.hidden > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d further problems are not listed", r.hidden))
	}
	r.OK = len(r.Problems) == 0
	return *r
}
