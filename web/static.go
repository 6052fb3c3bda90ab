package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"tocsin/incident"
)

// asset is a file that pages use: stylesheet, script or icon. It is the same for
// everybody and holds no secret, so it may be compressed and kept.
type asset struct {
	kind    string // media type
	version string // of its content
	plain   []byte
	zipped  []byte // gzip; nil where that saves nothing
}

// newAsset prepares a file once, so that serving it costs nothing but its bytes.
func newAsset(name string, content []byte) (asset, error) {
	sum := sha256.Sum256(content)
	a := asset{kind: "text/css; charset=utf-8", version: hex.EncodeToString(sum[:6]), plain: content}
	switch {
	case strings.HasSuffix(name, ".js"):
		a.kind = "text/javascript; charset=utf-8"
	case strings.HasSuffix(name, ".svg"):
		a.kind = "image/svg+xml"
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return asset{}, fmt.Errorf("compress %s: %w", name, err)
	}
	if out.Len() < len(content)*9/10 {
		a.zipped = out.Bytes()
	}
	return a, nil
}

// address is where a page finds a file. It changes with the file, so that a browser
// never uses one of another version with a page, and never asks twice for the same.
func (p *pages) address(name string) (string, error) {
	a, ok := p.static[name]
	if !ok {
		return "", fmt.Errorf("there is no file %q of pages", name)
	}
	return "/static/" + name + "?v=" + a.version, nil
}

// serveStatic serves a file of pages. Under the address of its version it is kept
// for good; under any other, of an older page or of none, the browser asks each time
// whether it is still the same.
func (s *server) serveStatic(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.static[r.PathValue("name")]
	if !ok {
		s.refuse(w, r, &incident.Error{Kind: incident.NotFound, Message: "there is no such file"})
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == a.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	tag, content := `"`+a.version+`"`, a.plain
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			tag, content = `"`+a.version+`-gzip"`, a.zipped
		}
	}
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	// A reader that went away cannot be told so.
	_, _ = w.Write(content)
}

// takesGzip says whether a browser takes gzip. One that gives it any weight but 0
// does.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight = strings.TrimRight(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "0")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return weight != "q=" && weight != "q=0."
		}
	}
	return false
}
