package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/cmd/tocsin-local/internal/mailcatcher"
	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/cmd/tocsin-local/internal/temporalserver"
	"tocsin/incident"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// original is an installation with open cases, which is backed up.
type original struct {
	*installation
	cluster    *postgrestest.Cluster
	sink       *smtptest.Sink
	s          *stages
	rang, half string // a case whose reminder waits for the relay; one with half a mailing
	checkpoint string // a file with the last checkpoint
	dump       string
	backup     *postgrestest.BaseBackup
	standby    *postgrestest.BaseBackup // made after everything had stopped: nothing is missing
}

// database is an address with the name of another database.
func database(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// nameOf is the name of the database in an address.
func nameOf(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return before[strings.LastIndex(before, "/")+1:]
}

// openOriginal runs an installation until a reminder waits for the relay and half of a
// mailing has left, backs it up both ways, and switches it off.
func openOriginal(t *testing.T) *original {
	t.Helper()
	o := &original{cluster: postgrestest.Start(t, false), installation: &installation{keys: filepath.Join(t.TempDir(), "keys")}}
	o.admin, o.owner, o.app = o.cluster.Migrated(t)
	ctx := t.Context()
	engine, err := temporalserver.Start(ctx, temporalserver.Config{PostgresURL: database(t, o.admin, "postgres"), Namespace: "tocsin", SkipTime: true})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "Temporal", engine.Stop)
	caught, err := mailcatcher.Start(ctx, mailcatcher.Config{Dir: filepath.Join(t.TempDir(), "mail")})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "the catcher", caught.Stop)
	o.temporal, o.relay = engine.FrontendHostPort(), "smtp://"+caught.Addr()
	var halves atomic.Int64
	o.sink = smtptest.Start(t, smtptest.Options{Keep: true, Answer: func(recipient string) string {
		if strings.HasPrefix(recipient, "half") && halves.Add(1) <= 30 {
			return ""
		}
		return "421 4.3.2 the relay is being shut down"
	}})
	o.prepare(t)
	o.environment = append(o.environment, "TOCSIN_SMTP_URL=smtp://"+o.sink.Address())

	var account struct{ Token string }
	o.once(t, nil, &account, "user", "bootstrap", "--email", "dpo@example.com", "--name", "DPO", "--zone", "Europe/Madrid")
	serve, worker := launchTocsin(t, o.environment, "serve"), launchTocsin(t, o.environment, "worker")
	o.s = &stages{t: t, r: &running{process: &process{url: serve.url}}, work: t.TempDir(), dpo: play.Person{Role: "dpo", Token: account.Token}}
	var deputy struct{ Token string }
	o.s.give(&deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", "deputy")
	o.s.deputy = play.Person{Role: "deputy", Token: deputy.Token}
	o.rang = o.s.open(50 * time.Hour)
	o.half = o.s.open(time.Hour)
	o.s.mailing(o.half, "half", 60)
	o.s.status(o.half, func(c roundCounts) bool { return c.Accepted >= 20 })
	eventually(t, func() error {
		if o.s.r.entries(t, o.s.dpo, o.rang, incident.EvReminderFired) == 0 {
			return fmt.Errorf("no reminder was due")
		}
		return nil
	})
	out, failed, err := o.s.r.run(ctx, o.s.dpo, "audit", "checkpoint")
	if err != nil {
		t.Fatalf("%v: %s", err, failed)
	}
	o.checkpoint = o.s.file("checkpoint.txt", out)
	o.dump = o.cluster.Dump(t, o.admin)
	o.backup = o.cluster.BaseBackup(t)
	worker.kill(t)
	serve.stop(t)
	o.standby = o.cluster.BaseBackup(t)
	return o
}

// restored is a copy of the original that was started.
type restored struct {
	*original
	s             *stages
	admin         string
	environment   []string
	serve, worker *server
	sink          *smtptest.Sink
	lines         string // the file that the stream of the record goes to
}

// start starts serve and worker on a database, with what else its environment holds.
func (o *original) start(t *testing.T, admin, app, namespace string, more ...string) *restored {
	t.Helper()
	emptyNamespace(t, o.temporal, namespace)
	c := &restored{original: o, admin: admin, sink: smtptest.Start(t, smtptest.Options{Keep: true}), lines: filepath.Join(t.TempDir(), "lines")}
	secret := filepath.Join(t.TempDir(), "database_url")
	if err := os.WriteFile(secret, []byte(app), 0o600); err != nil {
		t.Fatal(err)
	}
	c.environment = append(slices.Clone(o.environment), "TOCSIN_DATABASE_URL_FILE="+secret, "TEMPORAL_NAMESPACE="+namespace,
		"TOCSIN_SMTP_URL=smtp://"+c.sink.Address(), "TOCSIN_AUDIT_STREAM="+c.lines)
	c.environment = append(c.environment, more...)
	c.serve, c.worker = launchTocsin(t, c.environment, "serve"), launchTocsin(t, c.environment, "worker")
	again := *o.s
	again.t, again.r = t, &running{process: &process{url: c.serve.url}}
	c.s = &again
	return c
}

