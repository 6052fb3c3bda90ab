package mailcatcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// TestMain lets the test binary play a process that is killed.
func TestMain(m *testing.M) {
	if directory := os.Getenv("TEST_CATCH_MAIL_IN"); directory != "" {
		catcher, err := Start(context.Background(), Config{Dir: directory})
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		fmt.Println(catcher.Addr())
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, config Config) *Catcher {
	t.Helper()
	if config.Dir == "" {
		config.Dir = t.TempDir()
	}
	config.Logger = slog.New(slog.DiscardHandler)
	catcher, err := Start(t.Context(), config)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		if err := catcher.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return catcher
}

// message is a small mail with the subject.
func message(subject string) string {
	return "From: Tocsin <tocsin@example.org>\r\nTo: dpo@example.com\r\nSubject: " + subject +
		"\r\nMessage-ID: <" + subject + "@example.org>\r\n\r\nText of " + subject + "\r\n"
}

func send(address, content string, recipients ...string) (failure error) {
	client, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer func() {
		if closing := client.Close(); failure == nil {
			failure = closing
		}
	}()
	return client.SendMail("tocsin@example.org", recipients, strings.NewReader(content))
}

func TestMailIsKeptNewestFirstWithItsEnvelope(t *testing.T) {
	moment := time.Date(2026, 3, 29, 3, 0, 0, 0, time.FixedZone("CEST", 7200))
	catcher := start(t, Config{Now: func() time.Time { return moment }})
	if err := send(catcher.Addr(), message("first"), "dpo@example.com", "deputy@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := send(catcher.Addr(), message("second"), "dpo@example.com"); err != nil {
		t.Fatal(err)
	}
	got := all(t, catcher)
	if len(got) != 2 || got[0].Subject != "second" || got[1].Subject != "first" {
		t.Fatalf("caught %+v, want second before first", got)
	}
	first := got[1]
	if first.From != "tocsin@example.org" || strings.Join(first.To, " ") != "dpo@example.com deputy@example.com" {
		t.Errorf("envelope from %q to %q", first.From, first.To)
	}
	if first.MessageID != "<first@example.org>" || first.Text != "Text of first\n" || !first.ReceivedAt.Equal(moment) {
		t.Errorf("message id %q, text %q, received at %v", first.MessageID, first.Text, first.ReceivedAt)
	}
}

func TestTheServerOffersWhatRelaysOffer(t *testing.T) {
	catcher := start(t, Config{})
	client, err := smtp.Dial(catcher.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	for _, extension := range []string{"PIPELINING", "8BITMIME", "SIZE"} {
		if offered, _ := client.Extension(extension); !offered {
			t.Errorf("%s is not offered", extension)
		}
	}
}

func TestAnOversizedMessageIsRefusedAndTheNextOneTaken(t *testing.T) {
	catcher := start(t, Config{})
	err := send(catcher.Addr(), message("large")+strings.Repeat("0123456789012345678901234567890123456789\r\n", 40_000), "dpo@example.com")
	var refusal *smtp.SMTPError
	if !errors.As(err, &refusal) || refusal.Code != 552 {
		t.Errorf("a message over 1 MB got %v, want 552", err)
	}
	if err := send(catcher.Addr(), message("small"), "dpo@example.com"); err != nil {
		t.Errorf("the next message: %v", err)
	}
	if got := catcher.Count(); got != 1 {
		t.Errorf("%d messages are kept, want 1", got)
	}
}

func TestARejectedRecipientIsToldAndTheOthersAreServed(t *testing.T) {
	catcher := start(t, Config{Reject: func(recipient string) error {
		switch recipient {
		case "gone@example.com":
			return errors.New("no such mailbox")
		case "full@example.com":
			return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
		}
		return nil
	}})
	client, err := smtp.Dial(catcher.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Mail("tocsin@example.org", nil); err != nil {
		t.Fatal(err)
	}
	for recipient, want := range map[string]int{"gone@example.com": 550, "full@example.com": 452, "dpo@example.com": 0} {
		err := client.Rcpt(recipient, nil)
		var refusal *smtp.SMTPError
		if errors.As(err, &refusal); (refusal == nil) != (want == 0) || (refusal != nil && refusal.Code != want) {
			t.Errorf("%s got %v, want code %d", recipient, err, want)
		}
	}
	data, err := client.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(data, message("served")); err != nil {
		t.Fatal(err)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	if got := all(t, catcher); len(got) != 1 || strings.Join(got[0].To, " ") != "dpo@example.com" {
		t.Errorf("kept %+v, want one message to dpo@example.com", got)
	}
}

func TestEveryAnsweredMessageSurvivesAKill(t *testing.T) {
	directory := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), "TEST_CATCH_MAIL_IN="+directory)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)

	var mutex sync.Mutex
	answered := map[string]bool{}
	enough := make(chan struct{})
	var senders sync.WaitGroup
	for sender := range 8 {
		senders.Go(func() {
			for i := 0; ; i++ {
				subject := fmt.Sprintf("s%d-%d", sender, i)
				if err := send(address, message(subject), "dpo@example.com"); err != nil {
					return // the process is gone
				}
				mutex.Lock()
				answered[subject] = true
				if len(answered) == 200 {
					close(enough)
				}
				mutex.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(30 * time.Second):
		t.Error("200 messages took more than 30 s")
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Error("the killed process reports success")
	}
	senders.Wait()

	kept := map[string]bool{}
	for _, each := range all(t, start(t, Config{Dir: directory})) {
		kept[each.Subject] = true
	}
	for subject := range answered {
		if !kept[subject] {
			t.Errorf("message %s was answered with 250 and is lost", subject)
		}
	}
	t.Logf("%d answered, %d kept", len(answered), len(kept))
}

func TestAnUnfinishedLastMessageIsDroppedAndTheFileGoesOn(t *testing.T) {
	for name, tail := range map[string]string{
		"half a line":     `{"received_at":"2026-03-01T1`,
		"a line of zeros": "\x00\x00\x00\x00",
		"nothing":         "",
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			catcher := start(t, Config{Dir: directory})
			if err := send(catcher.Addr(), message("before"), "dpo@example.com"); err != nil {
				t.Fatal(err)
			}
			if err := catcher.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			file, err := os.OpenFile(filepath.Join(directory, fileName), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString(tail); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			catcher = start(t, Config{Dir: directory})
			if err := send(catcher.Addr(), message("after"), "dpo@example.com"); err != nil {
				t.Fatal(err)
			}
			if err := catcher.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := all(t, start(t, Config{Dir: directory}))
			if len(got) != 2 || got[0].Subject != "after" || got[1].Subject != "before" {
				t.Errorf("kept %+v, want after and before", got)
			}
		})
	}
}

func TestStopWaitsForNobody(t *testing.T) {
	for name, before := range map[string]func(*testing.T, *Catcher){
		"right after the start": func(*testing.T, *Catcher) {},
		"with an idle client": func(t *testing.T, catcher *Catcher) {
			client, err := smtp.Dial(catcher.Addr())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			if err := client.Hello("localhost"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				catcher := start(t, Config{})
				before(t, catcher)
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				begun := time.Now()
				err := catcher.Stop(ctx)
				cancel()
				if took := time.Since(begun); err != nil || took > 5*time.Second {
					t.Fatalf("Stop took %v and gave %v", took, err)
				}
			}
		})
	}
}

func TestTheIndexForgetsTheOldestBeyondItsLimit(t *testing.T) {
	kept, err := openStore(filepath.Join(t.TempDir(), fileName), 3, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := kept.append(record{Content: []byte(message(fmt.Sprint(i)))}); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept.newest(0, 10); len(got) != 3 || got[0].number != 5 || got[2].number != 3 {
		t.Errorf("indexed %+v, want numbers 5, 4, 3", got)
	}
	if _, found := kept.find(2); found {
		t.Error("number 2 is still found")
	}
	if where, found := kept.find(4); !found || where.number != 4 {
		t.Errorf("number 4 is found as %+v, %v", where, found)
	}
	if err := kept.close(); err != nil {
		t.Fatal(err)
	}
	if err := kept.append(record{}); !errors.Is(err, errClosed) {
		t.Errorf("append after close gave %v", err)
	}
}
