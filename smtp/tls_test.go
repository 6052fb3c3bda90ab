package smtp

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"strings"
	"testing"
)

func TestTLSIsVerified(t *testing.T) {
	for _, by := range kinds {
		testTLSIsVerified(t, by)
	}
}

func testTLSIsVerified(t *testing.T, by kind) {
	secure, roots := certificate(t, "127.0.0.1", "relay.example.org")
	_, strangers := certificate(t, "127.0.0.1")
	for _, mode := range []TLSMode{StartTLS, ImplicitTLS} {
		step := map[TLSMode]Step{StartTLS: StepTLS, ImplicitTLS: StepDial}[mode]
		for name, test := range map[string]struct {
			roots *x509.CertPool
			name  string
			good  bool
		}{
			"the given root is trusted":            {roots: roots, good: true},
			"another expected name is honoured":    {roots: roots, name: "relay.example.org", good: true},
			"a certificate for another name":       {roots: roots, name: "evil.example.org"},
			"a certificate of a stranger":          {roots: strangers},
			"a self-made certificate and no roots": {roots: nil},
		} {
			t.Run(by.name+": "+string(mode)+": "+name, func(t *testing.T) {
				box := &inbox{}
				relay, err := New(Config{
					Address: server(t, box, secure, mode == ImplicitTLS), TLS: mode,
					RootCAs: test.roots, ServerName: test.name,
				})
				if err != nil {
					t.Fatal(err)
				}
				if !test.good {
					_, err := by.dial(t.Context(), relay)
					unavailableAt(t, err, step)
					return
				}
				outcome, err := sendOnceBy(t.Context(), relay, by)
				if err != nil || outcome.State != Accepted {
					t.Fatalf("%+v, %v", outcome, err)
				}
				if letters, _ := box.taken(); len(letters) != 1 {
					t.Errorf("the server took %d messages", len(letters))
				}
			})
		}
	}
}

func TestNothingIsSaidWithoutTLSWhenItIsRequired(t *testing.T) {
	address := scripted(t, func(d *dialogue) {
		d.hello("AUTH PLAIN", "8BITMIME")
		if rest, err := io.ReadAll(d.reader); err != nil || len(rest) > 0 {
			t.Errorf("the client went on with %q, %v", rest, err)
		}
	})
	relay, err := New(Config{Address: address, RequireTLS: true, Username: "tocsin", Password: "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = relay.Dial(t.Context())
	unavailableAt(t, err, StepTLS)
	if !strings.Contains(err.Error(), "offers no STARTTLS") {
		t.Errorf("the error does not say why: %v", err)
	}
}

func TestTextSlippedInBeforeTheHandshakeIsRefused(t *testing.T) {
	relay, err := New(Config{Address: scripted(t, func(d *dialogue) {
		d.hello("STARTTLS")
		d.hear("STARTTLS")
		if _, err := io.WriteString(d.conn, "220 go\r\n250 injected\r\n"); err != nil {
			t.Errorf("inject: %v", err)
		}
		d.untilGone()
	}), RequireTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = relay.Dial(t.Context())
	unavailableAt(t, err, StepTLS)
	if !strings.Contains(err.Error(), "between STARTTLS and the handshake") {
		t.Errorf("the error does not say why: %v", err)
	}
}

func TestARefusedOrSilentSTARTTLSIsTrouble(t *testing.T) {
	for name, script := range map[string]func(*dialogue){
		"refused": func(d *dialogue) { d.hello("STARTTLS"); d.hear("STARTTLS"); d.say("454 4.7.0 no"); d.untilGone() },
		"silent":  func(d *dialogue) { d.hello("STARTTLS"); d.untilGone() },
		"silent in the handshake": func(d *dialogue) {
			d.hello("STARTTLS")
			d.hear("STARTTLS")
			d.say("220 go")
			d.untilGone()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relay, err := New(Config{Address: scripted(t, script), RequireTLS: true, CommandTimeout: 100e6, DialTimeout: 100e6})
			if err != nil {
				t.Fatal(err)
			}
			_, err = relay.Dial(t.Context())
			if trouble := unavailableAt(t, err, StepTLS); name == "refused" && (trouble.Code != 454 || trouble.EnhancedCode != "4.7.0") {
				t.Errorf("trouble %+v", trouble)
			}
		})
	}
}

func TestTheFirstEHLOAlreadyCarriesOurName(t *testing.T) {
	secure, roots := certificate(t, "127.0.0.1")
	heard := make(chan string, 2)
	address := scripted(t, func(d *dialogue) {
		d.say("220 hi")
		heard <- d.hear("EHLO")
		d.say("250-relay.example", "250 STARTTLS")
		d.hear("STARTTLS")
		d.say("220 go")
		d.conn = tls.Server(d.conn, secure)
		d.reader.Reset(d.conn)
		heard <- d.hear("EHLO")
		d.say("250 relay.example")
		d.hear("QUIT")
		d.say("221 bye")
	})
	conn := connect(t, Config{Address: address, RequireTLS: true, RootCAs: roots, HELO: "out.example.com"})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if got := <-heard; got != "EHLO out.example.com" {
			t.Errorf("the relay heard %q", got)
		}
	}
}

func TestAuthentication(t *testing.T) {
	secure, roots := certificate(t, "127.0.0.1")
	base := Config{TLS: StartTLS, RootCAs: roots, Username: "tocsin"}

	t.Run("the right password sends", func(t *testing.T) {
		config := base
		config.Address, config.Password = server(t, &inbox{password: "hunter2"}, secure, false), "hunter2"
		conn := connect(t, config)
		if outcome, err := conn.Send(t.Context(), us, ana, letter("x")); err != nil || outcome.State != Accepted {
			t.Errorf("%+v, %v", outcome, err)
		}
	})
	t.Run("a wrong password is the relay's trouble, not a recipient's", func(t *testing.T) {
		config := base
		config.Address, config.Password = server(t, &inbox{password: "hunter2"}, secure, false), "letmein"
		relay, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = relay.Dial(t.Context())
		if trouble := unavailableAt(t, err, StepAuth); trouble.Code != 535 || trouble.EnhancedCode != "5.7.8" {
			t.Errorf("trouble %+v", trouble)
		}
		if strings.Contains(err.Error(), "letmein") || strings.Contains(err.Error(), "tocsin") {
			t.Errorf("the error shows the credentials: %v", err)
		}
	})
	t.Run("a relay that offers no authentication", func(t *testing.T) {
		config := base
		config.Address, config.Password = server(t, &inbox{}, secure, false), "hunter2"
		relay, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = relay.Dial(t.Context())
		unavailableAt(t, err, StepAuth)
	})
	t.Run("LOGIN is used when PLAIN is not offered", func(t *testing.T) {
		conn := connect(t, Config{Username: "tocsin", Password: "hunter2", Address: scripted(t, func(d *dialogue) {
			d.hello("AUTH LOGIN")
			d.hear("AUTH LOGIN dG9jc2lu")
			d.say("334 UGFzc3dvcmQ6")
			d.hear("aHVudGVyMg==")
			d.say("235 welcome")
			d.hear("QUIT")
			d.say("221 bye")
		})})
		if !conn.Usable() {
			t.Error("not usable after a successful login")
		}
	})
}
