package ledger

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The leaves and roots that the Certificate Transparency project publishes as
// test data for RFC 6962.
var (
	vectorLeaves = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	vectorRoots  = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func TestRootsAreThoseOfRFC6962(t *testing.T) {
	var log Memory
	for i, text := range vectorLeaves {
		leaf, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		size, root, err := log.Append(leaf)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(root[:]); size != int64(i+1) || got != vectorRoots[i+1] {
			t.Errorf("size %d: root %s, want %s", size, got, vectorRoots[i+1])
		}
	}
	for size, want := range vectorRoots {
		root, err := Root(int64(size), &log)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(root[:]); got != want {
			t.Errorf("the earlier size %d: root %s, want %s", size, got, want)
		}
	}
}

// TestEveryProofHolds draws any way to append in batches and checks every
// inclusion and consistency proof between any two sizes.
func TestEveryProofHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batches := rapid.SliceOfN(rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 20), 0, 9), 1, 6).Draw(t, "batches")
		var log, single Memory
		var all [][]byte
		cps := []Checkpoint{{Root: mustRoot(t, 0, &log)}}
		for _, batch := range batches {
			size, root, err := log.Append(batch...)
			if err != nil {
				t.Fatal(err)
			}
			for _, leaf := range batch {
				n, r, err := single.Append(leaf)
				if err != nil {
					t.Fatal(err)
				}
				cps = append(cps, Checkpoint{Size: n, Root: r})
				all = append(all, leaf)
			}
			if last := cps[len(cps)-1]; last.Size != size || last.Root != root {
				t.Fatalf("a batch gives %d %v, one by one %d %v", size, root, last.Size, last.Root)
			}
		}
		if !slices.Equal(log.hashes, single.hashes) {
			t.Fatal("batches store other hashes than single appends")
		}
		for _, cp := range cps {
			if mustRoot(t, cp.Size, &log) != cp.Root {
				t.Fatalf("the root of size %d changed", cp.Size)
			}
			for i := range cp.Size {
				proof, err := ProveInclusion(cp.Size, i, &log)
				if err != nil {
					t.Fatal(err)
				}
				if err := CheckInclusion(cp, i, all[i], proof); err != nil {
					t.Fatal(err)
				}
				if CheckInclusion(cp, i, append([]byte{1}, all[i]...), proof) == nil {
					t.Fatalf("size %d: a changed entry %d passes", cp.Size, i)
				}
			}
			for _, older := range cps[:cp.Size+1] {
				proof, err := ProveConsistency(older.Size, cp.Size, &log)
				if err != nil {
					t.Fatal(err)
				}
				if err := CheckConsistency(older, cp, proof); err != nil {
					t.Fatal(err)
				}
				older.Root[5] ^= 1
				if CheckConsistency(older, cp, proof) == nil {
					t.Fatalf("another root at size %d passes", older.Size)
				}
			}
		}
	})
}

func mustRoot(t interface{ Fatal(...any) }, size int64, r tlog.HashReader) tlog.Hash {
	root, err := Root(size, r)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestAppendReadsTheTreeOnce(t *testing.T) {
	var log Memory
	for i := range 100 {
		if _, _, err := log.Append([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	reads := 0
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		reads++
		return log.ReadHashes(indexes)
	})
	leaves := make([][]byte, 200)
	newSize, hashes, root, err := Append(100, leaves, reader)
	if err != nil {
		t.Fatal(err)
	}
	if reads != 1 || newSize != 300 || FirstHash(100)+int64(len(hashes)) != FirstHash(300) {
		t.Errorf("%d reads, size %d, %d hashes", reads, newSize, len(hashes))
	}
	if _, want, err := log.Append(leaves...); err != nil || root != want {
		t.Errorf("root %v, want %v, %v", root, want, err)
	}
}

func TestTreesThatCannotBeAreRefused(t *testing.T) {
	away := errors.New("database away")
	failing := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, away })
	short := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, nil })
	leaf := [][]byte{{1}}
	appendTo := func(size int64, r tlog.HashReader) error { _, _, _, err := Append(size, leaf, r); return err }
	for _, tc := range []struct {
		name string
		err  error
		want error
	}{
		{"a negative size", appendTo(-1, failing), ErrTree},
		{"a size beyond the limit", appendTo(MaxTreeSize, failing), ErrTree},
		{"no reader", appendTo(3, nil), ErrTree},
		{"a failing reader, with its reason", appendTo(3, failing), away},
		{"a reader that gives too little", appendTo(3, short), ErrTree},
		{"the root of a negative size", second(Root(-1, failing)), ErrTree},
		{"the root of a size beyond the limit", second(Root(MaxTreeSize+1, failing)), ErrTree},
		{"a proof beyond the end", second(ProveInclusion(3, 3, short)), ErrProof},
		{"a proof before the start", second(ProveInclusion(3, -1, short)), ErrProof},
		{"a proof from a failing reader", second(ProveInclusion(3, 1, failing)), away},
		{"a proof from a reader that gives too little", second(ProveInclusion(3, 1, short)), ErrProof},
		{"a proof in a size beyond the limit", second(ProveInclusion(1<<62+1, 1, short)), ErrProof},
		{"a shrinking log", second(ProveConsistency(4, 3, short)), ErrProof},
		{"consistency from a failing reader", second(ProveConsistency(2, 3, failing)), away},
		{"a check in a size beyond the limit", CheckInclusion(Checkpoint{Size: 1<<63 - 1}, 0, nil, nil), ErrProof},
		{"a check of a shrinking log", CheckConsistency(Checkpoint{Size: 2}, Checkpoint{Size: 1}, nil), ErrProof},
		{"a check of sizes beyond the limit", CheckConsistency(Checkpoint{Size: 1}, Checkpoint{Size: 1<<63 - 1}, nil), ErrProof},
		{"an empty log with another root", CheckConsistency(Checkpoint{}, Checkpoint{Size: 1}, nil), ErrProof},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !errors.Is(tc.err, tc.want) {
				t.Errorf("got %v, want %v", tc.err, tc.want)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestMemoryIsSafeForManyWriters(t *testing.T) {
	var log Memory
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				if _, _, err := log.Append(fmt.Appendf(nil, "%d/%d", i, j)); err != nil {
					t.Error(err)
				}
				if _, err := Root(log.Size(), &log); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if log.Size() != 400 {
		t.Fatalf("%d entries", log.Size())
	}
	root := mustRoot(t, 400, &log)
	for i := range int64(400) {
		proof, err := ProveInclusion(400, i, &log)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckInclusion(Checkpoint{Size: 400, Root: root}, i, log.Leaf(i), proof); err != nil {
			t.Fatal(err)
		}
	}
	if log.Leaf(400) != nil || log.Leaf(-1) != nil {
		t.Error("there are entries outside of the log")
	}
}
