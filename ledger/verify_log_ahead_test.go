package ledger

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// otherwise are ways to read a log of a few entries: alone and on several processors,
// in portions that end within it.
var otherwise = []ahead{{0, 256}, {0, 3}, {1, 1}, {3, 2}}

// verifyOtherwise demands the same report, problem by problem, however it is read.
func (s *shelf) verifyOtherwise(t *testing.T, want LogReport) {
	t.Helper()
	for _, how := range otherwise {
		if got, err := verifyLog(t.Context(), s.source(), how); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("read as %+v:\n%+v, %v; want\n%+v", how, got, err, want)
		}
	}
}

func TestAHostileLogIsDescribedTheSameOnOneProcessorAndOnMany(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 24)
	sound := shelfOf(t, f, 3, 17, f.log.Size())
	random := rand.New(rand.NewPCG(20, 3))
	for range 300 {
		s := &shelf{key: sound.key, rows: slices.Clone(sound.rows), hashes: slices.Clone(sound.hashes), checkpoints: slices.Clone(sound.checkpoints)}
		for range 1 + random.IntN(4) {
			mutate(random, s)
		}
		s.verifyOtherwise(t, s.verify(t))
	}
}

func TestTheFirstOfTwoFaultsOfASourceIsToldHoweverItIsRead(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 12)
	s := shelfOf(t, f)
	errRows, errHashes := errors.New("rows"), errors.New("hashes")
	for _, c := range []struct {
		rows, hashes int // how many are read before the fault
		want         error
	}{{9, 2, errHashes}, {2, 9, errRows}, {0, 0, errRows}} {
		src := s.source()
		src.Rows = func(yield func(LogRow, error) bool) {
			for _, r := range s.rows[:c.rows] {
				if !yield(r, nil) {
					return
				}
			}
			yield(LogRow{}, errRows)
		}
		src.Hashes = func(yield func(LogHash, error) bool) {
			for _, h := range s.hashes[:c.hashes] {
				if !yield(h, nil) {
					return
				}
			}
			yield(LogHash{}, errHashes)
		}
		for _, how := range otherwise {
			if _, err := verifyLog(t.Context(), src, how); !errors.Is(err, c.want) {
				t.Errorf("%d rows and %d hashes, read as %+v: got %v, want %v", c.rows, c.hashes, how, err, c.want)
			}
		}
	}
}
