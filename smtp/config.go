package smtp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TLSMode is how the connection is encrypted.
type TLSMode string

// The modes of encryption.
const (
	// StartTLS: the connection starts in the clear and must switch before
	// anything else is said. The usual choice on port 587.
	StartTLS TLSMode = "starttls"
	// ImplicitTLS: TLS from the first byte, as on port 465.
	ImplicitTLS TLSMode = "implicit"
	// NoTLS: in the clear. Allowed for a loopback relay only.
	NoTLS TLSMode = "none"
)

// Defaults for the timeouts of Config. The last one is long because a relay
// that is given up on after the final dot leaves a message in doubt (RFC 5321
// section 4.5.3.2.6 asks for ten minutes).
const (
	DefaultDialTimeout    = 10 * time.Second
	DefaultCommandTimeout = time.Minute
	DefaultDataTimeout    = 10 * time.Minute
)

// Secret is a string that does not show when printed, logged or marshalled.
type Secret string

// String hides the value.
func (Secret) String() string { return "[secret]" }

// GoString hides the value from %#v.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the value from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Config describes a relay.
type Config struct {
	// Address is host:port of the relay.
	Address string
	// TLS is the mode of encryption. Empty means none for a loopback relay
	// and StartTLS for any other.
	TLS TLSMode
	// RequireTLS forbids NoTLS for loopback relays too.
	RequireTLS bool
	// RootCAs verify the relay's certificate; nil means the system's roots.
	RootCAs *x509.CertPool
	// ServerName is the name expected in the certificate; empty means the host
	// of Address.
	ServerName string
	// Username authenticates with PLAIN or LOGIN; empty means no
	// authentication.
	Username string
	// Password belongs to Username.
	Password Secret
	// HELO is the name we introduce ourselves with; empty means "localhost".
	// Public relays want the sending machine's full domain name.
	HELO string
	// DialTimeout bounds the TCP connection and each TLS handshake; zero means
	// DefaultDialTimeout.
	DialTimeout time.Duration
	// CommandTimeout bounds the greeting and each command with its reply; zero
	// means DefaultCommandTimeout.
	CommandTimeout time.Duration
	// DataTimeout bounds the transfer of one message with the reply to it;
	// zero means DefaultDataTimeout.
	DataTimeout time.Duration
	// Rate is how fast mailings may go through this relay, what its operator
	// allows; the zero Rate means as fast as it takes them. Send and Ping do not
	// heed it: see Limiter.
	Rate Rate
	// Connections is how many connections mailings may have open to this relay;
	// zero means no limit of its own. See Relays.
	Connections int
	// Now tells the time of an Outcome; nil means time.Now. Deadlines always
	// follow the machine's clock.
	Now func() time.Time
}

// ParseURL reads smtp://user:password@host:port?tls=starttls|implicit|none
// (and smtps://, which means implicit). The query may also set helo=NAME and,
// for mailings, rate=MESSAGES per second, burst=MESSAGES at once after a pause,
// and connections=NUMBER. The port defaults to 465 for implicit TLS, 25 for none
// and 587 otherwise. The error never contains the URL, which may hold a
// password.
func ParseURL(text string) (Config, error) {
	target, err := url.Parse(text)
	if err != nil {
		// The library's error repeats the URL.
		return Config{}, errors.New("relay URL is malformed: expected smtp://user:password@host:port?tls=starttls|implicit|none, with special characters in the password percent-encoded")
	}
	config := Config{}
	switch target.Scheme {
	case "smtp":
	case "smtps":
		config.TLS = ImplicitTLS
	default:
		return Config{}, errors.New("relay URL must begin with smtp:// or smtps://")
	}
	if target.Path != "" && target.Path != "/" || target.Fragment != "" || target.Opaque != "" {
		return Config{}, errors.New("relay URL must end after the port and the options")
	}
	query, err := url.ParseQuery(target.RawQuery)
	if err != nil {
		return Config{}, errors.New("relay URL: malformed options after the question mark")
	}
	for name, values := range query {
		value := values[len(values)-1]
		switch name {
		case "tls":
			mode := TLSMode(value)
			if mode != StartTLS && mode != ImplicitTLS && mode != NoTLS {
				return Config{}, errors.New("relay URL: tls must be starttls, implicit or none")
			}
			if target.Scheme == "smtps" && mode != ImplicitTLS {
				return Config{}, errors.New("relay URL: smtps:// and tls other than implicit contradict each other")
			}
			config.TLS = mode
		case "helo":
			config.HELO = value
		case "rate", "burst", "connections":
			if err := config.setLimit(name, value); err != nil {
				return Config{}, err
			}
		default:
			return Config{}, errors.New("relay URL: unknown option, expected tls, helo, rate, burst or connections")
		}
	}
	if target.User != nil {
		password, _ := target.User.Password()
		config.Username, config.Password = target.User.Username(), Secret(password)
	}
	host, port := target.Hostname(), target.Port()
	if host == "" {
		return Config{}, errors.New("relay URL: the host is missing")
	}
	if config.TLS == "" {
		config.TLS = defaultMode(host)
	}
	if port == "" {
		port = map[TLSMode]string{ImplicitTLS: "465", NoTLS: "25", StartTLS: "587"}[config.TLS]
	}
	config.Address = net.JoinHostPort(host, port)
	return config, nil
}

