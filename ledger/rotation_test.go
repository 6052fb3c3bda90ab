package ledger

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// rotated is a bundle of a log whose key was changed twice, with earlier
// checkpoints of all three keys.
func rotated(t testing.TB, change func(*Rotation)) (f *fixture, bundle []byte) {
	t.Helper()
	f = newFixture(t)
	f.fill(t, 6)
	f.rotate(t, nil)
	f.fill(t, 4)
	f.rotate(t, change)
	f.fill(t, 4)
	return f, write(t, f.seal(t))
}

func verifyWith(t testing.TB, bundle []byte, opts VerifyOptions) Report {
	t.Helper()
	report, err := Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestABundleAcrossChangesOfTheKeyVerifiesWithAnyOneOfThem(t *testing.T) {
	f, bundle := rotated(t, nil)
	for i, key := range []string{f.former[0].vkey, f.former[1].vkey, f.vkey} {
		report := verify(t, bundle, key)
		if !report.OK || len(report.Keys) != 3 || report.Keys[0].Key != f.former[0].vkey || report.Keys[2].Key != f.vkey ||
			report.Keys[1].From != f.former[0].until+1 || report.Keys[1].Until != f.former[1].until || report.History != 3 {
			t.Errorf("with key %d: %+v", i, report)
		}
		if got := len(report.Warnings) > 0; got != (i < 2) {
			t.Errorf("with key %d the warnings are %q", i, report.Warnings)
		}
	}
	report := verify(t, bundle, newFixture(t).vkey)
	if got := kinds(report); !slices.Equal(got, []string{"0 wrong_key", "0 wrong_key"}) || !strings.Contains(report.Problems[0].Detail, "signed again with another key") {
		t.Errorf("with a foreign key: %+v", report.Problems)
	}
}

// TestABundleFromBeforeAChangeVerifiesWithTheLaterKey needs the signed change.
func TestABundleFromBeforeAChangeVerifiesWithTheLaterKey(t *testing.T) {
	for _, tc := range []struct {
		name        string
		compromised bool
		kept        bool
		want        []string
	}{
		{"a planned one", false, false, []string{}},
		{"a stolen key alone vouches for it", true, false, []string{"0 compromised_key"}},
		{"and a checkpoint that was kept", true, true, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.fill(t, 6)
			bundle := write(t, f.seal(t))
			before := f.log.Size()
			f.rotate(t, func(r *Rotation) { r.Compromised = tc.compromised })
			if got := kinds(verify(t, bundle, f.vkey)); !slices.Equal(got, []string{"0 wrong_key", "0 wrong_key"}) {
				t.Errorf("without the change: %q", got)
			}
			opts := VerifyOptions{Key: f.vkey, Rotations: []string{f.former[0].note}}
			if tc.kept {
				opts.Kept = []string{f.checkpoint(t, before)}
			}
			if report := verifyWith(t, bundle, opts); !slices.Equal(kinds(report), tc.want) {
				t.Errorf("%+v", report)
			}
		})
	}
}

func TestWhatRestsOnACompromisedKeyIsSaid(t *testing.T) {
	since := testTime.Add(5 * time.Minute)
	f, bundle := rotated(t, func(r *Rotation) { r.Compromised, r.Since = true, since })
	report := verify(t, bundle, f.vkey)
	if !report.OK || !report.Keys[1].Compromised || report.Keys[1].Since != since.Format(timeLayout) ||
		!slices.ContainsFunc(report.Warnings, func(w string) bool { return strings.Contains(w, "reported compromised later; they hold") }) {
		t.Errorf("%+v", report)
	}
	if report = verify(t, bundle, f.former[1].vkey); !report.OK || !strings.Contains(report.Warnings[0], "obtain the present key on another way") {
		t.Errorf("the compromised key is believed without a word: %+v", report)
	}
	// The thief signs the log's later tree, and one that never was.
	thief := signerOf(t, f.former[1].skey)
	for _, root := range []Checkpoint{
		{Origin: f.origin, Size: f.log.Size(), Root: mustRoot(t, f.log.Size(), &f.log), SignedAt: testTime},
		{Origin: f.origin, Size: 99, Root: LeafHash(nil), SignedAt: testTime},
	} {
		text, err := Sign(root, thief)
		if err != nil {
			t.Fatal(err)
		}
		report := verifyWith(t, bundle, VerifyOptions{Key: f.vkey, Kept: []string{text}})
		if !slices.Equal(kinds(report), []string{"0 compromised_key"}) || report.Kept != 0 {
			t.Errorf("%+v", report)
		}
	}
}

