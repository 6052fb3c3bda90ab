package anchor_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tocsin/anchor"
	"tocsin/anchor/anchortest"
	"tocsin/ledger"
)

const origin = "tocsin.example/test"

// log is a log of some entries with the key that signs it.
type log struct {
	ledger.Memory
	signer note.Signer
	vkey   string
}

func newLog(t *testing.T) *log {
	t.Helper()
	secret, public, err := ledger.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &log{signer: signer, vkey: public}
}

// grow adds entries and gives the checkpoint after them.
func (l *log) grow(t *testing.T, entries ...string) string {
	t.Helper()
	for _, e := range entries {
		if _, _, err := l.Append([]byte(e)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := ledger.Root(l.Size(), l)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ledger.Sign(ledger.Checkpoint{Origin: origin, Size: l.Size(), Root: root, SignedAt: time.Now().Truncate(time.Microsecond)}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAWitnessCosignsALogThatOnlyGrew(t *testing.T) {
	l := newLog(t)
	w := anchortest.NewWitness(t, l.vkey)
	ask := anchor.Witness{URL: w.URL + "/", Key: w.Key, Client: http.DefaultClient}
	first := l.grow(t, "a", "b", "c")
	lines, err := ask.Cosign(t.Context(), first, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if held, at, err := anchor.Cosignature(first, lines, w.Key); err != nil || held != lines || time.Since(at) > time.Hour || time.Since(at) < 0 {
		t.Errorf("%q %v %v", held, at, err)
	}
	second := l.grow(t, "d", "e")
	var conflict *anchor.Conflict
	if _, err := ask.Cosign(t.Context(), second, 1, nil); !errors.As(err, &conflict) || conflict.Size != 3 {
		t.Errorf("another size than it knows: %v", err)
	}
	if _, err := ask.Cosign(t.Context(), second, 3, nil); !errors.Is(err, anchor.ErrRefused) {
		t.Errorf("without a proof: %v", err)
	}
	proof, err := ledger.ProveConsistency(3, 5, l)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask.Cosign(t.Context(), second, 3, proof); err != nil {
		t.Error(err)
	}
	if _, _, err := anchor.Cosignature(second, lines, w.Key); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("the cosignature of another checkpoint: %v", err)
	}
	other := anchortest.NewWitness(t, l.vkey)
	if _, _, err := anchor.Cosignature(first, lines, other.Key); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("the cosignature of another witness: %v", err)
	}
	if _, _, err := anchor.Cosignature(first, lines, l.vkey); err == nil {
		t.Error("the log's own key is taken for a witness's")
	}
	w.Down(true)
	if _, err := ask.Cosign(t.Context(), second, 3, proof); !errors.Is(err, anchor.ErrRefused) {
		t.Errorf("a witness that is down: %v", err)
	}
}

func TestAnAuthorityStampsACheckpoint(t *testing.T) {
	l := newLog(t)
	text := l.grow(t, "a", "b")
	a := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	ask := anchor.Authority{URL: a.URL, Roots: a.Roots, Client: http.DefaultClient}
	token, err := ask.Stamp(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := anchor.CheckStamp(text, token, a.Roots); err != nil || time.Since(at) > time.Hour {
		t.Errorf("%v %v", at, err)
	}
	if _, err := anchor.CheckStamp(text+".", token, a.Roots); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("another text: %v", err)
	}
	if _, err := anchor.CheckStamp(text, token, anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping).Roots); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("another root: %v", err)
	}
	// Whatever is changed: what is said is refused, or it is what was stamped.
	stamped, err := anchor.CheckStamp(text, token, a.Roots)
	if err != nil {
		t.Fatal(err)
	}
	for at := range token {
		changed := append([]byte{}, token...)
		changed[at] ^= 1
		if when, err := anchor.CheckStamp(text, changed, a.Roots); err == nil && !when.Equal(stamped) {
			t.Errorf("byte %d of the token was changed, and it stamps %v", at, when)
		}
		if _, err := anchor.CheckStamp(text, token[:at], a.Roots); err == nil {
			t.Errorf("cut off at byte %d it holds", at)
		}
	}
	a.AnswerOther(true)
	if _, err := ask.Stamp(t.Context(), text); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("a stamp that was given to another request: %v", err)
	}
	a.AnswerOther(false)
	a.StampOther(true)
	if _, err := ask.Stamp(t.Context(), text); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("a stamp of something else: %v", err)
	}
	a.Down(true)
	if _, err := ask.Stamp(t.Context(), text); !errors.Is(err, anchor.ErrRefused) {
		t.Errorf("an authority that is down: %v", err)
	}
	wrong := anchortest.NewAuthority(t, x509.ExtKeyUsageServerAuth)
	if _, err := (anchor.Authority{URL: wrong.URL, Roots: wrong.Roots, Client: http.DefaultClient}).Stamp(t.Context(), text); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("a certificate for something else: %v", err)
	}
}

