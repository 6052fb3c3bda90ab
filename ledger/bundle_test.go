package ledger

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestABundleVerifies(t *testing.T) {
	for _, n := range []int{1, 2, 3, proofBatch, proofBatch + 1, 700} {
		f, bundle := bundleOf(t, n)
		report := verify(t, bundle, f.vkey)
		if !report.OK || report.Entries != int64(n) || report.Incident != f.incident || !report.KeyIndependent || len(report.Warnings) != 0 {
			t.Errorf("%d entries: %+v", n, report)
		}
		if cp := report.Checkpoint; cp.Size != f.log.Size()-1 || cp.SignedAt == "" || cp.Root != mustRoot(t, cp.Size, &f.log).String() {
			t.Errorf("%d entries: %+v", n, cp)
		}
	}
}

func TestTheReportHasTheseKeys(t *testing.T) {
	_, bundle := bundleOf(t, 2)
	raw, err := json.Marshal(verify(t, bundle, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`{"ok":true,"entries":2,"checkpoint":{"size":3,"root":"`, `","signed_at":"2025-11-08T09:33:00.12Z"},"problems":[],`, `"key_independent":false,"history":2,"confirmations":[],"kept":0}`,
	} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("%s lacks %s", raw, part)
		}
	}
}

func TestWithoutAKeyTheReportSaysSo(t *testing.T) {
	f, bundle := bundleOf(t, 3)
	report := verify(t, bundle, "")
	if !report.OK || report.KeyIndependent || report.Key != f.vkey || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "not given independently") {
		t.Errorf("%+v", report)
	}
}

func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 20)
	src := f.seal(t, f.attach("b", "2"), f.attach("a", "1"), f.attach("c", "1"))
	one := write(t, src)
	slices.Reverse(src.Head.Attachments)
	if two := write(t, src); !bytes.Equal(one, two) {
		t.Error("two bundles of one source differ")
	}
	if report := verify(t, one, f.vkey); !report.OK {
		t.Errorf("%+v", report.Problems)
	}
}

func TestOtherZipReadersReadABundle(t *testing.T) {
	_, bundle := bundleOf(t, 3)
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, rc); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	want := []string{instructionsFile, manifestFile, checkpointFile, historyFile, keysFile, anchorsFile, entriesFile, proofsFile}
	if !slices.Equal(names[:8], want) || len(names) != 10 || !slices.IsSorted(names[8:]) {
		t.Errorf("files %v", names)
	}
}

