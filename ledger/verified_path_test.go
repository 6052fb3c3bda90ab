package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// TestAPathThatWasFollowedDecidesAsTheWholeProofDoes compares the short way with
// the library's check for every entry of logs of many sizes, in order and not,
// with sound proofs and with each kind of spoilt one.
func TestAPathThatWasFollowedDecidesAsTheWholeProofDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 17))
	var log Memory
	for size := int64(1); size <= 70; size++ {
		if _, _, err := log.Append(fmt.Appendf(nil, "entry %d", size)); err != nil {
			t.Fatal(err)
		}
		cp := Checkpoint{Origin: testOrigin, Size: size, Root: mustRoot(t, size, &log), SignedAt: testTime}
		var path verifiedPath
		for n := range 3 * size {
			index := n % size
			if n >= size {
				index = random.Int64N(size)
			}
			proof, err := ProveInclusion(size, index, &log)
			if err != nil {
				t.Fatal(err)
			}
			leaf := LeafHash(log.Leaf(index))
			if !path.holds(cp, index, leaf, proof) {
				t.Fatalf("size %d, entry %d: a sound proof is refused", size, index)
			}
			spoilt := append([]tlog.Hash(nil), proof...)
			wrongLeaf, wrongIndex, wrongCP := leaf, index, cp
			switch random.IntN(6) {
			case 0:
				wrongLeaf[0] ^= 1
			case 1:
				wrongIndex = index + 1 - 2*random.Int64N(2)
			case 2:
				spoilt = append(spoilt, leaf)
			case 3:
				wrongCP.Size++
			case 4:
				if len(spoilt) > 0 {
					spoilt = spoilt[1:]
				}
			default:
				if len(spoilt) > 0 {
					spoilt[random.IntN(len(spoilt))][31] ^= 1
				}
			}
			want := checkLeafHash(wrongCP, wrongIndex, wrongLeaf, spoilt) == nil
			if got := path.holds(wrongCP, wrongIndex, wrongLeaf, spoilt); got != want && (got || wrongCP == cp) {
				t.Fatalf("size %d, entry %d: holds %v, the library says %v", size, index, got, want)
			}
		}
	}
}
