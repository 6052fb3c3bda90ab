package ledger

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatAForgerDoesToTheHistoryIsNamed(t *testing.T) {
	const history = historyFile
	cut := func(i int) func([]string) []string {
		return func(l []string) []string { return slices.Delete(l, i-1, i) }
	}
	// another puts a signed checkpoint in the place of line 2.
	another := func(p *packed, change func(l *historyLine)) {
		p.lines(history, func(l []string) []string {
			line, err := parseHistoryLine([]byte(strings.TrimSuffix(l[1], "\n")))
			if err != nil {
				t.Fatal(err)
			}
			change(&line)
			b, err := line.bytes()
			if err != nil {
				t.Fatal(err)
			}
			l[1] = string(b) + "\n"
			return l
		})
	}
	for _, tc := range []struct {
		name  string
		forge func(f *fixture, p *packed)
		want  []string
	}{
		{"an earlier checkpoint removed", func(_ *fixture, p *packed) { p.lines(history, cut(2)) },
			[]string{"0 history", "0 history"}},
		{"the last one removed", func(_ *fixture, p *packed) { p.lines(history, cut(3)) },
			[]string{"0 history", "0 forked_history"}},
		{"all removed", func(_ *fixture, p *packed) { p.content[history] = "" }, []string{"0 history"}},
		{"the file removed", func(_ *fixture, p *packed) { p.remove(history) }, []string{"0 missing_file"}},
		{"all removed from the list as well", func(_ *fixture, p *packed) {
			p.content[history] = ""
			start := strings.Index(p.content[manifestFile], `"history":[`)
			end := start + strings.IndexByte(p.content[manifestFile][start:], ']')
			p.replace(t, manifestFile, p.content[manifestFile][start:end+1], `"history":[]`)
		}, []string{"12 manifest"}},
		{"one twice", func(_ *fixture, p *packed) {
			p.lines(history, func(l []string) []string { return slices.Insert(l, 1, l[1]) })
		}, []string{"0 history", "0 history"}},
		{"two swapped", func(_ *fixture, p *packed) {
			p.lines(history, func(l []string) []string { l[0], l[1] = l[1], l[0]; return l })
		}, []string{"0 history", "0 history"}},
		{"a line that is none", func(_ *fixture, p *packed) {
			p.lines(history, func(l []string) []string { l[1] = "{}\n"; return l })
		}, []string{"0 history"}},
		{"cut off within a line", func(_ *fixture, p *packed) {
			p.content[history] = p.content[history][:len(p.content[history])-9]
		}, []string{"0 history", "0 history", "0 forked_history"}},
		{"a forked history, signed by the holder of the key", func(f *fixture, p *packed) {
			another(p, func(l *historyLine) {
				l.Checkpoint = f.sign(t, Checkpoint{Origin: testOrigin, Size: 7, Root: LeafHash([]byte("other")), SignedAt: testTime})
			})
		}, []string{"0 forked_history", "0 forked_history"}},
		{"a changed proof", func(_ *fixture, p *packed) {
			another(p, func(l *historyLine) { l.Hashes[0][0] ^= 1 })
		}, []string{"0 forked_history"}},
		{"a proof too long", func(_ *fixture, p *packed) {
			another(p, func(l *historyLine) { l.Hashes = append(l.Hashes, l.Hashes[0]) })
		}, []string{"0 forked_history"}},
		{"signed by another key", func(_ *fixture, p *packed) {
			another(p, func(l *historyLine) {
				l.Checkpoint = newFixture(t).sign(t, Checkpoint{Origin: testOrigin, Size: 7, SignedAt: testTime})
			})
		}, []string{"0 wrong_key"}},
		{"a changed text", func(_ *fixture, p *packed) {
			another(p, func(l *historyLine) { l.Checkpoint = strings.Replace(l.Checkpoint, "\n7\n", "\n8\n", 1) })
		}, []string{"0 signature"}},
		{"of another log", func(f *fixture, p *packed) {
			g := fixtureWith(f.origin, f.skey, f.vkey)
			another(p, func(l *historyLine) {
				g.fill(t, 20)
				l.Checkpoint = g.checkpoint(t, 9)
			})
		}, []string{"0 history"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, bundle := bundleOf(t, 12)
			p := unpack(t, bundle)
			tc.forge(f, p)
			report := verify(t, p.pack(t), f.vkey)
			if got := kinds(report); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
		})
	}
}

