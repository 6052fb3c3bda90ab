package siem_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/octetcounting"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"tocsin/siem"
)

const line = `{"actor":{"id":"","role":"dpo"},"at":"2026-11-17T09:00:00Z","data":{"reason":"a \"quoted\" ] reason, ñ <b>"},"incident":"c1","recorded_at":"2026-11-17T09:00:00.123456Z","seq":1,"type":"incident_opened","v":1}`

func entries(n int) []siem.Entry {
	list := make([]siem.Entry, n)
	for i := range list {
		list[i] = siem.Entry{Index: int64(i), Hash: "aGFzaA==", Type: "incident_opened", Line: []byte(line), Severity: siem.Info,
			RecordedAt: time.Date(2026, 11, 17, 9, 0, 0, 123456000, time.UTC)}
	}
	return list
}

// receiver takes connections one after the other and hands out what each held.
// read reads it; what comes after is up to the connection's end.
func receiver(t *testing.T, l net.Listener, take func(conn net.Conn)) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			take(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
}

// parsed reads messages of octet counting as a receiver does.
func parsed(t *testing.T, from io.Reader) []*rfc5424.SyslogMessage {
	t.Helper()
	var list []*rfc5424.SyslogMessage
	octetcounting.NewParser(syslog.WithListener(func(r *syslog.Result) {
		if r.Error != nil {
			t.Errorf("a message cannot be read: %v", r.Error)
			return
		}
		list = append(list, r.Message.(*rfc5424.SyslogMessage))
	}), syslog.WithMaxMessageLength(1<<20)).Parse(from)
	return list
}

func checkMessages(t *testing.T, list []*rfc5424.SyslogMessage, want int) {
	t.Helper()
	if len(list) != want {
		t.Fatalf("%d messages came, expected %d", len(list), want)
	}
	for i, m := range list {
		var got struct {
			Index int64           `json:"index"`
			Hash  string          `json:"hash"`
			Entry json.RawMessage `json:"entry"`
		}
		if err := json.Unmarshal([]byte(*m.Message), &got); err != nil || got.Index != int64(i) || got.Hash != "aGFzaA==" || string(got.Entry) != line {
			t.Errorf("message %d holds %s, %v", i, *m.Message, err)
		}
		if *m.Priority != 13*8+6 || *m.Hostname != "tocsin-1" || *m.Appname != "tocsin" || *m.MsgID != "incident_opened" ||
			!m.Timestamp.Equal(time.Date(2026, 11, 17, 9, 0, 0, 123456000, time.UTC)) {
			t.Errorf("message %d has the wrong head: %+v", i, m)
		}
	}
}

func TestEntriesArriveOverTCPAsMessagesOfRFC5424(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte, 1)
	receiver(t, l, func(conn net.Conn) {
		all, err := io.ReadAll(conn)
		if err != nil {
			t.Errorf("the receiver: %v", err)
		}
		got <- all
	})
	s, err := siem.NewSyslog("syslog+tcp://"+l.Addr().String(), "tocsin-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), entries(300)); err != nil {
		t.Fatal(err)
	}
	checkMessages(t, parsed(t, bytes.NewReader(<-got)), 300)
}

// certificate makes one for this machine and gives it with the file that holds it.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "receiver"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestEntriesArriveOverTLSAtTheRightReceiverAlone(t *testing.T) {
	pair, file := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte, 4)
	receiver(t, l, func(conn net.Conn) {
		all, _ := io.ReadAll(conn) // a handshake that is refused is an error here
		got <- all
	})
	s, err := siem.NewSyslog("syslog+tls://"+l.Addr().String()+"?ca="+file, "tocsin-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), entries(40)); err != nil {
		t.Fatal(err)
	}
	checkMessages(t, parsed(t, bytes.NewReader(<-got)), 40)
	stranger, err := siem.NewSyslog("syslog+tls://"+l.Addr().String(), "tocsin-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Send(t.Context(), entries(1)); err == nil {
		t.Error("entries were sent to a receiver that nobody vouches for")
	}
	if held := <-got; len(held) != 0 {
		t.Error("something was sent to a receiver that nobody vouches for")
	}
}

