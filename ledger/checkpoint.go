package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// signedAtPrefix starts the one extension line of our checkpoints.
const signedAtPrefix = "signed-at "

// maxCheckpointBytes bounds a signed checkpoint; ours have about 250 bytes, and
// cosignatures of witnesses add about 150 each.
const maxCheckpointBytes = 16 << 10

var (
	// ErrInvalidCheckpoint is wrapped when a text is not a checkpoint of ours.
	ErrInvalidCheckpoint = errors.New("invalid checkpoint")
	// ErrSignature is wrapped when a checkpoint is not signed by a known key.
	ErrSignature = errors.New("checkpoint signature")

	errUnknownKey = fmt.Errorf("%w: not signed by a known key", ErrSignature)
)

// Checkpoint says what the log held at one moment. Its text form is the one of
// C2SP tlog-checkpoint: origin, size in decimal, root in base64, and one
// extension line with the time of signing, each ended by a newline.
type Checkpoint struct {
	// Origin names the log, such as "tocsin.example/7f3a": no spaces, no plus
	// sign. It is also the name of the key that signs.
	Origin string
	// Size is the number of entries, 0 to [MaxTreeSize].
	Size int64
	// Root is the Merkle tree's root over these entries.
	Root tlog.Hash
	// SignedAt is when the checkpoint was signed, in UTC, to the microsecond
	// (see [Instant]).
	SignedAt time.Time
}

// Text returns the lines that are signed. An error wraps
// [ErrInvalidCheckpoint].
func (c Checkpoint) Text() (string, error) {
	switch {
	case !validOrigin(c.Origin):
		return "", fmt.Errorf("%w: the origin must be a name without spaces or plus signs", ErrInvalidCheckpoint)
	case c.Size < 0 || c.Size > MaxTreeSize:
		return "", fmt.Errorf("%w: size %d", ErrInvalidCheckpoint, c.Size)
	case !validInstant(c.SignedAt):
		return "", fmt.Errorf("%w: the time of signing must be set and have no more than microseconds", ErrInvalidCheckpoint)
	}
	return fmt.Sprintf("%s\n%d\n%s\n%s%s\n", c.Origin, c.Size, c.Root,
		signedAtPrefix, c.SignedAt.UTC().Format(timeLayout)), nil
}

// validOrigin holds an origin to the rules of a key name, which it also is, and
// to a length that fits a line.
func validOrigin(s string) bool {
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	return s != "" && len(s) <= 255 && utf8.ValidString(s) && strings.IndexFunc(s, bad) < 0
}

// GenerateKey makes an Ed25519 key pair for the log with this origin, in the
// text form of signed notes. skey signs and must be kept secret; vkey verifies
// and is given to whoever shall check bundles, on a way of its own.
func GenerateKey(origin string) (skey, vkey string, err error) {
	if !validOrigin(origin) {
		return "", "", fmt.Errorf("%w: the origin must be a name without spaces or plus signs", ErrInvalidCheckpoint)
	}
	skey, vkey, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", "", fmt.Errorf("generate ledger key: %w", err)
	}
	return skey, vkey, nil
}

// Sign returns the signed checkpoint, which [ParseCheckpoint] reads. The
// signer's name must be the checkpoint's origin.
func Sign(c Checkpoint, signer note.Signer) (string, error) {
	text, err := c.Text()
	if err != nil {
		return "", err
	}
	if signer.Name() != c.Origin {
		return "", fmt.Errorf("%w: the key's name is not the checkpoint's origin", ErrSignature)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return string(signed), nil
}

// ParseCheckpoint reads a signed checkpoint and returns it only if it is
// signed by one of known under the name origin and its first line is origin.
// Signatures by other keys, such as witnesses, are allowed and ignored. An
// error wraps [ErrSignature] when no known key signed these bytes, else
// [ErrInvalidCheckpoint].
func ParseCheckpoint(text string, known note.Verifiers, origin string) (Checkpoint, error) {
	c, _, err := openCheckpoint(text, known, origin)
	return c, err
}

// openCheckpoint is ParseCheckpoint; it also counts the signature lines.
func openCheckpoint(text string, known note.Verifiers, origin string) (c Checkpoint, signatures int, err error) {
	c, _, signatures, err = openNote(text, known, origin)
	return c, signatures, err
}

// openNote is openCheckpoint; it also gives the signed note.
func openNote(text string, known note.Verifiers, origin string) (c Checkpoint, n *note.Note, signatures int, err error) {
	if len(text) > maxCheckpointBytes {
		return Checkpoint{}, nil, 0, fmt.Errorf("%w: %d bytes long, %d at most", ErrInvalidCheckpoint, len(text), maxCheckpointBytes)
	}
	n, err = note.Open([]byte(text), known)
	if err != nil {
		var unverified *note.UnverifiedNoteError
		var invalid *note.InvalidSignatureError
		switch {
		case errors.As(err, &unverified):
			return Checkpoint{}, nil, 0, errUnknownKey
		case errors.As(err, &invalid):
			return Checkpoint{}, nil, 0, fmt.Errorf("%w: the signature does not fit the text", ErrSignature)
		}
		return Checkpoint{}, nil, 0, fmt.Errorf("%w: not a signed note", ErrInvalidCheckpoint)
	}
	if !canonicalSignatures(n.Sigs) {
		return Checkpoint{}, nil, 0, fmt.Errorf("%w: the signature is not in its canonical spelling", ErrInvalidCheckpoint)
	}
	if !slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == origin }) {
		return Checkpoint{}, nil, 0, fmt.Errorf("%w: not signed under the name of the log", ErrSignature)
	}
	if c, err = parseCheckpointText(n.Text); err != nil {
		return Checkpoint{}, nil, 0, err
	}
	if c.Origin != origin {
		return Checkpoint{}, nil, 0, fmt.Errorf("%w: it is of another log", ErrInvalidCheckpoint)
	}
	return c, n, strings.Count(strings.TrimPrefix(text, n.Text), "\n") - 1, nil
}

func parseCheckpointText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return Checkpoint{}, fmt.Errorf("%w: four lines are expected", ErrInvalidCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the second line is not a size", ErrInvalidCheckpoint)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the third line is not a root hash", ErrInvalidCheckpoint)
	}
	at, ok := strings.CutPrefix(lines[3], signedAtPrefix)
	signedAt, err := parseInstant(at)
	if !ok || err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the fourth line is not the time of signing", ErrInvalidCheckpoint)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root, SignedAt: signedAt}
	// Writing it again refuses every other spelling of size and root.
	if again, err := c.Text(); err != nil || again != text {
		return Checkpoint{}, fmt.Errorf("%w: not in its canonical spelling", ErrInvalidCheckpoint)
	}
	return c, nil
}
