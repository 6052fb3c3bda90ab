package play

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Person is an account that gives commands.
type Person struct {
	// Role is the account's role.
	Role string
	// Token is the account's API token.
	Token string
}

// Command runs the program tocsin.
type Command struct {
	// Program is the path of the program.
	Program string
	// URL is the address of the server. A function, since a server that was
	// killed may come back elsewhere.
	URL func() string
	// Patience is how long a step is repeated while a part is away.
	Patience time.Duration
}

// errRefused is a command that was refused for good.
type errRefused struct{ line string }

func (e *errRefused) Error() string { return e.line }

// run gives a command as a person and reads its JSON answer. While a part is
// away it is given again.
func (c Command) run(ctx context.Context, by Person, answer any, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	var last error
	for {
		output, err := c.once(ctx, by, args)
		if err == nil {
			if answer == nil {
				return nil
			}
			if err := json.Unmarshal(output, answer); err != nil {
				return fmt.Errorf("tocsin %s: the answer is not what was expected: %w", args[0], err)
			}
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		if _, refused := errors.AsType[*errRefused](err); refused {
			return fmt.Errorf("tocsin %s: %w", strings.Join(args[:min(2, len(args))], " "), err)
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("tocsin %s: still away after %s: %w", args[0], c.Patience, last)
		}
	}
}

func (c Command) once(ctx context.Context, by Person, args []string) ([]byte, error) {
	var out, failed bytes.Buffer
	process := exec.CommandContext(ctx, c.Program, append(args, "-o", "json")...) //nolint:gosec // our own program
	process.Env = []string{"TOCSIN_URL=" + c.URL(), "TOCSIN_TOKEN=" + by.Token}
	process.Stdout, process.Stderr = &out, &failed
	err := process.Run()
	if err == nil {
		return out.Bytes(), nil
	}
	line := strings.TrimSpace(failed.String())
	if line == "" {
		return nil, err
	}
	if strings.Contains(line, "unavailable") || strings.Contains(line, "try again") {
		return nil, errors.New(line)
	}
	return nil, &errRefused{line: line}
}

// wait waits for a moment between two looks at a condition.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ShortPatience is for a system that is not disturbed.
const ShortPatience = 30 * time.Second
