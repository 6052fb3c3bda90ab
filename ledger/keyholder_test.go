package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// forge packs leaves as the holder of the key can who does not use WriteBundle.
func (f *fixture) forge(t testing.TB, entries int64, leaves []Leaf) []byte {
	t.Helper()
	manifest, err := BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: entries}.manifest()
	if err != nil {
		t.Fatal(err)
	}
	p := &packed{content: map[string]string{}}
	p.put(instructionsFile, string(instructions))
	p.put(manifestFile, string(manifest))
	p.put(checkpointFile, f.checkpoint(t, f.log.Size()))
	p.put(historyFile, "")
	p.put(keysFile, "")
	p.put(anchorsFile, "")
	var lines, proofs []byte
	for _, leaf := range leaves {
		e, err := ParseEntry(leaf.Entry)
		if err != nil {
			t.Fatal(err)
		}
		hashes, err := ProveInclusion(f.log.Size(), leaf.Index, &f.log)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, leaf.Entry...), '\n')
		proof := proofLine{Seq: e.Seq, Index: leaf.Index, Leaf: LeafHash(leaf.Entry), Hashes: hashes}
		proofs = append(proof.append(proofs), '\n')
	}
	p.put(entriesFile, string(lines))
	p.put(proofsFile, string(proofs))
	return p.pack(t)
}

func (f *fixture) own() []Leaf {
	var list []Leaf
	for leaf := range f.leaves(f.incident) {
		list = append(list, leaf)
	}
	return list
}

func TestWhatTheHolderOfTheKeyCannotHide(t *testing.T) {
	sealing := func(t *testing.T, f *fixture, entries int64) json.RawMessage {
		data, err := BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: entries}.SealData()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, tc := range []struct {
		name string
		make func(t *testing.T, f *fixture) []byte
		want []string
	}{
		{"a forged bundle that is right", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, sealing(t, f, 4))
			return f.forge(t, 4, f.own())
		}, nil},
		{"a seal that names another number", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, sealing(t, f, 40))
			return f.forge(t, 4, f.own())
		}, []string{"4 seal"}},
		{"a seal of another manifest", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, json.RawMessage(`{"entries":4,"manifest_sha256":""}`))
			return f.forge(t, 4, f.own())
		}, []string{"4 manifest"}},
		{"no seal", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, "incident_closed", json.RawMessage(`{}`))
			return f.forge(t, 4, f.own())
		}, []string{"4 cut_off"}},
		{"entries after the seal", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, sealing(t, f, 4))
			own := f.own()
			f.record(t, f.incident, "incident_reopened", json.RawMessage(`{}`))
			return f.forge(t, 4, own)
		}, []string{"4 cut_off"}},
		{"two entries logged in another order than numbered", func(t *testing.T, f *fixture) []byte {
			f.seqs[f.incident] = 4
			f.record(t, f.incident, "noted", json.RawMessage(`{"late":true}`))
			f.seqs[f.incident] = 3
			f.record(t, f.incident, "noted", json.RawMessage(`{"later":true}`))
			f.seqs[f.incident] = 5
			f.record(t, f.incident, BundleSealType, sealing(t, f, 6))
			own := f.own()
			own[3], own[4] = own[4], own[3]
			return f.forge(t, 6, own)
		}, []string{"5 reordered"}},
		{"a number used twice", func(t *testing.T, f *fixture) []byte {
			f.seqs[f.incident] = 2
			f.record(t, f.incident, "noted", json.RawMessage(`{}`))
			f.record(t, f.incident, BundleSealType, sealing(t, f, 4))
			return f.forge(t, 4, f.own())
		}, []string{"3 inserted_entry", "3 reordered"}},
		{"a proof for an entry that cannot be", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, sealing(t, f, 4))
			p := unpack(t, f.forge(t, 4, f.own()))
			p.lines(proofsFile, func(l []string) []string {
				return slices.Insert(l, 0, strings.Replace(l[0], `"seq":1}`, `"seq":-1}`, 1))
			})
			return p.pack(t)
		}, []string{"0 proof"}},
		{"an endless proof", func(t *testing.T, f *fixture) []byte {
			f.record(t, f.incident, BundleSealType, sealing(t, f, 4))
			p := unpack(t, f.forge(t, 4, f.own()))
			p.content[proofsFile] = strings.Repeat("x", 100_000)
			return p.pack(t)
		}, []string{"0 proof", "1 proof", "2 proof", "3 proof", "4 proof"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.fill(t, 3)
			report := verify(t, tc.make(t, f), f.vkey)
			if got := kinds(report); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
		})
	}
}

