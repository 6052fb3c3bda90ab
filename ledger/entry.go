package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// EntryVersion is the format version that this package writes and reads.
const EntryVersion = 1

// timeLayout is RFC 3339 in UTC with at most microseconds and no trailing
// zeros, so that an instant has one spelling. PostgreSQL keeps microseconds.
const timeLayout = "2006-01-02T15:04:05.999999Z"

// ErrInvalidEntry is what every refusal of an entry wraps.
var ErrInvalidEntry = errors.New("invalid ledger entry")

// Entry is one line of the ledger: one event of one incident. Its canonical
// form is a JSON object with exactly the fields named here.
type Entry struct {
	// Version is the format version, "v" in JSON; 1 is the only one.
	Version int
	// Incident is the incident's id: 1 to 64 of A-Z a-z 0-9 . _ -
	Incident string
	// Seq is the entry's number within its incident, from 1 without a gap.
	Seq int64
	// Type names the event: a lower-case letter, then lower-case letters,
	// digits, dots and underscores, 64 at most.
	Type string
	// At is when it happened, in UTC, to the microsecond; see [Instant].
	At time.Time
	// RecordedAt is when it was recorded, in UTC, to the microsecond.
	RecordedAt time.Time
	// Actor is who did it.
	Actor Actor
	// Data is what the event says: a JSON object, without personal data. Any
	// spelling is accepted here; the ledger keeps the one of [Canonical].
	Data json.RawMessage
}

// Actor is a person or a part of the machine, never by name.
type Actor struct {
	// Role is what they acted as, such as "dpo" or "timer": the same alphabet
	// as [Entry.Type].
	Role string
	// ID is a salted commitment to the person, or the name of the part of the
	// machine; at most 128 of A-Z a-z 0-9 . _ : / + = - and empty when the role
	// says it all. The alphabet has no @ and no space, so that an address or a
	// full name does not get in by mistake.
	ID string
}

// Instant returns t as an entry keeps it: in UTC, cut to the microsecond.
func Instant(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// MarshalCanonical returns the entry's line, without a newline: the bytes that
// the Merkle tree hashes. It refuses values outside the limits that the fields
// state, and times finer than a microsecond, with an error that wraps
// [ErrInvalidEntry].
func (e Entry) MarshalCanonical() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	data, err := Canonical(e.Data)
	if err != nil {
		return nil, fmt.Errorf("%w: data: %w", ErrInvalidEntry, err)
	}
	if data[0] != '{' {
		return nil, fmt.Errorf("%w: data must be a JSON object", ErrInvalidEntry)
	}
	b := make([]byte, 0, len(data)+256)
	b = append(b, `{"actor":{"id":"`...)
	b = append(b, e.Actor.ID...)
	b = append(b, `","role":"`...)
	b = append(b, e.Actor.Role...)
	b = append(b, `"},"at":"`...)
	b = e.At.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","data":`...)
	b = append(b, data...)
	b = append(b, `,"incident":"`...)
	b = append(b, e.Incident...)
	b = append(b, `","recorded_at":"`...)
	b = e.RecordedAt.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, e.Seq, 10)
	b = append(b, `,"type":"`...)
	b = append(b, e.Type...)
	b = append(b, `","v":1}`...)
	if len(b) > MaxEntryBytes {
		return nil, fmt.Errorf("%w: %d bytes long, %d at most: keep large material as an attachment",
			ErrInvalidEntry, len(b), MaxEntryBytes)
	}
	return b, nil
}

// check refuses what has no canonical form. The alphabets need no escaping in
// JSON, which MarshalCanonical and ParseEntry rely on.
func (e Entry) check() error {
	switch {
	case e.Version != EntryVersion:
		return fmt.Errorf("%w: v is %d, this program knows %d", ErrInvalidEntry, e.Version, EntryVersion)
	case !validIncident(e.Incident):
		return fmt.Errorf("%w: incident must be 1 to 64 letters, digits, dots, underscores or hyphens", ErrInvalidEntry)
	case e.Seq < 1 || e.Seq > MaxInteger:
		return fmt.Errorf("%w: seq is %d, it starts at 1", ErrInvalidEntry, e.Seq)
	case !validWord(e.Type):
		return fmt.Errorf("%w: type must be a lower-case word of at most 64 characters", ErrInvalidEntry)
	case !validWord(e.Actor.Role):
		return fmt.Errorf("%w: actor.role must be a lower-case word of at most 64 characters", ErrInvalidEntry)
	case len(e.Actor.ID) > 128 || !only(e.Actor.ID, "._:/+=-"):
		return fmt.Errorf("%w: actor.id must be a commitment of at most 128 characters, never a name or an address", ErrInvalidEntry)
	case !validInstant(e.At):
		return fmt.Errorf("%w: at must be set and have no more than microseconds", ErrInvalidEntry)
	case !validInstant(e.RecordedAt):
		return fmt.Errorf("%w: recorded_at must be set and have no more than microseconds", ErrInvalidEntry)
	}
	return nil
}

func validInstant(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && year >= 1 && year <= 9999 && t.Nanosecond()%1000 == 0
}

func validIncident(s string) bool {
	return s != "" && len(s) <= 64 && only(s, "._-")
}

