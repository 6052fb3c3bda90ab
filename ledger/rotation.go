package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// RotationType is the type of the entry by which the log itself says that
// another key signs from then on. Its data hold, under "note", the text of
// [SignRotation].
const RotationType = "ledger_key_rotated"

// MaxRotations is how many changes of the key a log may have.
const MaxRotations = 1_000

const (
	// rotationTitle is the first line of the text that is signed. It is no name
	// of a log, so that nobody takes the text for a checkpoint.
	rotationTitle    = "tocsin ledger key rotation 1"
	rotationPlanned  = "planned"
	rotationExposed  = "compromised"
	rotationSince    = "compromised since "
	rotationLines    = 8
	maxRotationBytes = 4 << 10
)

// ErrInvalidRotation is wrapped when a text does not say validly that another
// key signs.
var ErrInvalidRotation = errors.New("invalid change of the ledger's key")

// Rotation says that another key signs the log's checkpoints. It is signed by
// both, the one that ends and the one that begins: so it can be followed by
// whoever knows one of them, forwards and backwards.
type Rotation struct {
	// Origin names the log, as in [Checkpoint.Origin].
	Origin string
	// Size is the number of entries before the one that records the change, which
	// is therefore the entry at the place Size. Checkpoints of up to Size entries
	// are signed by the key before, those of more by the new one.
	Size int64
	// Root is the Merkle root over these Size entries.
	Root tlog.Hash
	// Before is the verifier key ("vkey") of the key that ends.
	Before string
	// Key is the verifier key of the key that signs from now on.
	Key string
	// Compromised says that the key before may have been in other hands.
	Compromised bool
	// Since is from when on it may have been, in UTC, to the microsecond; zero
	// when nobody knows, or when it was not.
	Since time.Time
	// SignedAt is when the change was signed, in UTC, to the microsecond.
	SignedAt time.Time
}

// Text returns the lines that are signed. An error wraps [ErrInvalidRotation].
func (r Rotation) Text() (string, error) {
	before, err := note.NewVerifier(r.Before)
	if err != nil {
		return "", fmt.Errorf("%w: the key before is no verifier key", ErrInvalidRotation)
	}
	key, err := note.NewVerifier(r.Key)
	if err != nil {
		return "", fmt.Errorf("%w: the new key is no verifier key", ErrInvalidRotation)
	}
	why := rotationPlanned
	switch {
	case !validOrigin(r.Origin) || before.Name() != r.Origin || key.Name() != r.Origin:
		return "", fmt.Errorf("%w: the keys are not named as the log", ErrInvalidRotation)
	case before.KeyHash() == key.KeyHash():
		return "", fmt.Errorf("%w: the new key is the one before", ErrInvalidRotation)
	case r.Size < 0 || r.Size >= MaxTreeSize:
		return "", fmt.Errorf("%w: size %d", ErrInvalidRotation, r.Size)
	case !validInstant(r.SignedAt):
		return "", fmt.Errorf("%w: the time of signing must be set and have no more than microseconds", ErrInvalidRotation)
	case !r.Since.IsZero() && (!r.Compromised || !validInstant(r.Since)):
		return "", fmt.Errorf("%w: since when it is compromised needs a compromised key, and no more than microseconds", ErrInvalidRotation)
	case r.Compromised && r.Since.IsZero():
		why = rotationExposed
	case r.Compromised:
		why = rotationSince + r.Since.UTC().Format(timeLayout)
	}
	return fmt.Sprintf("%s\n%s\n%d\n%s\n%s\n%s\n%s\n%s%s\n", rotationTitle, r.Origin, r.Size, r.Root, r.Before, r.Key, why,
		signedAtPrefix, r.SignedAt.UTC().Format(timeLayout)), nil
}

// SignRotation returns the signed note, which [ParseRotation] reads. before and
// next are the signers of the keys that the rotation names.
func SignRotation(r Rotation, before, next note.Signer) (string, error) {
	text, err := r.Text()
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: text}, before, next)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if _, err := ParseRotation(string(signed)); err != nil {
		return "", err // a signer is not that of the key that is named
	}
	return string(signed), nil
}

