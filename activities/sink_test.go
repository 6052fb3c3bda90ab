package activities_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// sink is a relay on loopback that throws mail away and counts it. A test may
// let it answer otherwise.
type sink struct {
	address    string
	pipelining bool
	// answer decides about a recipient: "" takes it, "drop" hangs up after the
	// final dot, anything else is the reply to RCPT. Nil takes all.
	answer func(recipient string) string
	taken  atomic.Int64
	// got counts messages by Message-ID, when it is not nil.
	mu  sync.Mutex
	got map[string]int
}

func newSink(tb testing.TB, pipelining bool) *sink {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &sink{address: listener.Addr().String(), pipelining: pipelining}
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

// serve speaks as much SMTP as a sender needs, and answers what was asked in
// one write with one write.
func (s *sink) serve(conn net.Conn) {
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 16<<10)
	say := func(line string) { _, _ = out.WriteString(line + "\r\n") }
	say("220 sink")
	var recipient string
	valid := false
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		word := strings.ToUpper(string(line[:min(4, len(line))]))
		switch word {
		case "EHLO":
			if s.pipelining {
				say("250-sink")
				say("250-PIPELINING")
			}
			say("250 8BITMIME")
		case "MAIL":
			valid = false
			say("250 2.1.0 ok")
		case "RCPT":
			recipient = string(bytes.Trim(line[bytes.IndexByte(line, '<'):bytes.IndexByte(line, '>')+1], "<>"))
			reply := ""
			if s.answer != nil {
				reply = s.answer(recipient)
			}
			if valid = reply == "" || reply == "drop"; valid {
				say("250 2.1.5 ok")
			} else {
				say(reply)
			}
		case "DATA":
			if !valid {
				say("554 5.5.1 no valid recipients")
				continue
			}
			say("354 go")
			if out.Flush() != nil || !s.message(in) {
				return
			}
			if s.answer != nil && s.answer(recipient) == "drop" {
				return
			}
			say("250 2.0.0 taken")
		case "RSET", "NOOP":
			say("250 ok")
		case "QUIT":
			say("221 bye")
			_ = out.Flush()
			return
		default:
			say("500 5.5.2 what")
		}
	}
}

// message reads to the final dot.
func (s *sink) message(in *bufio.Reader) bool {
	id := ""
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if s.got != nil && bytes.HasPrefix(line, []byte("Message-ID:")) {
			id = strings.TrimSpace(string(line[len("Message-ID:"):]))
		}
		if len(line) == 3 && line[0] == '.' {
			break
		}
	}
	s.taken.Add(1)
	if s.got != nil {
		s.mu.Lock()
		s.got[id]++
		s.mu.Unlock()
	}
	return true
}

// rawSend is the yardstick: one pre-rendered message, twenty connections, four
// round trips each, no database. It gives the address of each message a number.
func rawSend(tb testing.TB, s *sink, n int, message []byte) {
	tb.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			conn, err := net.Dial("tcp", s.address)
			if err != nil {
				tb.Error(err)
				return
			}
			defer func() { _ = conn.Close() }() // the sink is done with it
			in := bufio.NewReader(conn)
			ask := func(text []byte, code string) bool {
				if len(text) > 0 {
					if _, err := conn.Write(text); err != nil {
						tb.Error(err)
						return false
					}
				}
				for {
					line, err := in.ReadString('\n')
					if err != nil || !strings.HasPrefix(line, code) {
						tb.Errorf("the sink said %q, %v; expected %s", line, err, code)
						return false
					}
					if line[3] == ' ' {
						return true
					}
				}
			}
			if !ask(nil, "220") || !ask([]byte("EHLO raw\r\n"), "250") {
				return
			}
			for next.Add(1) <= int64(n) {
				if !ask([]byte("MAIL FROM:<a@example.com>\r\n"), "250") ||
					!ask(fmt.Appendf(nil, "RCPT TO:<p%d@example.org>\r\n", next.Load()), "250") ||
					!ask([]byte("DATA\r\n"), "354") || !ask(message, "250") {
					return
				}
			}
		})
	}
	all.Wait()
}
