package ledger

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the instructions
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	// BundleVersion is the version of the bundle format that is written here.
	// Version 1, without a history of checkpoints, version 2, without the changes of
	// the key, and version 3, without confirmations, are read as well.
	BundleVersion = 4
	// BundleSealType is the type of the event that an export records as the
	// incident's last entry before anything is packed. Its data is
	// [BundleHead.SealData]. See the package documentation for why.
	BundleSealType = "bundle_exported"
	// MaxAttachments is how many attachments a bundle may list.
	MaxAttachments = 10_000
	// MaxHistory is how many earlier checkpoints a bundle may hold.
	MaxHistory = 1_000

	bundleFormat     = "tocsin-bundle"
	manifestFile     = "bundle.json"
	checkpointFile   = "checkpoint.txt"
	historyFile      = "history.jsonl"
	keysFile         = "keys.jsonl"
	anchorsFile      = "anchors.jsonl"
	entriesFile      = "entries.jsonl"
	proofsFile       = "proofs.jsonl"
	instructionsFile = "VERIFY.md"
	attachmentsDir   = "attachments/"

	maxManifestBytes = 8 << 20
	maxProofBytes    = 8 << 10 // 53 hashes of 47 bytes and the rest
)

// instructions is the VERIFY.md of every bundle.
//
//go:embed verify.md
var instructions []byte

// ErrInvalidBundle is wrapped when a bundle cannot be made from what was given.
var ErrInvalidBundle = errors.New("ledger bundle")

// Attachment describes a file that travels in a bundle under
// attachments/<SHA256>.
type Attachment struct {
	// SHA256 is the digest of the content, 64 lower-case hexadecimal digits.
	SHA256 string `json:"sha256"`
	// Size is the length of the content in bytes.
	Size int64 `json:"size"`
	// Name is the file's name for people: no slashes or control characters, 255
	// bytes at most.
	Name string `json:"name"`
}

// BundleHead is what a bundle says of itself; it becomes bundle.json.
type BundleHead struct {
	// Incident is the id of the one incident that the bundle is about.
	Incident string
	// Origin names the log, as in [Checkpoint.Origin].
	Origin string
	// Key is the verifier key ("vkey") of the log's signing key.
	Key string
	// Entries is the number of the incident's entries, the seal included.
	Entries int64
	// Attachments lists the attached files in any order. The same content may
	// be listed under several names.
	Attachments []Attachment
	// History lists the sizes of the earlier checkpoints that travel in the
	// bundle, ascending and each once, [MaxHistory] at most, each smaller than
	// that of the bundle's own checkpoint. They show that the log only grew.
	History []int64
	// Rotations lists the places in the log of the entries by which its key was
	// changed, ascending, [MaxRotations] at most, each smaller than the size of the
	// bundle's checkpoint. Key is the one to which the last of them led.
	Rotations []int64
	// Confirmations lists what others confirmed of the checkpoints of History, in any
	// order, [MaxConfirmations] at most and one for each size, kind and name.
	Confirmations []Confirmation
	// People says that people's data travel, and which; nil for a bundle without them.
	People *BundlePeople
}

// manifest is bundle.json: canonical JSON and a newline.
type manifest struct {
	Confirmations *confirmationsPart `json:"anchors,omitempty"` // nil before version 4
	Attachments   []Attachment       `json:"attachments"`
	Checkpoint    string             `json:"checkpoint"`
	Entries       int64              `json:"entries"`
	Format        string             `json:"format"`
	History       *[]int64           `json:"history,omitempty"` // nil in version 1
	Incident      string             `json:"incident"`
	Key           string             `json:"key"`
	Origin        string             `json:"origin"`
	People        *BundlePeople      `json:"people,omitempty"`    // nil where nobody chose it, and before version 4
	Rotations     *[]int64           `json:"rotations,omitempty"` // nil before version 3
	Verify        string             `json:"verify_md_sha256"`
	Version       int                `json:"version"`
}

// SealData returns the data of the event of type [BundleSealType] that must be
// recorded, as the incident's last entry with the number h.Entries, before a
// bundle with this head is written:
//
//	{"entries":<h.Entries>,"manifest_sha256":"<SHA-256 of bundle.json>"}
//
// Each export records a seal of its own.
func (h BundleHead) SealData() (json.RawMessage, error) {
	b, err := h.manifest()
	if err != nil {
		return nil, err
	}
	return sealData(h.Entries, b), nil
}

func sealData(entries int64, manifest []byte) json.RawMessage {
	return fmt.Appendf(nil, `{"entries":%d,"manifest_sha256":"%x"}`, entries, sha256.Sum256(manifest))
}

