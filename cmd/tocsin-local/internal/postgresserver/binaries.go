package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// ErrNotInstalled is returned when PostgreSQL is neither on the machine nor to
// be fetched. Its text says what to install.
var ErrNotInstalled = errors.New("PostgreSQL not found: install it (Debian, Ubuntu: apt-get install postgresql) " +
	"or set TOCSIN_PG_BIN to the directory that holds postgres and initdb")

// oldest is the first major version that Temporal's schema accepts.
const oldest = 12

const distributionDirectories = "/usr/lib/postgresql/*/bin"

// findOrFetch returns the directory of PostgreSQL's programs. A cluster once
// created is only readable by its own major version, so that one is preferred
// over a newer one.
func findOrFetch(ctx context.Context, place place) (string, error) {
	found, err := findPrograms(os.Getenv, distributionDirectories, clusterVersion(place.cluster()))
	if err == nil {
		return found, nil
	}
	if !errors.Is(err, ErrNotInstalled) {
		return "", err
	}
	fetched, fetchFailure := fetchPrograms(ctx, filepath.Join(place.root, "software"), defaultRepository)
	if fetchFailure != nil {
		return "", fmt.Errorf("%w; fetching it failed as well: %w", err, fetchFailure)
	}
	return fetched, nil
}

// findPrograms looks at the environment first, which must then be right, and
// else takes the wanted version or the newest. version is the major version
// of an existing cluster, or empty.
func findPrograms(environment func(string) string, pattern, version string) (string, error) {
	for _, name := range []string{"TOCSIN_PG_BIN", "PG_BIN"} {
		directory := environment(name)
		if directory == "" {
			continue
		}
		if !holdsPrograms(directory) {
			return "", fmt.Errorf("%s is %q, which does not hold the programs postgres and initdb of PostgreSQL", name, directory)
		}
		return directory, nil
	}
	candidates, err := filepath.Glob(pattern)
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	sort.Slice(candidates, func(i, j int) bool { return majorOf(candidates[i]) > majorOf(candidates[j]) })
	newest := ""
	for _, directory := range candidates {
		if !holdsPrograms(directory) || majorOf(directory) < oldest {
			continue
		}
		if version != "" && strconv.Itoa(majorOf(directory)) == version {
			return directory, nil
		}
		if newest == "" {
			newest = directory
		}
	}
	if newest == "" {
		newest = onPath(environment("PATH"))
	}
	if newest == "" {
		return "", ErrNotInstalled
	}
	return newest, nil
}

func onPath(path string) string {
	for _, directory := range filepath.SplitList(path) {
		// On Debian /usr/bin holds wrappers of the client programs only.
		if holdsPrograms(directory) {
			return directory
		}
	}
	return ""
}

func holdsPrograms(directory string) bool {
	for _, program := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(directory, program)); err != nil {
			return false
		}
	}
	return true
}

// majorOf reads the version from .../postgresql/15/bin, 0 if there is none.
func majorOf(directory string) int {
	number, err := strconv.Atoi(filepath.Base(filepath.Dir(directory)))
	if err != nil {
		return 0
	}
	return number
}

// clusterVersion is the major version of an existing cluster, or empty.
func clusterVersion(cluster string) string {
	content, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// programVersion asks the postgres program for its major version.
func programVersion(ctx context.Context, programs string) (string, error) {
	output, err := exec.CommandContext(ctx, filepath.Join(programs, "postgres"), "--version").Output() //nolint:gosec // PostgreSQL as found or as named by who runs us
	if err != nil {
		return "", fmt.Errorf("ask %s/postgres for its version: %w", programs, err)
	}
	// "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
	_, after, found := strings.Cut(string(output), "(PostgreSQL) ")
	if !found {
		return "", fmt.Errorf("%s/postgres does not say that it is PostgreSQL", programs)
	}
	major := strings.FieldsFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if len(major) == 0 {
		return "", fmt.Errorf("%s/postgres does not say its version", programs)
	}
	return major[0], nil
}