func TestWhatAForgerDoesToTheChangesOfTheKeyIsNamed(t *testing.T) {
	line := func(t *testing.T, p *packed, change func(l *rotationLine)) {
		t.Helper()
		p.lines(keysFile, func(lines []string) []string {
			l, err := parseRotationLine([]byte(strings.TrimSuffix(lines[1], "\n")))
			if err != nil {
				t.Fatal(err)
			}
			change(&l)
			b, err := l.bytes()
			if err != nil {
				t.Fatal(err)
			}
			lines[1] = string(b) + "\n"
			return lines
		})
	}
	for _, tc := range []struct {
		name  string
		forge func(t *testing.T, f *fixture, p *packed)
		want  []string
	}{
		{"one removed", func(_ *testing.T, _ *fixture, p *packed) {
			p.lines(keysFile, func(l []string) []string { return l[:1] })
		}, []string{"0 rotation", "0 wrong_key", "0 wrong_key"}},
		{"all removed", func(_ *testing.T, _ *fixture, p *packed) { p.content[keysFile] = "" },
			[]string{"0 rotation", "0 wrong_key", "0 wrong_key"}},
		{"two swapped", func(_ *testing.T, _ *fixture, p *packed) {
			p.lines(keysFile, func(l []string) []string { l[0], l[1] = l[1], l[0]; return l })
		}, []string{"0 rotation", "0 wrong_key", "0 wrong_key"}},
		{"a changed proof", func(t *testing.T, _ *fixture, p *packed) {
			line(t, p, func(l *rotationLine) { l.Hashes[0][0] ^= 1 })
		}, []string{"0 rotation"}},
		{"a changed proof that the log goes on", func(t *testing.T, _ *fixture, p *packed) {
			line(t, p, func(l *rotationLine) { l.GoesOn[0][0] ^= 1 })
		}, []string{"0 rotation"}},
		{"a changed reason", func(t *testing.T, _ *fixture, p *packed) {
			line(t, p, func(l *rotationLine) { l.Entry = strings.Replace(l.Entry, "yearly", "weekly", 1) })
		}, []string{"0 rotation"}},
		{"a changed note", func(t *testing.T, _ *fixture, p *packed) {
			line(t, p, func(l *rotationLine) { l.Entry = strings.Replace(l.Entry, "planned", "compromised", 1) })
		}, []string{"0 rotation", "0 wrong_key", "0 wrong_key"}},
		{"an earlier checkpoint signed again with the present key", func(t *testing.T, f *fixture, p *packed) {
			p.lines(historyFile, func(lines []string) []string {
				l, err := parseHistoryLine([]byte(strings.TrimSuffix(lines[0], "\n")))
				if err != nil {
					t.Fatal(err)
				}
				cp, _, err := openCheckpoint(l.Checkpoint, mustChain(t, f).verifiers(), f.origin)
				if err != nil {
					t.Fatal(err)
				}
				if l.Checkpoint, err = Sign(cp, signerOf(t, f.skey)); err != nil {
					t.Fatal(err)
				}
				b, err := l.bytes()
				if err != nil {
					t.Fatal(err)
				}
				lines[0] = string(b) + "\n"
				return lines
			})
		}, []string{"0 wrong_key"}},
		{"the checkpoint signed with the key before", func(t *testing.T, f *fixture, p *packed) {
			cp := Checkpoint{Origin: f.origin, Size: f.log.Size(), Root: mustRoot(t, f.log.Size(), &f.log), SignedAt: testTime}
			text, err := Sign(cp, signerOf(t, f.former[1].skey))
			if err != nil {
				t.Fatal(err)
			}
			p.content[checkpointFile] = text
		}, []string{"0 retired_key"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, bundle := rotated(t, nil)
			p := unpack(t, bundle)
			tc.forge(t, f, p)
			report := verify(t, p.pack(t), f.former[0].vkey)
			if got := kinds(report); !slices.Equal(slices.Compact(got), slices.Compact(slices.Clone(tc.want))) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
		})
	}
}

