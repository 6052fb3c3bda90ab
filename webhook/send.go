package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// What became of an attempt.
const (
	// Delivered: the receiver answered 200 to 299.
	Delivered = "delivered"
	// Gone: the receiver answered 410 and wants nothing any more.
	Gone = "gone"
	// Refused: the receiver answered something else.
	Refused = "refused"
	// Redirected: the receiver sent us elsewhere, where signals do not go.
	Redirected = "redirected"
	// Blocked: the address leads to a network or a port that signals must not go to.
	Blocked = "blocked"
	// Unknown: the name of the host is not known.
	Unknown = "unknown_host"
	// Untrusted: the receiver's certificate is not valid for it.
	Untrusted = "untrusted"
	// Slow: there was no answer in time.
	Slow = "timeout"
	// Unreachable: no connection, or it broke off.
	Unreachable = "unreachable"
)

const (
	// sendTime bounds one attempt as a whole.
	// The specification of Standard Webhooks recommends 15 to 30 seconds.
	sendTime = 20 * time.Second
	// mostAnswer is how much of an answer is taken in before the connection is closed.
	mostAnswer = 64 << 10
	// longestLater bounds what a receiver may ask for.
	longestLater = 24 * time.Hour
)

// Outcome is what became of one attempt. It holds nothing of the answer's text.
type Outcome struct {
	// Result is one of the constants, such as [Delivered].
	Result string
	// Status is the status of the answer; 0 without one.
	Status int
	// Took is how long it took.
	Took time.Duration
	// Later is how long the receiver asks to be left alone (Retry-After of 429 and
	// 503), at most a day; 0 when it asks nothing.
	Later time.Duration
}

// Sender sends signals. It is safe for concurrent use.
type Sender struct {
	policy Policy
	client *http.Client
	clock  func() time.Time
}

// Option changes how a sender works.
type Option func(*net.Dialer, *tls.Config)

// WithResolver looks names up by another resolver than the machine's.
func WithResolver(r *net.Resolver) Option {
	return func(d *net.Dialer, _ *tls.Config) { d.Resolver = r }
}

// WithRoots trusts the certificates of these authorities alone.
func WithRoots(roots *x509.CertPool) Option {
	return func(_ *net.Dialer, c *tls.Config) { c.RootCAs = roots }
}

// NewSender makes a sender that goes where a policy lets it. The clock stamps
// what is sent.
func NewSender(policy Policy, clock func() time.Time, options ...Option) *Sender {
	return &Sender{policy: policy, clock: clock, client: policy.Client(sendTime, options...)}
}

// Client makes a client that goes where the policy lets it, and follows no
// redirects. One request with its answer may take as long as limit.
func (p Policy) Client(limit time.Duration, options ...Option) *http.Client {
	dialer := &net.Dialer{Timeout: limit, Control: p.control}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, o := range options {
		o(dialer, trust)
	}
	return &http.Client{
		Timeout: limit,
		// A redirect leads where nobody agreed to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil, // a proxy would connect in our place, unchecked
			DialContext: dialer.DialContext, TLSClientConfig: trust, TLSHandshakeTimeout: limit,
			DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
	}
}

// errBlocked says that a connection was not made.
var errBlocked = errors.New("the address leads to a network or a port that signals must not go to")

// control is asked before each connection, with the address that was looked up: a
// name that leads elsewhere at every look, or an address in an odd form, cannot get
// past it.
func (p Policy) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !p.Admits(to) {
		return errBlocked
	}
	return nil
}

// Message is one signal as it is sent.
type Message struct {
	// ID names the signal at its webhook, as [MessageID] gives it.
	ID string
	// Body is the text, JSON.
	Body []byte
	// Secrets sign it, the present one first; none for a form without signature.
	Secrets []string
}

// Send makes one attempt. Every fault of the receiver's side is an [Outcome]; an
// error is a fault of ours.
func (s *Sender) Send(ctx context.Context, address string, m Message) (Outcome, error) {
	if wrong, _ := s.policy.CheckAddress(address); wrong != "" {
		return Outcome{Result: Blocked}, nil // the policy has become stricter since
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(m.Body))
	if err != nil {
		return Outcome{}, errors.New("send a signal: the address cannot be used") // the error would repeat it
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Tocsin")
	if len(m.Secrets) > 0 {
		at := s.clock()
		signature, err := sign(m.Secrets, m.ID, at, m.Body)
		if err != nil {
			return Outcome{}, err
		}
		r.Header.Set("Webhook-Id", m.ID)
		r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
		r.Header.Set("Webhook-Signature", signature)
	}
	began := time.Now()
	answer, err := s.client.Do(r) //nolint:gosec // where it may lead is checked as the connection is made
	if err != nil {
		if ctx.Err() != nil {
			return Outcome{}, fmt.Errorf("send a signal: %w", ctx.Err())
		}
		return Outcome{Result: reason(err), Took: time.Since(began)}, nil
	}
	defer func() { _ = answer.Body.Close() }() // nothing of it is kept
	// So that the receiver can finish its answer; what it says is not looked at.
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer))
	return Outcome{Result: result(answer.StatusCode), Status: answer.StatusCode, Took: time.Since(began), Later: s.later(answer)}, nil
}

// later reads how long a receiver asks to be left alone: seconds, or an instant.
func (s *Sender) later(answer *http.Response) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := answer.Header.Get("Retry-After")
	asked := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		asked = time.Duration(seconds) * time.Second //nolint:gosec // below 2^31 by its parsing
	} else if until, err := http.ParseTime(text); err == nil {
		asked = until.Sub(s.clock())
	}
	return min(max(asked, 0), longestLater)
}

func result(status int) string {
	switch {
	case status >= 200 && status < 300:
		return Delivered
	case status >= 300 && status < 400:
		return Redirected
	case status == http.StatusGone:
		return Gone
	}
	return Refused
}

// reason sorts the errors of a client.
func reason(err error) string {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, errBlocked) {
		return Blocked
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Untrusted
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok && !lookup.IsTimeout {
		return Unknown
	}
	if errors.As(err, &timeout) && timeout.Timeout() {
		return Slow
	}
	return Unreachable
}
