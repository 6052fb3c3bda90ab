package smtp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseURLReads(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want Config
	}{
		"a loopback catcher in the clear":     {"smtp://127.0.0.1:1025", Config{Address: "127.0.0.1:1025", TLS: NoTLS}},
		"localhost counts as loopback":        {"smtp://localhost:1025", Config{Address: "localhost:1025", TLS: NoTLS}},
		"IPv6 loopback":                       {"smtp://[::1]:1025", Config{Address: "[::1]:1025", TLS: NoTLS}},
		"any other host begins with STARTTLS": {"smtp://relay.example.org", Config{Address: "relay.example.org:587", TLS: StartTLS}},
		"implicit TLS has its own port":       {"smtp://relay.example.org?tls=implicit", Config{Address: "relay.example.org:465", TLS: ImplicitTLS}},
		"smtps means implicit TLS":            {"smtps://relay.example.org/", Config{Address: "relay.example.org:465", TLS: ImplicitTLS}},
		"credentials with escapes": {"smtp://tocsin:p%40ss%2Fword@relay.example.org:25?tls=starttls&helo=out.example.com",
			Config{Address: "relay.example.org:25", TLS: StartTLS, Username: "tocsin", Password: "p@ss/word", HELO: "out.example.com"}},
		"limits for mailings": {"smtp://relay.example.org?rate=2.5&burst=10&connections=4",
			Config{Address: "relay.example.org:587", TLS: StartTLS, Rate: Rate{PerSecond: 2.5, Burst: 10}, Connections: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseURL(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate != test.want.Rate || got.Connections != test.want.Connections {
				t.Errorf("limits %+v and %d, want %+v and %d", got.Rate, got.Connections, test.want.Rate, test.want.Connections)
			}
			if got.Address != test.want.Address || got.TLS != test.want.TLS || got.Username != test.want.Username ||
				got.Password != test.want.Password || got.HELO != test.want.HELO {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if _, err := New(got); err != nil {
				t.Errorf("New refuses it: %v", err)
			}
		})
	}
}

func TestParseURLRefusesWithoutRepeatingThePassword(t *testing.T) {
	for name, in := range map[string]string{
		"another scheme":               "http://tocsin:hunter2@relay.example.org",
		"no host":                      "smtp://tocsin:hunter2@",
		"an unknown mode":              "smtp://tocsin:hunter2@relay.example.org?tls=maybe",
		"an unknown option":            "smtp://tocsin:hunter2@relay.example.org?hunter2=1",
		"a path":                       "smtp://tocsin:hunter2@relay.example.org/inbox",
		"an unescaped percent sign":    "smtp://tocsin:hunter2%@relay.example.org",
		"a port that is no number":     "smtp://tocsin:hunter2@relay.example.org:smtp",
		"a control character":          "smtp://tocsin:hunter2\n@relay.example.org",
		"smtps without implicit TLS":   "smtps://tocsin:hunter2@relay.example.org?tls=none",
		"a rate of nothing":            "smtp://tocsin:hunter2@relay.example.org?rate=0",
		"a rate in words":              "smtp://tocsin:hunter2@relay.example.org?rate=fast",
		"no connections":               "smtp://tocsin:hunter2@relay.example.org?connections=0",
		"options that cannot be split": "smtp://tocsin:hunter2@relay.example.org?tls=%zz",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseURL(in)
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestParseURLsReadsThemInOrder(t *testing.T) {
	got, err := ParseURLs(" smtp://a.example.org?rate=5\n\tsmtps://tocsin:secret,1@b.example.org\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Address != "a.example.org:587" || got[0].Rate.PerSecond != 5 || got[1].Address != "b.example.org:465" || got[1].Password != "secret,1" {
		t.Errorf("got %+v", got)
	}
	for name, test := range map[string]struct{ in, want string }{
		"none":         {" \n", "no relay is named"},
		"a bad second": {"smtp://a.example.org http://tocsin:hunter2@b.example.org", "relay 2: "},
		"the same":     {"smtp://a.example.org smtp://b.example.org smtp://tocsin:hunter2@a.example.org", "relay 3: "},
	} {
		if _, err := ParseURLs(test.in); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want an error about %q", name, err, test.want)
		}
	}
}

func TestNewRefusesWhatMustNotBe(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"no TLS beyond loopback":          {Config{Address: "relay.example.org:25", TLS: NoTLS}, "loopback"},
		"no TLS to a private address":     {Config{Address: "10.0.0.5:25", TLS: NoTLS}, "loopback"},
		"no TLS when it is required":      {Config{Address: "127.0.0.1:25", TLS: NoTLS, RequireTLS: true}, "required"},
		"an address without a port":       {Config{Address: "relay.example.org"}, "host:port"},
		"an address without a host":       {Config{Address: ":25"}, "host:port"},
		"port zero":                       {Config{Address: "relay.example.org:0"}, "port"},
		"an unknown mode":                 {Config{Address: "relay.example.org:25", TLS: "opportunistic"}, "mode"},
		"a HELO name with a second line":  {Config{Address: "relay.example.org:25", HELO: "a\r\nMAIL FROM:<x>"}, "HELO"},
		"a negative timeout":              {Config{Address: "relay.example.org:25", CommandTimeout: -1}, "command timeout"},
		"a burst without a rate":          {Config{Address: "relay.example.org:25", Rate: Rate{Burst: 3}}, "rate"},
		"connections below zero":          {Config{Address: "relay.example.org:25", Connections: -1}, "connections"},
		"a HELO name with a space inside": {Config{Address: "relay.example.org:25", HELO: "a b"}, "HELO"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(test.config); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
}

func TestNewFillsInSafeDefaults(t *testing.T) {
	relay, err := New(Config{Address: "127.0.0.1:25", RequireTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := relay.config.TLS; got != StartTLS {
		t.Errorf("required TLS on loopback gives mode %q", got)
	}
	if relay.config.DataTimeout != 10*time.Minute || relay.config.CommandTimeout != time.Minute || relay.config.DialTimeout != 10*time.Second {
		t.Errorf("timeouts %v, %v, %v", relay.config.DialTimeout, relay.config.CommandTimeout, relay.config.DataTimeout)
	}
	if relay.config.ServerName != "127.0.0.1" {
		t.Errorf("certificate name %q", relay.config.ServerName)
	}
}

func TestASecretDoesNotShow(t *testing.T) {
	config := Config{Address: "relay.example.org:25", Password: "hunter2"}
	marshalled, err := json.Marshal(struct{ P Secret }{config.Password})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(config), fmt.Sprintf("%+v", config), fmt.Sprintf("%#v", config), string(marshalled)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("the password shows in %s", shown)
		}
	}
}
