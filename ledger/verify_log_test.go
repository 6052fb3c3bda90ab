package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// shelf is a whole log taken apart, for a forger with access to the store.
type shelf struct {
	rows        []LogRow
	hashes      []LogHash
	checkpoints []LogCheckpoint
	key         string
}

// shelfOf is the log of a fixture, with checkpoints at some sizes.
func shelfOf(t testing.TB, f *fixture, sizes ...int64) *shelf {
	t.Helper()
	s := &shelf{key: f.vkey}
	for i := range f.log.Size() {
		line := bytes.Clone(f.log.Leaf(i))
		e, err := ParseEntry(line)
		if err != nil {
			t.Fatal(err)
		}
		event := e
		s.rows = append(s.rows, LogRow{Index: i, Line: line, Incident: e.Incident, Seq: e.Seq, Event: &event})
	}
	for position := range FirstHash(f.log.Size()) {
		h, err := f.log.ReadHashes([]int64{position})
		if err != nil {
			t.Fatal(err)
		}
		s.hashes = append(s.hashes, LogHash{Position: position, Hash: h[0]})
	}
	for _, size := range sizes {
		s.checkpoints = append(s.checkpoints, LogCheckpoint{Text: f.checkpoint(t, size), From: "the record"})
	}
	return s
}

func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range list {
			if !yield(one, nil) {
				return
			}
		}
	}
}

func (s *shelf) source() LogSource {
	src := LogSource{Rows: each(s.rows), Checkpoints: s.checkpoints, Key: s.key}
	if s.hashes != nil {
		src.Hashes = each(s.hashes)
	}
	return src
}

func (s *shelf) verify(t testing.TB) LogReport {
	t.Helper()
	report, err := VerifyLog(t.Context(), s.source())
	if err != nil {
		t.Fatal(err)
	}
	if report.OK != (len(report.Problems) == 0) {
		t.Fatalf("ok is %v with %d problems", report.OK, len(report.Problems))
	}
	return report
}

// rebuild computes every stored hash anew, as somebody would who can write the
// whole store and cannot sign.
func (s *shelf) rebuild(t testing.TB) {
	t.Helper()
	var log Memory
	for _, r := range s.rows {
		if _, _, err := log.Append(r.Line); err != nil {
			t.Fatal(err)
		}
	}
	s.hashes = s.hashes[:0]
	for position := range FirstHash(log.Size()) {
		h, err := log.ReadHashes([]int64{position})
		if err != nil {
			t.Fatal(err)
		}
		s.hashes = append(s.hashes, LogHash{Position: position, Hash: h[0]})
	}
}

// rewrite replaces a text in an entry and in its event.
func (s *shelf) rewrite(t testing.TB, i int, old, with string) {
	t.Helper()
	line := bytes.Replace(s.rows[i].Line, []byte(old), []byte(with), 1)
	e, err := ParseEntry(line)
	if err != nil || bytes.Equal(line, s.rows[i].Line) {
		t.Fatalf("entry %d was not rewritten: %v", i, err)
	}
	s.rows[i].Line, s.rows[i].Event = line, &e
}

func (s *shelf) renumber() {
	for i := range s.rows {
		s.rows[i].Index = int64(i)
	}
}

func logKinds(report LogReport) []string {
	var list []string
	for _, p := range report.Problems {
		list = append(list, fmt.Sprintf("%d/%d %s", p.Index, p.Entry, p.Kind))
	}
	return list
}

