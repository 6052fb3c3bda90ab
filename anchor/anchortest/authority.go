package anchortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// Authority is a time stamping authority with a certificate of its own root.
type Authority struct {
	// URL is where it is asked, and RootsFile its root in PEM.
	URL, RootsFile string
	// Roots holds its root.
	Roots *x509.CertPool

	down  atomic.Bool
	other atomic.Bool
	nonce atomic.Bool
	key   *ecdsa.PrivateKey
	leaf  *x509.Certificate
}

// NewAuthority starts one. purpose is what its certificate is for: usually
// [x509.ExtKeyUsageTimeStamping].
func NewAuthority(t testing.TB, purpose x509.ExtKeyUsage) *Authority {
	t.Helper()
	a := &Authority{Roots: x509.NewCertPool()}
	root, rootKey := certificate(t, nil, nil, purpose)
	a.leaf, a.key = certificate(t, root, rootKey, purpose)
	a.Roots.AddCert(root)
	a.RootsFile = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(a.RootsFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

func certificate(t testing.TB, parent *x509.Certificate, by *ecdsa.PrivateKey, purpose x509.ExtKeyUsage) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "tsa.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{purpose}, BasicConstraintsValid: true,
	}
	if purpose == x509.ExtKeyUsageTimeStamping {
		// RFC 3161, section 2.3: the only purpose, and critical. The library writes it
		// as not critical.
		usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			t.Fatal(err)
		}
		plan.ExtKeyUsage = nil
		plan.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}
	}
	if parent == nil {
		plan.Subject.CommonName, plan.IsCA, plan.KeyUsage, plan.ExtKeyUsage, plan.ExtraExtensions = "root of tsa.example.com", true, x509.KeyUsageCertSign, nil, nil
		parent, by = plan, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, plan, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// Down lets it refuse everything, or not any more.
func (a *Authority) Down(down bool) { a.down.Store(down) }

// StampOther lets it stamp something else than it is asked for.
func (a *Authority) StampOther(other bool) { a.other.Store(other) }

// AnswerOther lets it answer as if to another request.
func (a *Authority) AnswerOther(other bool) { a.nonce.Store(other) }

// ServeHTTP answers requests for time stamps.
func (a *Authority) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || a.down.Load() {
		http.Error(out, "away", http.StatusServiceUnavailable)
		return
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		http.Error(out, "request", http.StatusBadRequest)
		return
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: time.Now().UTC().Truncate(time.Second),
		Nonce: request.Nonce, Policy: []int{1, 2, 3, 4, 1}, AddTSACertificate: request.Certificates,
	}
	if a.other.Load() {
		stamp.HashedMessage[0] ^= 1
	}
	if a.nonce.Load() {
		stamp.Nonce = big.NewInt(1)
	}
	answer, err := stamp.CreateResponseWithOpts(a.leaf, a.key, request.HashAlgorithm)
	if err != nil {
		http.Error(out, "sign", http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = out.Write(answer)
}
