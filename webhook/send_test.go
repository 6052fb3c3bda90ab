package webhook_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/net/dns/dnsmessage"

	"tocsin/webhook"
)

// receiver is a receiver with TLS on a socket of this machine.
type receiver struct {
	*httptest.Server
	roots *x509.CertPool
	mu    sync.Mutex
	got   []*http.Request
	text  [][]byte
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{roots: x509.NewCertPool()}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got, r.text = append(r.got, q), append(r.text, body)
		r.mu.Unlock()
		answer(w, q)
	}))
	t.Cleanup(r.Close)
	r.roots.AddCert(r.Certificate())
	return r
}

func (r *receiver) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// port is the receiver's port.
func (r *receiver) port(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func send(t *testing.T, s *webhook.Sender, address string, m webhook.Message) webhook.Outcome {
	t.Helper()
	if m.Body == nil {
		m.Body = []byte(`{}`)
	}
	out, err := s.Send(t.Context(), address, m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func says(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func TestASignalIsSignedAsStandardWebhooksAsk(t *testing.T) {
	r := newReceiver(t, says(http.StatusNoContent))
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(r.roots))
	before, after := webhook.NewSecret(), webhook.NewSecret()
	m := webhook.Message{ID: webhook.MessageID("w", 7), Body: []byte(`{"type":"incident.opened"}`), Secrets: []string{after, before}}
	for range 2 {
		if out := send(t, s, r.URL+"/hook", m); out.Result != webhook.Delivered || out.Status != http.StatusNoContent {
			t.Fatalf("the signal came to %+v", out)
		}
	}
	for name, secret := range map[string]string{"the new secret": after, "the secret before": before} {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.got {
			if err := verifier.Verify(r.text[i], r.got[i].Header); err != nil {
				t.Errorf("the library refuses what was sent under %s: %v", name, err)
			}
			if err := verifier.Verify(append(bytes.Clone(r.text[i]), ' '), r.got[i].Header); err == nil {
				t.Error("the library takes a changed text")
			}
		}
	}
	stranger, err := standardwebhooks.NewWebhook(webhook.NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Verify(r.text[0], r.got[0].Header); err == nil {
		t.Error("the library takes a signature under another secret")
	}
	if a, b := r.got[0].Header.Get("Webhook-Id"), r.got[1].Header.Get("Webhook-Id"); a != b || a == webhook.MessageID("w", 8) || a == webhook.MessageID("v", 7) {
		t.Errorf("ids %q and %q: a repetition has another, or two signals have the same", a, b)
	}
}

func TestWhatBecomesOfAnAttempt(t *testing.T) {
	for _, c := range []struct {
		status int
		want   string
	}{
		{200, webhook.Delivered}, {202, webhook.Delivered}, {410, webhook.Gone}, {400, webhook.Refused}, {404, webhook.Refused},
		{429, webhook.Refused}, {500, webhook.Refused}, {304, webhook.Redirected},
	} {
		r := newReceiver(t, says(c.status))
		s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(r.roots))
		if out := send(t, s, r.URL, webhook.Message{}); out.Result != c.want || out.Status != c.status {
			t.Errorf("%d came to %+v", c.status, out)
		}
	}
}

func TestAReceiverSaysHowLongItWantsToBeLeftAlone(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		later  string
		want   time.Duration
	}{
		{429, "120", 2 * time.Minute}, {503, "Mon, 30 Nov 2026 13:00:00 GMT", time.Hour}, {429, "", 0}, {503, "-5", 0}, {503, "soon", 0},
		{429, "99999999999999999999", 0}, {429, "2000000000", 24 * time.Hour}, {503, "Mon, 30 Nov 2020 13:00:00 GMT", 0}, {500, "120", 0}, {200, "120", 0},
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.later)
			w.WriteHeader(c.status)
		})
		s := webhook.NewSender(webhook.Policy{Loopback: true}, func() time.Time { return now }, webhook.WithRoots(r.roots))
		if out := send(t, s, r.URL, webhook.Message{}); out.Later != c.want {
			t.Errorf("%d with Retry-After %q asks for %s, expected %s", c.status, c.later, out.Later, c.want)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	inner := newReceiver(t, says(http.StatusOK))
	r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, inner.URL, http.StatusTemporaryRedirect)
	})
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(r.roots))
	if out := send(t, s, r.URL, webhook.Message{}); out.Result != webhook.Redirected || inner.requests() != 0 {
		t.Errorf("a redirect came to %+v, with %d requests elsewhere", out, inner.requests())
	}
}

func TestNoProxyIsAsked(t *testing.T) {
	proxy := newReceiver(t, says(http.StatusOK))
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("https_proxy", proxy.URL)
	s := webhook.NewSender(webhook.Policy{}, time.Now, webhook.WithResolver(names(t, "127.0.0.1")))
	if out := send(t, s, "https://hooks.example.com/", webhook.Message{}); out.Result != webhook.Blocked || proxy.requests() != 0 {
		t.Errorf("the attempt came to %+v, with %d requests at the proxy", out, proxy.requests())
	}
}

