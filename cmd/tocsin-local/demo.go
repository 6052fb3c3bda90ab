package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// demo starts the system as a process of its own, plays the example through
// its real interfaces, and keeps it running until it is interrupted.
func demo(ctx context.Context, args []string, out, failed io.Writer) int {
	flags := flag.NewFlagSet("tocsin-local demo", flag.ContinueOnError)
	flags.SetOutput(failed)
	program := flags.String("tocsin", "bin/tocsin", "the `program` tocsin")
	example := flags.String("example", "examples/vendor-breach", "the `folder` of the example")
	data := flags.String("data", "", "the `folder` that holds everything; a new one by default")
	listen := flags.String("listen", "127.0.0.1:8080", "`host:port` of the pages; a free port when it is taken")
	exit := flags.Bool("exit", false, "end after the check")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitDone
		}
		return exitMisused
	}
	if err := runDemo(ctx, *program, *example, *data, *listen, *exit, out); err != nil {
		if ctx.Err() != nil {
			return exitDone // interrupted
		}
		say(failed, "the demo fell short: %s", oneLine(err))
		return exitFailed
	}
	return exitDone
}

func runDemo(ctx context.Context, program, example, data, listen string, exit bool, out io.Writer) (failure error) {
	began := time.Now()
	if data == "" {
		dir, err := os.MkdirTemp("", "tocsin-demo-")
		if err != nil {
			return err
		}
		// PostgreSQL's own user passes through; what is secret has modes of its own.
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // see above
			return err
		}
		data = dir
	} else if err := os.MkdirAll(data, 0o755); err != nil { //nolint:gosec // as above
		return fmt.Errorf("make the folder of --data: %w", err)
	}
	tell := func(format string, a ...any) {
		say(out, "[%5.1fs] %s", time.Since(began).Seconds(), fmt.Sprintf(format, a...))
	}
	tell("Starting PostgreSQL, Temporal, the mail catcher and Tocsin …")
	system, err := launch(ctx, data, listen)
	if err != nil {
		return err
	}
	defer func() {
		failure = errors.Join(failure, system.stop())
	}()
	tell("Ready at %s", system.url)

	var first struct {
		Email    string `json:"email"`
		Password string `json:"password"`
		Token    string `json:"token"`
	}
	var where struct {
		WorkflowUI string `json:"workflow_ui"`
		VKey       string `json:"vkey"`
	}
	if err := errors.Join(readJSON(filepath.Join(data, "credentials.json"), &first),
		readJSON(filepath.Join(data, "where.json"), &where)); err != nil {
		return err
	}
	p := play.Play{
		Tocsin:  play.Command{Program: program, URL: func() string { return system.url }, Patience: time.Minute},
		Example: example, Key: fmt.Sprintf("demo-%d", began.Unix()), DPO: play.Person{Role: "dpo", Token: first.Token},
		VKey: where.VKey, Work: data, Say: tell,
	}
	outcome, err := p.Run(ctx)
	if err != nil {
		return err
	}
	if err := p.Check(ctx, outcome); err != nil {
		return err
	}
	say(out, `
The example was played and its record verified. Where to look:
  page         %s/incidents/%s
               sign in as %s, password %s
  caught mail  %s/dev/mail
  workflows    %s
  bundle       %s
  check it     %s verify %s
  the data     %s (remove the folder when you no longer need it)`, system.url, outcome.Case.ID, first.Email, first.Password, system.url, where.WorkflowUI, outcome.Bundle, program, outcome.Bundle, data)
	if exit {
		return nil
	}
	say(out, "\nEverything keeps running until Ctrl-C.")
	select {
	case <-ctx.Done():
		return nil
	case err := <-system.ended:
		return fmt.Errorf("the system ended by itself: %w", err)
	}
}

// process is a running tocsin-local.
type process struct {
	command *exec.Cmd
	url     string
	ended   chan error
}

// launch starts this same program as the system, and waits until it is ready.
func launch(ctx context.Context, data, listen string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, err := launchOn(ctx, self, data, listen)
	if err != nil && strings.Contains(err.Error(), "cannot be taken") {
		return launchOn(ctx, self, data, "127.0.0.1:0")
	}
	return p, err
}

// logFile is what a launched system says, in its own folder.
const logFile = "tocsin-local.log"

// launchOn starts a program tocsin-local, with more flags if there are any, and
// waits until it is ready.
func launchOn(ctx context.Context, program, data, listen string, more ...string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(data, logFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // our own folder
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, append([]string{"--data", data, "--listen", listen}, more...)...) //nolint:gosec,noctx // our own program; it is ended by a signal
	command.Stderr = log
	// Ctrl-C is for the demo, which then stops the system in its own time.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &process{command: command, ended: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- url
			}
		}
		p.ended <- errors.Join(command.Wait(), log.Close())
	}()
	select {
	case p.url = <-ready:
		return p, nil
	case err := <-p.ended:
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("it did not start: %w: %s", err, lastLine(string(said)))
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.stop())
	}
}

func (p *process) stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended
	}
	select {
	case err := <-p.ended:
		return err
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the system did not stop within 20 s"), p.command.Process.Kill())
	}
}

func readJSON(path string, v any) error {
	content, err := os.ReadFile(path) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	return json.Unmarshal(content, v)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
