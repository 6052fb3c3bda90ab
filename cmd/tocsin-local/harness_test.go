package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/cmd/tocsin-local/internal/testfolder"
)

// programs are the two programs under test, built once from this tree.
var programs struct{ tocsin, local string }

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, failure error) {
	dir, err := os.MkdirTemp("", "tocsin-programs-")
	if err != nil {
		return 1, err
	}
	defer func() { failure = errors.Join(failure, os.RemoveAll(dir)) }()
	programs.tocsin, programs.local = filepath.Join(dir, "tocsin"), filepath.Join(dir, "tocsin-local")
	for _, build := range []struct{ in, out, what string }{
		{"../..", programs.tocsin, "./cmd/tocsin"}, {".", programs.local, "."},
	} {
		command := exec.Command("go", "build", "-o", build.out, build.what)
		command.Dir = build.in
		if said, err := command.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", build.what, err, said)
		}
	}
	return m.Run(), nil
}

// running is a tocsin-local under test.
type running struct {
	*process
	log string
}

// start starts tocsin-local on a folder and waits until it says that it is ready.
func start(t testing.TB, dir, listen string, more ...string) *running {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log := filepath.Join(dir, logFile)
	p, err := launchOn(ctx, programs.local, dir, listen, more...)
	if err != nil {
		said, _ := os.ReadFile(log)
		t.Fatalf("%v\n%s", err, said)
	}
	return &running{process: p, log: log}
}

// stop ends it as Ctrl-C would.
func (r *running) stop(t testing.TB) {
	t.Helper()
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("tocsin-local did not stop cleanly: %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Errorf("tocsin-local did not stop within 15 s: %v", r.command.Process.Kill())
	}
}

// kill ends it as a power cut would.
func (r *running) kill(t testing.TB) {
	t.Helper()
	if err := r.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.ended
}

// folder is a folder for a tocsin-local under test.
func folder(t testing.TB) string {
	t.Helper()
	return testfolder.Make(t)
}

// firstAccount reads DIR/credentials.json.
func firstAccount(t testing.TB, dir string) play.Person {
	t.Helper()
	var c struct{ URL, Email, Password, Token string }
	readInto(t, filepath.Join(dir, "credentials.json"), &c)
	if c.URL == "" || c.Email == "" || c.Password == "" || c.Token == "" {
		t.Fatal("credentials.json lacks url, email, password or token")
	}
	return play.Person{Role: "dpo", Token: c.Token}
}

func readInto(t testing.TB, path string, v any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// logKey is the key that checks the log of a folder.
func logKey(t testing.TB, dir string) string {
	t.Helper()
	var where struct {
		VKey string `json:"vkey"`
	}
	readInto(t, filepath.Join(dir, "where.json"), &where)
	return where.VKey
}

// run gives one command and its output.
func (r *running) run(ctx context.Context, by play.Person, args ...string) (stdout, stderr string, err error) {
	command := exec.CommandContext(ctx, programs.tocsin, args...)
	command.Env = []string{"TOCSIN_URL=" + r.url, "TOCSIN_TOKEN=" + by.Token}
	var out, failed strings.Builder
	command.Stdout, command.Stderr = &out, &failed
	err = command.Run()
	return out.String(), failed.String(), err
}