func TestAnAnswerThatIsTooLongOrNoneIsAFailure(t *testing.T) {
	l := newLog(t)
	text := l.grow(t, "a")
	w := anchortest.NewWitness(t, l.vkey)
	long := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		_, _ = out.Write([]byte(strings.Repeat("x", 1<<20)))
	}))
	defer long.Close()
	if _, err := (anchor.Witness{URL: long.URL, Key: w.Key, Client: http.DefaultClient}).Cosign(t.Context(), text, 0, nil); !errors.Is(err, anchor.ErrUnsound) {
		t.Errorf("a long answer: %v", err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, err := (anchor.Witness{URL: gone.URL, Key: w.Key, Client: http.DefaultClient}).Cosign(t.Context(), text, 0, nil)
	if err == nil || strings.Contains(err.Error(), gone.URL) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestNoTokenBreaksTheCheck lets the library read what it is not made for: it
// takes lengths out of a token before it looks whether they are there.
func TestNoTokenBreaksTheCheck(t *testing.T) {
	l := newLog(t)
	text := l.grow(t, "a", "b")
	a := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	token, err := anchor.Authority{URL: a.URL, Roots: a.Roots, Client: http.DefaultClient}.Stamp(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	stamped, err := anchor.CheckStamp(text, token, a.Roots)
	if err != nil {
		t.Fatal(err)
	}
	for name, hostile := range map[string][]byte{
		"nothing": nil, "a byte": {0x30}, "an open sequence": {0x30, 0x80}, "a length that is not there": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"a length of lengths": {0x30, 0xff}, "a long tag": {0x3f, 0xff, 0xff, 0xff, 0xff, 0xff}, "nested as deep as can be": bytes.Repeat([]byte{0x30, 0x80}, 32<<10),
		"nested and ended": append(bytes.Repeat([]byte{0x30, 0x80}, 16<<10), make([]byte, 32<<10)...), "longer than can be": make([]byte, 64<<10+1),
	} {
		if _, err := anchor.CheckStamp(text, hostile, a.Roots); !errors.Is(err, anchor.ErrUnsound) || errors.Is(err, anchor.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	random := mathrand.New(mathrand.NewPCG(7, 9))
	for range 20_000 {
		b := bytes.Clone(token)
		for range 1 + random.IntN(3) {
			i := random.IntN(len(b))
			switch random.IntN(4) {
			case 0:
				b[i] ^= 1 << random.IntN(8)
			case 1:
				b[i] = []byte{0, 0x30, 0x7f, 0x80, 0x84, 0xff}[random.IntN(6)]
			case 2:
				b = append(b[:i], b[min(len(b), i+1+random.IntN(9)):]...)
			default:
				b = slices.Insert(b, i, b[i])
			}
			if len(b) == 0 {
				break
			}
		}
		if at, err := anchor.CheckStamp(text, b, a.Roots); err == nil && !at.Equal(stamped) {
			t.Fatalf("%x stamps %v", b, at)
		}
	}
}

// FuzzCheckStamp lets no token panic, and none pass that says something else.
func FuzzCheckStamp(f *testing.F) {
	a := anchortest.NewAuthority(f, x509.ExtKeyUsageTimeStamping)
	const text = "log.example\n1\nAAAA\n\n— log.example AAAA\n"
	token, err := anchor.Authority{URL: a.URL, Roots: a.Roots, Client: http.DefaultClient}.Stamp(f.Context(), text)
	if err != nil {
		f.Fatal(err)
	}
	stamped, err := anchor.CheckStamp(text, token, a.Roots)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:len(token)/2])
	f.Add([]byte{0x30, 0x80, 0x30, 0x84, 0xff})
	f.Fuzz(func(t *testing.T, token []byte) {
		if at, err := anchor.CheckStamp(text, token, a.Roots); err == nil && !at.Equal(stamped) {
			t.Fatalf("%x stamps %v", token, at)
		}
	})
}

// TestTrustKnowsWhomItWasGiven reads keys and roots, and refuses what is none.
func TestTrustKnowsWhomItWasGiven(t *testing.T) {
	l := newLog(t)
	text := l.grow(t, "a")
	w := anchortest.NewWitness(t, l.vkey)
	line, err := anchor.Witness{URL: w.URL, Key: w.Key, Client: http.DefaultClient}.Cosign(t.Context(), text, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	token, err := anchor.Authority{URL: a.URL, Roots: a.Roots, Client: http.DefaultClient}.Stamp(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	var nobody anchor.Trust
	if _, _, err := nobody.Cosigned("witness.example.com", text, line); !errors.Is(err, anchor.ErrUnknown) {
		t.Errorf("a witness that nobody knows: %v", err)
	}
	if _, _, err := nobody.Stamped(text, token); !errors.Is(err, anchor.ErrUnknown) {
		t.Errorf("an authority that nobody knows: %v", err)
	}
	if _, _, err := nobody.Stamped(text+".", token); !errors.Is(err, anchor.ErrUnsound) || errors.Is(err, anchor.ErrUnknown) {
		t.Errorf("what is wrong without any key: %v", err)
	}
	roots, err := os.ReadFile(a.RootsFile)
	if err != nil {
		t.Fatal(err)
	}
	var trust anchor.Trust
	other := anchortest.NewWitness(t, l.vkey) // of the same name: the former key of the witness
	if err := errors.Join(trust.AddRoots(roots), trust.AddWitnessKeys([]byte("# keys\n\n"+other.Key+"\r\n"+w.Key+"\n"))); err != nil {
		t.Fatal(err)
	}
	if by, at, err := trust.Cosigned("witness.example.com", text, line); err != nil || by != "witness.example.com" || at.IsZero() {
		t.Errorf("%q %v %v", by, at, err)
	}
	if by, at, err := trust.Stamped(text, token); err != nil || by != "CN=tsa.example.com" || at.IsZero() {
		t.Errorf("%q %v %v", by, at, err)
	}
	for name, lines := range map[string]string{"another text": "— witness.example.com AAAA\n", "twice": line + line, "cut off": line[:len(line)-1], "nothing": ""} {
		if _, _, err := trust.Cosigned("witness.example.com", text, lines); !errors.Is(err, anchor.ErrUnsound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "# nothing\n", "x+y+z", w.Key + "\nx\n"} {
		if err := new(anchor.Trust).AddWitnessKeys([]byte(bad)); err == nil {
			t.Errorf("%q is taken for keys", bad)
		}
	}
	for _, bad := range []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if err := new(anchor.Trust).AddRoots([]byte(bad)); err == nil {
			t.Errorf("%q is taken for roots", bad)
		}
	}
}