// TestWhatIsDoneToALogIsNamed has a log of 16 entries: 12 of inc-2025-001 (its
// numbers 4 and 5 stand at places 4 and 6) and 4 of inc-2025-002.
func TestWhatIsDoneToALogIsNamed(t *testing.T) {
	for _, tc := range []struct {
		name  string
		forge func(f *fixture, s *shelf)
		want  []string
	}{
		{"nothing", func(*fixture, *shelf) {}, nil},
		{"a store without hashes", func(_ *fixture, s *shelf) { s.hashes = nil }, nil},
		{"a changed entry", func(_ *fixture, s *shelf) { s.rewrite(t, 4, "número 3", "número 9") }, []string{"4/4 changed_entry"}},
		{"a changed entry in a store without hashes", func(_ *fixture, s *shelf) {
			s.hashes = nil
			s.rewrite(t, 4, "número 3", "número 9")
		}, []string{"-1/0 forked_history", "-1/0 forked_history"}},
		{"a changed entry and all hashes anew", func(_ *fixture, s *shelf) {
			s.rewrite(t, 4, "número 3", "número 9")
			s.rebuild(t)
		}, []string{"-1/0 forked_history", "-1/0 forked_history"}},
		{"an entry changed after the first checkpoint, all hashes anew", func(_ *fixture, s *shelf) {
			s.rewrite(t, 14, "número 10", "número 11")
			s.rebuild(t)
		}, []string{"-1/0 forked_history"}},
		{"a changed event alone", func(_ *fixture, s *shelf) { s.rows[4].Event.Data = json.RawMessage(`{}`) }, []string{"4/4 event_changed"}},
		{"a changed time of an event", func(_ *fixture, s *shelf) { s.rows[4].Event.At = s.rows[4].Event.At.Add(1e9) }, []string{"4/4 event_changed"}},
		{"another actor of an event", func(_ *fixture, s *shelf) { s.rows[4].Event.Actor.Role = "deputy" }, []string{"4/4 event_changed"}},
		{"a line that is no entry", func(_ *fixture, s *shelf) { s.rows[4].Line = []byte("{}") },
			[]string{"4/4 changed_entry", "4/4 changed_entry"}},
		{"a removed entry", func(_ *fixture, s *shelf) { s.rows = slices.Delete(s.rows, 4, 5) },
			[]string{"4/0 missing_entry", "6/5 missing_entry"}},
		{"a removed entry and hash", func(_ *fixture, s *shelf) {
			s.rows = slices.Delete(s.rows, 4, 5)
			at := FirstHash(4)
			s.hashes = slices.Delete(s.hashes, int(at), int(at)+1)
		}, []string{"4/0 missing_entry", "-1/0 proof", "6/5 missing_entry", "-1/0 proof", "-1/0 proof"}},
		{"a removed entry, the rest moved up, all hashes anew", func(_ *fixture, s *shelf) {
			s.rows = slices.Delete(s.rows, 4, 5)
			s.renumber()
			s.rebuild(t)
		}, []string{"5/5 missing_entry", "-1/0 forked_history", "-1/0 cut_off"}},
		{"an entry twice", func(_ *fixture, s *shelf) { s.rows = slices.Insert(s.rows, 5, s.rows[4]) }, []string{"4/4 inserted_entry"}},
		{"an entry put in, all hashes anew", func(_ *fixture, s *shelf) {
			s.rows = slices.Insert(s.rows, 5, s.rows[4])
			s.renumber()
			s.rebuild(t)
		}, []string{"5/4 inserted_entry", "-1/0 forked_history", "-1/0 forked_history"}},
		{"two entries swapped, all hashes anew", func(_ *fixture, s *shelf) {
			s.rows[4], s.rows[6] = s.rows[6], s.rows[4]
			s.renumber()
			s.rebuild(t)
		}, []string{"4/5 missing_entry", "6/4 reordered", "-1/0 forked_history", "-1/0 forked_history"}},
		{"the end cut off", func(_ *fixture, s *shelf) { s.rows = s.rows[:12] }, []string{"-1/0 cut_off", "-1/0 cut_off"}},
		{"the end cut off in all tables", func(_ *fixture, s *shelf) {
			s.rows = s.rows[:12]
			s.hashes = s.hashes[:FirstHash(12)]
		}, []string{"-1/0 cut_off"}},
		{"everything cut off", func(_ *fixture, s *shelf) { s.rows, s.hashes = nil, s.hashes[:0] },
			[]string{"-1/0 cut_off", "-1/0 cut_off"}},
		{"an entry filed under another incident", func(_ *fixture, s *shelf) { s.rows[4].Incident = "inc-2025-002" },
			[]string{"4/4 foreign_incident"}},
		{"a changed hash above", func(_ *fixture, s *shelf) { s.hashes[2].Hash[0] ^= 1 }, []string{"1/0 proof"}},
		{"the stored hashes cut off", func(_ *fixture, s *shelf) { s.hashes = s.hashes[:len(s.hashes)-1] }, []string{"-1/0 proof"}},
		{"a stored hash missing in the middle", func(_ *fixture, s *shelf) { s.hashes = slices.Delete(s.hashes, 4, 5) }, []string{"-1/0 proof"}},
		{"a fork that was signed, beside the real one", func(f *fixture, s *shelf) {
			other := fixtureWith(f.origin, f.skey, f.vkey)
			other.fill(t, 9)
			s.checkpoints = append(s.checkpoints, LogCheckpoint{Text: other.sign(t, Checkpoint{
				Origin: f.origin, Size: 10, Root: mustRoot(t, 10, &f.log), SignedAt: testTime}), From: "a file"},
				LogCheckpoint{Text: f.sign(t, Checkpoint{Origin: f.origin, Size: 10, Root: LeafHash(nil), SignedAt: testTime}), From: "a mail"})
		}, []string{"-1/0 forked_history"}},
		{"a checkpoint of a longer log", func(f *fixture, s *shelf) {
			s.checkpoints = append(s.checkpoints, LogCheckpoint{Text: f.sign(t, Checkpoint{
				Origin: f.origin, Size: 99, Root: LeafHash(nil), SignedAt: testTime}), From: "a mail"})
		}, []string{"-1/0 cut_off"}},
		{"a checkpoint by another key", func(_ *fixture, s *shelf) {
			s.checkpoints = append(s.checkpoints, LogCheckpoint{Text: bundleCheckpoint(t), From: "a mail"})
		}, []string{"-1/0 wrong_key"}},
		{"a changed checkpoint", func(_ *fixture, s *shelf) {
			s.checkpoints[0].Text = strings.Replace(s.checkpoints[0].Text, "\n8\n", "\n9\n", 1)
		}, []string{"-1/0 signature"}},
		{"a text that is no checkpoint", func(_ *fixture, s *shelf) { s.checkpoints[0].Text = "x" }, []string{"-1/0 checkpoint"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.fill(t, 12)
			s := shelfOf(t, f, 8, f.log.Size())
			tc.forge(f, s)
			report := s.verify(t)
			s.verifyOtherwise(t, report)
			if got := logKinds(report); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
			if len(tc.want) == 0 && (report.Root != mustRoot(t, f.log.Size(), &f.log).String() || report.Checkpoints != 2 ||
				report.Incidents != 2 || report.Checkpoint.Size != f.log.Size()) {
				t.Errorf("%+v", report)
			}
		})
	}
}

