package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// The files of a bundle that hold people's data, where somebody chose that they
// travel. Each begins with a line of its own that says what it is; its salt keeps
// the file's hash from telling whether a guess at its content is right.
const (
	// PeopleFileName is the file of the people, one a line.
	PeopleFileName = "people.jsonl"
	// DeliveriesFileName is the file of the outcomes of notices, one a line, in the
	// order in which the root of a round is computed over them.
	DeliveriesFileName = "deliveries.jsonl"

	peopleDir    = "people/"
	peopleFormat = "tocsin.people/1"
	// maxPersonBytes is the longest line of these files.
	maxPersonBytes = 1 << 20
)

// PersonLine is one person as the bundle holds them.
type PersonLine struct {
	// Person is the number by which deliveries name the person.
	Person int64 `json:"person"`
	// To says whether the person is affected, or a recipient whom a round was
	// opened for: affected or recipient.
	To string `json:"to"`
	// Round is the round whose import named the person first, from 1.
	Round int `json:"round"`
	// Name is the person's name; may be empty.
	Name string `json:"name,omitempty"`
	// Email is the address; empty when none is known.
	Email string `json:"email,omitempty"`
	// Language is the language in which the person is written to, such as es.
	Language string `json:"language,omitempty"`
	// Country is the ISO 3166 code in upper case; empty when unknown.
	Country string `json:"country,omitempty"`
	// Fields are further columns of the file that named the person, by field.
	Fields map[string]string `json:"fields,omitempty"`
	// Kinds are the kinds of the person's data that are concerned; never nil.
	Kinds []string `json:"kinds"`
	// InAccounts says whether the person had an account of the controller's.
	InAccounts bool `json:"in_accounts"`
	// Undeliverable says why the person cannot be reached by mail; empty when it
	// could be tried.
	Undeliverable string `json:"undeliverable,omitempty"`
}

// DeliveryLine is what became of one notice as the bundle holds it.
type DeliveryLine struct {
	// Round is the round, from 1, and Person the number of who was written to.
	Round  int   `json:"round"`
	Person int64 `json:"person"`
	// MessageID, State, Code and SettledAt are what is hashed into the round's
	// root: see [Outcome]. SettledAt is RFC 3339 in UTC; empty for none.
	MessageID string `json:"message_id,omitempty"`
	State     string `json:"state"`
	Code      int    `json:"code,omitempty"`
	SettledAt string `json:"settled_at,omitempty"`
	// Enhanced is the relay's enhanced status code, such as 5.1.1.
	Enhanced string `json:"enhanced,omitempty"`
	// Tries is how often the notice was handed over.
	Tries int `json:"tries,omitempty"`
	// Resent says that the notice may have arrived twice.
	Resent bool `json:"resent,omitempty"`
	// Notice is the SHA-256 of the message that was sent, hexadecimal.
	Notice string `json:"notice_sha256,omitempty"`
	// ReturnedAt is when a report said that the notice did not arrive, RFC 3339 in
	// UTC, and Returned why, coarsely.
	ReturnedAt string `json:"returned_at,omitempty"`
	Returned   string `json:"returned,omitempty"`
}

// outcome gives what is hashed.
func (d DeliveryLine) outcome() (Outcome, error) {
	o := Outcome{MessageID: d.MessageID, State: d.State, Code: d.Code}
	if d.SettledAt == "" {
		return o, nil
	}
	at, err := time.Parse(time.RFC3339Nano, d.SettledAt)
	if err != nil || at.UTC().Format(time.RFC3339Nano) != d.SettledAt {
		return o, errors.New("its time is not RFC 3339 in UTC")
	}
	o.At = at
	return o, nil
}

// peopleHead is the first line of each file.
type peopleHead struct {
	File     string `json:"file"`
	Format   string `json:"format"`
	Incident string `json:"incident"`
	Salt     string `json:"salt"`
}

// BundlePeople is what a bundle says of the people's data in it.
type BundlePeople struct {
	// By is the role of who chose that they travel, and Account the code of their
	// account; see [Actor].
	By      string `json:"by"`
	Account string `json:"account"`
	// ErasedAt is when the people of the incident were erased, RFC 3339 in UTC;
	// empty while they were not. Then the file of people holds none.
	ErasedAt string `json:"erased_at,omitempty"`
	// Files are both files: first that of the deliveries, then that of the people.
	Files []PeopleFile `json:"files"`
	// People is how many people the file of people holds.
	People int64 `json:"people"`
	// Reason is why they travel.
	Reason string `json:"reason"`
}

// PeopleFile names one of these files by its content.
type PeopleFile struct {
	// Lines is the number of its lines, the first one included.
	Lines int64 `json:"lines"`
	// Name is [PeopleFileName] or [DeliveriesFileName].
	Name string `json:"name"`
	// SHA256 is the hash of its content, hexadecimal.
	SHA256 string `json:"sha256"`
	// Size is its length in bytes.
	Size int64 `json:"size"`
}

