package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/cmd/tocsin-local/internal/testfolder"
)

func TestDataSurvivesAStopAndAStart(t *testing.T) {
	directory := testfolder.Make(t)
	ctx := t.Context()

	begun := time.Now()
	server := start(t, directory)
	t.Logf("first start: %v", time.Since(begun))
	query(t, server, "create table kept (line text)")
	query(t, server, "insert into kept values ('é')")
	if err := server.Stop(ctx); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	if err, open := <-server.Done(); open || err != nil {
		t.Errorf("Done after Stop gave %v, want it closed without an error", err)
	}
	if err := server.Stop(ctx); err != nil {
		t.Errorf("second Stop: %v", err)
	}

	begun = time.Now()
	server = start(t, directory)
	t.Logf("second start: %v", time.Since(begun))
	if got := query(t, server, "select upper(line) from kept"); got != "É" && got != "é" {
		t.Errorf("after the restart the table holds %q, want é", got)
	}
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "TimeZone": "UTC",
		"server_encoding": "UTF8", "log_min_error_statement": "panic",
	} {
		if got := query(t, server, "select current_setting('"+setting+"')"); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}

func TestAConnectionNeedsTheGeneratedPassword(t *testing.T) {
	server := start(t, testfolder.Make(t))
	for _, password := range []string{"", "postgres"} {
		address, err := url.Parse(server.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword(superuser, password)
		connection, err := pgx.Connect(t.Context(), address.String())
		if err == nil {
			t.Errorf("password %q was accepted", password)
			_ = connection.Close(t.Context())
		}
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(server.directory), "password"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.FileMode(0o600) {
		t.Errorf("the password file has mode %v, want 0600", info.Mode())
	}
}

func TestASecondProcessOnTheSameDirectoryIsRefused(t *testing.T) {
	directory := testfolder.Make(t)
	server := start(t, directory)
	if _, err := Start(t.Context(), Config{Dir: directory, Logger: quiet()}); !errors.Is(err, ErrInUse) {
		t.Fatalf("second Start gave %v, want ErrInUse", err)
	}
	if got := query(t, server, "select 'alive'"); got != "alive" {
		t.Errorf("the first server answers %q after the refusal", got)
	}
}

func TestDoneReportsACrashAndTheNextStartRecovers(t *testing.T) {
	directory := testfolder.Make(t)
	server := start(t, directory)
	query(t, server, "create table kept as select 1 as one")
	if err := syscall.Kill(server.ProcessID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-server.Done():
		if err == nil || !strings.Contains(err.Error(), "ended") {
			t.Errorf("Done gave %v, want an error that PostgreSQL ended", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Done stays silent 10 s after PostgreSQL was killed")
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Errorf("Stop after the crash: %v", err)
	}
	server = start(t, directory)
	if got := query(t, server, "select one::text from kept"); got != "1" {
		t.Errorf("after the crash the table holds %q, want 1", got)
	}
}

// TestMain lets the test binary play a tocsin-local that is killed.
func TestMain(m *testing.M) {
	if directory := os.Getenv("TEST_START_POSTGRESQL_IN"); directory != "" {
		server, err := Start(context.Background(), Config{Dir: directory, Logger: quiet()})
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		fmt.Println(server.URL("postgres"))
		select {}
	}
	os.Exit(m.Run())
}

func TestAKillOfTheParentEndsPostgreSQLAndLosesNothing(t *testing.T) {
	directory := testfolder.Make(t)
	parent, address := startInChildProcess(t, directory)
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(t.Context(), "create table kept as select 'committed' as line"); err != nil {
		t.Fatal(err)
	}
	kill(t, parent)
	// The kernel tells PostgreSQL, and the open session ends with it.
	limit := time.Now().Add(10 * time.Second)
	for connection.Ping(t.Context()) == nil {
		if time.Now().After(limit) {
			t.Fatal("PostgreSQL still answers 10 s after its parent was killed")
		}
	}
	begun := time.Now()
	server := start(t, directory)
	t.Logf("start after kill -9 of the parent: %v", time.Since(begun))
	if got := query(t, server, "select line from kept"); got != "committed" {
		t.Errorf("after the kill the table holds %q, want committed", got)
	}
}

func TestAPostgreSQLLeftRunningIsStoppedAtTheNextStart(t *testing.T) {
	directory := testfolder.Make(t)
	server := start(t, directory)
	query(t, server, "create table kept as select 'committed' as line")
	process := server.ProcessID()
	// Without its lock the running server is what a killed parent leaves
	// behind on a system without parent-death signals.
	if err := server.lock.Close(); err != nil {
		t.Fatal(err)
	}
	next := start(t, directory)
	if serves(process, server.directory) {
		t.Errorf("process %d still serves the cluster", process)
	}
	if got := query(t, next, "select line from kept"); got != "committed" {
		t.Errorf("the new server reads %q, want committed", got)
	}
}

func TestAStaleProcessNumberTakenByAStrangerIsNoObstacle(t *testing.T) {
	directory := testfolder.Make(t)
	server := start(t, directory)
	cluster := server.directory
	if err := syscall.Kill(server.ProcessID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "60")
	if info, err := os.Stat(cluster); err == nil && os.Geteuid() == 0 {
		status := info.Sys().(*syscall.Stat_t)
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: status.Uid, Gid: status.Gid}}
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(t, stranger) })
	file := filepath.Join(cluster, "postmaster.pid")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	forged := []byte(itoa(stranger.Process.Pid) + "\n" + rest)
	if err := os.WriteFile(file, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	server = start(t, directory)
	if got := query(t, server, "select 'alive'"); got != "alive" {
		t.Errorf("the server answers %q", got)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the stranger's process was ended: %v", err)
	}
}

func TestAHalfMadeClusterIsMadeAnew(t *testing.T) {
	directory := testfolder.Make(t)
	unfinished := filepath.Join(directory, subdirectory, "data.unfinished")
	if err := os.MkdirAll(filepath.Join(unfinished, "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(unfinished, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := start(t, directory)
	if got := query(t, server, "select 'alive'"); got != "alive" {
		t.Errorf("the server answers %q", got)
	}
}

func TestRowsAndStatementsStayOutOfTheLog(t *testing.T) {
	var written strings.Builder
	logger := slog.New(slog.NewTextHandler(&locked{builder: &written}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := Start(t.Context(), Config{Dir: testfolder.Make(t), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	query(t, server, "create table people (email text primary key)")
	query(t, server, "insert into people values ('ada@example.com')")
	connection, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(t.Context(), "insert into people values ('ada@example.com')"); err == nil {
		t.Fatal("the duplicate was accepted")
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(written.String(), "duplicate key") {
		t.Error("the error itself did not reach the log")
	}
	if strings.Contains(written.String(), "ada@") || strings.Contains(written.String(), "insert into") {
		t.Errorf("the log holds the row or the statement:\n%s", written.String())
	}
}
