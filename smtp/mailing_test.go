package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mailing dials a relay that plays the script and offers PIPELINING.
func mailing(t *testing.T, config Config, script func(*dialogue)) *MailingConn {
	t.Helper()
	config.Address = scripted(t, script)
	conn := kinds[2].connect(t, config).(*MailingConn)
	if !conn.Pipelining() {
		t.Fatal("the relay's PIPELINING was not noticed")
	}
	return conn
}

// group reads the three commands that must have come in one write.
func (d *dialogue) group() {
	d.hear("MAIL FROM:<")
	if left := d.reader.Buffered(); left == 0 {
		d.t.Error("RCPT and DATA did not come along with MAIL")
	}
	d.hear("RCPT TO:<")
	d.hear("DATA")
	if left := d.reader.Buffered(); left != 0 {
		d.t.Errorf("%d bytes came before they were asked for", left)
	}
}

func TestOneGroupOfCommandsAndOneMessage(t *testing.T) {
	conn := mailing(t, Config{}, func(d *dialogue) {
		d.hello("PIPELINING", "8BITMIME")
		for n := range 3 {
			d.group()
			d.say("250 ok", "250 ok", "354 go on")
			if got, want := d.message(), fmt.Sprintf("Subject: test\r\n\r\n..letter %d\r\n", n); got != want {
				t.Errorf("the relay heard %q, want %q", got, want)
			}
			if d.reader.Buffered() != 0 {
				t.Error("the next message began before this one was answered")
			}
			d.say(fmt.Sprintf("250 2.0.%d queued", n))
		}
		d.hear("QUIT")
		d.say("221 bye")
	})
	for n := range 3 {
		outcome, err := conn.Send(t.Context(), us, ana, letter(fmt.Sprintf(".letter %d", n)))
		if err != nil || outcome.State != Accepted || outcome.EnhancedCode != fmt.Sprintf("2.0.%d", n) || outcome.Step != StepData {
			t.Fatalf("message %d: %+v, %v", n, outcome, err)
		}
	}
}

func TestARefusedRecipientWhoseDataWasTaken(t *testing.T) {
	for name, test := range map[string]struct {
		data, dot string
		usable    bool
	}{
		"DATA refused as usual":                  {data: "503 5.5.1 no recipients", usable: true},
		"DATA refused with 554":                  {data: "554 5.5.1 no valid recipients", usable: true},
		"354, and the dot alone refused":         {data: "354 go on", dot: "554 5.5.1 no valid recipients", usable: true},
		"354, and the dot alone accepted":        {data: "354 go on", dot: "250 2.0.0 nothing to do", usable: true},
		"354, and the dot alone deferred":        {data: "354 go on", dot: "451 4.3.0 later", usable: true},
		"354, and then going down":               {data: "354 go on", dot: "421 4.3.2 going down"},
		"354, and then no SMTP":                  {data: "354 go on", dot: "what?"},
		"421 to DATA":                            {data: "421 4.3.2 going down"},
		"a success to DATA, which means nothing": {data: "250 what"},
		"no SMTP to DATA":                        {data: "?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := mailing(t, Config{}, func(d *dialogue) {
				d.hello("PIPELINING")
				d.group()
				d.say("250 ok", "550 5.1.1 no such user", test.data)
				if strings.HasPrefix(test.data, "354") {
					if got := d.message(); got != "" {
						t.Errorf("the message for a refused recipient left: %q", got)
					}
					d.say(test.dot)
				}
				if !test.usable {
					d.untilGone()
					return
				}
				d.hear("RSET")
				d.say("250 ok")
				d.group()
				d.say("250 ok", "250 ok", "354 go on")
				if got := d.message(); !strings.Contains(got, "for Eva") {
					t.Errorf("message %q", got)
				}
				d.say("250 2.0.0 taken")
				d.hear("QUIT")
				d.say("221 bye")
			})
			outcome, err := conn.Send(t.Context(), us, ana, letter("for Ana"))
			if err != nil || outcome.State != Refused || outcome.EnhancedCode != "5.1.1" || outcome.Step != StepRecipient {
				t.Errorf("first: %+v, %v", outcome, err)
			}
			if conn.Usable() != test.usable {
				t.Fatalf("usable %v, want %v", conn.Usable(), test.usable)
			}
			if !test.usable {
				return
			}
			if outcome, err := conn.Send(t.Context(), us, eva, letter("for Eva")); err != nil || outcome.State != Accepted {
				t.Errorf("second: %+v, %v", outcome, err)
			}
		})
	}
}

