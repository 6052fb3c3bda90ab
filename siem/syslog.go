package siem

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/leodido/go-syslog/v4/rfc5424"
)

// facility is "log audit" (RFC 5424 table 1).
const facility = 13

// Ports that are meant when an address names none: RFC 5425, and that which
// receivers of syslog over TCP commonly listen on.
const (
	portTLS = "6514"
	portTCP = "601"
)

// Syslog sends entries as messages of RFC 5424 with octet counting (RFC 6587),
// over TLS (RFC 5425) or, where that is allowed, over bare TCP.
//
// Syslog has no acknowledgement. Entries therefore count as taken only when the
// receiver, after the end of what was sent, has closed the connection itself
// without an error: then it has read everything. Receivers do that when they
// reach the end; one that never does gets the same entries again and again.
type Syslog struct {
	address string
	tls     *tls.Config // nil for bare TCP
	host    string
	dialer  net.Dialer
}

// NewSyslog reads the address of a receiver: syslog+tls://HOST:PORT, with
// ?ca=FILE for a certificate authority of one's own and ?cert=FILE&key=FILE for
// a certificate that the receiver asks for; or syslog+tcp://HOST:PORT, which
// must be this machine unless ?plain=yes says that the way there is safe.
// hostname is how the messages name this machine.
func NewSyslog(address, hostname string) (*Syslog, error) {
	const expected = "expected syslog+tls://host:6514, with ?ca=FILE for a certificate authority of your own, or syslog+tcp://127.0.0.1:601"
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, errors.New("is not the address of a receiver of syslog: " + expected)
	}
	given := u.Query()
	for name := range given {
		known := u.Scheme == "syslog+tls" && (name == "ca" || name == "cert" || name == "key") || u.Scheme == "syslog+tcp" && name == "plain"
		if !known || len(given[name]) != 1 {
			return nil, fmt.Errorf("has a part %q that is not known: %s", name, expected)
		}
	}
	s := &Syslog{host: hostname}
	switch u.Scheme {
	case "syslog+tls":
		s.address = net.JoinHostPort(u.Hostname(), or(u.Port(), portTLS))
		if s.tls, err = trusting(u.Hostname(), given.Get("ca"), given.Get("cert"), given.Get("key")); err != nil {
			return nil, err
		}
	case "syslog+tcp":
		s.address = net.JoinHostPort(u.Hostname(), or(u.Port(), portTCP))
		if !onThisMachine(u.Hostname()) && given.Get("plain") != "yes" {
			return nil, errors.New("would send the record unencrypted over a network: use syslog+tls, or add ?plain=yes when the way there is safe")
		}
	default:
		return nil, errors.New("is not the address of a receiver of syslog: " + expected)
	}
	return s, nil
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// trusting checks the receiver's certificate against the system's authorities,
// or against those of a file alone.
func trusting(host, authority, certificate, key string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if authority != "" {
		content, err := os.ReadFile(authority) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("ca: the file cannot be read: %w", errors.Unwrap(err))
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(content) {
			return nil, errors.New("ca: the file holds no certificate in PEM")
		}
	}
	if (certificate == "") != (key == "") {
		return nil, errors.New("cert and key belong together: expected both or neither")
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, errors.New("cert, key: the files are not a certificate and its key in PEM")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// Name is syslog.
func (s *Syslog) Name() string { return "syslog" }

// Send opens a connection, sends the entries and waits until the receiver has
// read them to the end.
func (s *Syslog) Send(ctx context.Context, entries []Entry) (err error) {
	var out bytes.Buffer
	for _, e := range entries {
		message, err := s.message(e)
		if err != nil {
			return err
		}
		out.WriteString(strconv.Itoa(len(message)) + " " + message)
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("the receiver of syslog does not answer: %w", err)
	}
	defer func() { err = errors.Join(err, closed(conn.Close())) }()
	until, ok := ctx.Deadline()
	if !ok {
		until = time.Now().Add(20 * time.Second)
	}
	if err := conn.SetDeadline(until); err != nil {
		return fmt.Errorf("send syslog: %w", err)
	}
	// A caller that gives up does not wait for the deadline.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // the connection is closed either way
	defer stop()
	if _, err := out.WriteTo(conn); err != nil {
		return fmt.Errorf("send syslog: %w", err)
	}
	if err := conn.CloseWrite(); err != nil {
		return fmt.Errorf("send syslog: %w", err)
	}
	// What a receiver says is of no interest; that it ends is.
	if _, err := io.Copy(io.Discard, io.LimitReader(conn, 1<<16)); err != nil {
		return fmt.Errorf("the receiver of syslog did not close its side after it had read everything: %w", err)
	}
	return nil
}

// closed passes over that a connection had been closed already.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// halves is a connection whose writing side can be closed by itself.
type halves interface {
	net.Conn
	CloseWrite() error
}

func (s *Syslog) connect(ctx context.Context) (halves, error) {
	if s.tls == nil {
		conn, err := s.dialer.DialContext(ctx, "tcp", s.address)
		if err != nil {
			return nil, err
		}
		if both, ok := conn.(halves); ok {
			return both, nil
		}
		return nil, errors.Join(errors.New("the connection has no two sides"), conn.Close())
	}
	conn, err := (&tls.Dialer{NetDialer: &s.dialer, Config: s.tls}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	if both, ok := conn.(halves); ok {
		return both, nil
	}
	return nil, errors.Join(errors.New("the connection has no two sides"), conn.Close())
}

// message is an entry as a message of RFC 5424. MSGID is the type of the event,
// and the message is the entry with its place and hash as JSON.
func (s *Syslog) message(e Entry) (string, error) {
	document, err := e.document()
	if err != nil {
		return "", err
	}
	var m rfc5424.SyslogMessage
	m.SetVersion(1)
	m.SetPriority(uint8(facility*8 + int(e.Severity))) //nolint:gosec // at most 111
	m.SetTimestamp(e.RecordedAt.UTC().Format("2006-01-02T15:04:05.000000Z"))
	m.SetHostname(s.host)
	m.SetAppname("tocsin")
	m.SetMsgID(e.Type[:min(len(e.Type), 32)])
	m.SetMessage(string(document))
	text, err := m.String()
	if err != nil {
		return "", fmt.Errorf("entry %d cannot be written as syslog: %w", e.Index, err)
	}
	return text, nil
}