func TestEntriesDoNotCountWhenTheReceiverMayNotHaveReadThem(t *testing.T) {
	for name, take := range map[string]func(conn net.Conn){
		"it hangs up at once": func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
		},
		"it dies in the middle": func(conn net.Conn) {
			_, _ = io.CopyN(io.Discard, conn, 10)
			_ = conn.(*net.TCPConn).SetLinger(0)
		},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		receiver(t, l, take)
		s, err := siem.NewSyslog("syslog+tcp://"+l.Addr().String(), "tocsin-1")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), entries(20_000)); err == nil {
			t.Errorf("%s, and the entries count as taken", name)
		}
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := siem.NewSyslog("syslog+tcp://"+gone.Addr().String(), "tocsin-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), entries(1)); err == nil {
		t.Error("nobody listens, and the entries count as taken")
	}
}

func TestAReceiverThatNeverClosesIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	receiver(t, l, func(conn net.Conn) {
		_, _ = io.Copy(io.Discard, conn)
		cancel()
		<-hold
	})
	t.Cleanup(func() { close(hold) })
	s, err := siem.NewSyslog("syslog+tcp://"+l.Addr().String(), "tocsin-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(ctx, entries(1)); err == nil {
		t.Error("a receiver that does not say that it has read counts as one that has")
	}
}

func TestAnAddressThatWouldBetrayTheRecordIsRefused(t *testing.T) {
	for address, part := range map[string]string{
		"":                                                           "is not the address",
		"logs.example.com:6514":                                      "is not the address",
		"https://logs.example.com":                                   "is not the address",
		"syslog+tls://user@logs.example.com":                         "is not the address",
		"syslog+tls://logs.example.com/path":                         "is not the address",
		"syslog+tcp://logs.example.com:601":                          "unencrypted",
		"syslog+tls://logs.example.com?plain=yes":                    `"plain" that is not known`,
		"syslog+tls://logs.example.com?ca=/nowhere/ca.pem":           "cannot be read",
		"syslog+tls://logs.example.com?cert=/nowhere/cert.pem":       "belong together",
		"syslog+tls://logs.example.com?insecure=1":                   "not known",
		"syslog+tcp://127.0.0.1?plain=yes&plain=yes":                 "not known",
		"syslog+tls://logs.example.com?cert=/nowhere/a&key=/nowhere": "not a certificate",
	} {
		if _, err := siem.NewSyslog(address, "h"); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q gives %v", address, err)
		}
	}
	for _, address := range []string{"syslog+tcp://localhost", "syslog+tcp://[::1]:601", "syslog+tls://logs.example.com", "syslog+tcp://logs.example.com?plain=yes"} {
		if _, err := siem.NewSyslog(address, "h"); err != nil {
			t.Errorf("%q gives %v", address, err)
		}
	}
}

func TestLinesAreAppendedWholeAndSurviveARotation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := siem.NewLines(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.Send(t.Context(), entries(3)); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil || strings.Count(string(content), "\n") != 6 || !strings.HasPrefix(string(content), `{"index":0,"hash":"aGFzaA==","entry":`+line+"}\n") {
		t.Fatalf("the file holds %s, %v", content, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's rights are %v, %v", info.Mode(), err)
	}
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	if err := l.Send(t.Context(), entries(1)); err != nil {
		t.Fatal(err)
	}
	if content, err = os.ReadFile(file); err != nil || strings.Count(string(content), "\n") != 1 {
		t.Errorf("after a rotation the file holds %s, %v", content, err)
	}
	var out bytes.Buffer
	if l, err = siem.NewLines("stdout", &out); err != nil {
		t.Fatal(err)
	}
	if err := l.Send(t.Context(), entries(2)); err != nil || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("standard output holds %q, %v", out.String(), err)
	}
	for _, wrong := range []string{"audit.jsonl", "/nowhere/at/all/audit.jsonl", t.TempDir(), ""} {
		if _, err := siem.NewLines(wrong, nil); err == nil {
			t.Errorf("%q is taken for a place for lines", wrong)
		}
	}
}
