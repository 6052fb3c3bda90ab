package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"

	"github.com/emersion/go-sasl"
	smtpclient "github.com/emersion/go-smtp"
)

// Relay is the mail server that takes our messages. It holds no connection and
// may be used by many goroutines.
type Relay struct {
	config Config
}

// Address is the host:port of the relay, which names it in a status page, a log
// line or a Limiter.
func (r *Relay) Address() string { return r.config.Address }

// New checks the configuration. It does not connect.
func New(config Config) (*Relay, error) {
	config, err := config.checked()
	if err != nil {
		return nil, err
	}
	return &Relay{config: config}, nil
}

// Dial connects, encrypts, introduces us and authenticates. Every failure is
// an *Unavailable; when the context ended it wraps the context's error too.
func (r *Relay) Dial(ctx context.Context) (*Conn, error) {
	ready, err := r.ready(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{relay: r, bounded: ready.bounded, client: ready.client}, nil
}

// opened is a connection on which mail may be sent.
type opened struct {
	bounded *boundedConn
	// conn is bounded itself, or TLS over it.
	conn   net.Conn
	client *smtpclient.Client
}

// ready connects, encrypts, introduces us and authenticates.
func (r *Relay) ready(ctx context.Context) (opened, error) {
	dialer := net.Dialer{Timeout: r.config.DialTimeout}
	raw, err := dialer.DialContext(ctx, "tcp", r.config.Address)
	if err != nil {
		return opened{}, unavailable(ctx, StepDial, err, Address{})
	}
	bounded := &boundedConn{Conn: raw}
	ready, step, err := r.open(ctx, bounded)
	if err == nil && r.config.Username != "" {
		step, err = StepAuth, r.authenticate(ctx, bounded, ready.client)
	}
	if err != nil {
		_ = raw.Close() // the connection is useless whatever Close says
		return opened{}, unavailable(ctx, step, err, Address{})
	}
	return ready, nil
}

// Ping opens a connection as Dial does, asks for a sign of life and hangs up.
// It is for a readiness page; the error is an *Unavailable.
func (r *Relay) Ping(ctx context.Context) error {
	conn, err := r.Dial(ctx)
	if err != nil {
		return err
	}
	release := conn.bounded.bind(ctx, r.config.CommandTimeout)
	err = conn.client.Noop()
	release()
	if err != nil {
		conn.broken = true
		err = unavailable(ctx, StepProbe, err, Address{})
	}
	return errors.Join(err, conn.Close())
}

// open brings a fresh TCP connection to the state in which mail may be sent,
// encrypted as configured.
func (r *Relay) open(ctx context.Context, bounded *boundedConn) (opened, Step, error) {
	switch r.config.TLS {
	case ImplicitTLS:
		secure, err := r.handshake(ctx, bounded)
		if err != nil {
			return opened{}, StepDial, err
		}
		return r.greet(ctx, bounded, secure)
	case NoTLS:
		// "localhost" is a name, and a name can be made to lead anywhere.
		if remote, ok := bounded.RemoteAddr().(*net.TCPAddr); !ok || !remote.IP.IsLoopback() {
			return opened{}, StepDial, errNotLocal
		}
		return r.greet(ctx, bounded, bounded)
	}
	ready, step, err := r.greet(ctx, bounded, bounded)
	if err != nil {
		return opened{}, step, err
	}
	if offered, _ := ready.client.Extension("STARTTLS"); !offered {
		return opened{}, StepTLS, errNoTLS
	}
	secure, err := r.startTLS(ctx, bounded)
	if err != nil {
		return opened{}, StepTLS, err
	}
	// Nothing that was said in the clear counts: a new client asks again.
	return r.greet(ctx, bounded, &greetedConn{Conn: secure, pending: []byte("220 TLS\r\n")})
}

// greet reads the greeting and says EHLO.
func (r *Relay) greet(ctx context.Context, bounded *boundedConn, conn net.Conn) (opened, Step, error) {
	// Twice the time of a command: greeting and EHLO are one each.
	release := bounded.bind(ctx, 2*r.config.CommandTimeout)
	defer release()
	client := smtpclient.NewClient(conn)
	client.CommandTimeout = r.config.CommandTimeout
	client.SubmissionTimeout = r.config.DataTimeout
	if err := client.Hello(r.config.HELO); err != nil {
		return opened{}, StepHello, err
	}
	return opened{bounded: bounded, conn: conn, client: client}, StepHello, nil
}

// startTLS switches to TLS. The library's own function would say EHLO as
// "localhost" first, for which some public relays close the connection.
func (r *Relay) startTLS(ctx context.Context, bounded *boundedConn) (net.Conn, error) {
	release := bounded.bind(ctx, r.config.CommandTimeout)
	defer release()
	if _, err := bounded.Write([]byte("STARTTLS\r\n")); err != nil {
		return nil, err
	}
	buffered := bufio.NewReader(bounded)
	if _, _, err := textproto.NewReader(buffered).ReadResponse(220); err != nil {
		return nil, err
	}
	// Bytes after the reply came from somebody between us and the relay, to be
	// read as if they had been encrypted (CVE-2011-0411 and its kin).
	if buffered.Buffered() > 0 {
		return nil, errInjected
	}
	return r.handshake(ctx, bounded)
}

func (r *Relay) handshake(ctx context.Context, bounded *boundedConn) (net.Conn, error) {
	release := bounded.bind(ctx, r.config.DialTimeout)
	defer release()
	secure := tls.Client(bounded, &tls.Config{
		RootCAs:    r.config.RootCAs,
		ServerName: r.config.ServerName,
		MinVersion: tls.VersionTLS12,
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

func (r *Relay) authenticate(ctx context.Context, bounded *boundedConn, client *smtpclient.Client) error {
	// PLAIN is one exchange, LOGIN two, and a refusal adds one.
	release := bounded.bind(ctx, 3*r.config.CommandTimeout)
	defer release()
	username, password := r.config.Username, string(r.config.Password)
	switch {
	case client.SupportsAuth(sasl.Plain):
		return client.Auth(sasl.NewPlainClient("", username, password))
	case client.SupportsAuth(sasl.Login):
		return client.Auth(sasl.NewLoginClient(username, password))
	default:
		return errNoAuth
	}
}

// unavailable words an error of the dialogue. Texts of the relay go through
// sanitiseReply and stay out of the error's own text.
func unavailable(ctx context.Context, step Step, err error, recipient Address) *Unavailable {
	var reply *smtpclient.SMTPError
	if errors.As(err, &reply) {
		return &Unavailable{
			Step: step, Code: reply.Code, EnhancedCode: enhancedOf(reply),
			Reply: sanitiseReply(reply.Message, recipient),
		}
	}
	var plain *textproto.Error
	if errors.As(err, &plain) {
		code, text := splitEnhanced(plain.Msg)
		return &Unavailable{Step: step, Code: plain.Code, EnhancedCode: code, Reply: sanitiseReply(text, recipient)}
	}
	var malformed textproto.ProtocolError
	switch {
	case ctx.Err() != nil:
		// The network's error is only "i/o timeout", made by the cancellation.
		err = ctx.Err()
	case errors.As(err, &malformed):
		// Its text repeats what the relay said.
		err = errMalformed
	}
	return &Unavailable{Step: step, cause: err}
}
