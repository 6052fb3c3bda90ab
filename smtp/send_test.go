package smtp

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-mail/mail/v2"
)

const (
	us  = "notices@example.com"
	ana = "ana@example.org"
	eva = "eva@example.net"
)

func TestARealServerTakesAMessage(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			box := &inbox{}
			at := time.Date(2025, 11, 26, 10, 0, 0, 0, time.FixedZone("CET", 3600))
			conn := by.connect(t, Config{Address: server(t, box, nil, false), Now: func() time.Time { return at }})
			outcome, err := conn.Send(t.Context(), us, ana, letter(".a line that begins with a dot"))
			if err != nil {
				t.Fatal(err)
			}
			if outcome.State != Accepted || outcome.Code != 250 || outcome.EnhancedCode != "2.0.0" || outcome.Reply == "" {
				t.Errorf("outcome %+v", outcome)
			}
			if !outcome.At.Equal(at) || outcome.At.Location() != time.UTC {
				t.Errorf("at %v", outcome.At)
			}
			letters, to := box.taken()
			if len(letters) != 1 || letters[0] != "Subject: test\r\n\r\n.a line that begins with a dot\r\n" {
				t.Errorf("the server took %q", letters)
			}
			if len(to) != 1 || to[0] != ana || box.senders[0] != us {
				t.Errorf("from %q to %q", box.senders, to)
			}
		})
	}
}

func TestARefusedRecipientDoesNotPoisonTheConnection(t *testing.T) {
	for _, by := range kinds {
		for name, test := range map[string]struct {
			bad      string
			state    State
			code     int
			enhanced string
			reply    string
		}{
			"refused for good": {"gone@example.org", Refused, 550, "5.1.1", "[address] : no such user"},
			"deferred":         {"busy@example.org", Deferred, 451, "4.7.1", "greylisted, come back"},
		} {
			t.Run(by.name+": "+name, func(t *testing.T) {
				box := &inbox{}
				conn := by.connect(t, Config{Address: server(t, box, nil, false)})
				for round := range 3 {
					outcome, err := conn.Send(t.Context(), us, test.bad, letter("one"))
					if err != nil {
						t.Fatal(err)
					}
					if outcome.State != test.state || outcome.Code != test.code || outcome.EnhancedCode != test.enhanced || outcome.Reply != test.reply {
						t.Errorf("outcome %+v", outcome)
					}
					outcome, err = conn.Send(t.Context(), us, ana, letter("two"))
					if err != nil || outcome.State != Accepted {
						t.Errorf("round %d: next message: %+v, %v", round, outcome, err)
					}
				}
				if letters, to := box.taken(); len(letters) != 3 || len(to) != 3 || strings.Join(to, " ") != ana+" "+ana+" "+ana {
					t.Errorf("the server took %d messages for %q", len(letters), to)
				}
			})
		}
	}
}

func TestTheConnectionIsResetAfterARefusal(t *testing.T) {
	address := scripted(t, func(d *dialogue) {
		d.hello("8BITMIME")
		d.hear("MAIL FROM:<" + us + ">")
		d.say("250 ok")
		d.hear("RCPT TO:<" + ana + ">")
		d.say("550 5.1.1 no mailbox " + ana)
		d.hear("RSET")
		d.say("250 ok")
		d.ehlo("8BITMIME") // the library introduces us again
		d.hear("MAIL FROM:<" + us + ">")
		d.say("250 ok")
		d.hear("RCPT TO:<" + eva + ">")
		d.say("250 ok")
		d.hear("DATA")
		d.say("354 go on")
		if got := d.message(); !strings.Contains(got, "for Eva") {
			t.Errorf("message %q", got)
		}
		d.say("250 2.6.0 taken as 7F2")
		d.hear("QUIT")
		d.say("221 bye")
	})
	conn := connect(t, Config{Address: address})
	if outcome, err := conn.Send(t.Context(), us, ana, letter("for Ana")); err != nil || outcome.State != Refused || strings.Contains(outcome.Reply, "ana") {
		t.Errorf("first: %+v, %v", outcome, err)
	}
	outcome, err := conn.Send(t.Context(), us, eva, letter("for Eva"))
	if err != nil || outcome.State != Accepted || outcome.EnhancedCode != "2.6.0" || outcome.Reply != "taken as 7F2" {
		t.Errorf("second: %+v, %v", outcome, err)
	}
}

