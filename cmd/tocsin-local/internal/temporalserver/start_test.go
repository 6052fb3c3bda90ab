package temporalserver

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	v12 "go.temporal.io/server/schema/postgresql/v12"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"

	"tocsin/cmd/tocsin-local/internal/ports"
	"tocsin/cmd/tocsin-local/internal/postgresserver"
	"tocsin/cmd/tocsin-local/internal/testfolder"
)

// TestATakenPortIsAnErrorAndTheNextAttemptServes shows that what would make
// Temporal's server end its process only fails the start, and that a process
// may start, stop and start it again.
func TestATakenPortIsAnErrorAndTheNextAttemptServes(t *testing.T) {
	ctx := t.Context()
	quiet := slog.New(slog.DiscardHandler)
	postgres, err := postgresserver.Start(ctx, postgresserver.Config{Dir: testfolder.Make(t), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	where, err := parseDatabase(postgres.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if err := prepareDatabases(ctx, where, quiet); err != nil {
		t.Fatalf("prepare: %v", err)
	}
	// A second preparation finds everything done, and so does one that was
	// killed before the version was written.
	if err := prepareDatabases(ctx, where, quiet); err != nil {
		t.Fatalf("prepare again: %v", err)
	}
	forgetVersion(ctx, t, postgres.URL(visibilityDatabase))
	if err := prepareDatabases(ctx, where, quiet); err != nil {
		t.Fatalf("prepare after a kill: %v", err)
	}
	for database, want := range map[string]string{mainDatabase: v12.Version, visibilityDatabase: v12.VisibilityVersion} {
		if got := version(ctx, t, postgres.URL(database)); got != want {
			t.Errorf("the schema of %s has version %s, want %s", database, got, want)
		}
	}

	reserved, err := ports.Reserve(ctx, len(services))
	if err != nil {
		t.Fatal(err)
	}
	numbers := reserved.Numbers()
	if err := reserved.Release(); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", ports.Address(numbers[1]))
	if err != nil {
		t.Fatal(err)
	}
	failing := &Server{failed: make(chan error, 1), stopped: make(chan struct{})}
	err = failing.run(ctx, serverOptions(where, numbers, false, &logger{target: quiet, fatal: failing.fail, ending: &failing.ending}))
	if err == nil || !isPortTaken(err) {
		t.Errorf("with a taken port the start gives %v, want an error that says so", err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		server, err := Start(ctx, Config{PostgresURL: postgres.URL("postgres"), Namespace: "example", Logger: quiet})
		if err != nil {
			t.Fatalf("Start: %v", err)
		}
		if server.UIURL() != "" {
			t.Errorf("a web UI that was not asked for is at %s", server.UIURL())
		}
		if err := server.Stop(ctx); err != nil {
			t.Fatalf("Stop: %v", err)
		}
		if err := server.Stop(ctx); err != nil {
			t.Errorf("second Stop: %v", err)
		}
		select {
		case err := <-server.Failed():
			t.Errorf("an orderly stop is reported as a failure: %v", err)
		default:
		}
	}
}

func forgetVersion(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, `DELETE FROM schema_version`); err != nil {
		t.Fatal(err)
	}
}

func version(ctx context.Context, t *testing.T, address string) string {
	t.Helper()
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	var found string
	if err := connection.QueryRow(ctx, `SELECT curr_version FROM schema_version`).Scan(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestAnOlderSchemaIsBroughtUpToDate starts from databases as an earlier
// version of Temporal left them.
func TestAnOlderSchemaIsBroughtUpToDate(t *testing.T) {
	ctx := t.Context()
	quiet := slog.New(slog.DiscardHandler)
	postgres, err := postgresserver.Start(ctx, postgresserver.Config{Dir: testfolder.Make(t), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	where, err := parseDatabase(postgres.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if err := createDatabases(ctx, where); err != nil {
		t.Fatal(err)
	}
	const older = "1.15"
	connection, err := sqltool.NewConnection(where.store(mainDatabase), &logger{target: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	for _, task := range []interface{ Run() error }{
		schema.NewSetupSchemaTask(connection, &schema.SetupConfig{InitialVersion: beforeFirst}, &logger{target: quiet}),
		schema.NewUpdateSchemaTask(connection, &schema.UpdateConfig{SchemaName: mainSchema, TargetVersion: older}, &logger{target: quiet}),
	} {
		if err := task.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if got := version(ctx, t, postgres.URL(mainDatabase)); got != older {
		t.Fatalf("the schema has version %s, want %s to begin with", got, older)
	}
	if err := prepareDatabases(ctx, where, quiet); err != nil {
		t.Fatal(err)
	}
	if got := version(ctx, t, postgres.URL(mainDatabase)); got != v12.Version {
		t.Errorf("the schema has version %s, want %s", got, v12.Version)
	}
}

func TestAConnectionStringIsReadAndNeverRepeated(t *testing.T) {
	got, err := parseDatabase("postgres://temporal:p%40ss@db.example.org:6432/postgres?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	if got.address != "db.example.org:6432" || got.user != "temporal" || got.password != "p@ss" || got.attributes["sslmode"] != "require" {
		t.Errorf("read as %+v", got)
	}
	for _, wrong := range []string{"", "host=localhost password=secret", "mysql://u:secret@localhost/x", "postgres://u:secret@localhost:99999999/x"} {
		_, err := parseDatabase(wrong)
		if err == nil {
			t.Errorf("%q was accepted", wrong)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

func TestALogLineKeepsItsLevelAndItsTags(t *testing.T) {
	var written strings.Builder
	target := slog.New(slog.NewTextHandler(&written, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server := &Server{failed: make(chan error, 1)}
	each := &logger{target: target, fatal: server.fail, ending: &server.ending}
	each.Info("not for an operator")
	each.Warn("HTTP API port has not been set. Expected.")
	each.Warn("worth reading")
	server.ending.Store(true)
	each.With().Warn("only because it stops")
	each.Error("still an error")
	for line, want := range map[string]bool{
		"not for an operator": false, "HTTP API port": false, "temporal: worth reading": true,
		"only because it stops": false, "temporal: still an error": true,
	} {
		if got := strings.Contains(written.String(), line); got != want {
			t.Errorf("%q written: %v, want %v", line, got, want)
		}
	}
}
