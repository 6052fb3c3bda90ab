package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
)

// fetched asks for a path without a client that compresses by itself.
func (h *house) fetched(path string, header ...string) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer, string(body)
}

func TestAFileOfPagesIsKeptUnderItsVersionAlone(t *testing.T) {
	h := newHouse(t)
	_, page := h.fetched("/sign-in")
	found := regexp.MustCompile(`"(/static/tocsin\.css\?v=[0-9a-f]{12})"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page names no version of its stylesheet: %s", page)
	}
	kept, plain := h.fetched(found[1])
	if got := kept.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("under its version it is kept as %q", got)
	}
	for _, path := range []string{"/static/tocsin.css", "/static/tocsin.css?v=000000000000"} {
		other, body := h.fetched(path)
		if other.Header.Get("Cache-Control") != "no-cache" || body != plain {
			t.Errorf("%s is kept as %q", path, other.Header.Get("Cache-Control"))
		}
		again, body := h.fetched(path, "If-None-Match", other.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s, unchanged, gives %d and %d bytes", path, again.StatusCode, len(body))
		}
	}
	zipped, body := h.fetched(found[1], "Accept-Encoding", "br, gzip;q=0.8")
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("Vary") != "Accept-Encoding" || zipped.Header.Get("ETag") == kept.Header.Get("ETag") {
		t.Fatalf("compressed it has %v, %v", zipped.Header, err)
	}
	if unzipped, err := io.ReadAll(z); err != nil || string(unzipped) != plain || len(body) > len(plain)/2 {
		t.Errorf("compressed it is another file, or %d bytes of %d, %v", len(body), len(plain), err)
	}
	if refused, _ := h.fetched(found[1], "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
		t.Error("gzip is given to who does not take it")
	}
}

// TestPagesAreSmallAndNotCompressed looks at a first visit to each page: with all
// its files it stays under 150 kB, and what may hold a secret beside what an attacker
// wrote is not compressed (BREACH).
func TestPagesAreSmallAndNotCompressed(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	file := regexp.MustCompile(`"(/static/[^"]+)"`)
	for _, p := range (&server{}).pageTable() {
		if p.method != http.MethodGet {
			continue
		}
		answer, page := h.fetched(reach(p.path, id), "Authorization", "Bearer "+h.tokens[incident.RoleDPO], "Accept-Encoding", "gzip")
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			continue
		}
		if answer.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed", p.path)
		}
		size := len(page)
		for _, one := range file.FindAllStringSubmatch(page, -1) {
			static, body := h.fetched(one[1], "Accept-Encoding", "gzip")
			if static.StatusCode != http.StatusOK || !strings.Contains(static.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %s gives %d, %q", p.path, one[1], static.StatusCode, static.Header.Get("Cache-Control"))
			}
			size += len(body)
		}
		if size > 150_000 {
			t.Errorf("%s takes %d bytes at the first visit", p.path, size)
		}
	}
}
