package anchor

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// Authority stamps the time of checkpoints (RFC 3161).
type Authority struct {
	// URL is where requests go by HTTP (RFC 3161, section 3.4).
	URL string
	// Roots are the certificates that its own must lead to.
	Roots *x509.CertPool
	// Client makes the requests; it decides where they may lead.
	Client *http.Client
}

// Stamp asks for a time stamp of a signed checkpoint and gives the token, DER.
func (a Authority) Stamp(ctx context.Context, checkpoint string) ([]byte, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	nonce := new(big.Int).SetBytes(random)
	digest := sha256.Sum256([]byte(checkpoint))
	request, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Certificates: true, Nonce: nonce}).Marshal()
	if err != nil {
		return nil, fmt.Errorf("ask for a time stamp: %w", err)
	}
	status, media, answer, err := post(ctx, a.Client, a.URL, "application/timestamp-query", request)
	switch {
	case err != nil:
		return nil, err
	case status != http.StatusOK || !strings.HasPrefix(media, "application/timestamp-reply"):
		return nil, fmt.Errorf("%w with status %d", ErrRefused, status)
	}
	stamp, err := parseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: it gives no time stamp", ErrRefused)
	}
	if stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0 {
		return nil, fmt.Errorf("%w: it is for another request", ErrUnsound)
	}
	if _, err := CheckStamp(checkpoint, stamp.RawToken, a.Roots); err != nil {
		return nil, err
	}
	return stamp.RawToken, nil
}

// parseResponse is the library's, which panics at some answers: see [CheckStamp].
func parseResponse(answer []byte) (stamp *timestamp.Timestamp, err error) {
	defer func() {
		if recover() != nil {
			stamp, err = nil, ErrUnsound
		}
	}()
	return timestamp.ParseResponse(answer)
}

// CheckStamp checks that a token stamps a signed checkpoint, and that a
// certificate for time stamping signed it that leads to one of the roots and was
// valid then. It gives the time. An error wraps [ErrUnsound].
func CheckStamp(checkpoint string, token []byte, roots *x509.CertPool) (at time.Time, err error) {
	_, at, err = checkStamp(checkpoint, token, roots)
	return at, err
}

// checkStamp is [CheckStamp], and says what the certificate calls its holder. The
// error wraps [ErrUnknown] as well when all is well but the root.
func checkStamp(checkpoint string, token []byte, roots *x509.CertPool) (by string, at time.Time, err error) {
	// The library takes lengths out of a token before it looks whether they are
	// there, and a bundle's token comes from anybody.
	defer func() {
		if recover() != nil {
			by, at, err = "", time.Time{}, fmt.Errorf("%w: not a signed time stamp", ErrUnsound)
		}
	}()
	if len(token) > maxAnswer {
		return "", at, fmt.Errorf("%w: it is longer than %d bytes", ErrUnsound, maxAnswer)
	}
	stamp, err := timestamp.Parse(token)
	if err != nil {
		return "", at, fmt.Errorf("%w: not a signed time stamp", ErrUnsound)
	}
	digest := sha256.Sum256([]byte(checkpoint))
	if stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, digest[:]) {
		return "", at, fmt.Errorf("%w: the time stamp is for something else", ErrUnsound)
	}
	signed, err := pkcs7.Parse(token)
	if err != nil {
		return "", at, fmt.Errorf("%w: not a signed time stamp", ErrUnsound)
	}
	signer := signed.GetOnlySigner()
	if signer == nil {
		return "", at, fmt.Errorf("%w: the time stamp names no certificate, or several", ErrUnsound)
	}
	if err := signed.Verify(); err != nil {
		return "", at, fmt.Errorf("%w: the signature of the time stamp", ErrUnsound)
	}
	between := x509.NewCertPool()
	for _, c := range signed.Certificates {
		between.AddCert(c)
	}
	if _, err := signer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: stamp.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	}); err != nil {
		if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
			return "", at, fmt.Errorf("%w: its certificate does not lead to a known root: %w", ErrUnsound, ErrUnknown)
		}
		return "", at, fmt.Errorf("%w: the certificate of the time stamp was not valid then, or is for something else", ErrUnsound)
	}
	return signer.Subject.String(), stamp.Time.UTC(), nil
}