// ParseRotation reads a signed change of the key and demands both signatures.
// It says that the two keys agree, not that either is the log's: that is for
// whoever knows one of them. An error wraps [ErrInvalidRotation].
func ParseRotation(text string) (Rotation, error) {
	if len(text) > maxRotationBytes {
		return Rotation{}, fmt.Errorf("%w: %d bytes long, %d at most", ErrInvalidRotation, len(text), maxRotationBytes)
	}
	r, err := parseRotationText(text)
	if err != nil {
		return Rotation{}, err
	}
	plain, err := r.Text()
	if err != nil {
		return Rotation{}, err
	}
	before, err := note.NewVerifier(r.Before)
	if err != nil {
		return Rotation{}, fmt.Errorf("%w: the key before is no verifier key", ErrInvalidRotation)
	}
	next, err := note.NewVerifier(r.Key)
	if err != nil {
		return Rotation{}, fmt.Errorf("%w: the new key is no verifier key", ErrInvalidRotation)
	}
	n, err := note.Open([]byte(text), note.VerifierList(before, next))
	switch {
	case err != nil || n.Text != plain:
		return Rotation{}, fmt.Errorf("%w: a signature does not fit the text", ErrInvalidRotation)
	case len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0:
		return Rotation{}, fmt.Errorf("%w: it must be signed by the key before and by the new one", ErrInvalidRotation)
	}
	// Base64 has several spellings of the same bytes, and signatures can stand in
	// two orders: we write one.
	if again := plain + "\n" + signatureOf(n.Sigs[0]) + signatureOf(n.Sigs[1]); again != text || n.Sigs[0].Hash != before.KeyHash() || !canonicalSignatures(n.Sigs) {
		return Rotation{}, fmt.Errorf("%w: not in its canonical spelling", ErrInvalidRotation)
	}
	return r, nil
}

func signatureOf(s note.Signature) string { return signatureLine + s.Name + " " + s.Base64 + "\n" }

func parseRotationText(text string) (Rotation, error) {
	lines := strings.Split(text, "\n")
	if len(lines) <= rotationLines || lines[0] != rotationTitle || lines[rotationLines] != "" {
		return Rotation{}, fmt.Errorf("%w: %d lines and their signatures are expected", ErrInvalidRotation, rotationLines)
	}
	r := Rotation{Origin: lines[1], Before: lines[4], Key: lines[5]}
	var err error
	if r.Size, err = strconv.ParseInt(lines[2], 10, 64); err != nil {
		return Rotation{}, fmt.Errorf("%w: the third line is not a size", ErrInvalidRotation)
	}
	if r.Root, err = tlog.ParseHash(lines[3]); err != nil {
		return Rotation{}, fmt.Errorf("%w: the fourth line is not a root hash", ErrInvalidRotation)
	}
	since, dated := strings.CutPrefix(lines[6], rotationSince)
	switch {
	case dated:
		r.Compromised = true
		if r.Since, err = parseInstant(since); err != nil {
			return Rotation{}, fmt.Errorf("%w: since when the key is compromised is not a time", ErrInvalidRotation)
		}
	case lines[6] == rotationExposed:
		r.Compromised = true
	case lines[6] != rotationPlanned:
		return Rotation{}, fmt.Errorf("%w: the seventh line does not say why", ErrInvalidRotation)
	}
	at, ok := strings.CutPrefix(lines[7], signedAtPrefix)
	if r.SignedAt, err = parseInstant(at); !ok || err != nil {
		return Rotation{}, fmt.Errorf("%w: the eighth line is not the time of signing", ErrInvalidRotation)
	}
	return r, nil
}

// RotationNote gives the signed note that the data of an entry of
// [RotationType] hold.
func RotationNote(data json.RawMessage) (string, error) {
	var d struct {
		Note string `json:"note"`
	}
	if err := json.Unmarshal(data, &d); err != nil || d.Note == "" {
		return "", fmt.Errorf("%w: the entry holds no note", ErrInvalidRotation)
	}
	return d.Note, nil
}

// FindRotations gives the signed changes of the key that a text holds, as
// [FindCheckpoints] gives its checkpoints.
func FindRotations(text []byte) []string {
	return slices.DeleteFunc(findNotes(text), func(n string) bool { return !isRotation(n) })
}

func isRotation(n string) bool { return strings.HasPrefix(n, rotationTitle+"\n") }
