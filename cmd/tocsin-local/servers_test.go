package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"tocsin/cmd/tocsin-local/internal/mailcatcher"
	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/cmd/tocsin-local/internal/postgresserver"
	"tocsin/cmd/tocsin-local/internal/temporalserver"
	"tocsin/incident"
	"tocsin/postgres"
)

// parts are what a server's installation stands on: PostgreSQL, Temporal and a
// relay, without Tocsin.
type parts struct {
	admin, temporal, relay string
}

// stopping stops a part after the test.
func stopping(t *testing.T, what string, stop func(context.Context) error) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Errorf("stop %s: %v", what, err)
		}
	})
}

func startParts(t *testing.T) parts {
	t.Helper()
	dir := folder(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	database, err := postgresserver.Start(ctx, postgresserver.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "PostgreSQL", database.Stop)
	engine, err := temporalserver.Start(ctx, temporalserver.Config{PostgresURL: database.URL("postgres"), Namespace: "tocsin", SkipTime: true})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "Temporal", engine.Stop)
	relay, err := mailcatcher.Start(ctx, mailcatcher.Config{Dir: filepath.Join(dir, "mail")})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "the relay", relay.Stop)
	return parts{database.URL("postgres"), engine.FrontendHostPort(), "smtp://" + relay.Addr()}
}

// server is one process of the program tocsin that answers requests.
type server struct {
	command *exec.Cmd
	url     string
	said    *strings.Builder
}

// tocsinOnce runs the program to its end with an environment of its own.
func tocsinOnce(t *testing.T, environment []string, args ...string) (string, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, programs.tocsin, args...)
	command.Env = environment
	var out, failed strings.Builder
	command.Stdout, command.Stderr = &out, &failed
	err := command.Run()
	return out.String(), failed.String(), err
}

// launchTocsin starts `tocsin serve` or `tocsin worker` and waits until it is ready.
func launchTocsin(t *testing.T, environment []string, role string) *server {
	t.Helper()
	command := exec.Command(programs.tocsin, role) //nolint:noctx // ended by a signal
	command.Env = append(append([]string{}, environment...), "TOCSIN_LISTEN=127.0.0.1:0")
	s := &server{command: command, said: &strings.Builder{}}
	command.Stderr = s.said
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if command.ProcessState == nil {
			_ = command.Process.Kill() // it may have ended by itself
			_ = command.Wait()         // killed
		}
	})
	lines := bufio.NewScanner(output)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready ") {
		_ = command.Wait() // what it said tells more
		t.Fatalf("tocsin %s did not get ready: %q: %s", role, lines.Text(), s.said)
	}
	s.url = strings.TrimPrefix(lines.Text(), "ready ")
	return s
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.command.Wait() // it says that it was killed
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.command.Wait(); err != nil {
		t.Errorf("it did not stop cleanly: %v: %s", err, tail(s.said.String(), 2000))
	}
}

// installation is what the operator's guide sets up, process by process.
type installation struct {
	parts
	keys        string
	owner, app  string
	environment []string
}

func install(t *testing.T) *installation {
	t.Helper()
	i := &installation{parts: startParts(t), keys: filepath.Join(t.TempDir(), "keys")}
	d := postgres.Database{Name: "tocsin", Owner: "tocsin_owner", OwnerPassword: "owner-secret", App: "tocsin_app", AppPassword: "app-secret"}
	if err := postgres.EnsureDatabase(t.Context(), i.admin, d); err != nil {
		t.Fatal(err)
	}
	at := i.admin[strings.LastIndex(i.admin, "@"):]
	at = strings.Replace(at, "/postgres", "/tocsin", 1)
	i.owner, i.app = "postgres://tocsin_owner:owner-secret"+at, "postgres://tocsin_app:app-secret"+at
	i.prepare(t)
	return i
}

