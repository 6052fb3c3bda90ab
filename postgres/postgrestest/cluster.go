package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "postgres"
	password  = "only-for-tests"
)

// server is a private PostgreSQL.
type server struct {
	bin     string // folder of the programs
	dir     string // parent of data and log
	port    int
	durable bool
	as      *syscall.Credential // nil for the user who runs the test

	watch *exec.Cmd      // runs the server and outlives the test to clean up
	alive io.WriteCloser // the server ends when this is closed
}

// guard runs the server until its standard input ends, which it does when the
// test binary is gone, and stops it then. "keep" leaves the files for a restart.
const guard = `
"$1" -D "$2/data" -h 127.0.0.1 -p "$3" -k '' $4 >"$2/log" 2>&1 </dev/null &
server=$!
read -r keep
kill -INT $server 2>/dev/null
wait $server
[ "$keep" = keep ] || rm -rf "$2"
`

// programs finds the folder of PostgreSQL's programs: TOCSIN_PG_BIN, the
// newest under /usr/lib/postgresql, or the search path.
func programs() (string, error) {
	var candidates []string
	if dir := os.Getenv("TOCSIN_PG_BIN"); dir != "" {
		candidates = []string{dir}
	} else {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return major(b) - major(a) })
		candidates = found
		if path, err := exec.LookPath("initdb"); err == nil {
			candidates = append(candidates, filepath.Dir(path))
		}
	}
	for _, dir := range candidates {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errors.New("no PostgreSQL was found: install it (Debian, Ubuntu: apt-get install postgresql), or set TOCSIN_PG_BIN to the folder that holds initdb and postgres")
}

// major is the version in /usr/lib/postgresql/15/bin.
func major(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path) //nolint:gosec // a test's own folder
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// unprivileged is the user under which the server runs when root runs the
// test: PostgreSQL refuses root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and neither of the users postgres and nobody exists")
}

// newServer prepares a server's files. Its start comes separately.
func newServer(durable bool) (s *server, err error) {
	s = &server{durable: durable}
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp(reachable(os.TempDir()), "tocsin-postgres-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return nil, err
	}
	if s.as != nil {
		for _, path := range []string{s.dir, secret} {
			if err := os.Chown(path, int(s.as.Uid), int(s.as.Gid)); err != nil {
				return nil, err
			}
		}
	}
	init := s.command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", superuser,
		"--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync")
	var out bytes.Buffer
	init.Stdout, init.Stderr = &out, &out
	if err := init.Run(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out.Bytes())
	}
	s.port, err = freePort()
	return s, err
}

// reachable gives a folder that every user may pass through.
func reachable(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return "/tmp"
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

func freePort() (int, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("a TCP listener has no TCP address"), l.Close())
	}
	return address.Port, l.Close()
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	// Not bound to a context: the server outlives the test that started it.
	cmd := exec.Command(name, args...) //nolint:noctx,gosec // see above; the programs are PostgreSQL's own
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return cmd
}

// start runs the server and waits until it answers.
func (s *server) start() error {
	settings := "-c max_connections=200 -c shared_buffers=64MB"
	if !s.durable {
		settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
	}
	s.watch = s.command("/bin/sh", "-c", guard, "sh", filepath.Join(s.bin, "postgres"), s.dir, strconv.Itoa(s.port), settings)
	in, err := s.watch.StdinPipe()
	if err != nil {
		return err
	}
	s.alive = in
	if err := s.watch.Start(); err != nil {
		return err
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := s.answers()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, readErr := os.ReadFile(filepath.Join(s.dir, "log"))
			return errors.Join(fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log), readErr, s.stop(false))
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (s *server) answers() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url(superuser, password, "postgres"))
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

// stop ends the server; keep leaves its files, so that it can be started again.
func (s *server) stop(keep bool) error {
	if s.watch == nil {
		return nil
	}
	if keep {
		if _, err := io.WriteString(s.alive, "keep\n"); err != nil {
			return err
		}
	}
	if err := s.alive.Close(); err != nil {
		return err
	}
	err := s.watch.Wait()
	s.watch = nil
	return err
}

func (s *server) url(user, secret, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, secret), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}
