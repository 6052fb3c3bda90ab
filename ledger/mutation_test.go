package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestARandomlyChangedBundleIsFound does one random thing to a bundle, ten
// thousand times: it flips, drops, doubles or swaps bytes of the file, or lines
// of the entries, proofs, earlier checkpoints and changes of the key, packed again
// as Tocsin packs.
func TestARandomlyChangedBundleIsFound(t *testing.T) {
	f, bundle := rotated(t, func(r *Rotation) { r.Compromised = true })
	random := rand.New(rand.NewPCG(3, 5))
	for n := range 10_000 {
		changed, what := mutateBundle(t, random, bundle)
		if bytes.Equal(changed, bundle) {
			continue // two equal bytes were swapped
		}
		if verify(t, changed, f.vkey).OK {
			t.Fatalf("round %d passes: %s", n, what)
		}
	}
	if !verify(t, bundle, f.vkey).OK {
		t.Fatal("the bundle itself was changed")
	}
}

func mutateBundle(t *testing.T, random *rand.Rand, bundle []byte) ([]byte, string) {
	t.Helper()
	b := bytes.Clone(bundle)
	i, j := random.IntN(len(b)), random.IntN(len(b))
	switch random.IntN(6) {
	case 0:
		b[i] ^= 1 << random.IntN(8)
		return b, fmt.Sprintf("byte %d flipped", i)
	case 1:
		return append(b[:i], b[i+1:]...), fmt.Sprintf("byte %d dropped", i)
	case 2:
		return slices.Insert(b, i, b[i]), fmt.Sprintf("byte %d doubled", i)
	case 3:
		b[i], b[j] = b[j], b[i]
		return b, fmt.Sprintf("bytes %d and %d swapped", i, j)
	case 4:
		if i > j {
			i, j = j, i
		}
		return append(b[:i], b[j:]...), fmt.Sprintf("bytes %d to %d dropped", i, j)
	}
	p := unpack(t, bundle)
	name := []string{entriesFile, proofsFile, historyFile, keysFile}[random.IntN(4)]
	what := name
	p.lines(name, func(l []string) []string {
		i, j := random.IntN(len(l)), random.IntN(len(l))
		switch random.IntN(3) {
		case 0:
			what += fmt.Sprintf(": line %d dropped", i)
			return slices.Delete(l, i, i+1)
		case 1:
			what += fmt.Sprintf(": line %d doubled", i)
			return slices.Insert(l, j, l[i])
		default:
			what += fmt.Sprintf(": lines %d and %d swapped", i, j)
			l[i], l[j] = l[j], l[i]
			return l
		}
	})
	return p.pack(t), what
}