func mustChain(t *testing.T, f *fixture) keyChain {
	t.Helper()
	var notes []string
	for _, k := range f.former {
		notes = append(notes, k.note)
	}
	chain, err := newKeyChain(f.vkey, notes)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

func TestAChangeOfTheKeyIsReadInOneSpellingAlone(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 3)
	f.rotate(t, nil)
	text := f.former[0].note
	r, err := ParseRotation(text)
	if err != nil || r.Before != f.former[0].vkey || r.Key != f.vkey || r.Size != f.former[0].until {
		t.Fatalf("%+v %v", r, err)
	}
	if found := FindRotations([]byte("Dear all,\n\n> " + strings.ReplaceAll(text, "\n", "\n> ") + "\nBye\n")); !slices.Equal(found, []string{text}) {
		t.Errorf("found %q", found)
	}
	if found := FindCheckpoints([]byte(text)); len(found) != 0 {
		t.Errorf("a change of the key is taken for a checkpoint: %q", found)
	}
	for at := range text {
		for _, change := range []func(b []byte) []byte{
			func(b []byte) []byte { b[at] ^= 1; return b },
			func(b []byte) []byte { return slices.Delete(b, at, at+1) },
			func(b []byte) []byte { return slices.Insert(b, at, b[at]) },
		} {
			changed := change([]byte(text))
			if _, err := ParseRotation(string(changed)); err == nil && string(changed) != text {
				t.Fatalf("changed at %d it is read: %q", at, changed)
			}
		}
	}
	lines := strings.SplitAfter(text, "\n")
	lines[9], lines[10] = lines[10], lines[9]
	if _, err := ParseRotation(strings.Join(lines, "")); err == nil {
		t.Error("the signatures in another order are read")
	}
	if _, err := ParseRotation(strings.Join(lines[:10], "")); err == nil {
		t.Error("one signature is enough")
	}
	if _, err := newKeyChain(f.vkey, []string{text, text}); err == nil {
		t.Error("the same change twice is followed")
	}
}

func logOf(t *testing.T, f *fixture) LogSource {
	t.Helper()
	s := shelfOf(t, f)
	return LogSource{Rows: each(s.rows), Hashes: each(s.hashes), Key: s.key}
}

func TestTheWholeLogIsHeldAgainstTheKeysThatItIntroduced(t *testing.T) {
	f, _ := rotated(t, nil)
	source := func() LogSource {
		src := logOf(t, f)
		src.Rotations = []string{f.former[0].note, f.former[1].note}
		src.Checkpoints = []LogCheckpoint{
			{Text: f.checkpoint(t, 3), From: "a mail"}, {Text: f.checkpoint(t, f.former[1].until), From: "a mail"}, {Text: f.checkpoint(t, f.log.Size()), From: "a mail"},
		}
		src.Known = f.former[0].vkey
		return src
	}
	stolen := func(size int64) LogCheckpoint {
		text, err := Sign(Checkpoint{Origin: f.origin, Size: size, Root: mustRoot(t, size, &f.log), SignedAt: testTime}, signerOf(t, f.former[0].skey))
		if err != nil {
			t.Fatal(err)
		}
		return LogCheckpoint{Text: text, From: "a stranger"}
	}
	for _, tc := range []struct {
		name   string
		change func(*LogSource)
		want   []Kind
	}{
		{"as it is", func(*LogSource) {}, nil},
		{"a key of before signs later", func(s *LogSource) { s.Checkpoints = append(s.Checkpoints, stolen(f.log.Size())) }, []Kind{KindRetiredKey}},
		{"another key signs", func(s *LogSource) {
			s.Checkpoints = append(s.Checkpoints, LogCheckpoint{Text: newFixture(t).checkpoint(t, 0), From: "a stranger"})
		}, []Kind{KindWrongKey}},
		{"the store forgets a change", func(s *LogSource) { s.Rotations = s.Rotations[1:] }, []Kind{KindWrongKey, KindWrongKey, KindRotation}},
		{"the checker knows another key", func(s *LogSource) { s.Known = newFixture(t).vkey }, []Kind{KindWrongKey}},
		{"the store names a change that the log does not hold", func(s *LogSource) {
			skey, vkey, err := GenerateKey(f.origin)
			if err != nil {
				t.Fatal(err)
			}
			size := f.log.Size()
			text, err := SignRotation(Rotation{Origin: f.origin, Size: size, Root: mustRoot(t, size, &f.log), Before: f.vkey, Key: vkey, SignedAt: testTime},
				signerOf(t, f.skey), signerOf(t, skey))
			if err != nil {
				t.Fatal(err)
			}
			s.Rotations, s.Key = append(s.Rotations, text), vkey
		}, []Kind{KindRotation}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := source()
			tc.change(&src)
			report, err := VerifyLog(t.Context(), src)
			if err != nil {
				t.Fatal(err)
			}
			var got []Kind
			for _, p := range report.Problems {
				got = append(got, p.Kind)
			}
			slices.Sort(got)
			slices.Sort(tc.want)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
			if len(tc.want) == 0 && report.Checkpoints != 3 {
				t.Errorf("%+v", report)
			}
		})
	}
}
