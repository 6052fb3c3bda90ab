package temporalserver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tocsin/cmd/tocsin-local/internal/postgresserver"
	"tocsin/cmd/tocsin-local/internal/testfolder"
)

const (
	testNamespace = "tocsin"
	testQueue     = "reminders"
)

// ring is the smallest obligation: it waits and then says when it rang, and
// takes an update meanwhile.
func ring(ctx workflow.Context, wait time.Duration) (time.Time, error) {
	err := workflow.SetUpdateHandler(ctx, "greet", func(_ workflow.Context, name string) (string, error) {
		return "hello " + name, nil
	})
	if err != nil {
		return time.Time{}, err
	}
	if err := workflow.Sleep(ctx, wait); err != nil {
		return time.Time{}, err
	}
	return workflow.Now(ctx), nil
}

// parts is what a child process reports once it is ready.
type parts struct {
	Frontend    string        `json:"frontend"`
	UI          string        `json:"ui"`
	Administers string        `json:"administers"`
	Postgres    time.Duration `json:"postgres"`
	Temporal    time.Duration `json:"temporal"`
	Failure     string        `json:"failure"`
}

// TestMain lets the test binary play a tocsin-local: PostgreSQL, Temporal and
// a worker, until it is killed or its standard input ends.
func TestMain(m *testing.M) {
	if directory := os.Getenv("TEST_RUN_TEMPORAL_IN"); directory != "" {
		os.Exit(play(directory))
	}
	os.Exit(m.Run())
}

func play(directory string) int {
	ctx := context.Background()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var ready parts
	stop, err := playParts(ctx, directory, logger, &ready)
	if err != nil {
		ready.Failure = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil || ready.Failure != "" {
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	begun := time.Now()
	if err := stop(); err != nil {
		fmt.Println("stop failed:", err)
		return 1
	}
	fmt.Println("stopped in", time.Since(begun))
	return 0
}

func playParts(ctx context.Context, directory string, logger *slog.Logger, ready *parts) (func() error, error) {
	begun := time.Now()
	database, err := postgresserver.Start(ctx, postgresserver.Config{Dir: directory, Logger: logger})
	if err != nil {
		return nil, err
	}
	ready.Administers, ready.Postgres = database.URL("postgres"), time.Since(begun)
	begun = time.Now()
	server, err := Start(ctx, Config{PostgresURL: ready.Administers, Namespace: testNamespace, UI: true, Logger: logger})
	if err != nil {
		return nil, err
	}
	ready.Frontend, ready.UI, ready.Temporal = server.FrontendHostPort(), server.UIURL(), time.Since(begun)
	connection, err := client.Dial(client.Options{
		HostPort: ready.Frontend, Namespace: testNamespace, Logger: sdklog.NewStructuredLogger(logger)})
	if err != nil {
		return nil, err
	}
	work := worker.New(connection, testQueue, worker.Options{})
	work.RegisterWorkflow(ring)
	if err := work.Start(); err != nil {
		return nil, err
	}
	return func() error {
		work.Stop()
		connection.Close()
		if err := server.Stop(ctx); err != nil {
			return err
		}
		return database.Stop(ctx)
	}, nil
}

// child is such a process, seen from the test.
type child struct {
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
	ready   parts
	began   time.Time
	took    time.Duration
}

func run(t *testing.T, directory string) *child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	running := &child{command: exec.Command(program), began: time.Now()}
	running.command.Env = append(os.Environ(), "TEST_RUN_TEMPORAL_IN="+directory, "GOMEMLIMIT=384MiB")
	running.command.Stderr = testLog{t}
	output, err := running.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if running.input, err = running.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := running.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.command.Process.Kill(); _ = running.command.Wait() })
	running.output = bufio.NewReader(output)
	line, err := running.output.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the child process ended early: %v", err)
	}
	if err := json.Unmarshal(line, &running.ready); err != nil {
		t.Fatal(err)
	}
	if running.ready.Failure != "" {
		t.Fatalf("the child process failed: %s", running.ready.Failure)
	}
	running.took = time.Since(running.began)
	return running
}

// kill is kill -9.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.command.Wait(); err == nil {
		t.Error("the killed process reports success")
	}
}

func (c *child) dial(t *testing.T) client.Client {
	t.Helper()
	connection, err := client.Dial(client.Options{
		HostPort: c.ready.Frontend, Namespace: testNamespace,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(connection.Close)
	return connection
}

type testLog struct{ t *testing.T }

func (l testLog) Write(content []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(content)))
	return len(content), nil
}