func TestAChangedEntryIsFoundEvenWithoutACheckpoint(t *testing.T) {
	f, bundle := bundleOf(t, 5)
	p := unpack(t, bundle)
	p.remove(checkpointFile)
	p.replace(t, entriesFile, "número 1", "número 2")
	if got := kinds(verify(t, p.pack(t), f.vkey)); !slices.Equal(got, []string{"0 missing_file", "2 changed_entry"}) {
		t.Errorf("got %q", got)
	}
}

func TestClocksThatRanBackwardsAreWarnedOf(t *testing.T) {
	f := newFixture(t)
	for i, at := range []time.Time{testTime, testTime.Add(-time.Hour)} {
		line, err := Entry{
			Version: 1, Incident: f.incident, Seq: int64(i) + 1, Type: "noted", At: at, RecordedAt: at,
			Actor: Actor{Role: "timer"}, Data: json.RawMessage(`{}`),
		}.MarshalCanonical()
		if err != nil {
			t.Fatal(err)
		}
		size, _, err := f.log.Append(line)
		if err != nil {
			t.Fatal(err)
		}
		f.seqs[f.incident]++
		f.places[f.incident] = append(f.places[f.incident], size-1)
	}
	src := f.seal(t)
	root := mustRoot(t, f.log.Size(), &f.log)
	src.Checkpoint = f.sign(t, Checkpoint{Origin: f.origin, Size: f.log.Size(), Root: root, SignedAt: testTime.Add(-time.Minute)})
	report := verify(t, write(t, src), f.vkey)
	if !report.OK || len(report.Warnings) != 4 {
		t.Errorf("%+v", report)
	}
}

func TestWritingEndsWithItsContext(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 10)
	src := f.seal(t)
	ctx, cancel := context.WithCancel(t.Context())
	inner := src.Leaves
	src.Leaves = func(yield func(Leaf, error) bool) {
		for leaf, err := range inner {
			if leaf.Index == 3 {
				cancel()
			}
			if !yield(leaf, err) {
				return
			}
		}
	}
	if err := WriteBundle(ctx, io.Discard, src); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHeadsThatCannotBeAreRefused(t *testing.T) {
	f := newFixture(t)
	good := BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: 3}
	if _, err := good.SealData(); err != nil {
		t.Fatal(err)
	}
	file := f.attach("a", "1")
	for _, tc := range []struct {
		name   string
		change func(h *BundleHead)
	}{
		{"no incident", func(h *BundleHead) { h.Incident = "" }},
		{"no origin", func(h *BundleHead) { h.Origin = "" }},
		{"no entries", func(h *BundleHead) { h.Entries = 0 }},
		{"a digest in capitals", func(h *BundleHead) { h.Attachments[0].SHA256 = strings.ToUpper(file.SHA256) }},
		{"a negative size", func(h *BundleHead) { h.Attachments[0].Size = -1 }},
		{"no name", func(h *BundleHead) { h.Attachments[0].Name = "" }},
		{"a name that is a path", func(h *BundleHead) { h.Attachments[0].Name = ".." }},
		{"a name that is not text", func(h *BundleHead) { h.Attachments[0].Name = "\xff" }},
		{"two sizes of one content", func(h *BundleHead) {
			h.Attachments = append(h.Attachments, Attachment{SHA256: file.SHA256, Size: 2, Name: "b"})
		}},
		{"too many attachments", func(h *BundleHead) {
			for i := range MaxAttachments {
				h.Attachments = append(h.Attachments, f.attach(fmt.Sprint(i), fmt.Sprint(i)))
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := good
			h.Attachments = []Attachment{file}
			tc.change(&h)
			if data, err := h.SealData(); !errors.Is(err, ErrInvalidBundle) {
				t.Errorf("got %s, %v", data, err)
			}
		})
	}
}
