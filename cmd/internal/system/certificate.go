package system

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// The settings of the certificate by which the listener for bounces offers
// STARTTLS.
const (
	bounceCertificateSetting = "TOCSIN_BOUNCE_CERTIFICATE_FILE"
	bounceKeySetting         = "TOCSIN_BOUNCE_KEY_FILE"
)

// certificate is the one in two files that are renewed while Tocsin runs. It
// reads them again when they have changed, so that a renewal needs no restart.
type certificate struct {
	chain, key string // the files, in PEM
	logger     *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]stamp // of the files when they were last read, well or not
}

// stamp tells one version of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

// readCertificate reads both files. Errors name the setting.
func readCertificate(chain, key string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{chain: chain, key: key, logger: logger}
	var err error
	if c.seen, err = c.stamps(); err != nil {
		return nil, err
	}
	if c.current, err = c.read(); err != nil {
		return nil, err
	}
	c.warnOfAge()
	return c, nil
}

// config offers the certificate as it is at each handshake.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.now(), nil
	}}
}

// now is the certificate of the files, and that of before while they are being
// replaced or are bad.
func (c *certificate) now() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, err := c.stamps()
	if err == nil && found == c.seen {
		return c.current
	}
	var renewed *tls.Certificate
	if err == nil {
		renewed, err = c.read()
	}
	switch {
	case err == nil:
		c.current = renewed
		c.logger.Info("the certificate for notices that come back was read again", "until", renewed.Leaf.NotAfter)
		c.warnOfAge()
	case found != c.seen: // said once, not at each handshake
		c.logger.Warn("the certificate for notices that come back was replaced by one that cannot be used; the old one is kept", "error", err.Error())
	}
	c.seen = found
	return c.current
}

func (c *certificate) stamps() (both [2]stamp, err error) {
	for i, file := range []struct{ setting, path string }{{bounceCertificateSetting, c.chain}, {bounceKeySetting, c.key}} {
		info, err := os.Stat(file.path)
		if err != nil {
			return [2]stamp{}, unreadable(file.setting, file.path, err)
		}
		both[i] = stamp{info.ModTime(), info.Size()}
	}
	return both, nil
}

func (c *certificate) read() (*tls.Certificate, error) {
	chain, err := os.ReadFile(c.chain)
	if err != nil {
		return nil, unreadable(bounceCertificateSetting, c.chain, err)
	}
	key, err := os.ReadFile(c.key)
	if err != nil {
		return nil, unreadable(bounceKeySetting, c.key, err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		// The library's errors name kinds of blocks and keys, never their content.
		return nil, fmt.Errorf("%s is %q and %s is %q: %w; expected a certificate with those that lead to its authority, "+
			"and the private key that belongs to it, both in PEM", bounceCertificateSetting, c.chain, bounceKeySetting, c.key, err)
	}
	return &pair, nil
}

// warnOfAge says that nobody should trust the certificate today. It is offered
// all the same: most servers that bring reports do not look at it, and without
// it they would come in clear.
func (c *certificate) warnOfAge() {
	if leaf := c.current.Leaf; time.Now().After(leaf.NotAfter) || time.Now().Before(leaf.NotBefore) {
		c.logger.Warn("the certificate for notices that come back is not valid today; it is offered all the same, renew it",
			"from", leaf.NotBefore, "until", leaf.NotAfter)
	}
}

// unreadable names the setting, the file and the reason.
func unreadable(setting, path string, err error) error {
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	return fmt.Errorf("%s is %q: cannot be read: %w; expected a file in PEM", setting, path, err)
}
