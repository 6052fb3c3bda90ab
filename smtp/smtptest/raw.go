package smtptest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rawConnections is how many connections the yardstick uses at once.
const rawConnections = 20

// SendRaw sends one finished message n times to a sink, over twenty connections
// with four round trips each, checks nothing but the replies' codes, and says
// how long it took. The content ends with a line break; the final dot is added.
// A sink that refuses anybody fails the test.
func SendRaw(tb testing.TB, to *Sink, n int, content []byte) time.Duration {
	tb.Helper()
	body := append(append([]byte(nil), content...), ".\r\n"...)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range rawConnections {
		all.Go(func() {
			if err := raw(tb.Context(), to.address, &next, int64(n), body); err != nil {
				tb.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// raw takes numbers until n are taken, and sends the body to the person of each.
func raw(ctx context.Context, address string, next *atomic.Int64, n int64, body []byte) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the sink is done with it
	in := bufio.NewReader(conn)
	ask := func(text []byte, code string) error {
		if len(text) > 0 {
			if _, err := conn.Write(text); err != nil {
				return err
			}
		}
		for {
			line, err := in.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, code) {
				return fmt.Errorf("the sink said %q, %w; expected %s", line, err, code)
			}
			if line[3] == ' ' {
				return nil
			}
		}
	}
	if err := ask(nil, "220"); err != nil {
		return err
	}
	if err := ask([]byte("EHLO raw\r\n"), "250"); err != nil {
		return err
	}
	for {
		person := next.Add(1)
		if person > n {
			return nil
		}
		for _, step := range []struct {
			text []byte
			code string
		}{
			{[]byte("MAIL FROM:<a@example.com>\r\n"), "250"},
			{fmt.Appendf(nil, "RCPT TO:<p%d@example.org>\r\n", person), "250"},
			{[]byte("DATA\r\n"), "354"},
			{body, "250"},
		} {
			if err := ask(step.text, step.code); err != nil {
				return err
			}
		}
	}
}

// Content is a finished message of three kilobytes, for the yardstick.
func Content() []byte {
	content := []byte("Subject: notice\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for len(content) < 3000 {
		content = append(content, "On 3 November somebody read data about you that you had given us.\r\n"...)
	}
	return content
}