// manifest returns the bytes of bundle.json.
func (h BundleHead) manifest() ([]byte, error) {
	list := slices.Clone(h.Attachments)
	slices.SortFunc(list, func(a, b Attachment) int {
		if c := strings.Compare(a.SHA256, b.SHA256); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	history, rotations := append([]int64{}, h.History...), append([]int64{}, h.Rotations...)
	_, confirmed, err := confirmationsContent(h.Confirmations, history)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	m := manifest{
		Confirmations: confirmed,
		Attachments:   list,
		Checkpoint:    checkpointFile,
		Entries:       h.Entries,
		Format:        bundleFormat,
		History:       &history,
		Incident:      h.Incident,
		Key:           h.Key,
		Origin:        h.Origin,
		People:        h.People,
		Rotations:     &rotations,
		Verify:        fmt.Sprintf("%x", sha256.Sum256(instructionsFor(h.People))),
		Version:       BundleVersion,
	}
	if list == nil {
		m.Attachments = []Attachment{}
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	return m.bytes()
}

func (m manifest) bytes() ([]byte, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	b, err := Canonical(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	if len(b) >= maxManifestBytes {
		return nil, fmt.Errorf("%w: the manifest is too long", ErrInvalidBundle)
	}
	return append(b, '\n'), nil
}

func (m manifest) check() error {
	switch {
	case m.Format != bundleFormat || m.Version < 1 || m.Version > BundleVersion:
		return fmt.Errorf("it is not a bundle of version 1 to %d", BundleVersion)
	case (m.History == nil) != (m.Version == 1):
		return errors.New("the history of checkpoints is missing, or its version has none")
	case (m.Rotations == nil) != (m.Version < 3):
		return errors.New("the changes of the key are missing, or its version has none")
	case (m.Confirmations == nil) != (m.Version < 4):
		return errors.New("what it says of the confirmations is missing, or its version has none")
	case m.People != nil && m.Version < 4:
		return errors.New("its version has no people's data")
	case m.Checkpoint != checkpointFile:
		return errors.New("the checkpoint's file must be " + checkpointFile)
	case !validIncident(m.Incident):
		return errors.New("the incident's id is not valid")
	case !validOrigin(m.Origin):
		return errors.New("the origin is not valid")
	case m.Entries < 1 || m.Entries > MaxTreeSize:
		return errors.New("the number of entries must be at least 1")
	case !validDigest(m.Verify):
		return errors.New("the digest of " + instructionsFile + " is not valid")
	case len(m.Attachments) > MaxAttachments:
		return fmt.Errorf("%d attachments, %d at most", len(m.Attachments), MaxAttachments)
	}
	v, err := note.NewVerifier(m.Key)
	if err != nil {
		return errors.New("the verifier key is not valid")
	}
	if v.Name() != m.Origin {
		return errors.New("the verifier key is not named as the origin")
	}
	if err := m.checkHistory(); err != nil {
		return err
	}
	if err := m.People.check(); err != nil {
		return err
	}
	if m.Confirmations != nil {
		if err := m.Confirmations.check(); err != nil {
			return err
		}
	}
	for i, a := range m.Attachments {
		if !validDigest(a.SHA256) || a.Size < 0 || a.Size > MaxInteger || !validFileName(a.Name) {
			return fmt.Errorf("attachment %d of the list is not valid", i+1)
		}
		if i == 0 {
			continue
		}
		before := m.Attachments[i-1]
		if before.SHA256 > a.SHA256 || before.SHA256 == a.SHA256 && (before.Name >= a.Name || before.Size != a.Size) {
			return fmt.Errorf("attachment %d of the list is out of order, listed twice, or of two sizes", i+1)
		}
	}
	return nil
}

func (m manifest) checkHistory() error {
	if len(m.history()) > MaxHistory {
		return fmt.Errorf("%d earlier checkpoints, %d at most", len(m.history()), MaxHistory)
	}
	if len(m.rotations()) > MaxRotations {
		return fmt.Errorf("%d changes of the key, %d at most", len(m.rotations()), MaxRotations)
	}
	if !ascending(m.history(), 1) {
		return errors.New("the sizes of the earlier checkpoints are not valid or out of order")
	}
	if !ascending(m.rotations(), 0) {
		return errors.New("the places of the changes of the key are not valid or out of order")
	}
	return nil
}

// ascending says whether sizes are in order, each once, from the least on.
func ascending(sizes []int64, least int64) bool {
	for _, size := range sizes {
		if size < least || size > MaxTreeSize {
			return false
		}
		least = size + 1
	}
	return true
}

// history returns the sizes of the earlier checkpoints, none in version 1.
func (m manifest) history() []int64 {
	if m.History == nil {
		return nil
	}
	return *m.History
}

// rotations returns the places of the changes of the key, none before version 3.
func (m manifest) rotations() []int64 {
	if m.Rotations == nil {
		return nil
	}
	return *m.Rotations
}

// files returns the digests of the attached files, once each, in order.
func (m manifest) files() []Attachment {
	return slices.CompactFunc(slices.Clone(m.Attachments), func(a, b Attachment) bool { return a.SHA256 == b.SHA256 })
}

// parseManifest accepts exactly what manifest.bytes writes.
func parseManifest(b []byte) (manifest, error) {
	var kind struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &kind); err != nil || kind.Format != bundleFormat {
		return manifest{}, errors.New("it is not the manifest of a Tocsin bundle")
	}
	if kind.Version < 1 || kind.Version > BundleVersion {
		return manifest{}, fmt.Errorf("the bundle has format version %d, this program knows 1 to %d: use a newer tocsin", kind.Version, BundleVersion)
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return manifest{}, errors.New("it is not the manifest of a Tocsin bundle")
	}
	if err := m.check(); err != nil {
		return manifest{}, err
	}
	if again, err := m.bytes(); err != nil || !bytes.Equal(again, b) {
		return manifest{}, errors.New("it has unknown, missing or misspelt parts")
	}
	return m, nil
}

func validDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && strings.ToLower(s) == s
}

func validFileName(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= 255 && utf8.ValidString(s) &&
		!strings.ContainsAny(s, `/\`) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// proofLine is one line of proofs.jsonl: where an entry stands in the log and
// how that is shown. Leaf and Seq are not needed for the proof; they tell a
// changed entry from a changed proof, and a missing line from a wrong one.
type proofLine struct {
	Seq    int64       // the entry's number within the incident
	Index  int64       // its place in the log, from 0
	Leaf   tlog.Hash   // its leaf hash
	Hashes []tlog.Hash // from the leaf to the root
}

func (p proofLine) append(b []byte) []byte {
	b = append(b, `{"hashes":[`...)
	for i, h := range p.Hashes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendHash(b, h)
	}
	b = append(b, `],"index":`...)
	b = strconv.AppendInt(b, p.Index, 10)
	b = append(b, `,"leaf":`...)
	b = appendHash(b, p.Leaf)
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, p.Seq, 10)
	return append(b, '}')
}

func appendHash(b []byte, h tlog.Hash) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, h[:])
	return append(b, '"')
}

// parseProofLine accepts exactly what proofLine.append writes.
func parseProofLine(line []byte) (proofLine, error) {
	var none usualHashes
	return none.parse(line)
}

// usualHashes are the hashes of the last proof as they were written. Those of
// the next are mostly the same, in the same places, and need no decoding then.
type usualHashes []struct {
	text [44]byte
	hash tlog.Hash
}

func (u *usualHashes) parse(line []byte) (proofLine, error) {
	var p proofLine
	r := lineReader{s: scanner{in: line}}
	r.literal(`{"hashes":[`)
	for r.err == nil && !r.accept(']') {
		if len(p.Hashes) > 0 {
			r.literal(`,`)
		} else {
			p.Hashes = make([]tlog.Hash, 0, len(*u)+1) // as many as the last had, mostly
		}
		p.Hashes = append(p.Hashes, u.hash(&r, len(p.Hashes)))
	}
	r.literal(`,"index":`)
	p.Index = r.integer()
	r.literal(`,"leaf":`)
	p.Leaf = r.hash()
	r.literal(`,"seq":`)
	p.Seq = r.integer()
	r.literal(`}`)
	if p.Index < 0 || p.Seq < 1 {
		r.fail("an index starts at 0 and a seq at 1")
	}
	if err := r.end(); err != nil {
		return proofLine{}, err
	}
	return p, nil
}

// maxUsual is how many hashes a proof has at most in a log of any size.
const maxUsual = 64

// hash reads the hash at a place of the proof.
func (u *usualHashes) hash(r *lineReader, place int) tlog.Hash {
	const length = 1 + 44 + 1
	rest := r.s.in[r.s.pos:]
	whole := r.err == nil && len(rest) >= length && rest[0] == '"' && rest[length-1] == '"'
	if whole && place < len(*u) && string((*u)[place].text[:]) == string(rest[1:length-1]) {
		r.s.pos += length
		return (*u)[place].hash
	}
	h := r.hash()
	if r.err == nil && place < maxUsual {
		for len(*u) <= place {
			*u = append(*u, struct {
				text [44]byte
				hash tlog.Hash
			}{})
		}
		copy((*u)[place].text[:], rest[1:length-1])
		(*u)[place].hash = h
	}
	return h
}

func (r *lineReader) hash() tlog.Hash {
	const length = 1 + 44 + 1
	var h tlog.Hash
	if r.err != nil {
		return h
	}
	rest := r.s.in[r.s.pos:]
	if len(rest) < length || rest[0] != '"' || rest[length-1] != '"' {
		r.fail("a hash in base64 is expected here")
		return h
	}
	// Decoded and encoded again, so that it has one spelling.
	var raw [33]byte
	n, err := base64.StdEncoding.Strict().Decode(raw[:], rest[1:length-1])
	if err != nil || n != tlog.HashSize {
		r.fail("a hash in base64 is expected here")
		return h
	}
	r.s.pos += length
	return tlog.Hash(raw[:tlog.HashSize])
}
