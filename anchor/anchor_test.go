package anchor_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
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
