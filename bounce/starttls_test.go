package bounce

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"
)

// certified is a certificate for a name, and the pool that trusts it.
func certified(t *testing.T, name string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12,
	}, pool
}

// secured goes on in TLS, with a server that has to be the one of the pool.
func (c *client) secured(pool *x509.CertPool) {
	c.t.Helper()
	secure := tls.Client(c.conn, &tls.Config{RootCAs: pool, ServerName: "mx.example.com", MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.conn, c.reader = secure, bufio.NewReader(secure)
}

// offers asks EHLO, and says whether one of the lines is STARTTLS.
func (c *client) offers() (found bool) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, "EHLO mx.example.org\r\n"); err != nil {
		c.t.Fatal(err)
	}
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "250") {
			c.t.Fatalf("heard %q, %v", line, err)
		}
		found = found || strings.HasPrefix(line[4:], "STARTTLS")
		if line[3] == ' ' {
			return found
		}
	}
}

func TestAReportComesEncryptedOrInClear(t *testing.T) {
	config, pool := certified(t, "mx.example.com")
	l, taken := listen(t, Config{TLS: config})
	for name, secure := range map[string]bool{"encrypted": true, "in clear": false} {
		c := dial(t, l)
		c.hear("220")
		if !c.offers() {
			t.Fatal("no STARTTLS is offered")
		}
		if secure {
			c.ask("STARTTLS", "220")
			c.secured(pool)
			if c.offers() {
				t.Error("STARTTLS is offered inside of TLS")
			}
			c.ask("STARTTLS", "502")
		}
		c.ask("MAIL FROM:<>", "250")
		c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
		c.bring(dsn("Action: failed\nStatus: 5.1.1\n"), "250")
		if got := <-taken; got.Delivery != 7 || got.Action != Failed {
			t.Errorf("%s: got %+v", name, got)
		}
		c.ask("QUIT", "221")
	}
}

func TestWithoutACertificateNoTLSIsOffered(t *testing.T) {
	l, _ := listen(t, Config{})
	c := dial(t, l)
	c.hear("220")
	if c.offers() {
		t.Error("STARTTLS is offered")
	}
	c.ask("STARTTLS", "502")
}

func TestWhatWasSaidBeforeTheHandshakeIsForgotten(t *testing.T) {
	config, pool := certified(t, "mx.example.com")
	l, taken := listen(t, Config{TLS: config})
	c := dial(t, l)
	c.hello()
	c.ask("MAIL FROM:<>", "250")
	c.ask("RCPT TO:<"+verp(t).Encode(7).String()+">", "250")
	// Who sits between the two adds a command of his own to the same packet.
	if _, err := io.WriteString(c.conn, "STARTTLS\r\nRCPT TO:<"+verp(t).Encode(8).String()+">\r\n"); err != nil {
		t.Fatal(err)
	}
	c.hear("220")
	c.secured(pool)
	c.ask("RCPT TO:<"+verp(t).Encode(9).String()+">", "502")
	c.ask("EHLO mx.example.org", "250")
	c.ask("DATA", "502")
	c.ask("MAIL FROM:<>", "250")
	c.ask("DATA", "502")
	if len(taken) != 0 {
		t.Errorf("handed over: %+v", <-taken)
	}
}

func TestABrokenHandshakeEndsNothingElse(t *testing.T) {
	config, pool := certified(t, "mx.example.com")
	l, _ := listen(t, Config{TLS: config})
	broken := dial(t, l)
	broken.hello()
	broken.ask("STARTTLS", "220")
	if _, err := io.WriteString(broken.conn, "this is no handshake\r\n"); err != nil {
		t.Fatal(err)
	}
	other := dial(t, l)
	other.hello()
	other.ask("STARTTLS", "220")
	other.secured(pool)
	other.ask("EHLO mx.example.org", "250")
}

func TestWhoTriesAddressesInTLSIsSentAwayToo(t *testing.T) {
	config, pool := certified(t, "mx.example.com")
	l, _ := listen(t, Config{TLS: config})
	c := dial(t, l)
	c.hello()
	c.ask("STARTTLS", "220")
	c.secured(pool)
	c.ask("EHLO mx.example.org", "250")
	c.ask("MAIL FROM:<>", "250")
	for range maxStrangers {
		c.ask("RCPT TO:<ana@bounces.example.com>", "550")
	}
	if rest, err := io.ReadAll(c.reader); len(rest) != 0 || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("heard %q, %v", rest, err)
	}
}
