package form

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Frozen is a draft as it was approved or filed.
type Frozen struct {
	// Draft is what was frozen, in its one form.
	Draft Draft `json:"-"`
	// At is the instant of freezing, UTC, in whole seconds. It is not part of
	// the bytes: the same answers have the same hash at any time.
	At time.Time `json:"at"`
	// JSON is the draft in canonical form: names in a fixed order, no spaces,
	// no line feed at the end.
	JSON []byte `json:"json"`
	// SHA256 is the hash of JSON, hexadecimal.
	SHA256 string `json:"sha256"`
}

// Freeze fixes a draft as bytes with a hash. It checks every answer as
// [Decode] does and returns a [*FieldError] for one that is not valid; whether
// the draft may be filed is for [Completeness.Refusal] to say.
func Freeze(d Draft, at time.Time) (Frozen, error) {
	raw, err := canonical(d)
	if err != nil {
		return Frozen{}, err
	}
	read, err := Decode(raw)
	if err != nil {
		return Frozen{}, err
	}
	if raw, err = canonical(read); err != nil {
		return Frozen{}, err
	}
	sum := sha256.Sum256(raw)
	return Frozen{Draft: read, At: at.UTC().Truncate(time.Second), JSON: raw, SHA256: hex.EncodeToString(sum[:])}, nil
}

// canonical encodes a draft without the escapes that are meant for HTML.
func canonical(d Draft) ([]byte, error) {
	type plain Draft // without MarshalJSON, whose output is always escaped
	if d.Fields == nil {
		d.Fields = map[string]Answer{}
	}
	if len(d.Earlier) == 0 {
		d.Earlier = nil
	}
	raw, err := plainJSON(plain(d))
	if err != nil {
		return nil, &FieldError{Key: "draft", Value: "values", Expected: "values that JSON can hold"}
	}
	return raw, nil
}