// TestAKilledServerGoesOn plays the life of one data directory: first start,
// kill -9 with a timer running, restart, the timer fires, orderly stop.
func TestAKilledServerGoesOn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	directory := testfolder.Make(t)

	first := run(t, directory)
	t.Logf("first start: %v (postgresql %v, temporal %v)", first.took, first.ready.Postgres, first.ready.Temporal)
	if first.took > 15*time.Second {
		t.Errorf("the first start took %v, want at most 15 s", first.took)
	}
	connection := first.dial(t)
	begun := time.Now()
	if _, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "rings-later", TaskQueue: testQueue},
		ring, 3*time.Second); err != nil {
		t.Fatalf("start workflow: %v", err)
	}
	t.Logf("start of a workflow: %v", time.Since(begun))
	updateWithStart(ctx, t, connection)
	// Due while the process is down.
	if _, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "rings-while-down", TaskQueue: testQueue},
		ring, 400*time.Millisecond); err != nil {
		t.Fatalf("start workflow: %v", err)
	}
	waitForTimer(ctx, t, connection, "rings-while-down")
	waitForTimer(ctx, t, connection, "rings-later")
	first.kill(t)

	second := run(t, directory)
	t.Logf("start after kill -9: %v (postgresql %v, temporal %v)", second.took, second.ready.Postgres, second.ready.Temporal)
	if second.took > 5*time.Second {
		t.Errorf("the start after kill -9 took %v, want at most 5 s", second.took)
	}
	connection = second.dial(t)
	var rang time.Time
	if err := connection.GetWorkflow(ctx, "rings-while-down", "").Get(ctx, &rang); err != nil {
		t.Fatalf("the timer that came due meanwhile did not fire: %v", err)
	}
	if late := rang.Sub(second.began.Add(second.took)); late > 2*time.Second {
		t.Errorf("the timer that came due meanwhile rang %v after the start", late)
	}
	if err := connection.GetWorkflow(ctx, "rings-later", "").Get(ctx, &rang); err != nil {
		t.Fatalf("the timer did not fire after the restart: %v", err)
	}
	t.Logf("rang %v after the process was up again", rang.Sub(second.began.Add(second.took)))
	// Rung at once if it came due meanwhile, at its time if not.
	due := begun.Add(3 * time.Second)
	if up := second.began.Add(second.took); up.After(due) {
		due = up
	}
	if late := rang.Sub(due); late > 2*time.Second {
		t.Errorf("the timer rang %v late", late)
	}

	if err := second.input.Close(); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(second.output)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.command.Wait(); err != nil {
		t.Errorf("the stop failed: %v: %s", err, said)
	}
	t.Logf("%s", said)

	third := run(t, directory)
	t.Logf("start after a stop: %v (postgresql %v, temporal %v)", third.took, third.ready.Postgres, third.ready.Temporal)
	if third.took > 5*time.Second {
		t.Errorf("the start after a stop took %v, want at most 5 s", third.took)
	}
	checkUI(t, third.ready.UI)
	checkSessions(ctx, t, third.ready.Administers)
	t.Logf("memory: %s", memory(t, third.command.Process.Pid))
	if seconds := os.Getenv("TEST_IDLE"); seconds != "" {
		idle, err := time.ParseDuration(seconds)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(idle)
		t.Logf("memory after %v idle: %s", idle, memory(t, third.command.Process.Pid))
		checkSessions(ctx, t, third.ready.Administers)
	}
}

func updateWithStart(ctx context.Context, t *testing.T, connection client.Client) {
	t.Helper()
	start := connection.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: "opened-by-update", TaskQueue: testQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, ring, time.Hour)
	begun := time.Now()
	handle, err := connection.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: "greet", Args: []any{"Tocsin"}, WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	if err != nil {
		t.Fatalf("update with start: %v", err)
	}
	var answer string
	if err := handle.Get(ctx, &answer); err != nil {
		t.Fatal(err)
	}
	t.Logf("update with start: %v", time.Since(begun))
	if answer != "hello Tocsin" {
		t.Errorf("the update answered %q", answer)
	}
}

// waitForTimer returns when the timer is in the history, so that the kill
// comes while it runs.
func waitForTimer(ctx context.Context, t *testing.T, connection client.Client, id string) {
	t.Helper()
	history := connection.GetWorkflowHistory(ctx, id, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			t.Fatalf("read history: %v", err)
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_TIMER_STARTED {
			return
		}
	}
	t.Fatal("the history ended without a timer")
}

func checkUI(t *testing.T, address string) {
	t.Helper()
	for path, want := range map[string]string{
		"/": "<html", "/api/v1/namespaces/" + testNamespace: `"` + testNamespace + `"`,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("web UI: %v", err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("GET %s gives %s without %q: %.200s", path, response.Status, want, body)
		}
	}
}

func checkSessions(ctx context.Context, t *testing.T, administers string) {
	t.Helper()
	connection, err := pgx.Connect(ctx, administers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	var sessions int
	err = connection.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'temporal'`).Scan(&sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("sessions of temporal: %d", sessions)
	if sessions == 0 || sessions > 60 {
		t.Errorf("Temporal holds %d sessions, want 1 to 60", sessions)
	}
}
