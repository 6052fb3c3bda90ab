package postgresserver

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programsIn makes a directory that looks like PostgreSQL's.
func programsIn(t *testing.T, directory string) string {
	t.Helper()
	if err := os.MkdirAll(directory, 0o755); err != nil { // programs
		t.Fatal(err)
	}
	for _, program := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(directory, program), []byte("#!/bin/sh\n"), 0o755); err != nil { // a program
			t.Fatal(err)
		}
	}
	return directory
}

func TestTheRightPostgreSQLIsFound(t *testing.T) {
	root := t.TempDir()
	for _, version := range []string{"9", "11", "15", "16"} {
		programsIn(t, filepath.Join(root, version, "bin"))
	}
	if err := os.MkdirAll(filepath.Join(root, "17", "bin"), 0o755); err != nil { // like a package's
		t.Fatal(err)
	}
	pattern := filepath.Join(root, "*", "bin")
	chosen := programsIn(t, filepath.Join(t.TempDir(), "chosen"))
	for name, test := range map[string]struct {
		environment map[string]string
		pattern     string
		version     string
		want        string
	}{
		"the newest that has its programs":              {nil, pattern, "", filepath.Join(root, "16", "bin")},
		"the version of the existing data":              {nil, pattern, "15", filepath.Join(root, "15", "bin")},
		"TOCSIN_PG_BIN before all":                      {map[string]string{"TOCSIN_PG_BIN": chosen, "PG_BIN": root}, pattern, "", chosen},
		"PG_BIN before the distribution's":              {map[string]string{"PG_BIN": chosen}, pattern, "", chosen},
		"PATH when the distribution's place has it not": {map[string]string{"PATH": root + ":" + chosen}, root + "/none/*", "", chosen},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := findPrograms(func(key string) string { return test.environment[key] }, test.pattern, test.version)
			if err != nil || got != test.want {
				t.Errorf("found %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestAWrongOverrideIsNamedAndNotPassedOver(t *testing.T) {
	empty := t.TempDir()
	_, err := findPrograms(func(key string) string { return map[string]string{"TOCSIN_PG_BIN": empty}[key] }, distributionDirectories, "")
	if err == nil || !strings.Contains(err.Error(), "TOCSIN_PG_BIN is \""+empty) {
		t.Errorf("got %v, want an error that names TOCSIN_PG_BIN and its value", err)
	}
}

func TestAMissingPostgreSQLIsSaidWithWhatToInstall(t *testing.T) {
	_, err := findPrograms(func(string) string { return "" }, t.TempDir()+"/*", "")
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("got %v, want ErrNotInstalled with the package to install", err)
	}
}

// repository plays the server of the archives.
func repository(t *testing.T, archive string, spoil bool) string {
	t.Helper()
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	writer := zip.NewWriter(&jar)
	file, err := writer.Create("postgres-test.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(jar.Bytes())
	if spoil {
		sum[0]++
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := jar.Bytes()
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			answer = []byte(hex.EncodeToString(sum[:]))
		}
		if _, err := w.Write(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestProgramsAreFetchedOnceAndThenFoundAgain(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // the fetcher's cache
	directory := filepath.Join(t.TempDir(), "software")
	address := repository(t, "testdata/programs.txz", false)
	programs, err := fetchPrograms(t.Context(), directory, address)
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	if !holdsPrograms(programs) {
		t.Errorf("%s does not hold the programs", programs)
	}
	again, err := fetchPrograms(t.Context(), directory, "http://127.0.0.1:1")
	if err != nil || again != programs {
		t.Errorf("the second time gives %q, %v, want %q without asking the repository", again, err, programs)
	}
	left, err := filepath.Glob(filepath.Join(directory, "fetch-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("scratch directories are left: %v, %v", left, err)
	}
}

func TestAFetchThatBringsNoProgramsFails(t *testing.T) {
	for name, test := range map[string]struct {
		archive string
		spoil   bool
		offline bool
		want    string
	}{
		"an archive without the programs": {"testdata/no-programs.txz", false, false, "fetch PostgreSQL from"},
		"a wrong checksum":                {"testdata/programs.txz", true, false, "checksums do not match"},
		"no network":                      {"testdata/programs.txz", false, true, "unable to connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", t.TempDir())
			address := repository(t, test.archive, test.spoil)
			if test.offline {
				address = "http://127.0.0.1:1"
			}
			_, err := fetchPrograms(t.Context(), filepath.Join(t.TempDir(), "software"), address)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestTheVersionOfTheProgramsIsRead(t *testing.T) {
	programs, err := findPrograms(os.Getenv, distributionDirectories, "")
	if err != nil {
		t.Fatal(err)
	}
	version, err := programVersion(context.Background(), programs)
	if err != nil || majorOf(programs) != 0 && version != filepath.Base(filepath.Dir(programs)) {
		t.Errorf("%s says version %q, %v", programs, version, err)
	}
}
