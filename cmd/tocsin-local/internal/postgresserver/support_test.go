package postgresserver

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

func start(t *testing.T, directory string) *Server {
	t.Helper()
	server, err := Start(t.Context(), Config{Dir: directory, Logger: quiet()})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := server.Stop(context.Background()); err != nil {
			t.Errorf("stop at the end of the test: %v", err)
		}
	})
	return server
}

// query runs one statement and returns its first value, if it has one.
func query(t *testing.T, server *Server, statement string) string {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() {
		if err := connection.Close(t.Context()); err != nil {
			t.Errorf("close connection: %v", err)
		}
	}()
	rows, err := connection.Query(t.Context(), statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return strings.Join(values, " ")
}

func startInChildProcess(t *testing.T, directory string) (*exec.Cmd, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), "TEST_START_POSTGRESQL_IN="+directory)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "failed") {
		t.Fatalf("the child process says %q (%v)", line, err)
	}
	return command, strings.TrimSpace(line)
}

// kill is kill -9.
func kill(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Error("the killed process reports success")
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func itoa(number int) string { return strconv.Itoa(number) }

// locked makes a builder safe for a logger that several goroutines use.
type locked struct {
	mutex   sync.Mutex
	builder *strings.Builder
}

func (l *locked) Write(content []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.builder.Write(content)
}
