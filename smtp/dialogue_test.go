package smtp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	smtpserver "github.com/emersion/go-smtp"
)

// patience bounds what must not hang in these tests.
const patience = 10 * time.Second

// letter is a message of one line.
func letter(line string) io.WriterTo {
	return bytes.NewBufferString("Subject: test\r\n\r\n" + line + "\r\n")
}

// dialogue is the relay's side of one hand-written conversation.
type dialogue struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
}

// say sends all lines at once: a client that hangs up after the first of them
// must not make the writing of the next one fail.
func (d *dialogue) say(lines ...string) {
	if _, err := io.WriteString(d.conn, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		d.t.Errorf("relay cannot say %q: %v", lines, err)
	}
}

// hear fails the test unless the next command begins so.
func (d *dialogue) hear(prefix string) string {
	line, err := d.reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, prefix) {
		d.t.Errorf("relay heard %q, %v; want %q", line, err, prefix)
	}
	return strings.TrimRight(line, "\r\n")
}

// hello plays the opening, offering the given extensions.
func (d *dialogue) hello(extensions ...string) {
	d.say("220 relay.example ESMTP")
	d.ehlo(extensions...)
}

func (d *dialogue) ehlo(extensions ...string) {
	d.hear("EHLO ")
	lines := append([]string{"relay.example"}, extensions...)
	for i, line := range lines {
		if i < len(lines)-1 {
			d.say("250-" + line)
		} else {
			d.say("250 " + line)
		}
	}
}

// message reads up to and including the final dot.
func (d *dialogue) message() string {
	var all strings.Builder
	for {
		line, err := d.reader.ReadString('\n')
		if err != nil {
			d.t.Errorf("relay reads the message: %v", err)
			return all.String()
		}
		if line == ".\r\n" {
			return all.String()
		}
		all.WriteString(line)
	}
}

// transactionToDot plays a transaction up to the final dot.
func (d *dialogue) transactionToDot() {
	d.hear("MAIL FROM:")
	d.say("250 ok")
	d.hear("RCPT TO:")
	d.say("250 ok")
	d.hear("DATA")
	d.say("354 go on")
	d.message()
}

// untilGone waits until the other side has closed the connection.
func (d *dialogue) untilGone() {
	_, _ = io.Copy(io.Discard, d.reader)
}

// scripted starts a relay that plays each script for one connection, in order,
// and returns its address. The connection is closed at the script's end.
func scripted(t *testing.T, scripts ...func(*dialogue)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Errorf("close listener: %v", err)
		}
		running.Wait()
	})
	running.Go(func() {
		for _, script := range scripts {
			conn, err := listener.Accept()
			if err != nil {
				return // the test ended before this script was needed
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
					t.Errorf("set deadline: %v", err)
				}
				script(&dialogue{t: t, conn: conn, reader: bufio.NewReader(conn)})
			})
		}
	})
	return listener.Addr().String()
}

// sending is what every kind of connection does.
type sending interface {
	Send(ctx context.Context, from, to string, message io.WriterTo) (Outcome, error)
	Usable() bool
	Close() error
}

// kind is a kind of connection, and what the relay of a script offers it. All
// of them must give the same answers.
type kind struct {
	name       string
	dial       func(context.Context, *Relay) (sending, error)
	extensions []string
}

var kinds = []kind{
	{name: "Conn", dial: func(ctx context.Context, r *Relay) (sending, error) { return dialed(r.Dial(ctx)) }},
	{name: "MailingConn", dial: func(ctx context.Context, r *Relay) (sending, error) { return dialed(r.DialMailing(ctx)) }},
	{
		name:       "MailingConn with PIPELINING",
		dial:       func(ctx context.Context, r *Relay) (sending, error) { return dialed(r.DialMailing(ctx)) },
		extensions: []string{"PIPELINING"},
	},
}

// dialed keeps a nil pointer from becoming an interface that is not nil.
func dialed[C sending](conn C, err error) (sending, error) {
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// connect dials as connect does, by this kind of connection.
func (k kind) connect(t *testing.T, config Config) sending {
	t.Helper()
	relay, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := k.dial(t.Context(), relay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return conn
}

// connect dials a relay that must be there, and closes the connection at the
// end of the test.
func connect(t *testing.T, config Config) *Conn {
	t.Helper()
	relay, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := relay.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return conn
}

// unavailableAt asserts that err is the relay's trouble at that step.
func unavailableAt(t *testing.T, err error, step Step) *Unavailable {
	t.Helper()
	var trouble *Unavailable
	if !errors.As(err, &trouble) || !IsUnavailable(err) {
		t.Fatalf("got error %v, want Unavailable at %s", err, step)
	}
	if trouble.Step != step {
		t.Errorf("unavailable at %s, want %s: %v", trouble.Step, step, err)
	}
	return trouble
}

// inbox is the backend of a real server: it keeps what it takes.
type inbox struct {
	mu       sync.Mutex
	letters  []string
	senders  []string
	to       []string
	password string // when set, authentication is demanded
}

func (b *inbox) NewSession(*smtpserver.Conn) (smtpserver.Session, error) {
	return &session{inbox: b}, nil
}

func (b *inbox) taken() (letters, to []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.letters...), append([]string(nil), b.to...)
}

type session struct {
	inbox         *inbox
	authenticated bool
	from          string
	to            []string
}

func (s *session) AuthMechanisms() []string {
	if s.inbox.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "tocsin" || password != s.inbox.password {
			return smtpserver.ErrAuthFailed
		}
		s.authenticated = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtpserver.MailOptions) error {
	if s.inbox.password != "" && !s.authenticated {
		return smtpserver.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtpserver.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "gone"):
		return &smtpserver.SMTPError{Code: 550, EnhancedCode: smtpserver.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: no such user"}
	case strings.HasPrefix(to, "busy"):
		return &smtpserver.SMTPError{Code: 451, EnhancedCode: smtpserver.EnhancedCode{4, 7, 1}, Message: "greylisted, come back"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.letters = append(s.inbox.letters, string(content))
	s.inbox.senders = append(s.inbox.senders, s.from)
	s.inbox.to = append(s.inbox.to, s.to...)
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

// server starts a real SMTP server and returns its address. With a TLS
// configuration it offers STARTTLS, or speaks TLS at once when implicit.
func server(t *testing.T, box *inbox, secure *tls.Config, implicit bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtpserver.NewServer(box)
	srv.Domain = "relay.example"
	srv.AllowInsecureAuth = secure == nil
	srv.ErrorLog = quiet{}
	if implicit {
		listener = tls.NewListener(listener, secure)
	} else {
		srv.TLSConfig = secure
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
		if err := <-done; err != nil && !errors.Is(err, smtpserver.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return listener.Addr().String()
}

// quiet drops the server's complaints about handshakes that tests break.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate makes a self-signed certificate for the names and the pool that
// trusts it.
func certificate(t *testing.T, names ...string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "relay under test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion:   tls.VersionTLS12,
	}, pool
}
