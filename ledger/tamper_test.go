package ledger

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// packed is a bundle taken apart, for a forger who knows the format.
type packed struct {
	names   []string
	content map[string]string
}

func unpack(t testing.TB, bundle []byte) *packed {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	p := &packed{content: map[string]string{}}
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		p.names = append(p.names, f.Name)
		p.content[f.Name] = string(b)
	}
	return p
}

// pack puts a bundle together as Tocsin does, so that only contents differ.
func (p *packed) pack(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newContainerWriter(&b)
	for _, name := range p.names {
		if err := w.begin(name); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.content[name])); err != nil {
			t.Fatal(err)
		}
		if err := w.finish(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lines changes the lines of a file; numbers count from 1.
func (p *packed) lines(name string, change func(l []string) []string) {
	l := strings.SplitAfter(p.content[name], "\n")
	p.content[name] = strings.Join(change(l[:len(l)-1]), "")
}

func (p *packed) replace(t testing.TB, name, old, with string) {
	t.Helper()
	if !strings.Contains(p.content[name], old) {
		t.Fatalf("%s has no %s", name, old)
	}
	p.content[name] = strings.Replace(p.content[name], old, with, 1)
}

func (p *packed) remove(name string) {
	p.names = slices.DeleteFunc(p.names, func(n string) bool { return n == name })
}

func (p *packed) put(name, content string) {
	p.names = append(p.names, name)
	p.content[name] = content
}

func kinds(report Report) []string {
	var list []string
	for _, p := range report.Problems {
		list = append(list, fmt.Sprintf("%d %s", p.Entry, p.Kind))
	}
	return list
}

func TestWhatAForgerDoesIsNamed(t *testing.T) {
	const entries, proofs = entriesFile, proofsFile
	swap := func(i, j int) func([]string) []string {
		return func(l []string) []string { l[i-1], l[j-1] = l[j-1], l[i-1]; return l }
	}
	cut := func(i, j int) func([]string) []string {
		return func(l []string) []string { return slices.Delete(l, i-1, j) }
	}
	twice := func(i int) func([]string) []string {
		return func(l []string) []string { return slices.Insert(l, i-1, l[i-1]) }
	}
	foreign := func(i int) func([]string) []string {
		return func(l []string) []string {
			return slices.Insert(l, i-1, strings.Replace(l[i-1], "inc-2025-001", "inc-2025-002", 1))
		}
	}
	for _, tc := range []struct {
		name  string
		forge func(f *fixture, p *packed)
		want  []string
	}{
		{"nothing", func(*fixture, *packed) {}, nil},
		{"a changed word in an entry", func(_ *fixture, p *packed) { p.replace(t, entries, "número 3", "número 4") }, []string{"4 changed_entry"}},
		{"a changed time in an entry", func(_ *fixture, p *packed) { p.replace(t, entries, "T09:32:00", "T09:31:00") }, []string{"2 changed_entry"}},
		{"a change that is no entry any more", func(_ *fixture, p *packed) { p.replace(t, entries, `"score":3`, `"score": 3`) }, []string{"4 changed_entry"}},
		{"a changed entry and its leaf hash", func(f *fixture, p *packed) {
			p.replace(t, entries, "número 0", "número 9")
			first, _, _ := strings.Cut(p.content[entries], "\n")
			p.replace(t, proofs, LeafHash(f.log.Leaf(0)).String(), LeafHash([]byte(first)).String())
		}, []string{"1 proof"}},
		{"a removed entry", func(_ *fixture, p *packed) { p.lines(entries, cut(4, 4)) }, []string{"4 missing_entry"}},
		{"a removed entry and proof", func(_ *fixture, p *packed) { p.lines(entries, cut(4, 4)); p.lines(proofs, cut(4, 4)) }, []string{"4 missing_entry"}},
		{"several removed entries", func(_ *fixture, p *packed) { p.lines(entries, cut(2, 3)); p.lines(entries, cut(5, 6)) }, []string{"2 missing_entry", "7 missing_entry"}},
		{"a removed first entry", func(_ *fixture, p *packed) { p.lines(entries, cut(1, 1)) }, []string{"1 missing_entry"}},
		{"a removed entry, the rest numbered anew", func(_ *fixture, p *packed) {
			p.lines(entries, cut(10, 10))
			p.replace(t, entries, `"seq":11`, `"seq":10`)
		}, []string{"10 changed_entry", "11 missing_entry"}},
		{"a repeated entry", func(_ *fixture, p *packed) { p.lines(entries, twice(4)) }, []string{"4 inserted_entry"}},
		{"an entry beyond the end", func(_ *fixture, p *packed) {
			p.content[entries] += strings.Replace(strings.SplitAfter(p.content[entries], "\n")[0], `"seq":1`, `"seq":13`, 1)
		}, []string{"13 inserted_entry"}},
		{"a line that is no entry put in", func(_ *fixture, p *packed) {
			p.lines(entries, func(l []string) []string { return slices.Insert(l, 3, "{}\n") })
		}, []string{"4 changed_entry"}},
		{"two entries swapped", func(_ *fixture, p *packed) { p.lines(entries, swap(4, 5)) }, []string{"4 reordered"}},
		{"two distant entries swapped", func(_ *fixture, p *packed) { p.lines(entries, swap(3, 8)) }, []string{
			"4 reordered", "5 reordered", "6 reordered", "7 reordered", "3 reordered"}},
		{"two proofs swapped", func(_ *fixture, p *packed) { p.lines(proofs, swap(4, 5)) }, []string{"4 proof", "4 reordered"}},
		{"the last entry cut off", func(_ *fixture, p *packed) { p.lines(entries, cut(12, 12)) }, []string{"12 cut_off", "11 cut_off"}},
		{"the end cut off in all files", func(_ *fixture, p *packed) {
			p.lines(entries, cut(9, 12))
			p.lines(proofs, cut(9, 12))
			p.replace(t, manifestFile, `"entries":12`, `"entries":8`)
		}, []string{"8 cut_off"}},
		{"the end cut off within a line", func(_ *fixture, p *packed) {
			p.content[entries] = p.content[entries][:len(p.content[entries])-30]
		}, []string{"12 cut_off", "12 cut_off", "11 cut_off"}},
		{"only the last newline cut off", func(_ *fixture, p *packed) {
			p.content[entries] = strings.TrimSuffix(p.content[entries], "\n")
		}, []string{"12 cut_off", "12 cut_off", "11 cut_off"}},
		{"all entries removed", func(_ *fixture, p *packed) { p.content[entries] = "" }, []string{"1 cut_off", "0 cut_off"}},
		{"another incident's entry put in", func(_ *fixture, p *packed) { p.lines(entries, foreign(3)) }, []string{"3 foreign_incident"}},
		{"an entry turned into another incident's", func(_ *fixture, p *packed) {
			p.lines(entries, foreign(3))
			p.lines(entries, cut(4, 4))
		}, []string{"3 foreign_incident", "3 missing_entry"}},
		{"the manifest of another incident", func(_ *fixture, p *packed) { p.replace(t, manifestFile, "inc-2025-001", "inc-2025-002") },
			append(slices.Repeat([]string{"X foreign_incident"}, 12), "1 cut_off", "0 cut_off")},
		{"a changed number of entries", func(_ *fixture, p *packed) { p.replace(t, manifestFile, `"entries":12`, `"entries":13`) },
			[]string{"13 cut_off", "12 manifest"}},
		{"a renamed attachment", func(_ *fixture, p *packed) { p.replace(t, manifestFile, "receipt.pdf", "recibo.pdf") }, []string{"12 manifest"}},
		{"an attachment off the list", func(f *fixture, p *packed) {
			a := f.attach("receipt.pdf", "%PDF receipt")
			p.replace(t, manifestFile, fmt.Sprintf(`,{"name":"receipt.pdf","sha256":"%s","size":12}`, a.SHA256), "")
			p.remove(attachmentsDir + a.SHA256)
		}, []string{"12 manifest"}},
		{"an unknown key in the manifest", func(_ *fixture, p *packed) { p.replace(t, manifestFile, `{`, `{"a":1,`) }, []string{"0 manifest"}},
		{"a later version of the manifest", func(_ *fixture, p *packed) { p.replace(t, manifestFile, `"version":4`, `"version":5`) }, []string{"0 manifest"}},
		{"no manifest at all", func(_ *fixture, p *packed) { p.remove(manifestFile) }, []string{"0 missing_file"}},
		{"another key in the manifest", func(f *fixture, p *packed) {
			_, vkey, err := GenerateKey(testOrigin)
			if err != nil {
				t.Fatal(err)
			}
			p.replace(t, manifestFile, f.vkey, vkey)
		}, []string{"0 wrong_key", "12 manifest"}},
		{"a changed size in the checkpoint", func(_ *fixture, p *packed) { p.replace(t, checkpointFile, "\n16\n", "\n17\n") }, []string{"0 signature"}},
		{"a checkpoint by another key", func(f *fixture, p *packed) {
			g := newFixture(t)
			p.content[checkpointFile] = g.sign(t, Checkpoint{Origin: testOrigin, Size: 16, Root: mustRoot(t, 16, &f.log), SignedAt: testTime})
		}, []string{"0 wrong_key"}},
		{"a genuine checkpoint of another size", func(f *fixture, p *packed) {
			p.content[checkpointFile] = f.checkpoint(t, 17)
		}, append(slices.Repeat([]string{"X proof"}, 12), "0 forked_history")},
		{"a second signature", func(f *fixture, p *packed) {
			p.content[checkpointFile] += "— witness.example x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
		}, []string{"0 checkpoint"}},
		{"a checkpoint that is none", func(_ *fixture, p *packed) { p.content[checkpointFile] = "later" }, []string{"0 checkpoint"}},
		{"a checkpoint of an empty log", func(f *fixture, p *packed) {
			p.content[checkpointFile] = f.sign(t, Checkpoint{Origin: testOrigin, Root: mustRoot(t, 0, nil), SignedAt: testTime})
		}, []string{"0 checkpoint"}},
		{"a changed hash in a proof", func(f *fixture, p *packed) {
			p.lines(proofs, func(l []string) []string {
				l[2] = strings.Replace(l[2], `["`, `["`+LeafHash(nil).String()+`","`, 1)
				return l
			})
		}, []string{"3 proof"}},
		{"a changed place in a proof", func(f *fixture, p *packed) { p.replace(t, proofs, `"index":2,`, `"index":1,`) }, []string{"2 proof"}},
		{"a removed proof", func(_ *fixture, p *packed) { p.lines(proofs, cut(5, 5)) }, []string{"5 proof"}},
		{"a proof too many", func(_ *fixture, p *packed) { p.lines(proofs, twice(5)) }, []string{"5 reordered"}},
		{"a malformed proof", func(_ *fixture, p *packed) { p.replace(t, proofs, `"seq":1}`, `"seq":1 }`) }, []string{"0 proof", "1 proof"}},
		{"the last proof's newline cut off", func(_ *fixture, p *packed) {
			p.content[proofs] = strings.TrimSuffix(p.content[proofs], "\n")
		}, []string{"0 proof", "12 proof"}},
		{"a changed attachment", func(f *fixture, p *packed) {
			p.content[attachmentsDir+f.attach("", "%PDF receipt").SHA256] = "%PDF Receipt"
		}, []string{"0 attachment_changed"}},
		{"a longer attachment", func(f *fixture, p *packed) {
			p.content[attachmentsDir+f.attach("", "%PDF receipt").SHA256] += "."
		}, []string{"0 attachment_changed"}},
		{"a missing attachment", func(f *fixture, p *packed) { p.remove(attachmentsDir + f.attach("", "%PDF receipt").SHA256) }, []string{"0 missing_file"}},
		{"changed instructions", func(_ *fixture, p *packed) { p.content[instructionsFile] += "Do not bother.\n" }, []string{"0 instructions_changed"}},
		{"missing entries and proofs", func(_ *fixture, p *packed) { p.remove(entries); p.remove(proofs) }, []string{"0 missing_file", "0 missing_file"}},
		{"missing proofs", func(_ *fixture, p *packed) { p.remove(proofs) }, []string{"0 missing_file"}},
		{"missing checkpoint", func(_ *fixture, p *packed) { p.remove(checkpointFile) }, []string{"0 missing_file"}},
		{"a file too many", func(_ *fixture, p *packed) { p.put("README", "x") }, []string{"0 unexpected_file"}},
		{"an unlisted attachment", func(_ *fixture, p *packed) { p.put(attachmentsDir+strings.Repeat("0", 64), "x") }, []string{"0 unexpected_file"}},
		{"a second file of a name", func(_ *fixture, p *packed) { p.put(entries, p.content[entries]) }, []string{"0 duplicate_name"}},
		{"a path up", func(_ *fixture, p *packed) { p.put("attachments/../../etc/cron.d/x", "x") }, []string{"0 path_traversal"}},
		{"a path from the root", func(_ *fixture, p *packed) { p.put("/etc/passwd", "x") }, []string{"0 path_traversal"}},
		{"a path for another system", func(_ *fixture, p *packed) { p.put(`..\x`, "x") }, []string{"0 path_traversal"}},
		{"a folder", func(_ *fixture, p *packed) { p.put("attachments/", "") }, []string{"0 symlink"}},
		{"files in another order", func(_ *fixture, p *packed) { slices.Reverse(p.names) }, []string{"0 container"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, bundle := bundleOf(t, 12)
			p := unpack(t, bundle)
			tc.forge(f, p)
			report := verify(t, p.pack(t), f.vkey)
			want := slices.Clone(tc.want)
			for i := range want { // X counts the entries
				want[i] = strings.Replace(want[i], "X", fmt.Sprint(i+1), 1)
			}
			got := kinds(report)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q\n%+v", got, want, report.Problems)
			}
		})
	}
}

