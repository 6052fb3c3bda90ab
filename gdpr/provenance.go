package gdpr

import "time"

// Provenance says where an item of law or practice comes from and how sure it
// is. It is part of each item, in the embedded data and in every copy of it.
type Provenance struct {
	// Source is the text that the item comes from, for example
	// "Regulation (EU) 2016/679" or "Tocsin house rule". Never empty.
	Source string `json:"source"`
	// Article is the place inside Source, for example "Art. 33(1)". Never empty.
	Article string `json:"article"`
	// ValidFrom is the first day on which the item holds, as YYYY-MM-DD.
	// Never empty.
	ValidFrom string `json:"valid_from"`
	// ValidTo is the last day on which the item holds, as YYYY-MM-DD. Empty
	// while no end is known.
	ValidTo string `json:"valid_to"`
	// VerifiedAt is the day on which the item was last read in its source, as
	// YYYY-MM-DD. Empty when it was written from memory: the user is then told
	// to confirm it before relying on it.
	VerifiedAt string `json:"verified_at"`
}

// Verified reports whether somebody has read the item in its source.
func (p Provenance) Verified() bool { return p.VerifiedAt != "" }

// InForce reports whether the item holds on the day of t, counted in UTC.
func (p Provenance) InForce(t time.Time) bool {
	day := t.UTC().Format(time.DateOnly)
	return p.ValidFrom <= day && (p.ValidTo == "" || day <= p.ValidTo)
}
