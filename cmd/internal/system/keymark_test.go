package system

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

// checked loads the keys of a directory and compares them with the record, as each
// start does.
func (h *house) checked(dir string) error {
	h.t.Helper()
	keys, err := LoadKeys(dir)
	if err != nil {
		return err
	}
	store, err := postgres.Open(h.t.Context(), h.config.DatabaseURL, keys.Store)
	if err != nil {
		return err
	}
	defer store.Close()
	return checkKeys(h.t.Context(), store, dir, keys)
}

// TestEachKeyThatIsMissingOrAnotherIsNamed restores an installation with a key that
// lacks, is damaged, or comes from another one: one error names it, the file that is
// expected and what is lost without it.
func TestEachKeyThatIsMissingOrAnotherIsNamed(t *testing.T) {
	h := newHouse(t, 1)
	if err := h.checked(h.config.KeysDir); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "keys")
	if _, err := CreateKeys(other, "tocsin.example/test"); err != nil {
		t.Fatal(err)
	}
	said := func(err error, words ...string) {
		t.Helper()
		if err == nil {
			t.Error("nothing is said")
			return
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("it is said in several lines: %v", err)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q is not said: %v", word, err)
			}
		}
	}
	for name, lost := range map[string]string{
		masterFile: "people, attached files", codecFile: "running processes", indexFile: "not recognised as the same",
		linkFile: "links in reminders", ledgerFile: "no checkpoint and no bundle", verifierFile: "cannot be checked",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(h.config.KeysDir)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, name)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			said(h.checked(dir), name, "is missing", "expected "+file, lost)
			strange, err := os.ReadFile(filepath.Join(other, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, strange, 0o600); err != nil {
				t.Fatal(err)
			}
			switch name {
			case verifierFile:
				said(h.checked(dir), name, "does not belong to "+ledgerFile)
			case ledgerFile:
				said(h.checked(dir), verifierFile, "does not belong to "+ledgerFile)
				strange, err := os.ReadFile(filepath.Join(other, verifierFile))
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, verifierFile), strange, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if name != verifierFile {
				said(h.checked(dir), name, "another one than this record was written with", "expected "+file, lost, "keys replace "+name)
			}
			if err := os.WriteFile(file, []byte("no key\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			said(h.checked(dir), name)
		})
	}
	all := h.checked(other)
	said(all, masterFile, "(and so are codec.keyset, index.key, link.key, ledger.key)")
	if err := h.checked(h.config.KeysDir); err != nil {
		t.Errorf("the installation's own keys are refused afterwards: %v", err)
	}
}

func TestAKeyThatIsLostIsReplacedWithAReason(t *testing.T) {
	h := newHouse(t, 1)
	if err := h.checked(h.config.KeysDir); err != nil {
		t.Fatal(err)
	}
	c := h.config
	replace := func(name, reason, want string) {
		t.Helper()
		err := ReplaceKey(t.Context(), c, name, reason)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("replacing %s says %v, expected %q", name, err, want)
		}
	}
	replace(linkFile, "lost", "nothing to replace")
	replace("moon.key", "lost", "link.key")
	if err := os.Remove(filepath.Join(c.KeysDir, linkFile)); err != nil {
		t.Fatal(err)
	}
	replace(linkFile, "lost", "is missing")
	if _, err := CreateKeys(c.KeysDir, "tocsin.example/test"); err != nil {
		t.Fatal(err)
	}
	if err := h.checked(c.KeysDir); err == nil {
		t.Error("a key that was made anew is taken for the one that is lost")
	}
	replace(linkFile, "", "reason")
	if err := h.checked(c.KeysDir); err == nil {
		t.Error("a replacement without a reason counts")
	}
	replace(linkFile, "the disk of the backup is gone", "")
	if err := h.checked(c.KeysDir); err != nil {
		t.Error(err)
	}
	entries, err := h.open().InstallationEntries(t.Context())
	if err != nil || len(entries) != 1 || entries[0].Entry.Type != incident.EvKeyReplaced ||
		!strings.Contains(string(entries[0].Entry.Data), "the disk of the backup is gone") {
		t.Errorf("the record says %+v, %v", entries, err)
	}
}

// TestAnOlderMasterKeysetThanTheRecordIsRefused starts with the file from before a
// rotation.
func TestAnOlderMasterKeysetThanTheRecordIsRefused(t *testing.T) {
	h := newHouse(t, 1)
	if err := h.checked(h.config.KeysDir); err != nil {
		t.Fatal(err)
	}
	before := t.TempDir()
	if err := os.CopyFS(before, os.DirFS(h.config.KeysDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(t.Context(), h.config, "yearly", false); err != nil {
		t.Fatal(err)
	}
	if err := h.checked(h.config.KeysDir); err != nil {
		t.Error(err)
	}
	if err := h.checked(before); err == nil || !strings.Contains(err.Error(), masterFile) {
		t.Errorf("the keyset from before the rotation: %v", err)
	}
}
