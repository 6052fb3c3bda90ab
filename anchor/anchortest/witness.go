// Package anchortest runs a witness and a time stamping authority for tests, over
// real sockets: what they sign is what a real one would sign.
package anchortest

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness is a witness of one log, as C2SP tlog-witness has it.
type Witness struct {
	// URL is its submission prefix, and Key its verifier key for cosignatures.
	URL, Key string

	mu     sync.Mutex
	log    note.Verifier
	signer *formats.Signer
	size   int64
	root   tlog.Hash
	down   bool
	asked  int
}

// NewWitness starts a witness of the log whose verifier key is given.
func NewWitness(t testing.TB, log string) *Witness {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example.com")
	if err != nil {
		t.Fatal(err)
	}
	w := &Witness{}
	if w.signer, err = formats.NewSignerForCosignatureV1(secret); err != nil {
		t.Fatal(err)
	}
	if w.Key, err = formats.VKeyToCosignatureV1(public); err != nil {
		t.Fatal(err)
	}
	if w.log, err = note.NewVerifier(log); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.URL = server.URL
	return w
}

// Down lets it refuse everything, or not any more.
func (w *Witness) Down(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// Forget lets it know nothing of the log, and Ahead that it knows more than there is.
func (w *Witness) Forget() { w.set(0) }

// Ahead lets it believe that the log had a size.
func (w *Witness) Ahead(size int64) { w.set(size) }

func (w *Witness) set(size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size = size
}

// Asked is how often it was asked.
func (w *Witness) Asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// ServeHTTP answers add-checkpoint.
func (w *Witness) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.down || r.URL.Path != "/add-checkpoint" || r.Method != http.MethodPost {
		http.Error(out, "away", http.StatusServiceUnavailable)
		return
	}
	var old, size int64
	var proof tlog.TreeProof
	body := bufio.NewReader(r.Body)
	line, err := body.ReadString('\n')
	if _, e := fmt.Sscanf(line, "old %d\n", &old); err != nil || e != nil {
		http.Error(out, "old", http.StatusBadRequest)
		return
	}
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			http.Error(out, "proof", http.StatusBadRequest)
			return
		}
		if line == "\n" {
			break
		}
		h, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil || len(h) != tlog.HashSize {
			http.Error(out, "proof", http.StatusBadRequest)
			return
		}
		proof = append(proof, tlog.Hash(h))
	}
	rest, err := io.ReadAll(body)
	if err != nil {
		http.Error(out, "checkpoint", http.StatusBadRequest)
		return
	}
	n, err := note.Open(rest, note.VerifierList(w.log))
	if err != nil {
		http.Error(out, "signature", http.StatusForbidden)
		return
	}
	lines := strings.Split(n.Text, "\n")
	if _, err := fmt.Sscanf(lines[1], "%d", &size); err != nil || old > size {
		http.Error(out, "size", http.StatusBadRequest)
		return
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		http.Error(out, "root", http.StatusBadRequest)
		return
	}
	switch {
	case old != w.size:
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(out, "%d\n", w.size)
		return
	case old == size && old > 0 && root != w.root, old > 0 && old < size && tlog.CheckTree(proof, size, root, old, w.root) != nil:
		http.Error(out, "proof", http.StatusUnprocessableEntity)
		return
	}
	signed, err := note.Sign(&note.Note{Text: n.Text}, w.signer)
	if err != nil {
		http.Error(out, "sign", http.StatusInternalServerError)
		return
	}
	w.size, w.root = size, root
	_, _ = out.Write(signed[len(n.Text)+1:])
}
