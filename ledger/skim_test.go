package ledger

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// FuzzSkim holds the quick way of reading to the ordinary one: what it accepts
// is canonical, and an entry reads the same.
func FuzzSkim(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"a":[1,-2,{"b":null}],"é":"ñ"}`, `{"a":1,"a":2}`, `{"b":1,"a":2}`, `[ 1]`, `{"a":"\n"}`, `01`, `-0`, `9007199254740992`, `"` + "\xff" + `"`,
		`{"":{}}`, `[true,false,null]`, `"2025-11-08T09:30:00.12Z"`, `tru`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := scanner{in: raw}
		if s.skim(0) {
			read := raw[:s.pos]
			if out, err := Canonical(read); err != nil || !bytes.Equal(out, read) {
				t.Errorf("%q passes and is %q, %v", read, out, err)
			}
		}
		quick, ok := skimInstant(raw)
		slow, err := parseInstant(string(raw))
		if ok != (err == nil) || ok && !quick.Equal(slow) {
			t.Errorf("%q: %v %v, in the ordinary way %v %v", raw, quick, ok, slow, err)
		}
	})
}

func TestInstantsAreReadAsTheLibraryReadsThem(t *testing.T) {
	start := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	for i := range 20_000 {
		at := start.Add(time.Duration(i)*37*time.Hour + time.Duration(i*7919%1_000_000)*time.Microsecond)
		text := at.Format(timeLayout)
		if got, ok := skimInstant([]byte(text)); !ok || !got.Equal(at) {
			t.Fatalf("%s is read as %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-10T00:00:00Z", "2025-01-32T00:00:00Z", "2025-01-01T24:00:00Z",
		"2025-01-01T00:60:00Z", "2025-01-01T00:00:60Z", "2025-01-01T00:00:00", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00.10Z",
		"2025-01-01T00:00:00.1234567Z", "2025-01-01T00:00:00+00:00", "2025-01-01t00:00:00Z", "2025-1-01T00:00:00Z", "20x5-01-01T00:00:00Z",
		"2025-01-01T00:00:00,1Z",
	} {
		if got, ok := skimInstant([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, got)
		}
		if _, err := parseInstant(text); err == nil {
			t.Errorf("%q is read in the ordinary way", text)
		}
	}
}

func TestEightBytesAreOrdinaryWhenEachIs(t *testing.T) {
	for place := range 8 {
		for c := range 256 {
			word := []byte("abcdefgh")
			word[place] = byte(c)
			want := c >= 0x20 && c < 0x80 && c != '"' && c != '\\'
			if got := ordinary(binary.LittleEndian.Uint64(word)); got != want {
				t.Errorf("byte %#x at place %d: %v", c, place, got)
			}
		}
	}
}
