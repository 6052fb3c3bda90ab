package ledger

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"tocsin/anchor"
	"tocsin/anchor/anchortest"
)

// outsiders are a witness and an authority that confirm every checkpoint of a
// fixture, and a check that knows both.
type outsiders struct {
	witness   *anchortest.Witness
	authority *anchortest.Authority
	check     ConfirmationCheck
}

func confirmedBy(t testing.TB, f *fixture) outsiders {
	t.Helper()
	o := outsiders{witness: anchortest.NewWitness(t, f.vkey), authority: anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)}
	var trust anchor.Trust
	roots, err := os.ReadFile(o.authority.RootsFile)
	if err == nil {
		err = errors.Join(trust.AddRoots(roots), trust.AddWitnessKeys([]byte(o.witness.Key)))
	}
	if err != nil {
		t.Fatal(err)
	}
	o.check = func(c Confirmation, checkpoint string) (by string, at time.Time, err error) {
		if c.Kind == Timestamp {
			by, at, err = trust.Stamped(checkpoint, c.Content)
		} else {
			by, at, err = trust.Cosigned(c.Name, checkpoint, string(c.Content))
		}
		if errors.Is(err, anchor.ErrUnknown) {
			err = ErrNotChecked
		}
		return by, at, err
	}
	seen := int64(0)
	f.confirm = func(size int64, checkpoint string) []Confirmation {
		var list []Confirmation
		add := func(kind, name string, content []byte, err error) {
			t.Helper()
			c := Confirmation{Kind: kind, Name: name, Size: size, Content: content}
			if err == nil {
				_, c.At, err = o.check(c, checkpoint)
			}
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		token, err := anchor.Authority{URL: o.authority.URL, Roots: o.authority.Roots, Client: http.DefaultClient}.Stamp(t.Context(), checkpoint)
		add(Timestamp, "tsa.example.com", token, err)
		if len(f.former) > 0 && size > f.former[0].until {
			return list // the witness knows the first key alone
		}
		var proof []tlog.Hash
		if seen > 0 {
			if proof, err = ProveConsistency(seen, size, &f.log); err != nil {
				t.Fatal(err)
			}
		}
		line, err := anchor.Witness{URL: o.witness.URL, Key: o.witness.Key, Client: http.DefaultClient}.Cosign(t.Context(), checkpoint, seen, proof)
		add(Cosignature, "witness.example.com", []byte(line), err)
		seen = size
		return list
	}
	return o
}

// confirmedBundle is a bundle of 12 entries, with checkpoints of 5, 7 and 15 of the
// log that a witness and an authority confirmed.
func confirmedBundle(t testing.TB) (*fixture, outsiders, []byte) {
	t.Helper()
	f := newFixture(t)
	o := confirmedBy(t, f)
	f.fill(t, 11)
	return f, o, write(t, f.seal(t, f.attach("receipt.pdf", "%PDF receipt")))
}

func TestConfirmationsAreCheckedWithTheKeysThatAreGiven(t *testing.T) {
	f, o, bundle := confirmedBundle(t)
	report := verifyWith(t, bundle, VerifyOptions{Key: f.vkey, Confirm: o.check})
	if !report.OK || len(report.Confirmations) != 6 || len(report.Warnings) != 0 {
		t.Fatalf("%+v", report)
	}
	for i, c := range report.Confirmations {
		by, kind := "witness.example.com", Cosignature
		if i%2 == 1 {
			by, kind = "CN=tsa.example.com", Timestamp
		}
		if c.State != ConfirmationHolds || c.By != by || c.Kind != kind || c.Size != []int64{5, 7, 15}[i/2] || c.At == "" {
			t.Errorf("%+v", c)
		}
	}
	stranger := confirmedBy(t, newFixture(t))
	report = verifyWith(t, bundle, VerifyOptions{Key: f.vkey, Confirm: stranger.check})
	if got := kinds(report); !slices.Equal(got, slices.Repeat([]string{"0 confirmation"}, 3)) || len(report.Warnings) != 1 {
		t.Errorf("another witness of the name, another root: %q %+v", got, report)
	}
	for i, c := range report.Confirmations {
		if want := []string{ConfirmationUnsound, ConfirmationNotChecked}[i%2]; c.State != want || c.By != "" {
			t.Errorf("%+v", c)
		}
	}
	report = verify(t, bundle, f.vkey)
	if !report.OK || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "6 of the confirmations by others were not checked") {
		t.Errorf("without any key: %+v", report)
	}
}