// command runs a command on the copy's server, and gives what it says when it fails.
func (c *restored) command(t *testing.T, args ...string) (out, failed string, code int) {
	t.Helper()
	out, failed, err := tocsinOnce(t, c.environment, args...)
	return out, failed, exitCode(err)
}

// get asks for a page or for what a process says of itself.
func get(t *testing.T, address, language string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Language", language)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it is read whole
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// holdsStill demands that nothing leaves the copy and that nothing is taken in.
func (c *restored) holdsStill(t *testing.T) {
	t.Helper()
	for role, s := range map[string]*server{"serve": c.serve, "worker": c.worker} {
		status, body := get(t, s.url+"/readyz", "")
		if status != http.StatusServiceUnavailable || !strings.Contains(body, `"status":"held"`) || !strings.Contains(body, `"database"`) {
			t.Errorf("/readyz of %s gives %d %s", role, status, body)
		}
	}
	for language, words := range map[string]string{"en": "This may be a restored copy", "es": "Esta puede ser una copia restaurada"} {
		if _, body := get(t, c.serve.url+"/sign-in", language); !strings.Contains(body, words) {
			t.Errorf("the page in %q does not say that this may be a copy", language)
		}
	}
	var known struct{ Incidents []any }
	if c.s.give(&known, "incident", "list"); len(known.Incidents) != 2 {
		t.Errorf("%d cases can be read on the copy", len(known.Incidents))
	}
	for _, args := range [][]string{
		{"incident", "close", c.rang, "--reason", "r"}, {"task", "done", c.rang, "1"}, {"mailing", "pause", c.half, "--round", "1", "--reason", "r"},
	} {
		_, failed, err := c.s.r.run(t.Context(), c.s.dpo, args...)
		if exitCode(err) != 1 || !strings.Contains(failed, "recover --take-over") {
			t.Errorf("tocsin %v ends with %d: %s", args, exitCode(err), failed)
		}
	}
	for _, args := range [][]string{{"recover"}, {"recover", "--dry-run"}, {"keys", "rotate", "--reason", "r"}, {"audit", "key", "rotate", "--reason", "r"}} {
		if _, failed, code := c.command(t, args...); code != 1 || !strings.Contains(failed, "may be a copy") || !strings.Contains(failed, "recover --take-over") {
			t.Errorf("tocsin %v ends with %d: %s", args, code, failed)
		}
	}
	// The worker has looked several times, and would have sent what is due.
	conn, err := pgx.Connect(t.Context(), c.admin)
	if err != nil {
		t.Fatal(err)
	}
	looks := map[time.Time]bool{}
	eventually(t, func() error {
		var at time.Time
		err := conn.QueryRow(t.Context(), `SELECT max(seen_at) FROM tocsin.machine WHERE held IS NOT NULL`).Scan(&at)
		if looks[at] = true; err == nil && len(looks) < 3 {
			err = fmt.Errorf("the worker looked %d times", len(looks))
		}
		return err
	})
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := c.sink.Taken(); n != 0 {
		t.Errorf("the copy sent %d mails", n)
	}
	if content, err := os.ReadFile(c.lines); err == nil {
		t.Errorf("the copy handed its record to the receiver: %s", content)
	}
}

// takeOver lets the copy go on, and demands that what was outstanding happens once.
func (c *restored) takeOver(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{{}, {"--reason", "the machine burnt down"}, {"--reason", "the machine burnt down", "--checkpoint", c.s.file("wrong.txt", "no checkpoint\n")}} {
		if _, failed, code := c.command(t, append([]string{"recover", "--take-over"}, args...)...); code != 1 || failed == "" {
			t.Errorf("a take-over with %v ends with %d: %s", args, code, failed)
		}
	}
	out, failed, code := c.command(t, "recover", "--take-over", "--reason", "the machine burnt down", "--checkpoint", c.checkpoint, "-o", "json")
	var took struct {
		Why                  []string
		Epoch, Lost, InDoubt int64
		Rounds               int
		Recovered            struct{ Open int }
	}
	if err := json.Unmarshal([]byte(out), &took); code != 0 || err != nil {
		t.Fatalf("the take-over ends with %d: %v: %s", code, err, failed)
	}
	if took.Epoch != 2 || took.Lost != 0 || took.Rounds != 1 || took.Recovered.Open != 2 || !slices.Contains(took.Why, incident.HeldDatabase) {
		t.Errorf("the take-over did %+v", took)
	}
	c.goesOn(t)
	var verified struct{ Problems []string }
	if c.s.give(&verified, "audit", "verify", "--checkpoint", c.checkpoint); len(verified.Problems) != 0 {
		t.Errorf("the record's problems: %v", verified.Problems)
	}
	eventually(t, func() error { _, err := os.Stat(c.lines); return err })
	c.serve.stop(t)
	c.worker.stop(t)
	for _, s := range []*server{c.serve, c.worker} {
		if said := s.said.String(); !strings.Contains(said, "this may be a copy of the installation") || !strings.Contains(said, `"why":"database`) {
			t.Errorf("the log does not say why nothing went out: %s", tail(said, 1000))
		}
	}
}

// goesOn demands that what was outstanding happens, each thing once.
func (c *restored) goesOn(t *testing.T) {
	t.Helper()
	eventually(t, func() error { return ready(t, c.serve.url) })
	eventually(t, func() error { return ready(t, c.worker.url) })
	eventually(t, func() error {
		if c.s.r.entries(t, c.s.dpo, c.rang, incident.EvReminderAccepted) == 0 {
			return fmt.Errorf("the reminder that waited was not sent")
		}
		return nil
	})
	halted := c.s.status(c.half, func(c roundCounts) bool { return c.Sending == 0 })
	if halted.Status != "paused" && halted.Status != "halted" || halted.Accepted+halted.Unknown > 30 {
		t.Errorf("after the take-over the round is %+v", halted)
	}
	c.s.give(nil, "mailing", "resume", c.half, "--round", "1")
	ended := c.s.status(c.half, func(c roundCounts) bool { return c.Status == "finished" })
	if ended.Total != 60 || ended.Accepted+ended.Unknown != 60 {
		t.Errorf("the round ended as %+v", ended)
	}
	before := c.original.sink.Messages()
	for id, m := range c.sink.Messages() {
		if m.Copies != 1 {
			t.Errorf("%s came %d times to %s", id, m.Copies, m.Recipient)
		}
		if _, twice := before[id]; twice {
			t.Errorf("%s had left the original already, to %s", id, m.Recipient)
		}
	}
}

// TestARestoredBackupHoldsStillUntilItIsTakenOver restores a dump and a base backup of
// an installation with open cases, each into another server, and starts the real
// programs on it: nothing leaves it and nothing is taken in until somebody takes over;
// then everything goes on, each thing once.
func TestARestoredBackupHoldsStillUntilItIsTakenOver(t *testing.T) {
	o := openOriginal(t)
	t.Run("a dump", func(t *testing.T) {
		elsewhere := postgrestest.Start(t, false)
		admin, owner, app := elsewhere.New(t)
		elsewhere.Restore(t, admin, o.dump)
		o.once(t, []string{"TOCSIN_OWNER_DATABASE_URL=" + owner}, nil, "migrate")
		c := o.start(t, admin, app, "dump", "TOCSIN_ERASED_DIR="+t.TempDir())
		c.holdsStill(t)
		c.takeOver(t)
	})
	t.Run("a base backup", func(t *testing.T) {
		admin, app := o.backup.Promote(t, nameOf(o.app))
		c := o.start(t, admin, app, "base", "TOCSIN_ERASED_DIR="+t.TempDir())
		c.holdsStill(t)
		c.takeOver(t)
	})
	t.Run("a standby that was promoted where it was expected", func(t *testing.T) {
		admin, app := o.standby.Promote(t, nameOf(o.app))
		u, err := url.Parse(app)
		if err != nil {
			t.Fatal(err)
		}
		// The machine is the original's own; nobody gives a command.
		c := o.start(t, admin, app, "standby", "TOCSIN_STANDBYS=192.0.2.1:5432 "+u.Host)
		c.goesOn(t)
		var list struct {
			Entries []struct {
				Entry struct {
					Type string
					Data incident.TakenOver
				}
			}
		}
		c.s.give(&list, "audit", "installation")
		followed := 0
		for _, e := range list.Entries {
			if e.Entry.Type == incident.EvTakenOver && e.Entry.Data.Followed && e.Entry.Data.Rounds == 1 {
				followed++
			}
		}
		if followed != 1 {
			t.Errorf("the record tells %d times that the promotion was followed", followed)
		}
		c.serve.stop(t)
		c.worker.stop(t)
	})
}