// validWord reports whether s is a lower-case word as Entry.Type describes it.
func validWord(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// only reports whether s consists of ASCII letters, digits and extra.
func only(s, extra string) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return true
}

// ParseEntry reads one line of the ledger, without its newline. It accepts
// exactly what [Entry.MarshalCanonical] writes: an unknown or missing field,
// another order, or another spelling of the same value is refused with an error
// that wraps [ErrInvalidEntry]. The entry's Data is a copy.
func ParseEntry(line []byte) (Entry, error) {
	e, err := parseEntry(line, Entry{})
	e.Data = bytes.Clone(e.Data)
	return e, err
}

// parseEntry is ParseEntry for whoever reads many lines: Data is a part of line,
// and words that are those of the entry before, which is given, are not copied.
func parseEntry(line []byte, before Entry) (Entry, error) {
	if len(line) > MaxEntryBytes {
		return Entry{}, fmt.Errorf("%w: %d bytes long, %d at most", ErrInvalidEntry, len(line), MaxEntryBytes)
	}
	var e Entry
	r := lineReader{s: scanner{in: line}}
	r.literal(`{"actor":{"id":`)
	e.Actor.ID = r.text(before.Actor.ID)
	r.literal(`,"role":`)
	e.Actor.Role = r.text(before.Actor.Role)
	r.literal(`},"at":`)
	e.At = r.instant()
	r.literal(`,"data":`)
	e.Data = r.object()
	r.literal(`,"incident":`)
	e.Incident = r.text(before.Incident)
	r.literal(`,"recorded_at":`)
	e.RecordedAt = r.instant()
	r.literal(`,"seq":`)
	e.Seq = r.integer()
	r.literal(`,"type":`)
	e.Type = r.text(before.Type)
	r.literal(`,"v":`)
	e.Version = int(r.integer())
	r.literal(`}`)
	if err := r.end(); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrInvalidEntry, err)
	}
	if err := e.check(); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// lineReader reads a canonical line whose fields are known in advance, so the
// order and the spelling are checked by reading. The first error stays.
type lineReader struct {
	s   scanner
	err error
}

func (r *lineReader) fail(why string) {
	if r.err == nil {
		r.err = r.s.fail(why)
	}
}

func (r *lineReader) literal(want string) {
	if r.err != nil {
		return
	}
	if rest := r.s.in[r.s.pos:]; len(rest) < len(want) || string(rest[:len(want)]) != want {
		r.fail("expected " + want)
		return
	}
	r.s.pos += len(want)
}

// accept reads want if it is next and says whether it was.
func (r *lineReader) accept(want byte) bool {
	if r.err != nil || r.s.peek() != want {
		return false
	}
	r.s.pos++
	return true
}

// text reads a string that stands there in its canonical spelling. A string that
// is the usual one is given back as that one.
func (r *lineReader) text(usual string) string {
	if r.err != nil {
		return ""
	}
	before := r.s.pos
	if raw, ok := r.s.skimText(); ok {
		if string(raw) == usual {
			return usual
		}
		return string(raw)
	}
	r.s.pos = before
	if r.s.peek() != '"' {
		r.fail("a string is expected here")
		return ""
	}
	start := r.s.pos
	text, err := r.s.text()
	if err != nil {
		r.err = err
		return ""
	}
	if !bytes.Equal(appendText(nil, text), r.s.in[start:r.s.pos]) {
		r.fail("the string that ends here is not in its canonical spelling")
	}
	return string(text)
}

func (r *lineReader) instant() time.Time {
	if r.err != nil {
		return time.Time{}
	}
	before := r.s.pos
	if raw, ok := r.s.skimText(); ok {
		if t, ok := skimInstant(raw); ok {
			return t
		}
	}
	r.s.pos = before
	text := r.text("")
	if r.err != nil {
		return time.Time{}
	}
	t, err := parseInstant(text)
	if err != nil {
		r.fail("the string that ends here is not a time in canonical spelling")
	}
	return t
}

// parseInstant reads a time in the spelling of timeLayout and in no other.
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(timeLayout, text)
	if err != nil || t.Format(timeLayout) != text {
		return time.Time{}, errors.New("not a time in UTC with at most microseconds, such as 2026-01-31T08:15:00Z")
	}
	return t, nil
}

func (r *lineReader) integer() int64 {
	if r.err != nil {
		return 0
	}
	n, err := r.s.integer()
	if err != nil {
		r.err = err
	}
	return n
}

func (r *lineReader) object() json.RawMessage {
	if r.err != nil {
		return nil
	}
	if r.s.peek() != '{' {
		r.fail("an object is expected here")
		return nil
	}
	start := r.s.pos
	if r.s.skim(0) {
		return r.s.in[start:r.s.pos]
	}
	r.s.pos = start
	out, err := r.s.value(nil, 0)
	if err != nil {
		r.err = err
		return nil
	}
	if !bytes.Equal(out, r.s.in[start:r.s.pos]) {
		r.fail("the object that ends here is not in its canonical spelling")
	}
	return r.s.in[start:r.s.pos]
}

func (r *lineReader) end() error {
	if r.err == nil && r.s.pos != len(r.s.in) {
		r.fail("something follows the value")
	}
	return r.err
}