// setLimit reads one of the limits for mailings.
func (c *Config) setLimit(name, value string) error {
	if name == "rate" {
		rate, err := strconv.ParseFloat(value, 64)
		if err != nil || rate <= 0 {
			return errors.New("relay URL: rate must be a number of messages per second over zero, such as 20 or 0.5")
		}
		c.Rate.PerSecond = rate
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return fmt.Errorf("relay URL: %s must be a whole number from 1", name)
	}
	if name == "burst" {
		c.Rate.Burst = n
	} else {
		c.Connections = n
	}
	return nil
}

// ParseURLs reads several relays' URLs, apart by spaces or line ends, in order
// of preference. An error names the URL by its place, never by its text.
func ParseURLs(text string) ([]Config, error) {
	var all []Config
	for i, each := range strings.Fields(text) {
		config, err := ParseURL(each)
		if err != nil {
			return nil, fmt.Errorf("relay %d: %w", i+1, err)
		}
		for _, other := range all {
			if other.Address == config.Address {
				return nil, fmt.Errorf("relay %d: its host and port were named before", i+1)
			}
		}
		all = append(all, config)
	}
	if len(all) == 0 {
		return nil, errors.New("no relay is named: expected smtp://user:password@host:port, one after the other")
	}
	return all, nil
}

func defaultMode(host string) TLSMode {
	if isLoopback(host) {
		return NoTLS
	}
	return StartTLS
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// checked fills the defaults and refuses what cannot work or must not be.
func (c Config) checked() (Config, error) {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil || host == "" {
		return Config{}, errors.New("relay address must be host:port")
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return Config{}, errors.New("relay address: the port must be a number from 1 to 65535")
	}
	if c.TLS == "" {
		c.TLS = defaultMode(host)
		if c.RequireTLS {
			c.TLS = StartTLS
		}
	}
	switch c.TLS {
	case StartTLS, ImplicitTLS:
	case NoTLS:
		if c.RequireTLS {
			return Config{}, errors.New("relay: TLS is required, but the mode is none: set tls=starttls or tls=implicit")
		}
		if !isLoopback(host) {
			return Config{}, errors.New("relay: tls=none is allowed for a loopback address only: set tls=starttls or tls=implicit")
		}
	default:
		return Config{}, errors.New("relay: the TLS mode must be starttls, implicit or none")
	}
	if err := c.Rate.check(); err != nil {
		return Config{}, fmt.Errorf("relay: %w", err)
	}
	if c.Rate.unlimited() && c.Rate.Burst > 0 {
		return Config{}, errors.New("relay: a burst needs a rate: set both, or none")
	}
	if c.Connections < 0 {
		return Config{}, errors.New("relay: the number of connections must not be negative")
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if c.HELO == "" {
		c.HELO = "localhost"
	}
	for i := range len(c.HELO) {
		if c.HELO[i] <= ' ' || c.HELO[i] > '~' {
			return Config{}, errors.New("relay: the HELO name must be printable ASCII without spaces")
		}
	}
	for _, limit := range []struct {
		name     string
		value    *time.Duration
		fallback time.Duration
	}{
		{"dial", &c.DialTimeout, DefaultDialTimeout},
		{"command", &c.CommandTimeout, DefaultCommandTimeout},
		{"data", &c.DataTimeout, DefaultDataTimeout},
	} {
		if *limit.value < 0 {
			return Config{}, fmt.Errorf("relay: the %s timeout must not be negative", limit.name)
		}
		if *limit.value == 0 {
			*limit.value = limit.fallback
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}
