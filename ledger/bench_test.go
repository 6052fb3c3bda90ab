package ledger

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"tocsin/internal/memwatch"
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

// BenchmarkVerify checks a bundle of the given number of entries, from a file.
// Its yardsticks are the program sha256sum over the same file, where the machine
// has it, and Go's own SHA-256, which uses the processor's instructions for it.
func BenchmarkVerify(b *testing.B) {
	for _, entries := range []int64{10_000, 100_000, 1_000_000} {
		file, size, vkey := madeLog{entries: entries - 1}.bundle(b)
		b.Run(fmt.Sprintf("entries=%d/verify", entries), func(b *testing.B) {
			b.SetBytes(size)
			stop := memwatch.Watch()
			for b.Loop() {
				report, err := Verify(b.Context(), file, size, VerifyOptions{Key: vkey})
				if err != nil || !report.OK || report.Entries != entries {
					b.Fatal(report.Problems, err)
				}
			}
			b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(memwatch.MB(stop().Heap), "MB-heap")
		})
		b.Run(fmt.Sprintf("entries=%d/yardstick=sha256sum", entries), func(b *testing.B) {
			program, err := exec.LookPath("sha256sum")
			if err != nil {
				b.Skip("sha256sum is not on this machine")
			}
			b.SetBytes(size)
			for b.Loop() {
				if err := exec.CommandContext(b.Context(), program, file.Name()).Run(); err != nil { //nolint:gosec // a file of our own
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("entries=%d/yardstick=crypto-sha256", entries), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if _, err := io.Copy(sha256.New(), io.NewSectionReader(file, 0, size)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// bundle writes a bundle of the log's entries and a seal into a file, with an
// earlier checkpoint of half of it.
func (l madeLog) bundle(tb testing.TB) (file *os.File, size int64, vkey string) {
	tb.Helper()
	f := newFixture(tb)
	add := func(line []byte) {
		if _, _, err := f.log.Append(line); err != nil {
			tb.Fatal(err)
		}
		f.log.leaves[len(f.log.leaves)-1] = nil // only the hashes are needed
	}
	for row, err := range l.rows {
		if err != nil {
			tb.Fatal(err)
		}
		add(row.Line)
	}
	half := l.entries / 2
	head := BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: l.entries + 1, History: []int64{half}}
	data, err := head.SealData()
	if err != nil {
		tb.Fatal(err)
	}
	seal, err := Entry{Version: 1, Incident: f.incident, Seq: head.Entries, Type: BundleSealType, At: testTime, RecordedAt: testTime,
		Actor: Actor{Role: "engine"}, Data: data}.MarshalCanonical()
	if err != nil {
		tb.Fatal(err)
	}
	add(seal)
	if file, err = os.Create(filepath.Join(tb.TempDir(), "bundle.zip")); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := file.Close(); err != nil {
			tb.Error(err)
		}
	})
	sign := func(size int64) string {
		return f.sign(tb, Checkpoint{Origin: f.origin, Size: size, Root: mustRoot(tb, size, &f.log), SignedAt: testTime})
	}
	err = WriteBundle(tb.Context(), file, BundleSource{
		Head: head, Checkpoint: sign(head.Entries), Past: []string{sign(half)}, Hashes: &f.log,
		Leaves: func(yield func(Leaf, error) bool) {
			for row, err := range l.rows {
				if !yield(Leaf{Index: row.Index, Entry: row.Line}, err) {
					return
				}
			}
			yield(Leaf{Index: l.entries, Entry: seal}, nil)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	if size, err = file.Seek(0, io.SeekEnd); err != nil {
		tb.Fatal(err)
	}
	return file, size, f.vkey
}

// BenchmarkVerifyLog checks a whole log of the given number of entries, each of
// which stands for a row of the store with its event, and every stored hash. Its
// yardstick is one SHA-256 over the entries' bytes, as sha256sum reads them.
func BenchmarkVerifyLog(b *testing.B) {
	for _, entries := range []int64{10_000, 100_000, 1_000_000} {
		log := madeLog{entries: entries}
		root, bytesOfAll := log.root(b)
		f := newFixture(b)
		checkpoint := f.sign(b, Checkpoint{Origin: f.origin, Size: entries, Root: root, SignedAt: testTime})
		b.Run(fmt.Sprintf("entries=%d/verify", entries), func(b *testing.B) {
			b.SetBytes(bytesOfAll)
			for b.Loop() {
				report, err := VerifyLog(b.Context(), LogSource{Rows: log.rows, Key: f.vkey,
					Checkpoints: []LogCheckpoint{{Text: checkpoint, From: "the record"}}})
				if err != nil || !report.OK || report.Entries != entries {
					b.Fatal(report.Problems, err)
				}
			}
			b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
		})
		b.Run(fmt.Sprintf("entries=%d/yardstick=sha256", entries), func(b *testing.B) {
			b.SetBytes(bytesOfAll)
			for b.Loop() {
				digest := sha256.New()
				for row := range log.rows {
					digest.Write(row.Line)
				}
				if len(digest.Sum(nil)) != sha256.Size {
					b.Fatal("nothing was hashed")
				}
			}
		})
	}
}

// madeLog is a log whose entries are made when they are read: 447 bytes each,
// of one incident, as those of the issue that set the measure.
type madeLog struct{ entries int64 }

const madeData = `{"reason":"%0230d","score":3}`

func (l madeLog) rows(yield func(LogRow, error) bool) {
	data := fmt.Appendf(nil, madeData, 7)
	event := Entry{Version: 1, Incident: "inc-2025-001", Type: "assessment.recorded", At: testTime, RecordedAt: testTime,
		Actor: Actor{Role: "dpo", ID: "c:9f86d081884c7d65"}, Data: data}
	event.Seq = 1
	first, err := event.MarshalCanonical()
	if err != nil {
		yield(LogRow{}, err)
		return
	}
	var line []byte
	head, tail, _ := bytes.Cut(first, []byte(`"seq":1`))
	for i := range l.entries {
		event.Seq = i + 1
		line = append(append(line[:0], head...), `"seq":`...)
		line = append(strconv.AppendInt(line, i+1, 10), tail...)
		if !yield(LogRow{Index: i, Line: line, Incident: event.Incident, Seq: i + 1, Event: &event}, nil) {
			return
		}
	}
}

// root is the log's root and the bytes of all its entries.
func (l madeLog) root(tb testing.TB) (root tlog.Hash, size int64) {
	tb.Helper()
	var tree logVerification
	for row, err := range l.rows {
		if err == nil {
			err = tree.grow(&row, LeafHash(row.Line))
		}
		if err != nil {
			tb.Fatal(err)
		}
		size += int64(len(row.Line))
	}
	return tree.root(), size
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