func TestAnAddressThatCannotBeMailedIsNeverOffered(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			address := scripted(t, func(d *dialogue) {
				d.hello(by.extensions...)
				d.hear("QUIT")
				d.say("221 bye")
			})
			conn := by.connect(t, Config{Address: address})
			outcome, err := conn.Send(t.Context(), us, `"ana@example.org>,<eva"@example.net`, letter("x"))
			if err != nil {
				t.Fatal(err)
			}
			if outcome.State != Undeliverable || outcome.Reply != string(ReasonQuoted) || outcome.Code != 0 {
				t.Errorf("outcome %+v", outcome)
			}
			if _, err := conn.Send(t.Context(), "Notices <notices@example.com>", ana, letter("x")); !errors.Is(err, ErrSender) {
				t.Errorf("sender with a display name: %v", err)
			}
			if !conn.Usable() {
				t.Error("the connection was given up without need")
			}
		})
	}
}

// half fails after some of the message, as a template does.
type half struct{}

func (half) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, "Subject: half\r\n\r\nDear ")
	return int64(n), errors.Join(err, errors.New("template failed"))
}

func TestAMessageThatFailsHalfWayIsNotSent(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			box := &inbox{}
			conn := by.connect(t, Config{Address: server(t, box, nil, false)})
			if _, err := conn.Send(t.Context(), us, ana, half{}); err == nil || IsUnavailable(err) {
				t.Errorf("error %v, want the message's own", err)
			}
			if _, err := conn.Send(t.Context(), us, ana, strings.NewReader("")); err == nil {
				t.Error("an empty message was sent")
			}
			if outcome, err := conn.Send(t.Context(), us, ana, letter("whole")); err != nil || outcome.State != Accepted {
				t.Errorf("next message: %+v, %v", outcome, err)
			}
			if letters, _ := box.taken(); len(letters) != 1 || !strings.Contains(letters[0], "whole") {
				t.Errorf("the server took %q", letters)
			}
		})
	}
}

func TestGoMailSendsThroughTheRelay(t *testing.T) {
	box := &inbox{}
	relay, err := New(Config{Address: server(t, box, nil, false)})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := relay.Sender(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	message := mail.NewMessage()
	message.SetHeader("From", us)
	message.SetHeader("To", ana)
	message.SetHeader("Subject", "through go-mail")
	message.SetBody("text/plain", "hello")
	if err := mail.Send(sender, message); err != nil {
		t.Fatal(err)
	}
	if last := sender.Last(); last.State != Accepted || last.Code != 250 {
		t.Errorf("last outcome %+v", last)
	}

	message.SetHeader("Cc", eva)
	if err := mail.Send(sender, message); err == nil || !strings.Contains(err.Error(), ErrRecipients.Error()) {
		t.Errorf("two recipients: %v", err)
	}
	if err := sender.Send(us, nil, letter("x")); !errors.Is(err, ErrRecipients) {
		t.Errorf("no recipient: %v", err)
	}
	err = sender.Send(us, []string{"gone@example.org"}, letter("x"))
	var refused *OutcomeError
	if !errors.As(err, &refused) || refused.Outcome.State != Refused || refused.Outcome.Code != 550 || sender.Last() != refused.Outcome {
		t.Errorf("refused recipient: %v", err)
	}
	if strings.Contains(err.Error(), "example.org") {
		t.Errorf("the error repeats the address: %v", err)
	}
	if err := sender.Close(); err != nil {
		t.Error(err)
	}
	if err := sender.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := sender.Send(us, []string{ana}, letter("x")); !IsUnavailable(err) {
		t.Errorf("after close: %v", err)
	}
	if letters, to := box.taken(); len(letters) != 1 || len(to) != 1 {
		t.Errorf("the server took %d messages for %q", len(letters), to)
	}
}

func TestPingTellsWhetherTheRelayLives(t *testing.T) {
	relay, err := New(Config{Address: server(t, &inbox{}, nil, false)})
	if err != nil {
		t.Fatal(err)
	}
	if err := relay.Ping(t.Context()); err != nil {
		t.Errorf("a living relay: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := relay.Ping(ended); !IsUnavailable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	relay, err = New(Config{Address: scripted(t, func(d *dialogue) {
		d.hello()
		d.hear("NOOP")
		d.say("421 4.3.2 going down")
		d.untilGone()
	})})
	if err != nil {
		t.Fatal(err)
	}
	if trouble := unavailableAt(t, relay.Ping(t.Context()), StepProbe); trouble.Code != 421 {
		t.Errorf("trouble %+v", trouble)
	}
}
