package siem

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one entry of the log on its way out.
type Entry struct {
	// Index is the place in the log, from 0.
	Index int64
	// Hash is the leaf hash in base64.
	Hash string
	// Type is the type of the event.
	Type string
	// RecordedAt is when it was recorded, UTC.
	RecordedAt time.Time
	// Line is the entry in canonical JSON.
	Line []byte
	// Severity says how much it should alarm.
	Severity Severity
}

// Severity is the severity of a syslog message, RFC 5424 table 2.
type Severity int

// The severities in which entries are sent.
const (
	// Critical is a record that is not as it was written.
	Critical Severity = 2
	// Warning is what deserves a look, such as passwords that were wrong.
	Warning Severity = 4
	// Notice is what concerns accounts, keys and exports.
	Notice Severity = 5
	// Info is everything else.
	Info Severity = 6
)

// Sink takes entries.
type Sink interface {
	// Name is under which the sink's place in the log is kept.
	Name() string
	// Send gives entries to the receiver, all of them or an error. After an error
	// the receiver may have some or all of them.
	Send(ctx context.Context, entries []Entry) error
}

// document is the form in which an entry travels: one object without a line
// break.
func (e Entry) document() ([]byte, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	err := lines.Encode(struct {
		Index int64           `json:"index"`
		Hash  string          `json:"hash"`
		Entry json.RawMessage `json:"entry"`
	}{e.Index, e.Hash, e.Line})
	if err != nil {
		return nil, fmt.Errorf("entry %d cannot be written: %w", e.Index, err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
