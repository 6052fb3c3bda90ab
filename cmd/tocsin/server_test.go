package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAServerSaysWhereItIsAndEndsWhatIsUnderWay(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	entered, leave := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		if _, err := io.WriteString(w, "whole"); err != nil {
			t.Errorf("write: %v", err)
		}
	})
	ended := make(chan error, 1)
	go func() {
		s := &session{out: in}
		ended <- s.listen(ctx, "127.0.0.1:0", handler, slog.New(slog.DiscardHandler), func() {})
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		t.Fatalf("the first line is %q, want ready and an address", line)
	}
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get(address) //nolint:gosec,noctx // our own server, in a test
		if err != nil {
			answered <- err.Error()
			return
		}
		body, err := io.ReadAll(response.Body)
		if closing := response.Body.Close(); err != nil || closing != nil {
			answered <- "the answer broke off"
			return
		}
		answered <- string(body)
	}()
	<-entered
	stop()
	close(leave)
	if got := <-answered; got != "whole" {
		t.Errorf("a request that was under way got %q", got)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the stop failed: %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("the stop took more than 15 s")
	}
}
