package ledger

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// TestABundleHoldsWithoutOurCode checks a bundle with the standard library and
// github.com/transparency-dev/merkle, the code behind Certificate Transparency
// logs, and nothing of this package: what VERIFY.md says must be enough.
func TestABundleHoldsWithoutOurCode(t *testing.T) {
	for _, entries := range []int{1, 2, 12, 300} {
		f, bundle := bundleOf(t, entries)
		if err := checkIndependently(bundle, f.vkey); err != nil {
			t.Errorf("%d entries: %v", entries, err)
		}
	}
	// It can say no.
	f, bundle := bundleOf(t, 12)
	for name, forge := range map[string]func(p *packed){
		"an entry": func(p *packed) { p.replace(t, entriesFile, "número 3", "número 4") },
		"a proof":  func(p *packed) { p.replace(t, proofsFile, `"index":2,`, `"index":1,`) },
		"a checkpoint": func(p *packed) {
			p.replace(t, checkpointFile, "\n16\n", "\n17\n")
		},
		"an earlier checkpoint": func(p *packed) {
			p.lines(historyFile, func(l []string) []string { l[0], l[1] = l[1], l[0]; return l })
		},
		"an attachment": func(p *packed) { p.content[attachmentsDir+f.attach("", "%PDF receipt").SHA256] += "." },
	} {
		p := unpack(t, bundle)
		forge(p)
		if checkIndependently(p.pack(t), f.vkey) == nil {
			t.Errorf("%s was changed, and it passes", name)
		}
	}
}

// TestTheInstructionsCheckABundle runs the program that VERIFY.md prints.
func TestTheInstructionsCheckABundle(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on this machine: the program in verify.md is not run")
	}
	program := programOf(t, string(instructions))
	for _, entries := range []int{1, 2, 12, 333, 0} {
		var bundle []byte
		if entries > 0 {
			_, bundle = bundleOf(t, entries)
		} else {
			_, bundle = rotated(t, nil) // with other keys before
		}
		p := unpack(t, bundle)
		dir := t.TempDir()
		p.put("check.py", program)
		for _, name := range p.names {
			if !strings.Contains(name, "/") {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(p.content[name]), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		run := func() (string, error) {
			cmd := exec.CommandContext(t.Context(), python, "check.py")
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		if out, err := run(); err != nil || !strings.HasPrefix(out, "every entry is in the signed log") {
			t.Errorf("%d entries: %v %s", entries, err, out)
		}
		spoilt := strings.Replace(p.content[entriesFile], "2025", "2026", 1)
		if err := os.WriteFile(filepath.Join(dir, entriesFile), []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := run(); err == nil {
			t.Errorf("%d entries, one of them changed: %s", entries, out)
		}
	}
}

// programOf is the program that VERIFY.md prints.
func programOf(t *testing.T, instructions string) string {
	t.Helper()
	_, program, found := strings.Cut(instructions, "    import base64, hashlib")
	if !found {
		t.Fatal("the instructions have no program")
	}
	return strings.ReplaceAll("import base64, hashlib"+program, "\n    ", "\n")
}

// TestTheInstructionsCheckPeople runs the program on bundles with people's data: as
// they should be, with a line that was changed, and with outcomes that are not
// those of the record.
func TestTheInstructionsCheckPeople(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on this machine: the program in verify.md is not run")
	}
	_, _, whole := peopledBundle(t)
	f, c := newFixture(t), usualPeople()
	f.fill(t, 4)
	c.finish(t, f, 1)
	c.deliveries[0].State = "refused"
	forged := write(t, c.source(t, f))
	for name, check := range map[string]struct {
		bundle []byte
		change func(p *packed)
		good   bool
	}{
		"as exported":        {whole, func(*packed) {}, true},
		"a person changed":   {whole, func(p *packed) { p.replace(t, peopleDir+PeopleFileName, "p2@", "q2@") }, false},
		"another's outcomes": {forged, func(*packed) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := unpack(t, check.bundle)
			check.change(p)
			p.put("check.py", programOf(t, p.content[instructionsFile]))
			dir := t.TempDir()
			for _, name := range p.names {
				place := filepath.Join(dir, filepath.FromSlash(name))
				if err := errors.Join(os.MkdirAll(filepath.Dir(place), 0o700), os.WriteFile(place, []byte(p.content[name]), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), python, "check.py")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); (err == nil) != check.good {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// head is what a checkpoint says, once its signature holds.
type head struct {
	size uint64
	root []byte
}

func checkIndependently(bundle []byte, vkey string) error {
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			return err
		}
	}
	last, err := openIndependently(string(files["checkpoint.txt"]), vkey)
	if err != nil {
		return err
	}
	if err := historyIndependently(files["history.jsonl"], last, vkey); err != nil {
		return err
	}
	lines, proofs := linesOf(files["entries.jsonl"]), linesOf(files["proofs.jsonl"])
	if len(lines) != len(proofs) {
		return errors.New("not one proof for each entry")
	}
	for i := range lines {
		var p struct {
			Index  uint64
			Hashes [][]byte
		}
		if err := json.Unmarshal(proofs[i], &p); err != nil {
			return err
		}
		leaf := rfc6962.DefaultHasher.HashLeaf(lines[i])
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, p.Index, last.size, leaf, p.Hashes, last.root); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	var seal struct {
		Type string
		Data struct {
			Manifest string `json:"manifest_sha256"`
		}
	}
	if err := json.Unmarshal(lines[len(lines)-1], &seal); err != nil {
		return err
	}
	if seal.Type != "bundle_exported" || seal.Data.Manifest != fmt.Sprintf("%x", sha256.Sum256(files["bundle.json"])) {
		return errors.New("the seal does not fit the manifest")
	}
	for name, content := range files {
		if digest, ok := strings.CutPrefix(name, "attachments/"); ok && digest != fmt.Sprintf("%x", sha256.Sum256(content)) {
			return errors.New("an attachment does not fit its name")
		}
	}
	return nil
}

func historyIndependently(history []byte, last head, vkey string) error {
	var before *head
	var hashes [][]byte
	follow := func(next head) error {
		if before == nil {
			return nil
		}
		return proof.VerifyConsistency(rfc6962.DefaultHasher, before.size, next.size, hashes, before.root, next.root)
	}
	for _, line := range linesOf(history) {
		var l struct {
			Checkpoint string
			Hashes     [][]byte
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		next, err := openIndependently(l.Checkpoint, vkey)
		if err != nil {
			return err
		}
		if err := follow(next); err != nil {
			return err
		}
		before, hashes = &next, l.Hashes
	}
	return follow(last)
}

// openIndependently checks a note's Ed25519 signature and reads its first lines.
func openIndependently(text, vkey string) (head, error) {
	body, signature, found := strings.Cut(text, "\n\n— ")
	fields := strings.Fields(signature)
	parts := strings.SplitN(vkey, "+", 3)
	if !found || len(fields) != 2 || len(parts) != 3 {
		return head{}, errors.New("not a signed note")
	}
	body += "\n"
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return head{}, err
	}
	raw, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return head{}, err
	}
	if !ed25519.Verify(key[1:], []byte(body), raw[4:]) {
		return head{}, errors.New("the signature does not hold")
	}
	lines := strings.Split(body, "\n")
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return head{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	return head{size, root}, err
}

func linesOf(content []byte) [][]byte {
	if len(content) == 0 {
		return nil
	}
	return bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
}