func bundleCheckpoint(t testing.TB) string {
	t.Helper()
	f := newFixture(t)
	f.fill(t, 3)
	return f.checkpoint(t, 3)
}

// TestARandomlyChangedLogIsFound does one random thing to a log, ten thousand
// times: it flips a bit, drops, doubles or swaps, in any table.
func TestARandomlyChangedLogIsFound(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 24)
	sound := shelfOf(t, f, 3, 17, f.log.Size())
	random := rand.New(rand.NewPCG(7, 11))
	for n := range 10_000 {
		s := &shelf{key: sound.key, rows: slices.Clone(sound.rows), hashes: slices.Clone(sound.hashes), checkpoints: slices.Clone(sound.checkpoints)}
		what := mutate(random, s)
		if s.verify(t).OK {
			t.Fatalf("round %d passes: %s", n, what)
		}
	}
	if !sound.verify(t).OK {
		t.Fatal("the log itself was changed")
	}
}

// mutate does one thing that changes the log, and says what.
func mutate(random *rand.Rand, s *shelf) string {
	i, j := random.IntN(len(s.rows)), random.IntN(len(s.hashes))
	switch random.IntN(9) {
	case 0:
		line := bytes.Clone(s.rows[i].Line)
		at := random.IntN(len(line))
		line[at] ^= 1 << random.IntN(8)
		s.rows[i].Line = line
		return fmt.Sprintf("byte %d of entry %d", at, i)
	case 1:
		line := bytes.Clone(s.rows[i].Line)
		at := random.IntN(len(line))
		s.rows[i].Line = append(line[:at], line[at+1:]...)
		return fmt.Sprintf("byte %d of entry %d dropped", at, i)
	case 2:
		s.rows = slices.Delete(s.rows, i, i+1)
		return fmt.Sprintf("entry %d dropped", i)
	case 3:
		s.rows = slices.Insert(s.rows, i, s.rows[i])
		return fmt.Sprintf("entry %d doubled", i)
	case 4:
		k := (i + 1 + random.IntN(len(s.rows)-1)) % len(s.rows)
		s.rows[i].Line, s.rows[k].Line = s.rows[k].Line, s.rows[i].Line
		return fmt.Sprintf("entries %d and %d swapped", i, k)
	case 5:
		s.hashes[j].Hash[random.IntN(tlog.HashSize)] ^= 1 << random.IntN(8)
		return fmt.Sprintf("stored hash %d", j)
	case 6:
		s.hashes = slices.Delete(s.hashes, j, j+1)
		return fmt.Sprintf("stored hash %d dropped", j)
	case 7:
		event := *s.rows[i].Event
		event.Seq++
		s.rows[i].Event = &event
		return fmt.Sprintf("event of entry %d", i)
	default:
		c := random.IntN(len(s.checkpoints))
		text := []byte(s.checkpoints[c].Text)
		text[random.IntN(len(text))] ^= 1 << random.IntN(8)
		s.checkpoints[c].Text = string(text)
		return fmt.Sprintf("checkpoint %d: %q", c, text)
	}
}

func TestALogThatCannotBeReadIsNotToBlame(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 4)
	s := shelfOf(t, f)
	failing := func(yield func(LogRow, error) bool) {
		if yield(s.rows[0], nil) {
			yield(LogRow{}, errDisk)
		}
	}
	if _, err := VerifyLog(t.Context(), LogSource{Rows: failing, Key: s.key}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	broken := func(yield func(LogHash, error) bool) { yield(LogHash{}, errDisk) }
	if _, err := VerifyLog(t.Context(), LogSource{Rows: each(s.rows), Hashes: broken, Key: s.key}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if _, err := VerifyLog(t.Context(), LogSource{Rows: each(s.rows), Key: "x"}); err == nil {
		t.Error("a key that is none is accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := VerifyLog(ctx, LogSource{Rows: each(s.rows), Key: s.key}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// A gap without end does not hold the check up.
	far := s.rows[3]
	far.Index = MaxTreeSize - 1
	s.rows[3] = far
	if report := s.verify(t); report.OK {
		t.Error("a gap passes")
	}
	if report := (&shelf{key: s.key}).verify(t); !report.OK || len(report.Warnings) > 0 {
		t.Errorf("an empty log: %+v", report)
	}
	s = shelfOf(t, f)
	if report := s.verify(t); !report.OK || len(report.Warnings) != 1 {
		t.Errorf("a log without checkpoints: %+v", report)
	}
}