// TestAnEarlierSealDoesNotEndALaterRecord cuts a bundle back to an earlier
// export's seal, which is what a forger would try who cannot sign.
func TestAnEarlierSealDoesNotEndALaterRecord(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 5)
	early := f.seal(t)
	earlyBundle := write(t, early)
	f.fill(t, 5)
	late := write(t, f.seal(t))

	// All of the early record, with genuine proofs to the late checkpoint.
	size := f.log.Size()
	p := unpack(t, late)
	for _, name := range []string{manifestFile, historyFile} {
		p.content[name] = unpack(t, earlyBundle).content[name]
	}
	p.lines(entriesFile, func(l []string) []string { return l[:6] })
	p.lines(proofsFile, func(l []string) []string { return l[:6] })
	report := verify(t, p.pack(t), f.vkey)
	if got := kinds(report); !slices.Equal(got, []string{"0 forked_history", "6 cut_off"}) || report.Checkpoint.Size != size {
		t.Errorf("%q %+v", got, report)
	}

	// The genuine early bundle verifies, and says how old it is.
	if report := verify(t, earlyBundle, f.vkey); !report.OK || report.Checkpoint.Size >= size {
		t.Errorf("%+v", report)
	}

	// The holder of the key could sign the old tree again. It shows by its date.
	cp := Checkpoint{Origin: testOrigin, Size: f.places[f.incident][5] + 1, SignedAt: testTime.AddDate(2, 0, 0)}
	cp.Root = mustRoot(t, cp.Size, &f.log)
	p = unpack(t, earlyBundle)
	p.content[checkpointFile] = f.sign(t, cp)
	if report := verify(t, p.pack(t), f.vkey); !report.OK || len(report.Warnings) != 1 {
		t.Errorf("%+v", report)
	}
}

