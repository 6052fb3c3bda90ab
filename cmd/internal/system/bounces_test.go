package system

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mail "tocsin/smtp"
)

// files are a certificate and its key as an operator has them.
type files struct{ certificate, key string }

// writeCertificate puts a new certificate for mx.example.com into the folder,
// valid until an instant, and gives the pool that trusts it.
func writeCertificate(t *testing.T, dir string, until time.Time) (files, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(until.Unix()), DNSNames: []string{"mx.example.com"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f := files{filepath.Join(dir, "mx.crt"), filepath.Join(dir, "mx.key")}
	write(t, f.certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) {
		t.Fatal("the certificate is none")
	}
	return f, pool
}

// write replaces a file by a new one, so that its time and place differ.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// receiver is a system that takes in bounces alone, and what it logs.
func receiver(t *testing.T, f files) (*System, *bytes.Buffer) {
	t.Helper()
	returnTo, err := mail.NewVERP("bounces.example.com", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	return &System{
		config:   Config{BounceListen: "127.0.0.1:0", BounceCertificateFile: f.certificate, BounceKeyFile: f.key},
		returnTo: returnTo, logger: slog.New(slog.NewTextHandler(&logged, nil)),
	}, &logged
}

// handshake goes through STARTTLS with a server whose certificate has to be in
// the pool on the day.
func handshake(t *testing.T, address string, pool *x509.CertPool, day time.Time) error {
	t.Helper()
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // the connection may be gone
	return c.StartTLS(&tls.Config{
		RootCAs: pool, ServerName: "mx.example.com", MinVersion: tls.VersionTLS12, Time: func() time.Time { return day },
	})
}

func TestARenewedCertificateIsOfferedAndABadOneIsNot(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	f, first := writeCertificate(t, dir, now.Add(24*time.Hour))
	s, logged := receiver(t, f)
	l, err := s.TakeInBounces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if err := handshake(t, l.Addr(), first, now); err != nil {
		t.Fatal(err)
	}

	_, second := writeCertificate(t, dir, now.Add(36*time.Hour))
	if err := handshake(t, l.Addr(), second, now); err != nil {
		t.Errorf("the renewed one: %v", err)
	}
	if err := handshake(t, l.Addr(), first, now); err == nil {
		t.Error("the old one is still offered")
	}

	// A renewal that went wrong: the one in use stays.
	for name, bad := range map[string][]byte{"half a file": []byte("-----BEGIN CERT"), "an empty file": nil} {
		write(t, f.certificate, bad)
		for range 2 {
			if err := handshake(t, l.Addr(), second, now); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := os.Remove(f.key); err != nil {
		t.Fatal(err)
	}
	if err := handshake(t, l.Addr(), second, now); err != nil {
		t.Errorf("a lost key: %v", err)
	}
	_, third := writeCertificate(t, dir, now.Add(40*time.Hour))
	if err := handshake(t, l.Addr(), third, now); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	if err := l.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(logged.String(), "cannot be used"); n != 3 {
		t.Errorf("%d lines tell of three bad renewals:\n%s", n, logged)
	}
}

func TestAnOldCertificateIsOfferedWithAWarning(t *testing.T) {
	dir, ended := t.TempDir(), time.Now().Add(-24*time.Hour)
	f, pool := writeCertificate(t, dir, ended)
	s, logged := receiver(t, f)
	l, err := s.TakeInBounces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := handshake(t, l.Addr(), pool, ended.Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	if err := l.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(logged.String(), "not valid today") {
		t.Errorf("nothing warns: %s", logged)
	}
}

func TestBadFilesOfTheCertificateAreRefused(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	good, _ := writeCertificate(t, dir, time.Now().Add(time.Hour))
	stranger, _ := writeCertificate(t, other, time.Now().Add(time.Hour))
	text := filepath.Join(dir, "text")
	write(t, text, []byte("s3cret, and no PEM"))
	for name, test := range map[string]struct {
		files files
		parts []string
	}{
		"no such certificate":   {files{filepath.Join(dir, "none"), good.key}, []string{bounceCertificateSetting, `none"`, "no such file"}},
		"no such key":           {files{good.certificate, filepath.Join(dir, "none")}, []string{bounceKeySetting, `none"`, "no such file"}},
		"a folder":              {files{dir, good.key}, []string{bounceCertificateSetting, "directory"}},
		"no certificate":        {files{text, good.key}, []string{bounceCertificateSetting, "PEM"}},
		"no key":                {files{good.certificate, text}, []string{bounceKeySetting, "PEM"}},
		"changed places":        {files{good.key, good.certificate}, []string{bounceCertificateSetting, bounceKeySetting, "expected a certificate"}},
		"another's certificate": {files{stranger.certificate, good.key}, []string{"private key", "belongs to it"}},
	} {
		s, _ := receiver(t, test.files)
		l, err := s.TakeInBounces(t.Context())
		if err == nil {
			t.Errorf("%s: it listens on %s", name, l.Addr())
			continue
		}
		for _, part := range test.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v; it lacks %q", name, err, part)
			}
		}
		if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error says too much: %v", name, err)
		}
	}
}

func TestACertificateAndItsKeyAreSetTogether(t *testing.T) {
	whole := Config{DatabaseURL: "postgres://", KeysDir: "keys", PublicURL: "https://tocsin.example.com", Controller: Controller{Name: "Example"}}
	for missing, change := range map[string]func(*Config){
		bounceKeySetting:         func(c *Config) { c.BounceCertificateFile = "mx.crt" },
		bounceCertificateSetting: func(c *Config) { c.BounceKeyFile = "mx.key" },
	} {
		c := whole
		change(&c)
		if err := c.check(false); err == nil || !strings.HasPrefix(err.Error(), missing+" is not set") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	got, err := settings(bounceCertificateSetting, "mx.crt", bounceKeySetting, "mx.key")
	if err != nil || got.BounceCertificateFile != "mx.crt" || got.BounceKeyFile != "mx.key" {
		t.Errorf("%+v, %v", got, err)
	}
}