func TestAnEndlessAnswerIsNotTakenIn(t *testing.T) {
	var written atomic.Int64
	ended := make(chan struct{})
	r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
		defer close(ended)
		part := bytes.Repeat([]byte("x"), 32<<10)
		for {
			n, err := w.Write(part)
			written.Add(int64(n))
			if err != nil || q.Context().Err() != nil {
				return
			}
		}
	})
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(r.roots))
	if out := send(t, s, r.URL, webhook.Message{}); out.Result != webhook.Delivered {
		t.Errorf("came to %+v", out)
	}
	<-ended // the connection was closed while it was still writing
	if written.Load() == 0 {
		t.Error("nothing was answered")
	}
}

func TestACertificateIsChecked(t *testing.T) {
	r := newReceiver(t, says(http.StatusOK))
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(x509.NewCertPool()))
	if out := send(t, s, r.URL, webhook.Message{}); out.Result != webhook.Untrusted || r.requests() != 0 {
		t.Errorf("an unknown certificate came to %+v", out)
	}
}

func TestNobodyListens(t *testing.T) {
	r := newReceiver(t, says(http.StatusOK))
	r.Close()
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now, webhook.WithRoots(r.roots))
	if out := send(t, s, r.URL, webhook.Message{}); out.Result != webhook.Unreachable {
		t.Errorf("came to %+v", out)
	}
}

// TestANameThatLeadsInsideIsBlocked looks at every odd way to an inner receiver,
// which hears nothing of any of them.
func TestANameThatLeadsInsideIsBlocked(t *testing.T) {
	r := newReceiver(t, says(http.StatusOK))
	for _, address := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "64:ff9b::7f00:1", "0.0.0.0"} {
		s := webhook.NewSender(webhook.Policy{}, time.Now, webhook.WithResolver(names(t, address)), webhook.WithRoots(r.roots))
		if out := send(t, s, "https://hooks.example.com/", webhook.Message{}); out.Result != webhook.Blocked {
			t.Errorf("a name that leads to %s came to %+v", address, out)
		}
	}
	s := webhook.NewSender(webhook.Policy{}, time.Now)
	for _, host := range []string{"localhost", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1"} {
		out := send(t, s, "https://"+host+"/", webhook.Message{})
		if out.Result != webhook.Blocked && out.Result != webhook.Unknown {
			t.Errorf("%s came to %+v", host, out)
		}
	}
	if r.requests() != 0 {
		t.Errorf("%d requests arrived inside", r.requests())
	}
}

// TestANameThatIsRebound leads first where signals may go and then inside, as an
// attacker's own name server would have it.
func TestANameThatIsRebound(t *testing.T) {
	r := newReceiver(t, says(http.StatusOK))
	// 127.0.0.2 stands for a public address; 127.0.0.1 is inside.
	policy := webhook.Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	listener, err := net.Listen("tcp", "127.0.0.2:"+r.port(t))
	if err != nil {
		t.Fatal(err)
	}
	outside := &httptest.Server{Listener: listener, Config: &http.Server{Handler: says(http.StatusOK)}}
	outside.StartTLS() // with the same certificate
	t.Cleanup(outside.Close)

	resolver := names(t, "127.0.0.2", "127.0.0.1")
	s := webhook.NewSender(policy, time.Now, webhook.WithResolver(resolver), webhook.WithRoots(r.roots))
	address := "https://example.com:" + r.port(t) + "/" // httptest's certificate is for example.com
	first, second := send(t, s, address, webhook.Message{}), send(t, s, address, webhook.Message{})
	if first.Result != webhook.Delivered || second.Result != webhook.Blocked || r.requests() != 0 {
		t.Errorf("came to %+v and then %+v, with %d requests inside", first, second, r.requests())
	}
}

// names is a resolver that asks a name server on a socket. That answers every
// question for an address of its kind with the next of the list, the last for ever.
func names(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var asked atomic.Int64
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(buffer[:n]) != nil || len(q.Questions) != 1 {
				continue
			}
			answer := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
			question := q.Questions[0]
			next := min(int(asked.Load()), len(addresses)-1)
			ip := netip.MustParseAddr(addresses[next])
			head := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 0}
			switch {
			case question.Type == dnsmessage.TypeA && ip.Is4():
				head.Type = dnsmessage.TypeA
				answer.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}}}
				asked.Add(1)
			case question.Type == dnsmessage.TypeAAAA && ip.Is6():
				head.Type = dnsmessage.TypeAAAA
				answer.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}}}
				asked.Add(1)
			}
			packed, err := answer.Pack()
			if err != nil {
				continue
			}
			if _, err := conn.WriteTo(packed, from); err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, StrictErrors: false, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestAnErrorNeverRepeatsTheAddress(t *testing.T) {
	s := webhook.NewSender(webhook.Policy{Loopback: true}, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Send(ctx, "https://127.0.0.1:1/services/secret", webhook.Message{Body: []byte(`{}`)})
	if !errors.Is(err, context.Canceled) || strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("a cancelled attempt gives %v", err)
	}
	_, err = s.Send(t.Context(), "https://127.0.0.1:1/", webhook.Message{Body: []byte(`{}`), Secrets: []string{"whsec_%hush"}})
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a broken secret gives %v", err)
	}
}
