package smtptest

import (
	"bufio"
	"bytes"
	"context"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Drop is the answer of a [Sink] that takes a message and hangs up after its
// final dot without a word: whether it was taken nobody learns.
const Drop = "drop"

// Options say what kind of relay a sink is.
type Options struct {
	// Address is the host:port to listen on; a free port of loopback when empty.
	Address string
	// Pipelining says that the sink offers PIPELINING (RFC 2920).
	Pipelining bool
	// Answer decides about a recipient, by the address: "" takes the message,
	// [Drop] hangs up after it, anything else is the reply to RCPT, such as
	// "550 5.1.1 nobody of that name". It is asked by many connections at once.
	// Nil takes everything.
	Answer func(recipient string) string
	// Delay is how long the sink takes before it answers the final dot.
	Delay time.Duration
	// Greeting is said instead of 220, such as "554 5.7.1 no service"; then the
	// sink hangs up. Empty for none.
	Greeting string
	// Connections is how many connections are served at once; one more is turned
	// away with 421. Zero for any number.
	Connections int
	// Keep says that each message is remembered by its Message-ID.
	Keep bool
	// See gets each message as it travelled, with CRLF and without the final
	// dot, by many connections at once; nil throws it away.
	See func(recipient string, message []byte)
}

// Message is what a sink remembers of one Message-ID.
type Message struct {
	// Recipient is the address of RCPT, of the first copy.
	Recipient string
	// Copies is how often the final dot of such a message came.
	Copies int
	// Place is how many messages had come, this one included, when the first
	// copy was there.
	Place int
	// At is when the first copy was there, in real time.
	At time.Time
}

// Sink is a relay that throws mail away and counts it.
type Sink struct {
	options Options
	address string
	answer  atomic.Pointer[func(recipient string) string]
	taken   atomic.Int64
	dead    atomic.Bool
	open    atomic.Int64

	mu   sync.Mutex
	kept map[string]Message
}

// Start starts a sink, which ends with the test.
func Start(tb testing.TB, o Options) *Sink {
	tb.Helper()
	address := o.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(tb.Context()), "tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Sink{options: o, address: listener.Addr().String(), kept: map[string]Message{}}
	s.Answer(o.Answer)
	var serving sync.WaitGroup
	tb.Cleanup(func() {
		if err := listener.Close(); err != nil {
			tb.Error(err)
		}
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer func() { _ = conn.Close() }() // the client may have hung up
				s.serve(conn)
			})
		}
	})
	return s
}

// Address is where the sink listens, as host:port.
func (s *Sink) Address() string { return s.address }

// Answer decides about recipients from now on, as [Options.Answer] does.
func (s *Sink) Answer(decide func(recipient string) string) {
	if decide == nil {
		decide = func(string) string { return "" }
	}
	s.answer.Store(&decide)
}

// Die lets the sink hang up from now on instead of greeting anybody or answering
// to MAIL. What it has begun to take it takes to its end.
func (s *Sink) Die() { s.dead.Store(true) }

// Taken is how many messages have come to their final dot.
func (s *Sink) Taken() int { return int(s.taken.Load()) }

// Messages gives what was remembered, by Message-ID with its angle brackets.
func (s *Sink) Messages() map[string]Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.kept)
}

// serve answers what was asked in one write with one write.
func (s *Sink) serve(conn net.Conn) {
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 16<<10)
	say := func(line string) { _, _ = out.WriteString(line + "\r\n") } // a flush tells
	open := s.open.Add(1)
	defer s.open.Add(-1)
	greeting := s.options.Greeting
	if most := s.options.Connections; most > 0 && open > int64(most) {
		greeting = "421 4.7.0 too many connections"
	}
	if s.dead.Load() {
		return
	}
	if greeting != "" {
		say(greeting)
		_ = out.Flush() // the client may be gone
		return
	}
	say("220 sink")
	recipient, answer, valid := "", "", false
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch strings.ToUpper(string(line[:min(4, len(line))])) {
		case "EHLO":
			say("250-sink")
			if s.options.Pipelining {
				say("250-PIPELINING")
			}
			say("250 8BITMIME")
		case "MAIL":
			if s.dead.Load() {
				return
			}
			valid = false
			say("250 2.1.0 ok")
		case "RCPT":
			recipient = between(line)
			answer = (*s.answer.Load())(recipient)
			if valid = answer == "" || answer == Drop; valid {
				say("250 2.1.5 ok")
			} else {
				say(answer)
			}
		case "DATA":
			if !valid {
				say("554 5.5.1 no valid recipients")
				continue
			}
			say("354 go")
			if out.Flush() != nil || !s.message(in, recipient) || answer == Drop {
				return
			}
			if s.options.Delay > 0 {
				time.Sleep(s.options.Delay)
			}
			say("250 2.0.0 taken")
		case "RSET", "NOOP":
			say("250 ok")
		case "QUIT":
			say("221 bye")
			_ = out.Flush() // the client may be gone
			return
		default:
			say("500 5.5.2 what")
		}
	}
}

// between gives what stands between the angle brackets of a line.
func between(line []byte) string {
	_, rest, _ := bytes.Cut(line, []byte("<"))
	address, _, _ := bytes.Cut(rest, []byte(">"))
	return string(address)
}

// message reads to the final dot and says whether it came.
func (s *Sink) message(in *bufio.Reader, recipient string) bool {
	id := ""
	var whole []byte
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if s.options.Keep && bytes.HasPrefix(line, []byte("Message-ID:")) {
			id = strings.TrimSpace(string(line[len("Message-ID:"):]))
		}
		if len(line) == 3 && line[0] == '.' {
			break
		}
		if s.options.See != nil {
			whole = append(whole, line...)
		}
	}
	if s.options.See != nil {
		s.options.See(recipient, whole)
	}
	place := int(s.taken.Add(1))
	if !s.options.Keep {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.kept[id]
	if !known {
		m = Message{Recipient: recipient, Place: place, At: time.Now()}
	}
	m.Copies++
	s.kept[id] = m
	return true
}
