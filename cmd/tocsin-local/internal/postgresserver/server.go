package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/cmd/tocsin-local/internal/ports"
)

const (
	superuser = "postgres"

	// startLimit covers the recovery after a crash as well. PostgreSQL replays
	// at most max_wal_size (1 GB) of its log, which takes seconds.
	startLimit = 90 * time.Second
	pollEvery  = 15 * time.Millisecond

	// attempts bounds the retries when another program takes the chosen port
	// between its release and PostgreSQL's own listen, or when sessions of a
	// killed PostgreSQL still have to end.
	attempts     = 5
	attemptPause = 300 * time.Millisecond
)

// Config says where the private PostgreSQL lives and who hears of it.
type Config struct {
	// Dir is the data directory of tocsin-local. The cluster is put into its
	// subdirectory "postgres", or elsewhere when Dir cannot be reached by the
	// unprivileged user that PostgreSQL runs as. Required, created if missing.
	Dir string
	// Logger receives PostgreSQL's warnings and errors, and where the data
	// lies. Nil means slog.Default().
	Logger *slog.Logger
}

// Server is a running private PostgreSQL. Its methods may be called from
// several goroutines.
type Server struct {
	child     *child
	lock      *os.File
	programs  string
	directory string
	port      int
	password  string
}

// Start brings up PostgreSQL on the data directory and returns once it accepts
// connections. Cancelling ctx gives up waiting and stops what was started; it
// has no effect on a server already returned.
//
// Errors: ErrInUse when another process holds the directory, ErrNotInstalled
// when PostgreSQL is neither installed nor to be fetched, and otherwise an
// error that names the step.
func Start(ctx context.Context, config Config) (_ *Server, failure error) {
	logger := config.Logger
	if logger == nil {
		logger = slog.Default()
	}
	if config.Dir == "" {
		return nil, errors.New("start postgresql: no data directory given")
	}
	place, err := choosePlace(config.Dir, logger)
	if err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	lock, err := lockDirectory(place.root)
	if err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	defer func() {
		if failure != nil {
			failure = errors.Join(failure, lock.Close())
		}
	}()
	programs, err := findOrFetch(ctx, place)
	if err != nil {
		return nil, err
	}
	password, err := readOrCreatePassword(place)
	if err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	if err := createCluster(ctx, programs, place); err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	if err := stopOrphan(ctx, place, logger); err != nil {
		return nil, fmt.Errorf("start postgresql: %w", err)
	}
	server := &Server{lock: lock, programs: programs, directory: place.cluster(), password: password}
	for attempt := 1; ; attempt++ {
		err := server.launch(ctx, place, logger)
		if err == nil {
			return server, nil
		}
		transient := errors.Is(err, errPortTaken) || errors.Is(err, errMemoryInUse)
		if attempt == attempts || !transient {
			return nil, fmt.Errorf("start postgresql: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("start postgresql: %w", errors.Join(err, ctx.Err()))
		case <-time.After(attemptPause):
		}
	}
}

// launch starts the child on a fresh port and waits until it answers.
func (s *Server) launch(ctx context.Context, place place, logger *slog.Logger) error {
	reserved, err := ports.Reserve(ctx, 1)
	if err != nil {
		return err
	}
	s.port = reserved.Numbers()[0]
	// The server outlives the context of its start.
	command := exec.CommandContext(context.WithoutCancel(ctx), //nolint:gosec // as found or as named by who runs us
		filepath.Join(s.programs, "postgres"), settings(place.cluster(), s.port)...)
	command.Dir = place.root
	// The server runs in UTC and without what the caller's environment may
	// say about PostgreSQL (PGPORT, PGDATA, PGOPTIONS and others).
	command.Env = []string{"TZ=UTC", "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if err := reserved.Release(); err != nil {
		return fmt.Errorf("release port: %w", err)
	}
	running, err := startChild(command, place.owner, logger)
	if err != nil {
		return err
	}
	s.child = running
	if err := s.waitUntilAnswering(ctx); err != nil {
		stopContext, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return errors.Join(err, running.stop(stopContext))
	}
	return nil
}

func (s *Server) waitUntilAnswering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		connection, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return connection.Close(ctx)
		}
		select {
		case <-s.child.exited:
			return s.child.whyEnded()
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not accept connections on %s: %w", ports.Address(s.port), ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

// URL is the connection string of the superuser for the named database. It
// contains the password: it must not be logged.
func (s *Server) URL(database string) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     ports.Address(s.port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}

// Done receives one error if PostgreSQL ends without Stop having been called,
// and is closed when it has ended for whatever reason. A receiver that gets an
// error should stop the whole process: the next start recovers.
func (s *Server) Done() <-chan error { return s.child.done }

// ProcessID is the process number of PostgreSQL's postmaster.
func (s *Server) ProcessID() int { return s.child.process }

// Stop ends PostgreSQL: first a fast shutdown, which rolls back what is open
// and writes a checkpoint; if ctx ends or eight seconds pass before that is
// done, an immediate one, from which the next start recovers. It returns nil
// when PostgreSQL shut down by itself, and may be called again.
func (s *Server) Stop(ctx context.Context) error {
	err := s.child.stop(ctx)
	// The lock goes last: another process may take the directory from here on.
	if closing := s.lock.Close(); closing != nil && !errors.Is(closing, os.ErrClosed) {
		err = errors.Join(err, fmt.Errorf("unlock data directory: %w", closing))
	}
	if err != nil {
		return fmt.Errorf("stop postgresql: %w", err)
	}
	return nil
}

// settings are the server's command line: small, on loopback, durable.
func settings(cluster string, port int) []string {
	arguments := []string{"-D", cluster}
	for _, setting := range []string{
		"port=" + strconv.Itoa(port),
		"listen_addresses=" + ports.Loopback,
		"unix_socket_directories=",
		"password_encryption=scram-sha-256",

		// One small machine: the data of a hundred incidents fits in here.
		"shared_buffers=48MB",
		"max_connections=120",
		"work_mem=4MB",
		"maintenance_work_mem=32MB",
		"max_parallel_workers_per_gather=0",
		"max_parallel_workers=0",
		"autovacuum_max_workers=2",
		"jit=off",
		"huge_pages=off",

		// These are the defaults. They stand here because everything that
		// Tocsin promises depends on them.
		"fsync=on",
		"synchronous_commit=on",
		"full_page_writes=on",

		"timezone=UTC",
		"log_timezone=UTC",

		// Statements and DETAIL lines may contain personal data.
		"logging_collector=off",
		"log_destination=stderr",
		"log_line_prefix=",
		"log_min_messages=warning",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
		"log_statement=none",
		"log_min_duration_statement=-1",
		"log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
	} {
		arguments = append(arguments, "-c", setting)
	}
	return arguments
}
