package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sampleEntry() Entry {
	return Entry{
		Version: 1, Incident: "inc-2025-001", Seq: 7, Type: "awareness.fixed",
		At:         time.Date(2025, 11, 8, 10, 30, 0, 0, time.FixedZone("CET", 3600)),
		RecordedAt: time.Date(2025, 11, 8, 9, 31, 2, 120_034_000, time.UTC),
		Actor:      Actor{Role: "dpo", ID: "c:n4bQgYhMfWU="},
		Data:       json.RawMessage(`{"reason": "vendor's mail", "at_utc": true}`),
	}
}

const sampleLine = `{"actor":{"id":"c:n4bQgYhMfWU=","role":"dpo"},"at":"2025-11-08T09:30:00Z",` +
	`"data":{"at_utc":true,"reason":"vendor's mail"},"incident":"inc-2025-001",` +
	`"recorded_at":"2025-11-08T09:31:02.120034Z","seq":7,"type":"awareness.fixed","v":1}`

func TestAnEntryHasThisLine(t *testing.T) {
	line, err := sampleEntry().MarshalCanonical()
	if err != nil {
		t.Fatal(err)
	}
	if string(line) != sampleLine {
		t.Errorf("got  %s\nwant %s", line, sampleLine)
	}
	canonical, err := Canonical(line)
	if err != nil || !bytes.Equal(canonical, line) {
		t.Errorf("the line is not canonical JSON: %s, %v", canonical, err)
	}
	e, err := ParseEntry(line)
	if err != nil {
		t.Fatal(err)
	}
	if !e.At.Equal(sampleEntry().At) || e.At.Location() != time.UTC || e.Actor != sampleEntry().Actor || e.Seq != 7 {
		t.Errorf("read back as %+v", e)
	}
}

func TestMarshalCanonicalRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Entry)
	}{
		{"another version", func(e *Entry) { e.Version = 2 }},
		{"no incident", func(e *Entry) { e.Incident = "" }},
		{"an incident that needs escaping", func(e *Entry) { e.Incident = `a"b` }},
		{"a long incident", func(e *Entry) { e.Incident = strings.Repeat("a", 65) }},
		{"number zero", func(e *Entry) { e.Seq = 0 }},
		{"a number beyond JSON", func(e *Entry) { e.Seq = MaxInteger + 1 }},
		{"no type", func(e *Entry) { e.Type = "" }},
		{"a type in capitals", func(e *Entry) { e.Type = "Opened" }},
		{"no role", func(e *Entry) { e.Actor.Role = "" }},
		{"an address as actor", func(e *Entry) { e.Actor.ID = "person@example.org" }},
		{"a full name as actor", func(e *Entry) { e.Actor.ID = "Ana García" }},
		{"no time", func(e *Entry) { e.At = time.Time{} }},
		{"no time of recording", func(e *Entry) { e.RecordedAt = time.Time{} }},
		{"nanoseconds", func(e *Entry) { e.At = e.At.Add(1) }},
		{"the year 10000", func(e *Entry) { e.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"no data", func(e *Entry) { e.Data = nil }},
		{"data that is no object", func(e *Entry) { e.Data = json.RawMessage(`[1]`) }},
		{"a fraction in the data", func(e *Entry) { e.Data = json.RawMessage(`{"score":1.5}`) }},
		{"too much data", func(e *Entry) {
			e.Data = json.RawMessage(`{"a":"` + strings.Repeat("a", MaxEntryBytes) + `"}`)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := sampleEntry()
			tc.change(&e)
			if line, err := e.MarshalCanonical(); !errors.Is(err, ErrInvalidEntry) {
				t.Errorf("got %.80q, %v", line, err)
			}
		})
	}
}

