package postgresserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	fastLimit      = 8 * time.Second
	immediateLimit = 3 * time.Second
	keptLines      = 20
)

var (
	errPortTaken = errors.New("the port was taken by another program")
	// errMemoryInUse: sessions of a postmaster that was killed are still
	// ending; PostgreSQL refuses to open the data beside them.
	errMemoryInUse = errors.New("sessions of an earlier PostgreSQL are still ending")
)

// child is a running postmaster.
type child struct {
	process int
	done    chan error    // one error if it ended unasked; closed at the end
	exited  chan struct{} // closed at the end

	mutex    sync.Mutex
	stopping bool
	result   error    // of Wait, valid once exited is closed
	lines    []string // the last lines it wrote
}

// startChild runs the command as owner, in a process group of its own so that
// Ctrl-C at a terminal reaches only the parent, which then stops its parts in
// the right order.
//
// The kernel sends the parent-death signal when the *thread* that forked the
// child ends, so the goroutine that starts it keeps its thread until the child
// is gone.
func startChild(command *exec.Cmd, owner *owner, logger *slog.Logger) (*child, error) {
	command.SysProcAttr = childAttributes()
	if owner != nil {
		command.SysProcAttr.Credential = owner.credential()
	}
	output, err := command.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("run PostgreSQL: %w", err)
	}
	running := &child{done: make(chan error, 1), exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := command.Start(); err != nil {
			started <- fmt.Errorf("run PostgreSQL: %w", err)
			return
		}
		running.process = command.Process.Pid
		started <- nil
		running.read(output, logger)
		running.finish(command.Wait())
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return running, nil
}

func (c *child) read(output io.Reader, logger *slog.Logger) {
	scanner := bufio.NewScanner(output)
	for scanner.Scan() {
		line := strings.TrimSpace(scanner.Text())
		if line == "" {
			continue
		}
		c.mutex.Lock()
		c.lines = append(c.lines, line)
		if len(c.lines) > keptLines {
			c.lines = c.lines[1:]
		}
		stopping := c.stopping
		c.mutex.Unlock()
		logLine(logger, line, stopping)
	}
	// A line longer than the scanner's limit must not block PostgreSQL.
	if _, err := io.Copy(io.Discard, output); err != nil {
		logger.Debug("postgresql log ended", "error", err)
	}
}

// logLine keeps PostgreSQL's severities, less what is no news: refused
// connections while it starts or stops, and duplicate keys, the ordinary way
// to learn that something is there already. The client of a failed statement
// has been told in any case, so ERROR is a warning here.
func logLine(logger *slog.Logger, line string, stopping bool) {
	severity, message, found := strings.Cut(line, ":")
	if !found {
		severity, message = "", line
	}
	message = strings.TrimSpace(message)
	expected := strings.Contains(message, "the database system is starting up") ||
		strings.Contains(message, "the database system is not yet accepting connections") ||
		strings.Contains(message, "duplicate key value violates unique constraint") ||
		(stopping && severity == "FATAL")
	level := slog.LevelDebug
	switch {
	case expected:
	case severity == "WARNING", severity == "ERROR":
		level = slog.LevelWarn
	case severity == "FATAL", severity == "PANIC":
		level = slog.LevelError
	}
	logger.Log(context.Background(), level, "postgresql: "+message)
}

func (c *child) finish(result error) {
	c.mutex.Lock()
	c.result = result
	unasked := !c.stopping
	c.mutex.Unlock()
	close(c.exited)
	if unasked {
		c.done <- c.whyEnded()
	}
	close(c.done)
}

// whyEnded describes the end of the child from its last words.
func (c *child) whyEnded() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	last := strings.Join(c.lines, " | ")
	for _, line := range c.lines {
		if strings.Contains(line, "could not bind") || strings.Contains(line, "could not create any TCP/IP sockets") {
			return fmt.Errorf("%w: %s", errPortTaken, last)
		}
		if strings.Contains(line, "is still in use") {
			return fmt.Errorf("%w: %s", errMemoryInUse, last)
		}
	}
	if c.result == nil {
		return fmt.Errorf("PostgreSQL ended unasked (exit code 0): %s", last)
	}
	return fmt.Errorf("PostgreSQL ended (%w): %s", c.result, last)
}

// stop asks for a fast shutdown, then for an immediate one, then kills.
func (c *child) stop(ctx context.Context) error {
	c.mutex.Lock()
	c.stopping = true
	c.mutex.Unlock()
	ctx, cancel := context.WithTimeout(ctx, fastLimit)
	defer cancel()
	if c.signalAndWait(syscall.SIGINT, ctx.Done()) {
		return nil
	}
	// The caller's context may have ended already, so this limit stands alone.
	immediate, cancelImmediate := context.WithTimeout(context.WithoutCancel(ctx), immediateLimit)
	defer cancelImmediate()
	if c.signalAndWait(syscall.SIGQUIT, immediate.Done()) {
		return errors.New("PostgreSQL did not shut down in time and was stopped at once; the next start recovers")
	}
	c.signalAndWait(syscall.SIGKILL, nil)
	return errors.New("PostgreSQL did not react and was killed; the next start recovers")
}

// signalAndWait reports whether the child has ended before the limit.
func (c *child) signalAndWait(signal syscall.Signal, limit <-chan struct{}) bool {
	select {
	case <-c.exited:
		return true
	default:
	}
	if err := syscall.Kill(c.process, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false
	}
	select {
	case <-c.exited:
		return true
	case <-limit:
		return false
	}
}