// TestAnEntryOlderThanACheckpointWithoutItIsWarnedOf lets the holder of the key
// write an entry that claims to be older than a checkpoint that left before.
func TestAnEntryOlderThanACheckpointWithoutItIsWarnedOf(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 5)
	root := mustRoot(t, f.log.Size(), &f.log)
	signed := f.sign(t, Checkpoint{Origin: f.origin, Size: f.log.Size(), Root: root, SignedAt: testTime.Add(48 * time.Hour)})
	src := BundleSource{Past: []string{signed}}
	history := []int64{f.log.Size()}
	f.fill(t, 1)
	head := BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: 7, History: history}
	data, err := head.SealData()
	if err != nil {
		t.Fatal(err)
	}
	f.record(t, f.incident, BundleSealType, data)
	src.Head, src.Leaves, src.Hashes = head, f.leaves(f.incident), &f.log
	src.Checkpoint = f.checkpoint(t, f.log.Size())
	report := verify(t, write(t, src), f.vkey)
	late := slices.DeleteFunc(slices.Clone(report.Warnings), func(w string) bool { return !strings.Contains(w, "does not hold it yet") })
	if !report.OK || len(late) != 2 || !strings.HasPrefix(late[0], "entry 6 ") || !strings.HasPrefix(late[1], "entry 7 ") {
		t.Errorf("%+v", report)
	}
}

// TestBundlesOfEarlierVersionsVerify reads one that was written before bundles
// had a history, and those from before they told of changes of the key and of
// confirmations, and refuses each with any byte changed.
func TestBundlesOfEarlierVersionsVerify(t *testing.T) {
	for name, foreign := range map[string]string{"version1": historyFile, "version2": keysFile, "version3": anchorsFile} {
		t.Run(name, func(t *testing.T) {
			bundle, err := os.ReadFile("testdata/" + name + ".zip")
			if err != nil {
				t.Fatal(err)
			}
			key, err := os.ReadFile("testdata/" + name + ".key")
			if err != nil {
				t.Fatal(err)
			}
			vkey := strings.TrimSpace(string(key))
			if report := verify(t, bundle, vkey); !report.OK || report.Entries < 12 || len(report.Warnings) != 0 {
				t.Fatalf("%+v", report)
			}
			for at := 0; at < len(bundle); at += 13 {
				changed := bytes.Clone(bundle)
				changed[at] ^= 1
				if verify(t, changed, vkey).OK {
					t.Fatalf("byte %d changed passes", at)
				}
			}
			p := unpack(t, bundle)
			p.put(foreign, "")
			if got := kinds(verify(t, p.pack(t), vkey)); !slices.Equal(got, []string{"0 unexpected_file"}) {
				t.Errorf("a file in a bundle whose version has none: %q", got)
			}
		})
	}
}

func TestKeptCheckpointsAreHeldAgainstTheBundle(t *testing.T) {
	f, bundle := bundleOf(t, 12) // of 16 entries of the log, with checkpoints of 5, 7 and 15
	check := func(kept ...string) Report {
		t.Helper()
		report, err := Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), VerifyOptions{Key: f.vkey, Kept: kept})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	if r := check(f.checkpoint(t, 7), f.checkpoint(t, 16), f.checkpoint(t, 15)); !r.OK || r.Kept != 3 || r.History != 3 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
	if r := check(f.checkpoint(t, 6), f.checkpoint(t, 17)); !r.OK || r.Kept != 0 || len(r.Warnings) != 2 {
		t.Errorf("those that the bundle does not hold: %+v", r)
	}
	fork := f.sign(t, Checkpoint{Origin: testOrigin, Size: 7, Root: LeafHash(nil), SignedAt: testTime})
	foreign := newFixture(t).sign(t, Checkpoint{Origin: testOrigin, Size: 7, Root: LeafHash(nil), SignedAt: testTime})
	changed := strings.Replace(f.checkpoint(t, 7), "\n7\n", "\n5\n", 1)
	want := []string{"0 forked_history", "0 wrong_key", "0 signature", "0 history"}
	if got := kinds(check(fork, foreign, changed, "not signed")); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
