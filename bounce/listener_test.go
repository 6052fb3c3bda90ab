package bounce

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/smtp"
)

const patience = 10 * time.Second

func verp(t *testing.T) *smtp.VERP {
	t.Helper()
	v, err := smtp.NewVERP("bounces.example.com", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// listen starts a listener on loopback that puts bounces into the channel. At
// the end of the test it is stopped, and none of its goroutines may be left.
func listen(t *testing.T, config Config) (*Listener, chan Bounce) {
	t.Helper()
	taken := make(chan Bounce, 100)
	config.Address = "127.0.0.1:0"
	config.VERP = verp(t)
	config.Logger = slog.New(slog.DiscardHandler)
	if config.Handle == nil {
		config.Handle = func(_ context.Context, b Bounce) error { taken <- b; return nil }
	}
	l, err := Listen(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := l.Stop(ctx); err != nil {
			t.Error(err)
		}
		noneLeft(t)
	})
	return l, taken
}

// noneLeft waits until no goroutine runs code of this package's listener.
func noneLeft(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	var left string
	for end := time.Now().Add(patience); time.Now().Before(end); runtime.Gosched() {
		left = ""
		for each := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(each, "go-smtp.(*Server)") || strings.Contains(each, "bounce.(*session)") {
				left = each
			}
		}
		if left == "" {
			return
		}
	}
	t.Errorf("a goroutine is left:\n%s", left)
}

// client speaks to the listener by hand.
type client struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
}

func dial(t *testing.T, l *Listener) *client {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{t: t, conn: conn, reader: bufio.NewReader(conn)}
}

// hear reads one reply and fails the test unless its last line begins so.
func (c *client) hear(prefix string) {
	c.t.Helper()
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			c.t.Errorf("want %q: %v", prefix, err)
			return
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, prefix) {
			c.t.Errorf("heard %q, want %q", line, prefix)
		}
		return
	}
}

func (c *client) ask(command, prefix string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, command+"\r\n"); err != nil {
		c.t.Errorf("say %q: %v", command, err)
		return
	}
	c.hear(prefix)
}

func (c *client) hello() {
	c.t.Helper()
	c.hear("220 bounces.example.com")
	c.ask("EHLO mx.example.org", "250")
}

func (c *client) bring(message, prefix string) {
	c.t.Helper()
	c.ask("DATA", "354")
	c.ask(message+"\r\n.", prefix)
}

func TestABounceIsHandedOver(t *testing.T) {
	l, taken := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	for _, id := range []int64{7, 8} {
		c.ask("MAIL FROM:<>", "250")
		c.ask("RCPT TO:<"+verp(t).Encode(id).String()+">", "250")
		c.bring(dsn("Action: failed\nStatus: 5.1.1\n"), "250")
		want := Bounce{Delivery: id, Action: Failed, Status: "5.1.1", Class: ClassMailbox, Source: FromReport}
		if got := <-taken; got != want {
			t.Errorf("got %+v", got)
		}
	}
	c.ask("QUIT", "221")
}

func TestEverybodyElseIsRefused(t *testing.T) {
	l, taken := listen(t, Config{})
	good := verp(t).Encode(7)
	for name, to := range map[string]string{
		"a mailbox":       "postmaster@bounces.example.com",
		"another domain":  "ana@example.org",
		"a forged token":  "bounce+" + strings.Repeat("0", 39) + "@bounces.example.com",
		"a routed one":    "ana%example.org@bounces.example.com",
		"no token at all": "bounce+@bounces.example.com",
		"another's token": good.Local() + "@example.org",
	} {
		c := dial(t, l)
		c.hello()
		c.ask("MAIL FROM:<>", "250")
		c.ask("RCPT TO:<"+to+">", "550 5.1.1")
		c.ask("DATA", "502")
		c.ask("RSET", "250")
		c.ask("QUIT", "221")
		if len(taken) != 0 {
			t.Errorf("%s: something was handed over", name)
		}
	}
}

func TestWhoTriesAddressesIsSentAway(t *testing.T) {
	l, _ := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	c.ask("MAIL FROM:<>", "250")
	for n := range maxStrangers {
		c.ask(fmt.Sprintf("RCPT TO:<user%d@bounces.example.com>", n), "550")
	}
	if rest, err := io.ReadAll(c.reader); err != nil || len(rest) != 0 {
		t.Errorf("heard %q, %v", rest, err)
	}
}

func TestOneRecipientAtATime(t *testing.T) {
	l, _ := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(8).String()+">", "452")
}

func TestWhatIsNoBounceIsTakenAndDropped(t *testing.T) {
	l, taken := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	for _, message := range []string{"Auto-Submitted: auto-replied\r\n\r\naway", "From: ana@example.org\r\n\r\nhello"} {
		c.ask("MAIL FROM:<ana@example.org>", "250")
		c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
		c.bring(message, "250")
	}
	if len(taken) != 0 {
		t.Errorf("handed over: %+v", <-taken)
	}
}