func TestAWholeBundleByAnotherKeyIsRefused(t *testing.T) {
	_, forged := bundleOf(t, 4)
	genuine := newFixture(t)
	if got := kinds(verify(t, forged, genuine.vkey)); !slices.Equal(got, []string{"0 wrong_key", "0 wrong_key"}) {
		t.Errorf("got %q", got)
	}
}

// TestEveryChangedByteIsFound flips one bit in every byte, and changes every
// byte at random.
func TestEveryChangedByteIsFound(t *testing.T) {
	f, bundle := bundleOf(t, 3)
	random := rand.New(rand.NewPCG(1, 2))
	for at := range bundle {
		for _, change := range []byte{1 << random.IntN(8), byte(1 + random.IntN(255))} {
			bundle[at] ^= change
			if verify(t, bundle, f.vkey).OK {
				t.Fatalf("byte %d changed by %#x passes", at, change)
			}
			bundle[at] ^= change
		}
	}
	if !verify(t, bundle, f.vkey).OK {
		t.Fatal("the bundle was not put back together")
	}
}

func TestEveryTruncationAndEveryAdditionIsFound(t *testing.T) {
	f, bundle := bundleOf(t, 3)
	for n := range bundle {
		report := verify(t, bundle[:n], f.vkey)
		if report.OK {
			t.Fatalf("the first %d bytes pass", n)
		}
		want := KindTruncated
		if n < 4 {
			want = KindNotZip
		}
		if kind := report.Problems[0].Kind; kind != want {
			t.Fatalf("the first %d bytes: %s", n, kind)
		}
	}
	for _, more := range []string{"\x00", "PK", strings.Repeat("x", 70_000)} {
		if verify(t, append(slices.Clone(bundle), more...), f.vkey).OK {
			t.Errorf("%d bytes more pass", len(more))
		}
		if verify(t, append([]byte(more), bundle...), f.vkey).OK {
			t.Errorf("%d bytes before pass", len(more))
		}
	}
}