// prepare makes keys and tables for the addresses of an installation's database.
func (i *installation) prepare(t *testing.T) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "database_url")
	if err := os.WriteFile(secret, []byte(i.app+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i.environment = []string{
		"TOCSIN_DATABASE_URL_FILE=" + secret, "TEMPORAL_ADDRESS=" + i.temporal, "TOCSIN_SMTP_URL=" + i.relay,
		"TOCSIN_EXERCISE_SMTP_URL=" + i.relay, "TOCSIN_MAIL_FROM=privacy@example.com", "TOCSIN_PUBLIC_URL=https://tocsin.example.com",
		"TOCSIN_KEYS_DIR=" + i.keys, "TOCSIN_CONTROLLER_FILE=../../deploy/controller.json",
	}
	i.once(t, nil, nil, "keys", "create", "--origin", "tocsin.example.com/log")
	i.once(t, []string{"TOCSIN_OWNER_DATABASE_URL=" + i.owner}, nil, "migrate")
}

// once runs a command that has to succeed, and reads its JSON.
func (i *installation) once(t *testing.T, more []string, answer any, args ...string) {
	t.Helper()
	out, failed, err := tocsinOnce(t, append(append([]string{}, i.environment...), more...), append(args, "-o", "json")...)
	if err != nil {
		t.Fatalf("tocsin %s: %v: %s", strings.Join(args, " "), err, failed)
	}
	if answer != nil {
		if err := json.Unmarshal([]byte(out), answer); err != nil {
			t.Fatalf("tocsin %s: %v: %s", args[0], err, out)
		}
	}
}

// TestAnInstallationOfSeparateProcesses goes through the operator's guide: it
// sets an installation up, runs serve and worker apart, kills a worker, and
// loses Temporal altogether.
func TestAnInstallationOfSeparateProcesses(t *testing.T) {
	i := install(t)
	var account struct{ ID, Token, Password string }
	i.once(t, nil, &account, "user", "bootstrap", "--email", "dpo@example.com", "--name", "DPO", "--zone", "Europe/Madrid")
	if _, failed, err := tocsinOnce(t, i.environment, "user", "bootstrap", "--email", "two@example.com", "--name", "Two"); exitCode(err) != 1 ||
		!strings.Contains(failed, "accounts already") {
		t.Errorf("a second first account: exit code %d, %s", exitCode(err), failed)
	}
	dpo := play.Person{Role: "dpo", Token: account.Token}
	serve, worker := launchTocsin(t, i.environment, "serve"), launchTocsin(t, i.environment, "worker")
	for role, s := range map[string]*server{"serve": serve, "worker": worker} {
		if _, failed, err := tocsinOnce(t, append(i.environment, "TOCSIN_LISTEN="+strings.TrimPrefix(s.url, "http://")), "healthcheck"); err != nil {
			t.Errorf("healthcheck of %s: %v: %s", role, err, failed)
		}
	}
	web := &running{process: &process{url: serve.url}}
	give := func(answer any, args ...string) error {
		out, failed, err := web.run(t.Context(), dpo, append(args, "-o", "json")...)
		if err != nil {
			return fmt.Errorf("tocsin %s: %w: %s", strings.Join(args, " "), err, failed)
		}
		if answer == nil {
			return nil
		}
		return json.Unmarshal([]byte(out), answer)
	}
	if err := ready(t, serve.url); err != nil {
		t.Fatal(err)
	}
	var opened struct{ ID string }
	if err := give(&opened, "incident", "open", "--file", "../../examples/vendor-breach/disclosure.json"); err != nil {
		t.Fatal(err)
	}

	// A worker that dies is replaced, and the case goes on.
	worker.kill(t)
	worker = launchTocsin(t, i.environment, "worker")
	if err := give(nil, "task", "done", opened.ID, "1", "--note", "cut at the firewall"); err != nil {
		t.Fatal(err)
	}
	if n := web.entries(t, dpo, opened.ID, "task_completed"); n != 1 {
		t.Errorf("the task's completion is recorded %d times", n)
	}

	// Temporal is lost: an empty namespace stands for an empty cluster.
	worker.stop(t)
	serve.stop(t)
	emptyNamespace(t, i.temporal, "afresh")
	i.environment = append(i.environment, "TEMPORAL_NAMESPACE=afresh")
	var found struct {
		Open    int
		Started []struct{ Kind, ID, Incident string }
	}
	lost := func(how string) {
		t.Helper()
		kinds := map[string]int{}
		for _, one := range found.Started {
			kinds[one.Kind]++
		}
		if found.Open != 1 || kinds[incident.ProcessIncident] != 1 || kinds[incident.ProcessObligation] != 1 || kinds[incident.ProcessAnchors] != 1 {
			t.Errorf("%s found %+v, expected the case, its duty and the checkpoints", how, found)
		}
	}
	i.once(t, nil, &found, "recover", "--dry-run")
	lost("a dry run")
	found.Started = nil
	i.once(t, nil, &found, "recover")
	lost("a recovery after a dry run")
	found.Started = nil
	i.once(t, nil, &found, "recover")
	if len(found.Started) != 0 {
		t.Errorf("a second recover started %v", found.Started)
	}
	before := 0
	serve, worker = launchTocsin(t, i.environment, "serve"), launchTocsin(t, i.environment, "worker")
	web.url = serve.url
	before = web.entries(t, dpo, opened.ID, "")
	eventually(t, func() error { return give(nil, "task", "done", opened.ID, "2", "--note", "logs copied") })
	if n := web.entries(t, dpo, opened.ID, "task_completed"); n != 2 {
		t.Errorf("after the loss %d completions are recorded, expected 2", n)
	}
	if after := web.entries(t, dpo, opened.ID, ""); after < before+1 {
		t.Errorf("the record had %d entries and has %d", before, after)
	}
	serve.stop(t)
	worker.stop(t)
}

// ready asks the server which of its parts answer.
func ready(t *testing.T, url string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Status string
		Parts  map[string]string
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %v", response.Status, body.Parts)
	}
	return nil
}

