package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/web/intake"
)

// piped is a listener whose connections are pipes, whose time a test can hold.
type piped struct {
	comes  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPiped() *piped { return &piped{comes: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements [net.Listener].
func (p *piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.comes:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *piped) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

// Addr implements [net.Listener].
func (p *piped) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *piped) dial() net.Conn {
	here, there := net.Pipe()
	p.comes <- there
	return here
}

// servedBy serves a handler over pipes, in the time of the test.
func servedBy(t *testing.T, handler http.Handler) *piped {
	t.Helper()
	at := newPiped()
	server := NewServer(handler, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(Guard(at)) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended by %v", err)
		}
	})
	return at
}

// takesForm reads a form as every page does.
func takesForm(got chan<- error) http.Handler {
	return intake.InTime(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r, 1<<20)
		if got <- err; err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
}

const slowForm = "POST / HTTP/1.1\r\nHost: tocsin.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=b"

// drips sends a form a byte at a time, until the other side has had enough.
func drips(c net.Conn, every time.Duration) (ended chan struct{}) {
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		_, err := io.WriteString(c, slowForm)
		for err == nil {
			time.Sleep(every)
			_, err = c.Write([]byte("x"))
		}
	}()
	go func() { _, _ = io.Copy(io.Discard, c) }()
	return ended
}

// TestAStrangerWhoSendsSlowlyIsNotWaitedFor: a context that ends does not end the
// reading of a body, and nothing else did.
func TestAStrangerWhoSendsSlowlyIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 1)
		c := servedBy(t, takesForm(got)).dial()
		began := time.Now()
		ended := drips(c, time.Second)
		defer func() { _ = c.Close(); <-ended }()
		if err := <-got; err == nil {
			t.Error("a form that did not come was taken")
		}
		if took := time.Since(began); took > intake.BodyTime+time.Second {
			t.Errorf("it was waited for %s", took)
		}
	})
}

// TestABodyThatComesIsWaitedFor: a thin line is no attack, and whoever has sent all
// may wait for the answer longer than the body might have taken.
func TestABodyThatComesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 600 << 10
		handler := intake.InTime(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			if n != size || err != nil {
				t.Errorf("%d bytes were read: %v", n, err)
			}
			time.Sleep(10 * time.Minute)
			if r.Context().Err() != nil {
				t.Error("the request ended while it was answered")
			}
		}))
		c := servedBy(t, handler).dial()
		defer func() { _ = c.Close() }()
		go func() {
			_, _ = io.WriteString(c, strings.Replace(slowForm[:len(slowForm)-3], "1000", "614400", 1))
			piece := make([]byte, 10<<10)
			for range size / len(piece) {
				time.Sleep(time.Second)
				if _, err := c.Write(piece); err != nil {
					t.Error(err)
				}
			}
		}()
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("the answer is %d, %v", answer.StatusCode, err)
		}
	})
}

// TestWhatIsNotReadOfABodyHoldsNothing: who is refused at once sends the rest for five
// seconds, with a file too.
func TestWhatIsNotReadOfABodyHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuses := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }
		at := servedBy(t, intake.InTime(withinAfter(time.Minute, refuses)))
		c := at.dial()
		defer func() { _ = c.Close() }()
		began := time.Now()
		<-drips(c, 500*time.Millisecond)
		if took := time.Since(began); took > intake.UnreadTime+time.Second {
			t.Errorf("the connection was held for %s", took)
		}
	})
}

// TestWhoTakesNothingIsNotWaitedFor asks for a long answer and does not read it.
func TestWhoTakesNothingIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 1)
		c := servedBy(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(make([]byte, 1<<20))
			got <- err
		})).dial()
		defer func() { _ = c.Close() }()
		began := time.Now()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: tocsin.example.com\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the answer ended by %v", err)
		}
		if took := time.Since(began); took > takenTime+time.Second {
			t.Errorf("it was waited for %s", took)
		}
	})
}

// TestALongAnswerOverAThinLineArrives: it is the standing still that ends it.
func TestALongAnswerOverAThinLineArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 4 << 20
		c := servedBy(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if _, err := w.Write(make([]byte, size)); err != nil {
				t.Error(err)
			}
		})).dial()
		defer func() { _ = c.Close() }()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: tocsin.example.com\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		total, piece := 0, make([]byte, 4<<10)
		for {
			time.Sleep(time.Second)
			n, err := c.Read(piece)
			if total += n; err != nil {
				break
			}
		}
		if total < size {
			t.Errorf("%d bytes of %d arrived", total, size)
		}
	})
}

func TestAHeadThatIsTooLongIsRefused(t *testing.T) {
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") })
	server := httptest.NewUnstartedServer(handler)
	server.Config = NewServer(handler, slog.New(slog.DiscardHandler))
	server.Listener = Guard(server.Listener)
	server.Start()
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", strings.Repeat("a=b; ", 10_000))
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a head of 50 kB gave %d", answer.StatusCode)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
}

// TestHoweverManyAskThePartsAreAskedOnce floods /readyz: the relay must not feel it.
func TestHoweverManyAskThePartsAreAskedOnce(t *testing.T) {
	now, asked, goesOn := time.Now(), 0, make(chan struct{})
	p := probed{now: func() time.Time { return now }}
	parts := func(context.Context) map[string]error {
		asked++
		<-goesOn
		return map[string]error{"relay": errors.New("away")}
	}
	left, leave := context.WithCancel(t.Context())
	leave() // who asks first does not wait for the answer
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			if away := p.ask(left, parts); away["relay"] == nil {
				t.Error("the relay is told to be there")
			}
		})
	}
	close(goesOn)
	all.Wait()
	if asked != 1 {
		t.Errorf("500 requests asked the relay %d times", asked)
	}
	now = now.Add(probedEvery + time.Millisecond)
	if p.ask(t.Context(), parts); asked != 2 {
		t.Errorf("a second later the relay was asked %d times in all", asked)
	}
}