// TestWhatAForgerDoesToConfirmationsIsNamed changes anchors.jsonl as somebody
// without the log's key can, who may well seal it anew in their own manifest.
func TestWhatAForgerDoesToConfirmationsIsNamed(t *testing.T) {
	another := func(t *testing.T, p *packed, line int, change func(c *Confirmation)) {
		p.lines(anchorsFile, func(l []string) []string {
			c, err := parseConfirmation([]byte(strings.TrimSuffix(l[line-1], "\n")))
			if err != nil {
				t.Fatal(err)
			}
			change(&c)
			b, err := c.bytes()
			if err != nil {
				t.Fatal(err)
			}
			l[line-1] = string(b) + "\n"
			return l
		})
	}
	for _, tc := range []struct {
		name  string
		forge func(t *testing.T, p *packed)
		want  int
	}{
		{"one removed", func(_ *testing.T, p *packed) {
			p.lines(anchorsFile, func(l []string) []string { return slices.Delete(l, 1, 2) })
		}, 1},
		{"all removed", func(_ *testing.T, p *packed) { p.content[anchorsFile] = "" }, 1},
		{"one twice", func(_ *testing.T, p *packed) {
			p.lines(anchorsFile, func(l []string) []string { return slices.Insert(l, 1, l[1]) })
		}, 2},
		{"two swapped", func(_ *testing.T, p *packed) {
			p.lines(anchorsFile, func(l []string) []string { l[0], l[3] = l[3], l[0]; return l })
		}, 3},
		{"the answers of two sizes swapped", func(t *testing.T, p *packed) {
			var first []byte
			another(t, p, 1, func(c *Confirmation) { first = c.Content })
			another(t, p, 3, func(c *Confirmation) { c.Content, first = first, c.Content })
			another(t, p, 1, func(c *Confirmation) { c.Content = first })
		}, 3},
		{"another time", func(t *testing.T, p *packed) {
			another(t, p, 2, func(c *Confirmation) { c.At = c.At.Add(-time.Hour) })
		}, 2},
		{"another name", func(t *testing.T, p *packed) {
			another(t, p, 1, func(c *Confirmation) { c.Name = "unknown.example.com" })
		}, 1},
		{"of a size without a checkpoint", func(t *testing.T, p *packed) { another(t, p, 6, func(c *Confirmation) { c.Size = 16 }) }, 2},
		{"an answer that is none", func(t *testing.T, p *packed) {
			another(t, p, 2, func(c *Confirmation) { c.Content = []byte{0x30, 0x80} })
		}, 2},
		{"a second signature beside it", func(t *testing.T, p *packed) {
			another(t, p, 1, func(c *Confirmation) { c.Content = append(c.Content, c.Content...) })
		}, 2},
		{"a line that is none", func(_ *testing.T, p *packed) {
			p.lines(anchorsFile, func(l []string) []string { l[0] = "{}\n"; return l })
		}, 1},
		{"another spelling of a line", func(t *testing.T, p *packed) { p.replace(t, anchorsFile, `","content"`, `", "content"`) }, 1},
		{"cut off within a line", func(_ *testing.T, p *packed) {
			p.content[anchorsFile] = p.content[anchorsFile][:len(p.content[anchorsFile])-9]
		}, 1},
		{"a line without an end", func(_ *testing.T, p *packed) {
			p.content[anchorsFile] = strings.Repeat("x", maxConfirmationLine+2) + "\n" + p.content[anchorsFile]
		}, 2},
		{"more than can be", func(_ *testing.T, p *packed) {
			p.lines(anchorsFile, func(l []string) []string { return append(l, slices.Repeat([]string{"\n"}, MaxConfirmations)...) })
		}, MaxConfirmations - 6 + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, o, bundle := confirmedBundle(t)
			p := unpack(t, bundle)
			tc.forge(t, p)
			report := verifyWith(t, p.pack(t), VerifyOptions{Key: f.vkey, Confirm: o.check, MaxProblems: 10_000})
			if got := kinds(report); report.OK || !slices.Equal(got, slices.Repeat([]string{"0 confirmation"}, tc.want)) {
				t.Errorf("%d problems, want %d: %.2000q", len(got), tc.want, fmt.Sprint(report.Problems))
			}
		})
	}
}