// TestEveryChangedLineIsFound does to lines what an editor can do, inside a
// container that is right.
func TestEveryChangedLineIsFound(t *testing.T) {
	f, bundle := bundleOf(t, 12)
	whole := unpack(t, bundle)
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 2000 {
		p := &packed{names: slices.Clone(whole.names), content: map[string]string{}}
		for name, content := range whole.content {
			p.content[name] = content
		}
		name := p.names[random.IntN(len(p.names))]
		p.lines(name, func(l []string) []string {
			if len(l) == 0 {
				return []string{"x\n"}
			}
			i, j := random.IntN(len(l)), random.IntN(len(l))
			switch random.IntN(6) {
			case 0:
				return slices.Delete(l, i, i+1)
			case 1:
				return slices.Insert(l, i, l[j])
			case 2:
				l[i], l[j] = l[j], l[i]
			case 3:
				l[i] = l[j]
			case 4:
				return l[:i]
			case 5:
				b := []byte(l[i])
				b[random.IntN(len(b))] = byte(random.IntN(256))
				l[i] = string(b)
			}
			return l
		})
		if p.content[name] == whole.content[name] {
			continue
		}
		if verify(t, p.pack(t), f.vkey).OK {
			t.Fatalf("round %d: a change in %s passes:\n%s", round, name, p.content[name])
		}
	}
}

func TestManyProblemsAreCountedNotListed(t *testing.T) {
	f, bundle := bundleOf(t, 50)
	p := unpack(t, bundle)
	p.content[proofsFile] = ""
	packed := p.pack(t)
	report, err := Verify(t.Context(), bytes.NewReader(packed), int64(len(packed)), VerifyOptions{Key: f.vkey, MaxProblems: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) != 10 || !strings.Contains(strings.Join(report.Warnings, "\n"), "40 further problems") {
		t.Errorf("%d problems, warnings %q", len(report.Problems), report.Warnings)
	}
}

func TestProblemsAreFitForATerminal(t *testing.T) {
	f, bundle := bundleOf(t, 3)
	p := unpack(t, bundle)
	p.put("a\x1b[2J"+strings.Repeat("b", 100), "x")
	raw, err := json.Marshal(verify(t, p.pack(t), f.vkey).Problems)
	if err != nil || bytes.Contains(raw, []byte("\\u001b")) || !bytes.Contains(raw, []byte(`\\x1b`)) {
		t.Errorf("%s, %v", raw, err)
	}
}
