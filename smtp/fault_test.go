package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDialReportsTheRelaysTrouble(t *testing.T) {
	for name, test := range map[string]struct {
		script func(*dialogue)
		step   Step
		code   int
	}{
		"it greets with 421":            {func(d *dialogue) { d.say("421 4.3.2 too busy"); d.untilGone() }, StepHello, 421},
		"it greets with 554":            {func(d *dialogue) { d.say("554 5.7.1 blocked"); d.untilGone() }, StepHello, 554},
		"it closes without a word":      {func(*dialogue) {}, StepHello, 0},
		"it speaks another protocol":    {func(d *dialogue) { d.say("HTTP/1.1 400 Bad Request"); d.untilGone() }, StepHello, 0},
		"it refuses EHLO for now":       {func(d *dialogue) { d.say("220 hi"); d.hear("EHLO"); d.say("450 later"); d.untilGone() }, StepHello, 450},
		"it drops while answering EHLO": {func(d *dialogue) { d.say("220 hi"); d.hear("EHLO"); d.say("250-relay.example") }, StepHello, 0},
	} {
		t.Run(name, func(t *testing.T) {
			relay, err := New(Config{Address: scripted(t, test.script), CommandTimeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			_, err = relay.Dial(t.Context())
			if trouble := unavailableAt(t, err, test.step); trouble.Code != test.code {
				t.Errorf("code %d, want %d: %v", trouble.Code, test.code, err)
			}
			if strings.Contains(err.Error(), "HTTP") || strings.Contains(err.Error(), "busy") {
				t.Errorf("the error repeats the relay: %v", err)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	relay, err := New(Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	_, err = relay.Dial(t.Context())
	unavailableAt(t, err, StepDial)
}

// silence is a place at which a relay can fall silent.
type silence struct {
	// script plays the relay until the client waits for it.
	script func(*dialogue)
	// step is what the client waits for, and since the first step that it may be
	// waiting for still: what travels together is read one after the other.
	step, since Step
}

// silences are the places at which a relay of some extensions can fall silent.
func silences(extensions ...string) map[string]silence {
	together := func(step Step) Step {
		if slices.Contains(extensions, "PIPELINING") {
			return StepMail
		}
		return step
	}
	return map[string]silence{
		// A relay has taken a connection before the client knows of it.
		"before the greeting": {func(*dialogue) {}, StepHello, StepDial},
		"after EHLO":          {func(d *dialogue) { d.say("220 hi"); d.hear("EHLO") }, StepHello, StepHello},
		"after MAIL":          {func(d *dialogue) { d.hello(extensions...); d.hear("MAIL") }, StepMail, StepMail},
		"after RCPT": {func(d *dialogue) {
			d.hello(extensions...)
			d.hear("MAIL")
			d.say("250 ok")
			d.hear("RCPT")
		}, StepRecipient, together(StepRecipient)},
		"after DATA": {func(d *dialogue) {
			d.hello(extensions...)
			d.hear("MAIL")
			d.say("250 ok")
			d.hear("RCPT")
			d.say("250 ok")
			d.hear("DATA")
		}, StepData, together(StepData)},
	}
}

// steps are those of a dialogue, in order.
var steps = []Step{StepDial, StepHello, StepMail, StepRecipient, StepData}

// unavailableBetween is unavailableAt for one of several steps.
func unavailableBetween(t *testing.T, err error, since, step Step) {
	t.Helper()
	var trouble *Unavailable
	if !errors.As(err, &trouble) || !IsUnavailable(err) {
		t.Fatalf("got error %v, want Unavailable at %s", err, step)
	}
	if at := slices.Index(steps, trouble.Step); at < slices.Index(steps, since) || at > slices.Index(steps, step) {
		t.Errorf("unavailable at %s, want %s: %v", trouble.Step, step, err)
	}
}

func sendOnceBy(ctx context.Context, relay *Relay, by kind) (Outcome, error) {
	conn, err := by.dial(ctx, relay)
	if err != nil {
		return Outcome{}, err
	}
	outcome, err := conn.Send(ctx, us, ana, letter("x"))
	return outcome, errors.Join(err, conn.Close())
}

func TestASilentRelayRunsIntoTheTimeout(t *testing.T) {
	for _, by := range kinds {
		for name, test := range silences(by.extensions...) {
			t.Run(by.name+": "+name, func(t *testing.T) {
				t.Parallel()
				address := scripted(t, func(d *dialogue) { test.script(d); d.untilGone() })
				relay, err := New(Config{Address: address, CommandTimeout: 100 * time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				_, err = sendOnceBy(t.Context(), relay, by)
				// A slow machine may be late with an answer before.
				unavailableBetween(t, err, StepDial, test.step)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("error %v does not tell of the timeout", err)
				}
			})
		}
	}
}

func TestASilentRelayIsLeftWhenTheContextEnds(t *testing.T) {
	for _, by := range kinds {
		for name, test := range silences(by.extensions...) {
			t.Run(by.name+": "+name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				address := scripted(t, func(d *dialogue) { test.script(d); cancel(); d.untilGone() })
				relay, err := New(Config{Address: address, CommandTimeout: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				_, err = sendOnceBy(ctx, relay, by)
				unavailableBetween(t, err, test.since, test.step)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error %v does not tell of the context", err)
				}
			})
		}
	}
}

func TestARelayThatStopsReadingCannotHoldUs(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			release := make(chan struct{})
			address := scripted(t, func(d *dialogue) {
				d.hello(by.extensions...)
				d.hear("MAIL")
				d.say("250 ok")
				d.hear("RCPT")
				d.say("250 ok")
				d.hear("DATA")
				d.say("354 go on")
				<-release
			})
			defer close(release)
			conn := by.connect(t, Config{Address: address, DataTimeout: 100 * time.Millisecond})
			outcome, err := conn.Send(t.Context(), us, ana, letter(strings.Repeat("x", 32<<20)))
			unavailableAt(t, err, StepData)
			if outcome != (Outcome{}) {
				t.Errorf("outcome %+v for a message that did not leave whole", outcome)
			}
		})
	}
}

func TestAfterTheFinalDotNobodyKnows(t *testing.T) {
	for _, by := range kinds {
		for name, test := range map[string]struct {
			script func(*dialogue)
			reply  string
		}{
			"the connection drops": {func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
			}, "connection lost before the reply after the message"},
			"the relay stays silent": {func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
				d.untilGone()
			}, "no reply after the message in the time allowed"},
			"the reply breaks off": {func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
				if _, err := io.WriteString(d.conn, "250-almo"); err != nil {
					t.Errorf("say half a reply: %v", err)
				}
			}, "connection lost before the reply after the message"},
			"the reply is not SMTP": {func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
				d.say("?? ana@example.org ??")
				d.untilGone()
			}, "the reply after the message was not SMTP"},
			"the reply asks for more": {func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
				d.say("354 go on")
				d.untilGone()
			}, "the reply after the message was not SMTP"},
		} {
			t.Run(by.name+": "+name, func(t *testing.T) {
				t.Parallel()
				conn := by.connect(t, Config{Address: scripted(t, test.script), DataTimeout: 200 * time.Millisecond})
				outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
				if err != nil {
					t.Fatalf("error %v claims that the message was not taken", err)
				}
				if outcome.State != Unknown || outcome.Code != 0 || outcome.Reply != test.reply || outcome.At.IsZero() {
					t.Errorf("outcome %+v, want unknown: %s", outcome, test.reply)
				}
				if conn.Usable() {
					t.Error("the connection counts as usable")
				}
				if _, err := conn.Send(t.Context(), us, eva, letter("y")); !IsUnavailable(err) {
					t.Errorf("next message: %v", err)
				}
			})
		}
	}
}