func TestABounceThatIsNotRecordedComesAgain(t *testing.T) {
	fails := true
	var mu sync.Mutex
	l, _ := listen(t, Config{Handle: func(context.Context, Bounce) error {
		mu.Lock()
		defer mu.Unlock()
		if fails {
			fails = false
			return errors.New("the record is away")
		}
		return nil
	}})
	c := dial(t, l)
	c.hello()
	for _, reply := range []string{"451 4.3.0", "250"} {
		c.ask("MAIL FROM:<>", "250")
		c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
		c.bring(dsn("Action: failed\nStatus: 5.1.1\n"), reply)
	}
}

func TestLargeMessagesAreRefused(t *testing.T) {
	l, taken := listen(t, Config{MaxBytes: 1000})
	c := dial(t, l)
	c.hello()
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
	c.bring(strings.Repeat("Subject: x\r\n", 200), "552")
	c.ask("QUIT", "221")
	if len(taken) != 0 {
		t.Error("it was handed over all the same")
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	l, _ := listen(t, Config{MaxConnections: 2})
	first, second := dial(t, l), dial(t, l)
	first.hello()
	second.hello()
	dial(t, l).hear("421 4.3.2")
	first.ask("QUIT", "221")
	if _, err := first.reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	dial(t, l).hello()
}

func TestASlowClientIsCutOff(t *testing.T) {
	l, _ := listen(t, Config{Longest: 200 * time.Millisecond, Idle: time.Hour})
	c := dial(t, l)
	c.hello()
	started := time.Now()
	for time.Since(started) < patience {
		if _, err := io.WriteString(c.conn, "N"); err != nil {
			return
		}
		if err := c.conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.reader.ReadByte(); errors.Is(err, io.EOF) {
			return
		}
	}
	t.Error("still connected")
}

func TestStopDoesNotWaitForIdleClients(t *testing.T) {
	l, _ := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	if err := l.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(started); took > patience {
		t.Errorf("took %v", took)
	}
	if _, err := c.reader.ReadByte(); err == nil {
		t.Error("still connected")
	}
	if _, err := net.Dial("tcp", l.Addr()); err == nil {
		t.Error("still listening")
	}
}

func TestStopEndsTheContextOfHandlers(t *testing.T) {
	begun := make(chan struct{})
	var ended error
	l, _ := listen(t, Config{Idle: time.Hour, Handle: func(ctx context.Context, _ Bounce) error {
		close(begun)
		<-ctx.Done()
		ended = ctx.Err()
		return ended
	}})
	c := dial(t, l)
	c.hello()
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
	c.ask("DATA", "354")
	if _, err := io.WriteString(c.conn, dsn("Action: failed\n")+".\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := l.Stop(ctx); err != nil {
		t.Error(err)
	}
	// Stop waited for the handler, or this would be a race.
	if !errors.Is(ended, context.Canceled) {
		t.Errorf("the handler's context: %v", ended)
	}
}

func TestChunkingIsRead(t *testing.T) {
	l, taken := listen(t, Config{})
	c := dial(t, l)
	c.hello()
	message := dsn("Action: delayed\nStatus: 4.4.1\n")
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
	if _, err := fmt.Fprintf(c.conn, "BDAT %d LAST\r\n%s", len(message), message); err != nil {
		t.Fatal(err)
	}
	c.hear("250")
	if got := <-taken; got.Delivery != 7 || got.Action != Delayed {
		t.Errorf("got %+v", got)
	}
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(8).String()+">", "250")
	if _, err := fmt.Fprintf(c.conn, "BDAT 10\r\nSubject: x"); err != nil {
		t.Fatal(err)
	}
	c.hear("250")
	c.ask("RSET", "250")
	if len(taken) != 0 {
		t.Error("a message that was taken back was handed over")
	}
}

func TestWhatAListenerNeeds(t *testing.T) {
	handle := func(context.Context, Bounce) error { return nil }
	for name, config := range map[string]Config{
		"no address":       {VERP: verp(t), Handle: handle},
		"no tokens":        {Address: "127.0.0.1:0", Handle: handle},
		"nobody to tell":   {Address: "127.0.0.1:0", VERP: verp(t)},
		"a negative limit": {Address: "127.0.0.1:0", VERP: verp(t), Handle: handle, MaxBytes: -1},
		"no such address":  {Address: "127.0.0.1:99999", VERP: verp(t), Handle: handle},
	} {
		if l, err := Listen(t.Context(), config); err == nil {
			t.Errorf("%s: listens on %s", name, l.Addr())
		}
	}
}
