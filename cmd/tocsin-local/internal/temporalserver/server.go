package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/server/temporal"

	"tocsin/cmd/tocsin-local/internal/ports"
)

// Config says where Temporal keeps its data and what it offers.
type Config struct {
	// PostgresURL is a connection string (postgres://…) of a PostgreSQL
	// role that may create databases, for any existing database of the server,
	// usually "postgres". Required.
	PostgresURL string
	// Namespace is registered if it is missing, with Retention. Required.
	Namespace string
	// Retention is how long Temporal keeps closed workflows of a namespace
	// that is registered now. Zero means 30 days. At least one day.
	Retention time.Duration
	// UI starts Temporal's web UI as well.
	UI bool
	// SkipTime lets a caller have a workflow skip the time in which it waits.
	// For tests: a reminder of an installation must ring at its time.
	SkipTime bool
	// Logger receives warnings and errors, and more if its handler wants it.
	// Nil means slog.Default().
	Logger *slog.Logger
}

const (
	defaultRetention = 30 * 24 * time.Hour
	startLimit       = 60 * time.Second
	stopLimit        = 12 * time.Second
	attempts         = 3
)

// Server is a running Temporal server. Its methods may be called from several
// goroutines.
type Server struct {
	inner    temporal.Server
	ui       *webUI
	frontend string
	failed   chan error
	building atomic.Bool
	ending   atomic.Bool

	stopOnce sync.Once
	stopped  chan struct{}
	stopErr  error
}

// Start brings up Temporal on PostgreSQL and returns when the namespace can be
// used. Cancelling ctx gives up; it has no effect on a server already returned.
// The error names the step that failed.
func Start(ctx context.Context, config Config) (*Server, error) {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Retention == 0 {
		config.Retention = defaultRetention
	}
	if config.Namespace == "" {
		return nil, errors.New("start temporal: no namespace given")
	}
	database, err := parseDatabase(config.PostgresURL)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := prepareDatabases(ctx, database, config.Logger); err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	for attempt := 1; ; attempt++ {
		server, err := launch(ctx, database, config)
		if err == nil {
			return server, nil
		}
		if attempt == attempts || !isPortTaken(err) {
			return nil, fmt.Errorf("start temporal: %w", err)
		}
	}
}

// launch runs the server on fresh ports.
func launch(ctx context.Context, database database, config Config) (*Server, error) {
	reserved, err := ports.Reserve(ctx, len(services))
	if err != nil {
		return nil, err
	}
	numbers := reserved.Numbers()
	server := &Server{
		frontend: ports.Address(numbers[0]),
		failed:   make(chan error, 1),
		stopped:  make(chan struct{}),
	}
	logger := &logger{target: config.Logger, fatal: server.fail, ending: &server.ending}
	options := serverOptions(database, numbers, config.SkipTime, logger)
	if err := reserved.Release(); err != nil {
		return nil, fmt.Errorf("release ports: %w", err)
	}
	if err := server.run(ctx, options); err != nil {
		return nil, err
	}
	err = makeUsable(ctx, server.frontend, config.Namespace, config.Retention)
	if err == nil && config.UI {
		server.ui, err = startUI(ctx, server.frontend, config.Namespace)
	}
	if err != nil {
		return nil, errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
	}
	return server, nil
}

// run builds and starts the server. Temporal does both without a context, and
// ends its process on what it cannot stand; here that is an error.
func (s *Server) run(ctx context.Context, options []temporal.ServerOption) error {
	inner, err := s.build(options)
	if err != nil {
		return fmt.Errorf("build server: %w", err)
	}
	s.inner = inner
	err = inner.Start()
	select {
	case reason := <-s.failed:
		err = errors.Join(err, reason)
	default:
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start server: %w", err), s.Stop(context.WithoutCancel(ctx)))
	}
	return nil
}

// fatality carries a fatal reason through Temporal's constructors.
type fatality struct{ reason error }

func (s *Server) build(options []temporal.ServerOption) (_ temporal.Server, failure error) {
	s.building.Store(true)
	defer func() {
		s.building.Store(false)
		switch reason := recover().(type) {
		case nil:
		case fatality:
			failure = reason.reason
		default:
			panic(reason)
		}
	}()
	return temporal.NewServer(options...)
}

// fail is called where Temporal's server would end the process, and does not
// return. While the server is built, everything happens on one goroutine, and
// unwinding that is enough. Later it ends the goroutine that cannot go on.
func (s *Server) fail(reason error) {
	if s.building.Load() {
		panic(fatality{reason})
	}
	select {
	case s.failed <- reason:
	default:
	}
	runtime.Goexit()
}

// FrontendHostPort is the address of Temporal's gRPC API, for client.Dial.
func (s *Server) FrontendHostPort() string { return s.frontend }

// UIURL is the address of the web UI, or empty if it was not asked for.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.address
}

// Failed receives an error if the server cannot go on. A receiver should end
// the whole process: the next start takes everything up again.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop ends the web UI and the server. Stop workers and clients first, and
// PostgreSQL afterwards. It returns when the server has ended, or with an
// error when ctx ends or twelve seconds pass before that. What has not ended
// by then is harmless to kill.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.ending.Store(true)
		go func() {
			defer close(s.stopped)
			if s.ui != nil {
				s.ui.stop()
			}
			s.stopErr = s.inner.Stop()
		}()
	})
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	select {
	case <-s.stopped:
		if s.stopErr != nil {
			return fmt.Errorf("stop temporal: %w", s.stopErr)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop temporal: %w", ctx.Err())
	}
}
