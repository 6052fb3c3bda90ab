package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// repository is the repository's root, from this package.
const repository = "../.."

// readme gives the text of README.md.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tourBlock is the block of commands under the mark of the tour.
var tourBlock = regexp.MustCompile("(?s)<!-- tour -->\n```sh\n(.*?)\n```\n")

// TestTheTourOfTheReadmeRuns gives the commands of the README's tour, as a
// reader would, to a system that was just started.
func TestTheTourOfTheReadmeRuns(t *testing.T) {
	found := tourBlock.FindAllStringSubmatch(readme(t), -1)
	if len(found) != 1 {
		t.Fatalf("README.md has %d blocks of commands marked as the tour; expected 1", len(found))
	}
	work := tourFolder(t)
	data := folder(t)
	t.Cleanup(func() { removePlaced(t, data) })
	system := start(t, data, "127.0.0.1:0")
	defer system.stop(t)
	dpo := firstAccount(t, data)

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", found[0][1])
	bash.Dir = work
	bash.Env = withoutTocsin("DATA=" + data)
	// A command that bash waits for may outlive it by a moment, not longer.
	bash.WaitDelay = 5 * time.Second
	said, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("the tour ended with %v:\n%s", err, said)
	}
	for _, line := range []string{"Data set exported from the analytics vendor", "notice finished", "GOOD: every entry is as it was recorded"} {
		if !strings.Contains(string(said), line) {
			t.Errorf("the tour does not say %q:\n%s", line, said)
		}
	}
	listed, failed, err := system.run(ctx, dpo, "incident", "list", "--closed")
	if err != nil || !strings.Contains(listed, "Data set exported from the analytics vendor") {
		t.Errorf("after the tour the closed cases are %q (%v, %s); expected the case of the tour", listed, err, failed)
	}
}

// removePlaced removes a database that was placed outside its data folder, as
// happens under root when the folder is closed to PostgreSQL's user.
func removePlaced(t *testing.T, data string) {
	t.Helper()
	place, err := os.ReadFile(filepath.Join(data, "postgres.location"))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	root := strings.TrimSpace(string(place))
	if err != nil || !strings.HasPrefix(root, "/var/lib/tocsin-local-") {
		t.Errorf("the database's place %q is not one that may be removed (%v)", root, err)
		return
	}
	if err := os.RemoveAll(root); err != nil {
		t.Error(err)
	}
}

// tourFolder looks like the repository to the tour: the program that is under
// test, and the examples.
func tourFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs(filepath.Join(repository, "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"bin/tocsin": programs.tocsin, "examples": examples} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withoutTocsin is this process's environment without what would point the
// commands elsewhere, and with one more variable.
func withoutTocsin(further string) []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TOCSIN_") {
			kept = append(kept, v)
		}
	}
	return append(kept, further)
}

var (
	madeInReadme    = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	linkedInReadme  = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	writtenInReadme = regexp.MustCompile(`(?m)(?:^|\s)((?:deploy|examples|docs|cmd|gdpr|ledger)/[\w./-]*\w)`)
)

// TestTheReadmeNamesMakeTargetsThatExist holds every `make X` to the Makefile.
func TestTheReadmeNamesMakeTargetsThatExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	named := madeInReadme.FindAllStringSubmatch(readme(t), -1)
	if len(named) == 0 {
		t.Fatal("README.md names no make target")
	}
	for _, one := range named {
		if !strings.Contains("\n"+string(makefile), "\n"+one[1]+":") {
			t.Errorf("README.md names `make %s`, which the Makefile lacks", one[1])
		}
	}
}

// TestTheReadmeNamesFilesThatExist holds every link and every path to the tree.
func TestTheReadmeNamesFilesThatExist(t *testing.T) {
	text := readme(t)
	paths := map[string]bool{}
	for _, pattern := range []*regexp.Regexp{linkedInReadme, writtenInReadme} {
		found := pattern.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("README.md has nothing of the form %s", pattern)
		}
		for _, one := range found {
			paths[one[1]] = true
		}
	}
	for path := range paths {
		if _, err := os.Stat(filepath.Join(repository, filepath.FromSlash(path))); err != nil {
			t.Errorf("README.md names %s, which does not exist", path)
		}
	}
}

// TestTheDocumentsLinkToFilesThatExist holds the links of docs/ to the tree.
func TestTheDocumentsLinkToFilesThatExist(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s matches nothing (%v)", pattern, err)
		}
		documents = append(documents, found...)
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range linkedInReadme.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), filepath.FromSlash(one[1]))); err != nil {
				t.Errorf("%s links to %s, which does not exist", filepath.Base(document), one[1])
			}
		}
	}
}

// variableRead is a variable that the configuration reads.
var variableRead = regexp.MustCompile(`e\.(?:text|secret)\("([A-Z_]+)"`)

// TestTheOperatorsGuideExplainsEveryVariable holds the guide's table to what
// the configuration reads.
func TestTheOperatorsGuideExplainsEveryVariable(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(repository, "cmd/internal/system/config.go"))
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile(filepath.Join(repository, "docs/operators-guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	read := variableRead.FindAllStringSubmatch(string(source), -1)
	if len(read) < 10 {
		t.Fatalf("config.go reads %d variables in the form that this test knows", len(read))
	}
	for _, one := range read {
		if !strings.Contains(string(guide), "\n| `"+one[1]+"`") {
			t.Errorf("docs/operators-guide.md has no row for %s", one[1])
		}
	}
}