// maxReason is the longest reason in bytes: four thousand signs of any script.
const maxReason = 16_000

func (p *BundlePeople) check() error {
	if p == nil {
		return nil
	}
	names := []string{DeliveriesFileName, PeopleFileName}
	if len(p.Files) != len(names) {
		return errors.New("the files of people are not two")
	}
	for i, f := range p.Files {
		if f.Name != names[i] || !validDigest(f.SHA256) || f.Size < 1 || f.Size > MaxInteger || f.Lines < 1 || f.Lines > MaxInteger {
			return fmt.Errorf("file %d of people is not valid", i+1)
		}
	}
	switch people := p.Files[1].Lines - 1; {
	case p.People != people:
		return errors.New("it names another number of people than their file has")
	case p.ErasedAt != "" && people != 0:
		return errors.New("it holds people after they were erased")
	case p.Reason == "" || len(p.Reason) > maxReason:
		return errors.New("the reason why people's data travel is missing or too long")
	case !validWord(p.By) || len(p.Account) > 128 || !only(p.Account, "._:/+=-"):
		return errors.New("who chose that people's data travel is not named by a role and a code")
	}
	if p.ErasedAt != "" {
		if at, err := time.Parse(time.RFC3339Nano, p.ErasedAt); err != nil || at.UTC().Format(time.RFC3339Nano) != p.ErasedAt {
			return errors.New("the time of erasing is not RFC 3339 in UTC")
		}
	}
	return nil
}

// PeopleWriter writes one of these files and counts what it writes.
type PeopleWriter struct {
	w     io.Writer
	name  string
	hash  hash.Hash
	lines int64
	size  int64
}

// NewPeopleWriter begins a file of an incident. The salt must be drawn anew for
// each bundle, at least 128 bits, and be the same for both files.
func NewPeopleWriter(w io.Writer, name, incident, salt string) (*PeopleWriter, error) {
	p := &PeopleWriter{w: w, name: name, hash: sha256.New()}
	return p, p.put(peopleHead{File: name, Format: peopleFormat, Incident: incident, Salt: salt})
}

// Person adds a person to the file of people.
func (p *PeopleWriter) Person(line PersonLine) error { return p.put(line) }

// Delivery adds an outcome to the file of deliveries.
func (p *PeopleWriter) Delivery(line DeliveryLine) error { return p.put(line) }

// File says what was written so far.
func (p *PeopleWriter) File() PeopleFile {
	return PeopleFile{Name: p.name, SHA256: hex.EncodeToString(p.hash.Sum(nil)), Size: p.size, Lines: p.lines}
}

// checkOpens is how each line begins: with the SHA-256 of the line as it would be
// without this part. The other names come after it in canonical order.
const checkOpens = `{"check":"`

// checkLength is the length of what is left out for that hash, after the brace.
const checkLength = len(checkOpens) - 1 + 2*sha256.Size + len(`",`)

func (p *PeopleWriter) put(line any) error {
	plain, err := canonicalOf(line)
	if err != nil {
		return fmt.Errorf("%w: a line of people: %w", ErrInvalidBundle, err)
	}
	whole := make([]byte, 0, len(plain)+checkLength+1)
	whole = append(whole, checkOpens...)
	sum := sha256.Sum256(plain)
	whole = hex.AppendEncode(whole, sum[:])
	whole = append(whole, `",`...)
	whole = append(append(whole, plain[1:]...), '\n')
	if len(whole) > maxPersonBytes {
		return fmt.Errorf("%w: a line of people is too long", ErrInvalidBundle)
	}
	p.hash.Write(whole)
	p.lines++
	p.size += int64(len(whole))
	if _, err := p.w.Write(whole); err != nil {
		return fmt.Errorf("write ledger bundle: %w", err)
	}
	return nil
}

var errLineChanged = errors.New("it is not the one that was exported")

// readPeopleLine reads a line into what put wrote it from.
func readPeopleLine(line []byte, into any) error {
	if len(line) <= checkLength+1 || !bytes.HasPrefix(line, []byte(checkOpens)) {
		return errLineChanged
	}
	plain := append([]byte{'{'}, line[1+checkLength:]...)
	sum := sha256.Sum256(plain)
	if string(line[len(checkOpens):1+checkLength]) != hex.EncodeToString(sum[:])+`",` {
		return errLineChanged
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return errors.New("it cannot be read")
	}
	again, err := canonicalOf(into)
	if err != nil || !bytes.Equal(again, plain) {
		return errors.New("it has unknown, missing or misspelt parts")
	}
	return nil
}