func TestWriteBundleRefuses(t *testing.T) {
	away := errors.New("database away")
	for _, tc := range []struct {
		name   string
		change func(f *fixture, src *BundleSource)
		want   error
	}{
		{"a head that was not sealed", func(_ *fixture, src *BundleSource) { src.Head.Attachments = nil }, ErrInvalidBundle},
		{"another number of entries", func(_ *fixture, src *BundleSource) { src.Head.Entries++ }, ErrInvalidBundle},
		{"another incident", func(_ *fixture, src *BundleSource) { src.Head.Incident = "inc-2025-002" }, ErrInvalidBundle},
		{"another incident's entries", func(f *fixture, src *BundleSource) { src.Leaves = f.leaves("inc-2025-002") }, ErrInvalidBundle},
		{"a key that is none", func(_ *fixture, src *BundleSource) { src.Head.Key = "x" }, ErrInvalidBundle},
		{"a key of another name", func(_ *fixture, src *BundleSource) { src.Head.Key = fixedVerifier }, ErrInvalidBundle},
		{"no checkpoint", func(_ *fixture, src *BundleSource) { src.Checkpoint = "" }, ErrInvalidBundle},
		{"a later checkpoint", func(f *fixture, src *BundleSource) { src.Checkpoint = f.checkpoint(t, f.log.Size()) }, ErrInvalidBundle},
		{"an earlier checkpoint", func(f *fixture, src *BundleSource) { src.Checkpoint = f.checkpoint(t, f.log.Size()-2) }, ErrInvalidBundle},
		{"a checkpoint of another log", func(f *fixture, src *BundleSource) {
			src.Checkpoint = f.sign(t, Checkpoint{Origin: testOrigin, Size: f.log.Size() - 1, SignedAt: testTime})
		}, ErrInvalidBundle},
		{"an earlier checkpoint less than listed", func(_ *fixture, src *BundleSource) { src.Past = src.Past[1:] }, ErrInvalidBundle},
		{"an earlier checkpoint of another size", func(f *fixture, src *BundleSource) { src.Past[1] = f.checkpoint(t, 1) }, ErrInvalidBundle},
		{"an earlier checkpoint of another history", func(f *fixture, src *BundleSource) {
			src.Past[1] = f.sign(t, Checkpoint{Origin: testOrigin, Size: src.Head.History[1], SignedAt: testTime})
		}, ErrInvalidBundle},
		{"an earlier checkpoint of another key", func(_ *fixture, src *BundleSource) {
			src.Past[0] = newFixture(t).sign(t, Checkpoint{Origin: testOrigin, Size: src.Head.History[0], SignedAt: testTime})
		}, ErrInvalidBundle},
		{"a history out of order", func(_ *fixture, src *BundleSource) { slices.Reverse(src.Head.History) }, ErrInvalidBundle},
		{"a source that fails", func(_ *fixture, src *BundleSource) {
			src.Leaves = func(yield func(Leaf, error) bool) { yield(Leaf{}, away) }
		}, away},
		{"hashes that fail", func(_ *fixture, src *BundleSource) {
			src.Hashes = tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, away })
		}, away},
		{"entries out of order", func(f *fixture, src *BundleSource) {
			src.Leaves = edit(src.Leaves, func(l []Leaf) []Leaf { l[1], l[2] = l[2], l[1]; return l })
		}, ErrInvalidBundle},
		{"a missing entry", func(f *fixture, src *BundleSource) {
			src.Leaves = edit(src.Leaves, func(l []Leaf) []Leaf { return slices.Delete(l, 1, 2) })
		}, ErrInvalidBundle},
		{"places out of order", func(f *fixture, src *BundleSource) {
			src.Leaves = edit(src.Leaves, func(l []Leaf) []Leaf { l[1].Index = 0; return l })
		}, ErrInvalidBundle},
		{"a wrong place", func(f *fixture, src *BundleSource) {
			src.Leaves = edit(src.Leaves, func(l []Leaf) []Leaf { l[0].Index++; return l })
		}, ErrInvalidBundle},
		{"an attachment of another content", func(f *fixture, src *BundleSource) {
			f.files[src.Head.Attachments[0].SHA256] = []byte("%PDF recei-t")
		}, ErrInvalidBundle},
		{"an attachment that is longer", func(f *fixture, src *BundleSource) {
			f.files[src.Head.Attachments[0].SHA256] = []byte("%PDF receipt and more")
		}, ErrInvalidBundle},
		{"attachments that cannot be opened", func(f *fixture, src *BundleSource) { src.Open = nil }, ErrInvalidBundle},
		{"an attachment's name with a slash", func(f *fixture, src *BundleSource) { src.Head.Attachments[0].Name = "a/b" }, ErrInvalidBundle},
		{"an attachment listed twice", func(f *fixture, src *BundleSource) {
			src.Head.Attachments = append(src.Head.Attachments, src.Head.Attachments[0])
		}, ErrInvalidBundle},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.fill(t, 5)
			src := f.seal(t, f.attach("receipt.pdf", "%PDF receipt"))
			f.record(t, "inc-2025-002", "incident_closed", json.RawMessage(`{}`))
			tc.change(f, &src)
			if err := WriteBundle(t.Context(), io.Discard, src); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func edit(leaves iter.Seq2[Leaf, error], change func([]Leaf) []Leaf) iter.Seq2[Leaf, error] {
	var list []Leaf
	for leaf := range leaves {
		list = append(list, leaf)
	}
	list = change(list)
	return func(yield func(Leaf, error) bool) {
		for _, leaf := range list {
			if !yield(leaf, nil) {
				return
			}
		}
	}
}

// failingWriter takes a number of bytes and then fails.
type failingWriter struct{ left int }

var errDiskFull = errors.New("disk full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		n := w.left
		w.left = 0
		return n, errDiskFull
	}
	w.left -= len(p)
	return len(p), nil
}

func TestAFullDiskIsReported(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 300)
	src := f.seal(t)
	size := len(write(t, src))
	for _, room := range []int{0, 1000, 70_000, size - 1} {
		if err := WriteBundle(t.Context(), &failingWriter{left: room}, src); !errors.Is(err, errDiskFull) {
			t.Errorf("with room for %d of %d bytes: %v", room, size, err)
		}
	}
	if err := WriteBundle(t.Context(), &failingWriter{left: size}, src); err != nil {
		t.Errorf("with room for all: %v", err)
	}
}

func TestAnySequenceOfEntriesMakesABundleThatVerifies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		for _, own := range rapid.SliceOfN(rapid.Bool(), 0, 40).Draw(rt, "own") {
			incident := "inc-2025-002"
			if own {
				incident = f.incident
			}
			f.record(t, incident, "noted", json.RawMessage(`{"n":1}`))
		}
		src := f.seal(t)
		// Entries of others after the seal do not matter, nor that the bundle
		// is written later.
		for range rapid.IntRange(0, 5).Draw(rt, "later") {
			f.record(t, "inc-2025-002", "noted", json.RawMessage(`{"n":2}`))
		}
		if report := verify(t, write(t, src), f.vkey); !report.OK {
			rt.Fatalf("%+v", report.Problems)
		}
	})
}
