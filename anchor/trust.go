package anchor

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrUnknown is wrapped when nobody's key was given for who confirmed. Then a
// confirmation shows nothing: whoever makes up a log can make up a witness.
var ErrUnknown = errors.New("no key was given for who confirmed it")

// Trust is whom a checker knows: what they have from the witnesses and the
// authorities themselves. The zero value knows nobody.
type Trust struct {
	witnesses map[string][]string // verifier keys for cosignatures by name
	roots     *x509.CertPool      // nil for none
}

// AddWitnessKeys adds the verifier keys of a text, one a line. Empty lines and
// those that begin with # are passed over. The error names the line that is no key
// for cosignatures, or says that there is none at all.
func (t *Trust) AddWitnessKeys(text []byte) error {
	found := false
	for number, line := range bytes.Split(text, []byte("\n")) {
		key := strings.TrimSpace(string(line))
		if key == "" || strings.HasPrefix(key, "#") {
			continue
		}
		name, err := WitnessName(key)
		if err != nil {
			return fmt.Errorf("line %d: %w", number+1, err)
		}
		if t.witnesses == nil {
			t.witnesses = map[string][]string{}
		}
		t.witnesses[name] = append(t.witnesses[name], key)
		found = true
	}
	if !found {
		return errors.New("no verifier key stands in it")
	}
	return nil
}

// AddRoots adds the certificates of a text in PEM, from which certificates for
// time stamping may descend. The error says which of them cannot be read, or that
// there is none at all.
func (t *Trust) AddRoots(text []byte) error {
	var list []*x509.Certificate
	for number := 1; ; number++ {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("part %d is no certificate", number)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("part %d is no certificate that can be read", number)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return errors.New("no certificate in PEM stands in it")
	}
	if t.roots == nil {
		t.roots = x509.NewCertPool()
	}
	for _, c := range list {
		t.roots.AddCert(c)
	}
	return nil
}

// Cosigned checks that the witness of this name cosigned a checkpoint. It gives
// who did, and when, UTC. An error wraps [ErrUnknown] when no key of that name was
// given, and [ErrUnsound] when none of those fits.
func (t *Trust) Cosigned(name, checkpoint, line string) (by string, at time.Time, err error) {
	keys := t.witnesses[name]
	if len(keys) == 0 {
		return "", at, ErrUnknown
	}
	for _, key := range keys {
		var held string
		if held, at, err = Cosignature(checkpoint, line, key); err == nil && held != line {
			err = fmt.Errorf("%w: something stands beside the cosignature", ErrUnsound)
		}
		if err == nil {
			return name, at, nil
		}
	}
	return "", time.Time{}, err
}

// Stamped checks that an authority stamped a checkpoint whose certificate leads to
// one of the roots. It gives what that certificate calls its holder, and when, UTC.
// An error wraps [ErrUnknown] when the token is a time stamp of the checkpoint that
// leads to none of the roots, and otherwise [ErrUnsound].
func (t *Trust) Stamped(checkpoint string, token []byte) (by string, at time.Time, err error) {
	roots := t.roots
	if roots == nil {
		roots = x509.NewCertPool() // for none the library would take those of the machine
	}
	return checkStamp(checkpoint, token, roots)
}
