package seen

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// hashOf is the hash of a number.
func hashOf(n int) Hash {
	sum := sha256.Sum256(binary.AppendVarint(nil, int64(n)))
	return Hash(sum[:16])
}

func closed(t testing.TB, s *Set) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestASetAnswersAsAMapDoesHoweverOftenItsTableIsPutAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newSet(1 << rapid.IntRange(3, 6).Draw(t, "places"))
		want := map[Hash]uint64{}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]int {
			return [3]int{rapid.IntRange(0, 300).Draw(t, "thing"), rapid.IntRange(0, 7).Draw(t, "bits"), rapid.IntRange(0, 2).Draw(t, "find")}
		}), 0, 600).Draw(t, "steps")
		for _, step := range steps {
			h, add := hashOf(step[0]), uint64(step[1])
			before, known := want[h]
			if step[2] == 0 {
				held, found, err := s.Find(h)
				if err != nil || found != known || held != before {
					t.Fatalf("find gives %d, %v, %v; want %d, %v", held, found, err, before, known)
				}
				continue
			}
			held, found, err := s.Add(h, add)
			if err != nil || found != known || held != before {
				t.Fatalf("add gives %d, %v, %v; want %d, %v", held, found, err, before, known)
			}
			want[h] = before | add
		}
		if s.Empty() != (len(want) == 0) {
			t.Fatalf("empty is %v with %d hashes", s.Empty(), len(want))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestATableGrowsToItsLimitAndNoFurther(t *testing.T) {
	t.Parallel()
	const limit, n = 1 << 13, 100_000
	s := newSet(limit)
	closed(t, s)
	for i := range n {
		if _, known, err := s.Add(hashOf(i), uint64(i%5)); known || err != nil {
			t.Fatalf("hash %d: known %v, %v", i, known, err)
		}
	}
	if len(s.slots) != limit+spill || len(s.runs) != (n-1)/s.fill() {
		t.Errorf("%d places and %d runs, want %d and %d", len(s.slots), len(s.runs), limit+spill, (n-1)/s.fill())
	}
	for i := range n {
		if held, known, err := s.Find(hashOf(i)); !known || held != uint64(i%5) || err != nil {
			t.Fatalf("hash %d: %d, known %v, %v", i, held, known, err)
		}
	}
	perhaps := 0
	for i := range n {
		if _, known, err := s.Find(hashOf(-1 - i)); known || err != nil {
			t.Fatalf("a hash that was never added: known %v, %v", known, err)
		}
		if _, low := s.encipher(hashOf(-1 - i)); s.runs[0].filter.mayHold(low) {
			perhaps++
		}
	}
	if perhaps > n/20 {
		t.Errorf("a filter lets %d of %d strangers pass, want a twentieth at most", perhaps, n)
	}
}

// Hashes with the same first half lie beside each other in a run.
func TestHashesThatBeginAlikeAreToldApartAcrossBlocks(t *testing.T) {
	t.Parallel()
	s, err := newStore()
	if err != nil {
		t.Fatal(err)
	}
	var sorted []entry
	for low := range uint64(3 * blockEntries) {
		sorted = append(sorted, entry{high: 7, low: 2 * low, bits: low | taken})
	}
	sorted = append(sorted, entry{high: 9, low: 1, bits: taken})
	r, err := s.write(sorted)
	if err != nil {
		t.Fatal(err)
	}
	for low := range uint64(6 * blockEntries) {
		held, known, err := s.find(r, 7, low)
		if err != nil || known != (low%2 == 0) || known && held != low/2|taken {
			t.Fatalf("7/%d gives %x, %v, %v", low, held, known, err)
		}
	}
	for high, want := range map[uint64]bool{0: false, 8: false, 9: true, 10: false} {
		if _, known, err := s.find(r, high, 1); known != want || err != nil {
			t.Errorf("%d/1 gives %v, %v; want %v", high, known, err, want)
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}

// Not parallel: it looks into the folder for temporary files.
func TestNothingIsLeftOnTheDiskAndNothingCanBeReadThere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := newSet(8)
	for i := range 100 {
		if _, _, err := s.Add(hashOf(i), 1); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) != 0 {
		t.Errorf("while it is in use, the folder holds %v, %v", names, err)
	}
	whole := make([]byte, s.store.size)
	if _, err := s.store.file.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		h := hashOf(i)
		for at := range len(whole) - 8 {
			if [8]byte(whole[at:at+8]) == [8]byte(h[:8]) {
				t.Fatal("a hash stands in the file as it was given")
			}
		}
	}
	file := s.store.file
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file is still open: %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	s = newSet(8)
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		_, _, err = s.Add(hashOf(i), 1)
	}
	if want := "a temporary file for what was seen: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("without a folder: %v, want %q", err, want)
	}
}

// BenchmarkAdd adds hashes that were never met. The yardstick is Go's map.
func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 4_000_000} {
		hashes := make([]Hash, n)
		for i := range hashes {
			hashes[i] = hashOf(i)
		}
		b.Run(fmt.Sprintf("set/%d", n), func(b *testing.B) {
			for b.Loop() {
				s := New()
				for i := range hashes {
					if _, known, err := s.Add(hashes[i], 1); known || err != nil {
						b.Fatal(known, err)
					}
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/hash")
		})
		b.Run(fmt.Sprintf("yardstick map/%d", n), func(b *testing.B) {
			for b.Loop() {
				m := map[Hash]uint64{}
				for i := range hashes {
					m[hashes[i]] = 1
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/hash")
		})
	}
}
