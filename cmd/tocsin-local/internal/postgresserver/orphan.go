package postgresserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// orphanGrace is how long an orphan may take for the fast shutdown that
	// the death of its parent has asked for.
	orphanGrace     = 3 * time.Second
	orphanImmediate = 3 * time.Second
	orphanKill      = 5 * time.Second
)

// stopOrphan ends a PostgreSQL that a killed process left running on this
// cluster. The caller holds the directory's lock, so whoever serves this
// cluster has lost its parent.
func stopOrphan(ctx context.Context, place place, logger *slog.Logger) error {
	file := filepath.Join(place.cluster(), "postmaster.pid")
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a PostgreSQL left over: %w", err)
	}
	process, ok := postmasterOf(content)
	if !ok {
		return nil
	}
	if !serves(process, place.cluster()) {
		return disown(file, process, content)
	}
	logger.Info("stopping a PostgreSQL that an earlier process left running", "process", process)
	for _, step := range []struct {
		signal syscall.Signal
		limit  time.Duration
	}{
		{syscall.SIGINT, orphanGrace},
		{syscall.SIGQUIT, orphanImmediate},
		{syscall.SIGKILL, orphanKill},
	} {
		if err := syscall.Kill(process, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL left over (process %d): %w", process, err)
		}
		if gone(ctx, process, place.cluster(), step.limit) {
			return nil
		}
	}
	return fmt.Errorf("a PostgreSQL left over (process %d) does not end; stop it by hand", process)
}

// disown lets PostgreSQL take a stale postmaster.pid for stale even if a
// stranger's process has got its number since: PostgreSQL never believes that
// its own parent is a server. The file must stay, because its last lines let
// PostgreSQL notice surviving sessions that still write to the shared memory.
func disown(file string, process int, content []byte) error {
	if err := syscall.Kill(process, 0); errors.Is(err, syscall.ESRCH) {
		return nil
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	// Written in place, so that the owner of the file stays who it is.
	if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil { //nolint:gosec // a path of our own making
		return fmt.Errorf("mark postmaster.pid as stale: %w", err)
	}
	return nil
}

func gone(ctx context.Context, process int, cluster string, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if !serves(process, cluster) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollEvery):
		}
	}
}

// postmasterOf reads the process number, the first line of postmaster.pid.
func postmasterOf(content []byte) (int, bool) {
	line, _, _ := strings.Cut(string(content), "\n")
	process, err := strconv.Atoi(strings.TrimSpace(line))
	return process, err == nil && process > 1
}

// serves reports whether the process is a postmaster on the cluster. Where
// there is no /proc, a living process of that number is taken for one.
func serves(process int, cluster string) bool {
	if err := syscall.Kill(process, 0); errors.Is(err, syscall.ESRCH) {
		return false
	}
	commandLine, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "cmdline")) //nolint:gosec // a path of our own making
	if errors.Is(err, fs.ErrNotExist) {
		_, missing := os.Stat("/proc/self")
		return missing != nil
	}
	if err != nil {
		return false
	}
	return bytes.Contains(commandLine, []byte("-D\x00"+cluster+"\x00"))
}
