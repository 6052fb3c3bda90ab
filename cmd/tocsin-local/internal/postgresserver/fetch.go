package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"tocsin/cmd/tocsin-local/internal/ports"
)

const (
	defaultRepository = "https://repo1.maven.org/maven2"
	fetchedVersion    = embeddedpostgres.V17
)

// fetchPrograms downloads a prebuilt PostgreSQL into a directory and returns
// where its programs are. What is there already is not fetched again; the
// archive itself stays in the fetcher's cache below the user's home.
//
// The fetcher has no call that only fetches: its Start downloads, checks the
// SHA-256, unpacks, and then runs a server of its own. It is handed a data
// directory that no server accepts, so that it ends after unpacking; what
// counts is whether the programs are there afterwards.
func fetchPrograms(ctx context.Context, directory, repository string) (string, error) {
	target := filepath.Join(directory, string(fetchedVersion))
	programs := filepath.Join(target, "bin")
	if holdsPrograms(programs) {
		return programs, nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // another user runs the programs
		return "", fmt.Errorf("create directory for PostgreSQL's programs: %w", err)
	}
	scratch, err := os.MkdirTemp(directory, "fetch-")
	if err != nil {
		return "", fmt.Errorf("create scratch directory: %w", err)
	}
	refused := filepath.Join(scratch, "data")
	if err := os.Mkdir(refused, 0o700); err != nil {
		return "", fmt.Errorf("create scratch directory: %w", err)
	}
	// A PG_VERSION and nothing else: taken for a cluster, refused as one.
	if err := os.WriteFile(filepath.Join(refused, "PG_VERSION"), []byte("17\n"), 0o600); err != nil {
		return "", fmt.Errorf("prepare scratch directory: %w", err)
	}
	reserved, err := ports.Reserve(ctx, 1)
	if err != nil {
		return "", err
	}
	if err := reserved.Release(); err != nil {
		return "", fmt.Errorf("release port: %w", err)
	}
	fetcher := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(fetchedVersion).
		Port(uint32(reserved.Numbers()[0])). // a port number is small
		BinaryRepositoryURL(repository).
		BinariesPath(target).
		RuntimePath(filepath.Join(scratch, "run")).
		DataPath(refused).
		Logger(io.Discard))

	// The fetcher takes no context. Given up, it ends by itself with its
	// connection, and leaves nothing behind that a later start would trust.
	outcome := make(chan error, 1)
	go func() {
		err := fetcher.Start()
		if err == nil {
			err = fetcher.Stop()
		}
		outcome <- errors.Join(err, os.RemoveAll(scratch))
	}()
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("fetch PostgreSQL: %w", ctx.Err())
	case err = <-outcome:
	}
	if !holdsPrograms(programs) {
		if err == nil {
			err = errors.New("the archive does not hold the programs postgres and initdb")
		}
		return "", fmt.Errorf("fetch PostgreSQL from %s: %w", repository, err)
	}
	return programs, nil
}
