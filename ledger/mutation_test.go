package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestARandomlyChangedBundleIsFound does one random thing to a bundle, ten
// thousand times: it flips, drops, doubles or swaps bytes of the file, or bytes or
// lines of one of its parts, packed again as Tocsin packs. The bundle has changes of
// the key, what others confirmed, and a report for people.
func TestARandomlyChangedBundleIsFound(t *testing.T) {
	f := newFixture(t)
	o := confirmedBy(t, f)
	f.fill(t, 6)
	f.rotate(t, nil)
	f.fill(t, 4)
	f.rotate(t, func(r *Rotation) { r.Compromised = true })
	f.fill(t, 4)
	report := "<!doctype html>\n<title>Report</title>\n" + strings.Repeat("<p>16:04 The vendor wrote. Aware: 18:04.</p>\n", 20)
	bundle := write(t, f.seal(t, f.attach("report.html", report), f.attach("report.pdf", "%PDF-1.7\n"+strings.Repeat("0 0 m\x00\xff\n", 40)+"%%EOF\n")))
	opts := VerifyOptions{Key: f.vkey, Confirm: o.check}
	if r := verifyWith(t, bundle, opts); !r.OK || len(r.Confirmations) < 4 || r.Confirmations[0].State != ConfirmationHolds {
		t.Fatalf("%+v", r)
	}
	random := rand.New(rand.NewPCG(3, 5))
	for n := range 10_000 {
		changed, what := mutateBundle(t, random, bundle)
		if bytes.Equal(changed, bundle) {
			continue // two equal bytes were swapped
		}
		if verifyWith(t, changed, opts).OK {
			t.Fatalf("round %d passes: %s", n, what)
		}
	}
	if !verifyWith(t, bundle, opts).OK {
		t.Fatal("the bundle itself was changed")
	}
}

func mutateBundle(t *testing.T, random *rand.Rand, bundle []byte) ([]byte, string) {
	t.Helper()
	if random.IntN(3) == 0 {
		return mutateBytes(random, bytes.Clone(bundle))
	}
	p := unpack(t, bundle)
	name := p.names[random.IntN(len(p.names))]
	if random.IntN(2) == 0 && strings.Count(p.content[name], "\n") > 1 {
		return mutateLines(t, random, p, name)
	}
	other := p.names[random.IntN(len(p.names))]
	if random.IntN(10) == 0 {
		p.content[name], p.content[other] = p.content[other], p.content[name]
		return p.pack(t), fmt.Sprintf("contents of %s and %s swapped", name, other)
	}
	content, what := mutateBytes(random, []byte(p.content[name]))
	p.content[name] = string(content)
	return p.pack(t), name + ": " + what
}

// mutateBytes changes bytes in place or gives others.
func mutateBytes(random *rand.Rand, b []byte) ([]byte, string) {
	i, j := random.IntN(len(b)), random.IntN(len(b))
	switch random.IntN(5) {
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
	default:
		if i > j {
			i, j = j, i
		}
		return append(b[:i], b[j:]...), fmt.Sprintf("bytes %d to %d dropped", i, j)
	}
}

func mutateLines(t *testing.T, random *rand.Rand, p *packed, name string) ([]byte, string) {
	t.Helper()
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