func TestConfirmationsThatCannotBeAreRefused(t *testing.T) {
	f := newFixture(t)
	good := Confirmation{Kind: Timestamp, Name: "tsa.example.com", Size: 3, Content: []byte{1}, At: testTime}
	head := func(list ...Confirmation) BundleHead {
		return BundleHead{Incident: f.incident, Origin: f.origin, Key: f.vkey, Entries: 3, History: []int64{3}, Confirmations: list}
	}
	if _, err := head(good).SealData(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *Confirmation){
		"another kind":  func(c *Confirmation) { c.Kind = "promise" },
		"no name":       func(c *Confirmation) { c.Name = "" },
		"a long name":   func(c *Confirmation) { c.Name = strings.Repeat("x", 401) },
		"no text":       func(c *Confirmation) { c.Name = "\xff" },
		"another size":  func(c *Confirmation) { c.Size = 4 },
		"no size":       func(c *Confirmation) { c.Size = 0 },
		"no answer":     func(c *Confirmation) { c.Content = nil },
		"a long answer": func(c *Confirmation) { c.Content = make([]byte, MaxConfirmationBytes+1) },
		"no time":       func(c *Confirmation) { c.At = time.Time{} },
		"a fine time":   func(c *Confirmation) { c.At = testTime.Add(time.Nanosecond) },
	} {
		c := good
		change(&c)
		if _, err := head(c).SealData(); !errors.Is(err, ErrInvalidBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := head(good, good).SealData(); !errors.Is(err, ErrInvalidBundle) {
		t.Errorf("one twice: %v", err)
	}
	many := make([]Confirmation, MaxConfirmations+1)
	for i := range many {
		many[i] = good
		many[i].Name = fmt.Sprint(i)
	}
	if _, err := head(many...).SealData(); !errors.Is(err, ErrInvalidBundle) {
		t.Errorf("too many: %v", err)
	}
	if _, err := head(many[1:]...).SealData(); err != nil {
		t.Errorf("as many as can be: %v", err)
	}
}

// TestConfirmationsGivenBesideABundleAreHeldAgainstIt has the bundle's own
// checkpoint confirmed, which nobody could before it was sealed.
func TestConfirmationsGivenBesideABundleAreHeldAgainstIt(t *testing.T) {
	f, o, bundle := confirmedBundle(t)
	size := f.log.Size()
	own := f.checkpoint(t, size)
	var given []GivenConfirmation
	for _, c := range f.confirm(size, own) {
		given = append(given, GivenConfirmation{c, own})
	}
	check := func(list ...GivenConfirmation) Report {
		t.Helper()
		return verifyWith(t, bundle, VerifyOptions{Key: f.vkey, Confirm: o.check, Confirmations: list})
	}
	r := check(given...)
	if !r.OK || len(r.Confirmations) != 8 || len(r.Warnings) != 0 {
		t.Fatalf("%+v", r)
	}
	for _, c := range r.Confirmations[6:] {
		if c.Size != size || c.State != ConfirmationHolds {
			t.Errorf("%+v", c)
		}
	}
	if r := verifyWith(t, bundle, VerifyOptions{Key: f.vkey, Confirmations: given}); !r.OK || len(r.Warnings) != 2 || r.Confirmations[7].State != ConfirmationNotChecked {
		t.Errorf("without a key: %+v", r)
	}
	change := func(change func(c *GivenConfirmation)) GivenConfirmation {
		c := given[0]
		change(&c)
		return c
	}
	for name, tc := range map[string]struct {
		given GivenConfirmation
		want  []string
	}{
		"of another size":  {change(func(c *GivenConfirmation) { c.Size = 6 }), nil},
		"one that is none": {change(func(c *GivenConfirmation) { c.Content = nil }), []string{"0 confirmation"}},
		"a changed answer": {change(func(c *GivenConfirmation) { c.Content = []byte("x") }), []string{"0 confirmation"}},
		"a changed text":   {change(func(c *GivenConfirmation) { c.Checkpoint = strings.Replace(own, "\n16\n", "\n17\n", 1) }), []string{"0 confirmation"}},
		"of another log": {change(func(c *GivenConfirmation) {
			c.Checkpoint = newFixture(t).sign(t, Checkpoint{Origin: testOrigin, Size: size, SignedAt: testTime})
		}), []string{"0 wrong_key"}},
		"of another history": {change(func(c *GivenConfirmation) {
			c.Checkpoint = f.sign(t, Checkpoint{Origin: testOrigin, Size: size, Root: LeafHash(nil), SignedAt: testTime})
		}), []string{"0 forked_history"}},
		"of another statement": {change(func(c *GivenConfirmation) {
			c.Checkpoint = f.sign(t, Checkpoint{Origin: testOrigin, Size: size, Root: mustRoot(t, size, &f.log), SignedAt: testTime})
		}), []string{"0 confirmation"}},
	} {
		if r := check(tc.given); !slices.Equal(kinds(r), tc.want) || (tc.want == nil) != (len(r.Warnings) == 1) {
			t.Errorf("%s: %q %+v", name, kinds(r), r)
		}
	}
}

// FuzzParseConfirmation lets no line pass but in the one form.
func FuzzParseConfirmation(f *testing.F) {
	line, err := Confirmation{Kind: Timestamp, Name: "tsa.example.com", Size: 3, Content: []byte{1, 2}, At: testTime}.bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(bytes.Replace(line, []byte("AQI="), []byte("AQJ="), 1))
	f.Fuzz(func(t *testing.T, line []byte) {
		c, err := parseConfirmation(line)
		if err != nil {
			return
		}
		if again, err := c.bytes(); err != nil || !bytes.Equal(line, again) {
			t.Fatalf("%q became %q, %v", line, again, err)
		}
	})
}

// TestTheInstructionsCheckConfirmations runs the commands of VERIFY.md: OpenSSL
// and a shell, and nothing of ours.
func TestTheInstructionsCheckConfirmations(t *testing.T) {
	for _, tool := range []string{"openssl", "python3", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not on this machine: the commands of verify.md are not run")
		}
	}
	_, part, _ := strings.Cut(string(instructions), "**The confirmations.**")
	part, _, _ = strings.Cut(part, "**The entries.**")
	var blocks []string
	open := false
	for line := range strings.Lines(part) {
		code, is := strings.CutPrefix(line, "    ")
		switch {
		case is && !open:
			blocks = append(blocks, code)
		case is:
			blocks[len(blocks)-1] += code
		}
		open = is
	}
	if len(blocks) != 4 {
		t.Fatalf("the instructions have %d parts: %q", len(blocks), blocks)
	}
	_, o, bundle := confirmedBundle(t)
	p, dir := unpack(t, bundle), t.TempDir()
	put := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{manifestFile, historyFile, anchorsFile} {
		put(name, p.content[name])
	}
	roots, err := os.ReadFile(o.authority.RootsFile)
	if err != nil {
		t.Fatal(err)
	}
	put("ROOTS.pem", string(roots))
	run := func(script string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for i, want := range []string{"anchors.jsonl", "2 timestamp tsa.example.com 5", "Verification: OK", "Signature Verified Successfully"} {
		script := strings.ReplaceAll(blocks[i], "KEY OF THE WITNESS", o.witness.Key)
		if out, err := run(script); err != nil || !strings.Contains(out, want) {
			t.Errorf("%v\n%s\n%s", err, script, out)
		}
	}
	digests, err := run(blocks[0])
	if err != nil || strings.Count(digests, strings.Fields(digests)[0]) != 2 {
		t.Errorf("two digests: %v %s", err, digests)
	}
	// They can say no.
	put("2.txt", "something else")
	if out, err := run(blocks[2]); err == nil {
		t.Errorf("a stamp of something else: %s", out)
	}
	signed, err := os.ReadFile(filepath.Join(dir, "1.note"))
	if err != nil {
		t.Fatal(err)
	}
	put("1.note", strings.Replace(string(signed), "\n5\n", "\n6\n", 1))
	if out, err := run(strings.ReplaceAll(blocks[3], "KEY OF THE WITNESS", o.witness.Key)); err == nil {
		t.Errorf("a cosignature of something else: %s", out)
	}
}