func TestACancellationAfterTheFinalDotIsUnknown(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			conn := by.connect(t, Config{Address: scripted(t, func(d *dialogue) {
				d.hello(by.extensions...)
				d.transactionToDot()
				cancel()
				d.untilGone()
			})})
			outcome, err := conn.Send(ctx, us, ana, letter("x"))
			if err != nil || outcome.State != Unknown || !strings.HasPrefix(outcome.Reply, "stopped") {
				t.Errorf("%+v, %v", outcome, err)
			}
		})
	}
}

func TestRepliesToOneTransaction(t *testing.T) {
	for _, by := range kinds {
		for name, test := range map[string]struct {
			mail, rcpt, data, dot string // empty means the friendly reply
			state                 State  // empty means Unavailable
			step                  Step
			code                  int
			enhanced              string
		}{
			"4xx to the sender is the relay's trouble":       {mail: "451 4.3.0 later", step: StepMail, code: 451},
			"5xx to the sender is no recipient's fault":      {mail: "550 5.7.1 sender unknown", step: StepMail, code: 550},
			"authentication demanded at MAIL":                {mail: "530 5.7.0 log in", step: StepMail, code: 530},
			"421 at RCPT is the relay's trouble":             {rcpt: "421 4.3.2 going down", step: StepRecipient, code: 421},
			"authentication demanded at RCPT":                {rcpt: "530 5.7.0 log in", step: StepRecipient, code: 530},
			"bad sequence at RCPT":                           {rcpt: "503 5.5.1 MAIL first", step: StepRecipient, code: 503},
			"451 at RCPT defers":                             {rcpt: "451 4.7.1 greylisted", state: Deferred, code: 451, enhanced: "4.7.1"},
			"452 at RCPT defers":                             {rcpt: "452 4.2.2 mailbox full", state: Deferred, code: 452, enhanced: "4.2.2"},
			"550 at RCPT refuses":                            {rcpt: "550 no such user", state: Refused, code: 550},
			"251 at RCPT is a success":                       {rcpt: "251 will forward", state: Accepted, code: 250, enhanced: "2.0.0"},
			"554 to DATA refuses":                            {data: "554 5.5.1 no valid recipients", state: Refused, code: 554, enhanced: "5.5.1"},
			"451 to DATA defers":                             {data: "451 4.3.0 disk", state: Deferred, code: 451, enhanced: "4.3.0"},
			"421 to DATA is the relay's trouble":             {data: "421 4.3.2 going down", step: StepData, code: 421},
			"an odd success to DATA is the relay's trouble":  {data: "250 what", step: StepData, code: 250},
			"552 after the message refuses":                  {dot: "552 5.3.4 too big", state: Refused, code: 552, enhanced: "5.3.4"},
			"554 after the message refuses":                  {dot: "554 5.7.1 looks like spam", state: Refused, code: 554, enhanced: "5.7.1"},
			"450 after the message defers":                   {dot: "450 4.7.0 slow down", state: Deferred, code: 450, enhanced: "4.7.0"},
			"421 after the message is the relay's trouble":   {dot: "421 4.3.2 going down", step: StepData, code: 421},
			"another success after the message is a success": {dot: "252 2.0.1 taken", state: Accepted, code: 252, enhanced: "2.0.1"},
		} {
			t.Run(by.name+": "+name, func(t *testing.T) {
				t.Parallel()
				conn := by.connect(t, Config{Address: scripted(t, func(d *dialogue) { replay(d, by.extensions, test.mail, test.rcpt, test.data, test.dot) })})
				outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
				if test.state == "" {
					if trouble := unavailableAt(t, err, test.step); trouble.Code != test.code || trouble.Reply == "" {
						t.Errorf("trouble %+v, want code %d", trouble, test.code)
					}
					if conn.Usable() {
						t.Error("the connection counts as usable")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if outcome.State != test.state || outcome.Code != test.code || outcome.EnhancedCode != test.enhanced {
					t.Errorf("outcome %+v", outcome)
				}
				if !conn.Usable() {
					t.Error("the connection was given up without need")
				}
			})
		}
	}
}

// replay plays one transaction with the given replies and then whatever the
// client does next, until it hangs up.
func replay(d *dialogue, extensions []string, mail, rcpt, data, dot string) {
	friendly := func(reply, fallback string) string {
		if reply == "" {
			return fallback
		}
		return reply
	}
	d.hello(extensions...)
	for {
		line, err := d.reader.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb {
		case "EHLO", "RSET":
			d.say("250 ok")
		case "MAIL":
			d.say(friendly(mail, "250 ok"))
		case "RCPT":
			d.say(friendly(rcpt, "250 ok"))
		case "DATA":
			reply := friendly(data, "354 go on")
			if mail != "" || strings.HasPrefix(rcpt, "4") || strings.HasPrefix(rcpt, "5") {
				// It came along with the others, before they were refused.
				// The client may have hung up already.
				_, _ = io.WriteString(d.conn, "503 5.5.1 no valid recipients\r\n")
				continue
			}
			d.say(reply)
			if strings.HasPrefix(reply, "354") {
				d.message()
				d.say(friendly(dot, "250 2.0.0 taken"))
			}
		case "QUIT":
			d.say("221 bye")
			return
		default:
			d.t.Errorf("relay heard %q", line)
			return
		}
	}
}

func TestAnOutcomeStandsWhenTheResetFails(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			conn := by.connect(t, Config{Address: scripted(t, func(d *dialogue) {
				d.hello(by.extensions...)
				d.hear("MAIL")
				d.say("250 ok")
				d.hear("RCPT")
				d.say("550 5.1.1 unknown")
			})})
			outcome, err := conn.Send(t.Context(), us, ana, letter("x"))
			if err != nil || outcome.State != Refused || outcome.Code != 550 {
				t.Errorf("%+v, %v", outcome, err)
			}
			if conn.Usable() {
				t.Error("the connection counts as usable")
			}
		})
	}
}

func TestAnEndedContextCostsNotTheConnection(t *testing.T) {
	for _, by := range kinds {
		t.Run(by.name, func(t *testing.T) {
			box := &inbox{}
			conn := by.connect(t, Config{Address: server(t, box, nil, false)})
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := conn.Send(ended, us, ana, letter("x")); !IsUnavailable(err) || !errors.Is(err, context.Canceled) {
				t.Errorf("ended context: %v", err)
			}
			if outcome, err := conn.Send(t.Context(), us, ana, letter("y")); err != nil || outcome.State != Accepted {
				t.Errorf("next message: %+v, %v", outcome, err)
			}
			if letters, _ := box.taken(); len(letters) != 1 {
				t.Errorf("the server took %d messages", len(letters))
			}
		})
	}
}