func TestParseEntryRefuses(t *testing.T) {
	swap := func(old, with string) string { return strings.Replace(sampleLine, old, with, 1) }
	for _, tc := range []struct{ name, line string }{
		{"nothing", ""},
		{"a newline", sampleLine + "\n"},
		{"a space", swap(`"seq":7`, `"seq": 7`)},
		{"an unknown field", swap(`"v":1`, `"v":1,"x":1`)},
		{"a missing field", swap(`"seq":7,`, ``)},
		{"a field twice", swap(`"seq":7`, `"seq":7,"seq":7`)},
		{"a field in capitals", swap(`"seq"`, `"Seq"`)},
		{"another order", swap(`"seq":7,"type":"awareness.fixed"`, `"type":"awareness.fixed","seq":7`)},
		{"data in another order", swap(`"at_utc":true,"reason":"vendor's mail"`, `"reason":"vendor's mail","at_utc":true`)},
		{"data with a key twice", swap(`"at_utc":true`, `"at_utc":true,"at_utc":true`)},
		{"another escape", swap(`"dpo"`, `"\u0064po"`)},
		{"another escape in the data", swap(`mail`, `m\u0061il`)},
		{"an offset", swap(`09:30:00Z`, `10:30:00+01:00`)},
		{"trailing zeros in a time", swap(`09:30:00Z`, `09:30:00.000Z`)},
		{"nanoseconds", swap(`02.120034Z`, `02.120034001Z`)},
		{"a comma in a time", swap(`02.120034Z`, `02,120034Z`)},
		{"a short hour", swap(`T09:30:00Z`, `T9:30:00Z`)},
		{"no such day", swap(`2025-11-08T09:30`, `2025-02-30T09:30`)},
		{"another version", swap(`"v":1`, `"v":2`)},
		{"a version beyond int32", swap(`"v":1`, `"v":4294967297`)},
		{"number zero", swap(`"seq":7`, `"seq":0`)},
		{"data null", swap(`{"at_utc":true,"reason":"vendor's mail"}`, `null`)},
		{"an actor's address", swap(`c:n4bQgYhMfWU=`, `person@example.org`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.line == sampleLine {
				t.Fatal("the case changes nothing")
			}
			if e, err := ParseEntry([]byte(tc.line)); !errors.Is(err, ErrInvalidEntry) {
				t.Errorf("got %+v, %v", e, err)
			} else if strings.Contains(err.Error(), "person") {
				t.Errorf("the error quotes the entry: %v", err)
			}
		})
	}
}

func TestEveryEntryReadsBackAsItWas(t *testing.T) {
	word := rapid.StringMatching(`[a-z][a-z0-9_.]{0,20}`)
	instant := rapid.Map(rapid.Int64Range(0, 4_000_000_000_000_000), func(n int64) time.Time { return time.UnixMicro(n).UTC() })
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.Marshal(rapid.MapOfN(rapid.StringMatching(`[a-z]{1,8}`), genValue(2), 0, 5).Draw(t, "data"))
		if err != nil {
			t.Fatal(err)
		}
		e := Entry{
			Version: 1, Incident: rapid.StringMatching(`[A-Za-z0-9._-]{1,64}`).Draw(t, "incident"),
			Seq: rapid.Int64Range(1, MaxInteger).Draw(t, "seq"), Type: word.Draw(t, "type"),
			At: instant.Draw(t, "at"), RecordedAt: instant.Draw(t, "recorded at"),
			Actor: Actor{Role: word.Draw(t, "role"), ID: rapid.StringMatching(`[A-Za-z0-9._:/+=-]{0,128}`).Draw(t, "id")},
			Data:  data,
		}
		line, err := e.MarshalCanonical()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseEntry(line)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.MarshalCanonical()
		if err != nil || !bytes.Equal(line, again) {
			t.Fatalf("%s became %s, %v", line, again, err)
		}
		if back.Seq != e.Seq || back.Actor != e.Actor || !back.At.Equal(e.At) || back.Incident != e.Incident {
			t.Fatalf("%+v became %+v", e, back)
		}
	})
}

func TestInstantIsWhatAnEntryKeeps(t *testing.T) {
	got := Instant(time.Date(2025, 11, 8, 10, 0, 0, 1_999, time.FixedZone("CET", 3600)))
	if want := time.Date(2025, 11, 8, 9, 0, 0, 1_000, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