func TestNothingIsWrittenAfterARefusedSender(t *testing.T) {
	conn := mailing(t, Config{}, func(d *dialogue) {
		d.hello("PIPELINING")
		d.group()
		// A relay gone wrong: it refuses the sender and wants the message.
		d.say("550 5.7.1 not you", "250 ok", "354 go on")
		// Replies that it left unread make the client's close a reset.
		if rest, err := io.ReadAll(d.reader); len(rest) > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the relay heard %q, %v", rest, err)
		}
	})
	_, err := conn.Send(t.Context(), us, ana, letter("x"))
	if trouble := unavailableAt(t, err, StepMail); trouble.Code != 550 || trouble.Verdict() != CallPerson {
		t.Errorf("trouble %+v", trouble)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestRepliesInPieces(t *testing.T) {
	conn := mailing(t, Config{}, func(d *dialogue) {
		d.hello("PIPELINING")
		d.group()
		for _, c := range []byte("250-first\r\n250 second\r\n250-a\r\n250-b\r\n250 c\r\n354 go on\r\n") {
			if _, err := d.conn.Write([]byte{c}); err != nil {
				t.Errorf("say one byte: %v", err)
			}
		}
		d.message()
		for _, piece := range []string{"25", "0-2.0.0 queued\r", "\n250 2.0.0 as 7F2\r\n"} {
			if _, err := io.WriteString(d.conn, piece); err != nil {
				t.Errorf("say a piece: %v", err)
			}
		}
		d.hear("QUIT")
		d.say("221 bye")
	})
	outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
	if err != nil || outcome.State != Accepted || outcome.EnhancedCode != "2.0.0" || outcome.Reply != "queued as 7F2" {
		t.Errorf("%+v, %v", outcome, err)
	}
}

func TestTheRelayHangsUpAtEachStep(t *testing.T) {
	for name, test := range map[string]struct {
		replies []string
		step    Step
	}{
		"before anything is answered": {nil, StepMail},
		"after MAIL":                  {[]string{"250 ok"}, StepRecipient},
		"after RCPT":                  {[]string{"250 ok", "250 ok"}, StepData},
		"in the middle of a reply":    {[]string{"250 ok", "250-ok"}, StepRecipient},
	} {
		for _, by := range kinds[1:] {
			t.Run(by.name+": "+name, func(t *testing.T) {
				t.Parallel()
				conn := by.connect(t, Config{Address: scripted(t, func(d *dialogue) {
					d.hello(by.extensions...)
					for i := 0; i <= len(test.replies); i++ {
						d.hear([]string{"MAIL", "RCPT", "DATA"}[i])
						if i < len(test.replies) {
							d.say(test.replies[i])
							if strings.HasPrefix(test.replies[i], "250-") {
								return
							}
						}
					}
				})})
				outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
				unavailableAt(t, err, test.step)
				if outcome != (Outcome{}) || conn.Usable() {
					t.Errorf("outcome %+v, usable %v", outcome, conn.Usable())
				}
			})
		}
	}
}

func TestARelayThatSpeaksOutOfTurn(t *testing.T) {
	// afterOne plays a good message, waits until the client has its answer, and
	// goes on.
	afterOne := func(t *testing.T, script func(*dialogue)) *MailingConn {
		answered := make(chan struct{})
		conn := mailing(t, Config{}, func(d *dialogue) {
			d.hello("PIPELINING")
			d.group()
			d.say("250 ok", "250 ok", "354 go on")
			d.message()
			d.say("250 taken")
			<-answered
			script(d)
		})
		defer close(answered)
		if outcome, err := conn.Send(t.Context(), us, ana, letter("x")); err != nil || outcome.State != Accepted {
			t.Fatalf("%+v, %v", outcome, err)
		}
		return conn
	}
	t.Run("421 in place of the next reply", func(t *testing.T) {
		conn := afterOne(t, func(d *dialogue) {
			d.say("421 4.4.2 idle for too long")
			d.untilGone()
		})
		_, err := conn.Send(t.Context(), us, ana, letter("x"))
		if trouble := unavailableAt(t, err, StepMail); trouble.Code != 421 || trouble.Verdict() != RelayAway {
			t.Errorf("trouble %+v", trouble)
		}
	})
	t.Run("one reply too many before the message", func(t *testing.T) {
		conn := mailing(t, Config{}, func(d *dialogue) {
			d.hello("PIPELINING")
			d.group()
			if _, err := io.WriteString(d.conn, "250 ok\r\n250 ok\r\n354 go on\r\n250 taken already\r\n"); err != nil {
				t.Errorf("say: %v", err)
			}
			if rest, _ := io.ReadAll(d.reader); len(rest) > 0 {
				t.Errorf("the message left, though its reply was there before it: %q", rest)
			}
		})
		_, err := conn.Send(t.Context(), us, ana, letter("x"))
		unavailableAt(t, err, StepData)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("one reply too many between messages shifts all others", func(t *testing.T) {
		conn := afterOne(t, func(d *dialogue) {
			d.say("250 hello again")
			d.group()
			d.say("250 ok", "250 ok", "354 go on")
			if rest, _ := io.ReadAll(d.reader); len(rest) > 0 {
				t.Errorf("the relay heard %q", rest)
			}
		})
		_, err := conn.Send(t.Context(), us, ana, letter("x"))
		unavailableAt(t, err, StepData)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("goodbye right behind the acceptance", func(t *testing.T) {
		conn := mailing(t, Config{}, func(d *dialogue) {
			d.hello("PIPELINING")
			d.group()
			d.say("250 ok", "250 ok", "354 go on")
			d.message()
			if _, err := io.WriteString(d.conn, "250 taken\r\n421 enough for today\r\n"); err != nil {
				t.Errorf("say: %v", err)
			}
			d.untilGone()
		})
		outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
		if err != nil || outcome.State != Accepted || conn.Usable() {
			t.Errorf("%+v, %v, usable %v", outcome, err, conn.Usable())
		}
	})
}

func TestAReplyWithoutEndIsNoReply(t *testing.T) {
	conn := mailing(t, Config{}, func(d *dialogue) {
		d.hello("PIPELINING")
		d.group()
		line := "250-" + strings.Repeat("x", 500) + "\r\n"
		for range 10_000 {
			if _, err := io.WriteString(d.conn, line); err != nil {
				return
			}
		}
		t.Error("the client read five megabytes of one reply")
	})
	_, err := conn.Send(t.Context(), us, ana, letter("x"))
	unavailableAt(t, err, StepMail)
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestARelayThatBreaksOffTheMessageSaysWhy(t *testing.T) {
	conn := mailing(t, Config{DataTimeout: patience}, func(d *dialogue) {
		d.hello("PIPELINING")
		d.group()
		d.say("250 ok", "250 ok", "354 go on")
		if _, err := io.CopyN(io.Discard, d.reader, 1<<20); err != nil {
			t.Errorf("read a part: %v", err)
		}
		d.say("552 5.3.4 too big")
	})
	_, err := conn.Send(t.Context(), us, ana, letter(strings.Repeat("x", 16<<20)))
	// Whether the reply outlives the reset of the connection is the kernel's to say.
	if trouble := unavailableAt(t, err, StepData); trouble.Code != 0 && (trouble.Code != 552 || trouble.Verdict() != CallPerson) {
		t.Errorf("trouble %+v", trouble)
	}
}

func TestMailingOverTLSWithCredentials(t *testing.T) {
	secure, roots := certificate(t, "127.0.0.1")
	for _, implicit := range []bool{false, true} {
		mode := map[bool]TLSMode{false: StartTLS, true: ImplicitTLS}[implicit]
		t.Run(string(mode), func(t *testing.T) {
			box := &inbox{password: "hunter2"}
			conn := kinds[1].connect(t, Config{
				Address: server(t, box, secure, implicit), TLS: mode, RootCAs: roots,
				Username: "tocsin", Password: "hunter2",
			}).(*MailingConn)
			inner := conn.conn
			if greeted, ok := inner.(*greetedConn); ok {
				inner = greeted.Conn
			}
			if _, encrypted := inner.(*tls.Conn); !encrypted || !conn.Pipelining() {
				t.Errorf("encrypted %v, pipelining %v", encrypted, conn.Pipelining())
			}
			for n := range 3 {
				if outcome, err := conn.Send(t.Context(), us, ana, letter("x")); err != nil || outcome.State != Accepted {
					t.Fatalf("message %d: %+v, %v", n, outcome, err)
				}
				if outcome, err := conn.Send(t.Context(), us, "gone@example.org", letter("x")); err != nil || outcome.State != Refused {
					t.Fatalf("message %d: %+v, %v", n, outcome, err)
				}
			}
			if letters, _ := box.taken(); len(letters) != 3 {
				t.Errorf("the server took %d messages", len(letters))
			}
		})
	}
}

func TestACancelledContextDuringTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	conn := mailing(t, Config{CommandTimeout: time.Hour}, func(d *dialogue) {
		d.hello("PIPELINING")
		d.group()
		d.say("250 ok")
		cancel()
		d.untilGone()
	})
	_, err := conn.Send(ctx, us, ana, letter("x"))
	// The reply to MAIL was read or not, as it happens.
	if !IsUnavailable(err) || !errors.Is(err, context.Canceled) || conn.Usable() {
		t.Errorf("%v, usable %v", err, conn.Usable())
	}
}

func TestAClosedConnectionIsNotUsed(t *testing.T) {
	conn := kinds[1].connect(t, Config{Address: server(t, &inbox{}, nil, false)})
	if err := errors.Join(conn.Close(), conn.Close()); err != nil {
		t.Error(err)
	}
	_, err := conn.Send(t.Context(), us, ana, letter("x"))
	if unavailableAt(t, err, StepMail); errors.Is(err, net.ErrClosed) {
		t.Error("the closed connection was used")
	}
}