// emptyNamespace makes a namespace of Temporal and waits until it is known.
func emptyNamespace(t *testing.T, address, name string) {
	t.Helper()
	c, err := client.NewNamespaceClient(client.Options{HostPort: address})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		reader, err := client.Dial(client.Options{HostPort: address, Namespace: name})
		if err != nil {
			return err
		}
		defer reader.Close()
		_, err = reader.DescribeWorkflowExecution(t.Context(), "none", "")
		if _, known := err.(*serviceerror.NotFound); known { //nolint:errorlint // the client gives it bare
			return nil
		}
		return err
	})
}

// TestTocsinLocalOnPartsOfOthers runs it on a PostgreSQL and a Temporal that
// are there already.
func TestTocsinLocalOnPartsOfOthers(t *testing.T) {
	p := startParts(t)
	t.Setenv("TOCSIN_DATABASE_URL", p.admin)
	t.Setenv("TEMPORAL_ADDRESS", p.temporal)
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	out, failed, err := r.run(t.Context(), firstAccount(t, dir), "incident", "open", "--file", "../../examples/vendor-breach/disclosure.json", "-o", "json")
	if err != nil {
		t.Errorf("%v: %s", err, failed)
	}
	if !strings.Contains(out, `"id"`) {
		t.Errorf("the answer is %q", out)
	}
	if err := ready(t, r.url); err != nil {
		t.Error(err)
	}
	r.stop(t)
}

// TestTheMasterKeyIsRotatedUnderRunningServers gives the command of the
// operator's guide beside serve and worker, which know nothing of it.
func TestTheMasterKeyIsRotatedUnderRunningServers(t *testing.T) {
	i := install(t)
	var account struct{ Token string }
	i.once(t, nil, &account, "user", "bootstrap", "--email", "dpo@example.com", "--name", "DPO", "--zone", "Europe/Madrid")
	dpo := play.Person{Role: "dpo", Token: account.Token}
	serve, worker := launchTocsin(t, i.environment, "serve"), launchTocsin(t, i.environment, "worker")
	web := &running{process: &process{url: serve.url}}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("email,name\nana@example.org,Ana\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	people := func(id string) string {
		t.Helper()
		var list struct{ People []struct{ Email string } }
		if web.give(t, dpo, &list, "people", "list", id); len(list.People) != 1 {
			t.Fatalf("%d people are listed", len(list.People))
		}
		return list.People[0].Email
	}
	before := openReal(t, web, dpo, time.Now().Add(-time.Hour))
	web.give(t, dpo, nil, "people", "import", before, "--file", file)

	var done struct {
		Key, Before string
		Incidents   int
	}
	i.once(t, nil, &done, "keys", "rotate", "--reason", "a person left")
	if done.Incidents < 1 || done.Key == done.Before {
		t.Errorf("the rotation did %+v", done)
	}
	after := openReal(t, web, dpo, time.Now().Add(-2*time.Hour))
	web.give(t, dpo, nil, "people", "import", after, "--file", file)
	serve.stop(t)
	worker.stop(t)
	serve, worker = launchTocsin(t, i.environment, "serve"), launchTocsin(t, i.environment, "worker")
	web.url = serve.url
	for _, id := range []string{before, after} {
		if got := people(id); got != "ana@example.org" {
			t.Errorf("after the rotation the person is %q", got)
		}
	}
	out, failed, err := web.run(t.Context(), dpo, "audit", "installation", "-o", "json")
	if err != nil {
		t.Fatalf("%v: %s", err, failed)
	}
	for _, part := range []string{`"master_key_rotated"`, `"master_key_rewrapped"`, `"reason":"a person left"`, done.Key} {
		if !strings.Contains(out, part) {
			t.Errorf("the record lacks %s", part)
		}
	}
	var verified struct{ Problems []string }
	web.give(t, dpo, &verified, "audit", "verify")
	if len(verified.Problems) != 0 {
		t.Errorf("the record's problems: %v", verified.Problems)
	}
	serve.stop(t)
	worker.stop(t)
}
