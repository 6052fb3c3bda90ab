package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkMailing compares DialMailing with a yardstick in the same run: a raw
// sender on 20 connections that writes a message rendered beforehand, with four
// round trips each and no checks at all. Both talk to the same sink on loopback,
// once with and once without PIPELINING. Run it with -benchtime=1x; "ratio" is
// ours to raw.
func BenchmarkMailing(b *testing.B) {
	for _, pipelining := range []bool{true, false} {
		for _, conns := range []int{20, 64} {
			for _, count := range []int{1_000, 10_000, 50_000} {
				b.Run(fmt.Sprintf("pipelining=%v/connections=%d/messages=%d", pipelining, conns, count), func(b *testing.B) {
					sink := newSink(b, pipelining)
					relay, err := New(Config{Address: sink.address})
					if err != nil {
						b.Fatal(err)
					}
					content := threeKilobytes()
					var ours, raw time.Duration
					for b.Loop() {
						raw += sendRaw(b, sink, 20, count, content)
						ours += sendMailing(b, relay, conns, count, content)
					}
					if got, want := sink.taken.Load(), int64(2*count*b.N); got != want {
						b.Fatalf("the sink took %d messages, want %d", got, want)
					}
					total := float64(count * b.N)
					b.ReportMetric(total/ours.Seconds(), "messages/s")
					b.ReportMetric(total/raw.Seconds(), "raw-messages/s")
					b.ReportMetric(raw.Seconds()/ours.Seconds(), "ratio")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkConn is the connection of Dial on the same sink, for comparison.
func BenchmarkConn(b *testing.B) {
	sink := newSink(b, false)
	relay, err := New(Config{Address: sink.address})
	if err != nil {
		b.Fatal(err)
	}
	content := threeKilobytes()
	const count = 10_000
	var ours, raw time.Duration
	for b.Loop() {
		raw += sendRaw(b, sink, 20, count, content)
		started := time.Now()
		spread(b, 20, count, func() (func() error, func() error, error) {
			conn, err := relay.Dial(b.Context())
			if err != nil {
				return nil, nil, err
			}
			return func() error { return accepted(conn.Send(b.Context(), us, ana, bytes.NewReader(content))) }, conn.Close, nil
		})
		ours += time.Since(started)
	}
	b.ReportMetric(float64(count*b.N)/ours.Seconds(), "messages/s")
	b.ReportMetric(raw.Seconds()/ours.Seconds(), "ratio")
}

func threeKilobytes() []byte {
	content := []byte("Subject: notice\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for len(content) < 3000 {
		content = append(content, "On 3 November somebody read data about you that you had given us.\r\n"...)
	}
	return content
}

// spread shares the work among connections and stops at the first error.
func spread(b *testing.B, conns, count int, open func() (send, closing func() error, err error)) {
	var left atomic.Int64
	left.Store(int64(count))
	var running sync.WaitGroup
	for range conns {
		running.Go(func() {
			send, closing, err := open()
			if err != nil {
				b.Error(err)
				return
			}
			for err == nil && left.Add(-1) >= 0 {
				err = send()
			}
			if err := errors.Join(err, closing()); err != nil {
				b.Error(err)
			}
		})
	}
	running.Wait()
}

func accepted(outcome Outcome, err error) error {
	if err == nil && outcome.State != Accepted {
		return &OutcomeError{Outcome: outcome}
	}
	return err
}

func sendMailing(b *testing.B, relay *Relay, conns, count int, content []byte) time.Duration {
	started := time.Now()
	spread(b, conns, count, func() (func() error, func() error, error) {
		conn, err := relay.DialMailing(b.Context())
		if err != nil {
			return nil, nil, err
		}
		message := bytes.NewReader(nil)
		return func() error {
			message.Reset(content)
			return accepted(conn.Send(b.Context(), us, ana, message))
		}, conn.Close, nil
	})
	return time.Since(started)
}

func sendRaw(b *testing.B, sink *sink, conns, count int, content []byte) time.Duration {
	body := append(append([]byte(nil), content...), ".\r\n"...)
	steps := [][]byte{[]byte("MAIL FROM:<" + us + ">\r\n"), []byte("RCPT TO:<" + ana + ">\r\n"), []byte("DATA\r\n"), body}
	started := time.Now()
	spread(b, conns, count, func() (func() error, func() error, error) {
		conn, err := net.Dial("tcp", sink.address)
		if err != nil {
			return nil, nil, err
		}
		reader := bufio.NewReader(conn)
		hear := func() error {
			for {
				line, err := reader.ReadSlice('\n')
				if err != nil || line[3] != '-' {
					return err
				}
			}
		}
		say := func(p []byte) error {
			if _, err := conn.Write(p); err != nil {
				return err
			}
			return hear()
		}
		if err := errors.Join(hear(), say([]byte("EHLO raw\r\n"))); err != nil {
			return nil, nil, err
		}
		return func() error {
			for _, step := range steps {
				if err := say(step); err != nil {
					return err
				}
			}
			return nil
		}, conn.Close, nil
	})
	return time.Since(started)
}

// sink is the least SMTP server: it takes everything and keeps nothing.
type sink struct {
	address    string
	pipelining bool
	taken      atomic.Int64
}

func newSink(tb testing.TB, pipelining bool) *sink {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &sink{address: listener.Addr().String(), pipelining: pipelining}
	var running sync.WaitGroup
	tb.Cleanup(func() {
		if err := listener.Close(); err != nil {
			tb.Error(err)
		}
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				s.serve(conn)
			})
		}
	})
	return s
}

// serve answers each command, and holds its replies back as long as there are
// more commands in the same packet.
func (s *sink) serve(conn net.Conn) {
	reader, writer := bufio.NewReaderSize(conn, 8<<10), bufio.NewWriter(conn)
	reply := "220 sink\r\n"
	inMessage := false
	for {
		if reply != "" {
			if _, err := io.WriteString(writer, reply); err != nil {
				return
			}
		}
		if reader.Buffered() == 0 && writer.Buffered() > 0 {
			if err := writer.Flush(); err != nil {
				return
			}
		}
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case inMessage && string(line) == ".\r\n":
			inMessage = false
			s.taken.Add(1)
			reply = "250 2.0.0 Ok: queued as 4F2A1B3C\r\n"
		case inMessage:
			reply = ""
		case bytes.HasPrefix(line, []byte("EHLO")) && s.pipelining:
			reply = "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
		case bytes.HasPrefix(line, []byte("EHLO")):
			reply = "250-sink\r\n250 8BITMIME\r\n"
		case bytes.HasPrefix(line, []byte("DATA")):
			inMessage = true
			reply = "354 End data with <CR><LF>.<CR><LF>\r\n"
		case bytes.HasPrefix(line, []byte("QUIT")):
			_, _ = conn.Write([]byte("221 bye\r\n"))
			return
		default:
			reply = "250 2.1.0 Ok\r\n"
		}
	}
}
