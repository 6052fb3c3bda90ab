package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger hands what Temporal's server logs to slog.
type logger struct {
	target *slog.Logger
	// fatal does not return.
	fatal func(error)
	// ending is set while the server stops: its parts then complain about
	// each other's absence.
	ending *atomic.Bool
}

var (
	_ log.Logger     = (*logger)(nil)
	_ log.WithLogger = (*logger)(nil)
)

// Expected at every start of a single node and no reason to worry anyone.
var expected = []string{
	"HTTP API port has not been set",
}

func (l *logger) write(level slog.Level, message string, tags []tag.Tag) {
	ctx := context.Background()
	if !l.target.Enabled(ctx, level) {
		return
	}
	for _, start := range expected {
		if strings.HasPrefix(message, start) {
			level = slog.LevelDebug
		}
	}
	if level == slog.LevelWarn && l.ending != nil && l.ending.Load() {
		level = slog.LevelDebug
	}
	l.target.LogAttrs(ctx, level, "temporal: "+message, attributes(tags)...)
}

func attributes(tags []tag.Tag) []slog.Attr {
	converted := make([]slog.Attr, 0, len(tags))
	for _, each := range tags {
		converted = append(converted, slog.Any(each.Key(), each.Value()))
	}
	return converted
}

// Debug lines are for who looks into Temporal itself.
func (l *logger) Debug(message string, tags ...tag.Tag) { l.write(slog.LevelDebug, message, tags) }

// Info is below what an operator of Tocsin needs: Temporal says dozens of
// lines at each start.
func (l *logger) Info(message string, tags ...tag.Tag) { l.write(slog.LevelDebug, message, tags) }

// Warn lines stay warnings, unless the server is stopping.
func (l *logger) Warn(message string, tags ...tag.Tag) { l.write(slog.LevelWarn, message, tags) }

// Error lines stay errors.
func (l *logger) Error(message string, tags ...tag.Tag) { l.write(slog.LevelError, message, tags) }

// DPanic panics in Temporal's development builds only; this is none.
func (l *logger) DPanic(message string, tags ...tag.Tag) { l.write(slog.LevelError, message, tags) }

// Panic panics, as Temporal expects.
func (l *logger) Panic(message string, tags ...tag.Tag) {
	l.write(slog.LevelError, message, tags)
	panic("temporal: " + message)
}

// Fatal does not return: it ends the goroutine and reports the reason.
func (l *logger) Fatal(message string, tags ...tag.Tag) {
	l.write(slog.LevelError, message, tags)
	reason := errors.New(message)
	for _, each := range tags {
		if err, ok := each.Value().(error); ok {
			reason = fmt.Errorf("%s: %w", message, err)
		} else if each.Key() == "error" {
			reason = fmt.Errorf("%s: %v", message, each.Value())
		}
	}
	l.fatal(reason)
}

// With returns a logger that adds the tags to each line.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	arguments := make([]any, 0, len(tags))
	for _, attribute := range attributes(tags) {
		arguments = append(arguments, attribute)
	}
	return &logger{target: l.target.With(arguments...), fatal: l.fatal, ending: l.ending}
}

func isPortTaken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), "address already in use")
}
