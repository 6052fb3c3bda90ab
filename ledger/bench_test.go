package ledger

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

// BenchmarkAppend adds one entry to a log of the given size. Its yardstick is
// the one SHA-256 over the same entry that no design can avoid.
func BenchmarkAppend(b *testing.B) {
	line, err := sampleEntry().MarshalCanonical()
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int64{1_000, 10_000, 100_000} {
		var log Memory
		leaves := make([][]byte, size)
		for i := range leaves {
			leaves[i] = fmt.Append(nil, i)
		}
		if _, _, err := log.Append(leaves...); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("size=%d/append", size), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if _, _, _, err := Append(size, [][]byte{line}, &log); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("size=%d/yardstick=sha256", size), func(b *testing.B) {
			benchmarkDigest(b, line)
		})
	}
}

// BenchmarkVerify checks a bundle with the given number of entries. Its
// yardstick is one SHA-256 over the same file.
func BenchmarkVerify(b *testing.B) {
	for _, entries := range []int{100, 1_000, 10_000} {
		f, bundle := bundleOf(b, entries)
		b.Run(fmt.Sprintf("entries=%d/verify", entries), func(b *testing.B) {
			b.SetBytes(int64(len(bundle)))
			for b.Loop() {
				report, err := Verify(b.Context(), bytes.NewReader(bundle), int64(len(bundle)), VerifyOptions{Key: f.vkey})
				if err != nil || !report.OK {
					b.Fatal(report.Problems, err)
				}
			}
			b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
		b.Run(fmt.Sprintf("entries=%d/yardstick=sha256", entries), func(b *testing.B) {
			benchmarkDigest(b, bundle)
		})
	}
}

func benchmarkDigest(b *testing.B, content []byte) {
	b.SetBytes(int64(len(content)))
	var digest [sha256.Size]byte
	for b.Loop() {
		digest = sha256.Sum256(content)
	}
	if digest == [sha256.Size]byte{} {
		b.Fatal("nothing was hashed")
	}
}
