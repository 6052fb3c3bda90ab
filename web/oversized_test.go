package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/intake"
)

// longBody is a body that goes on for long, and counts what is read of it.
type longBody struct {
	head string
	read int64
}

// longBytes is how long it goes on.
const longBytes = 1 << 30

func (e *longBody) Read(p []byte) (int, error) {
	if e.read >= longBytes {
		return 0, io.EOF
	}
	n := copy(p, e.head)
	e.head = e.head[n:]
	for i := n; i < len(p); i++ {
		p[i] = 'a'
	}
	e.read += int64(len(p))
	return len(p), nil
}

func (e *longBody) Close() error { return nil }

// TestNoRouteReadsABodyWithoutEnd gives every route, with and without sign-in, a
// body of a gigabyte whose size is not announced. It is refused, and little of it is
// read; a step that takes no body reads none.
func TestNoRouteReadsABodyWithoutEnd(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	type target struct{ method, path, kind, head string }
	const form, file = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	part := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nemail\n"
	var targets []target
	for _, rt := range (&server{}).table() {
		path := strings.NewReplacer("{id}", id, "{obligation}", "1", "{round}", "1", "{user}", "none", "{token}", "none", "{vendor}", "none", "{task}", "1", "{document}", "none").Replace(rt.path)
		one := target{rt.method, path, "application/json", `{"a":"`}
		if rt.file != "" {
			one = target{rt.method, path + "?name=a.csv", rt.file, "email\n"}
		}
		targets = append(targets, one)
	}
	for _, p := range (&server{}).pageTable() {
		targets = append(targets, target{p.method, reach(p.path, id), form, "a="}, target{p.method, reach(p.path, id), file, part})
	}
	for _, public := range []string{"/sign-in", "/sign-in/code", "/sign-out", "/forgotten", "/check", "/invitation/none", "/reset/none", "/counsel/none", "/ack/none"} {
		targets = append(targets, target{"POST", public, form, "a="}, target{"POST", public, file, part})
	}
	for _, one := range targets {
		if one.method == http.MethodGet {
			continue // their bodies are not read, which the others' limits show
		}
		body := &longBody{head: one.head}
		request := httptest.NewRequestWithContext(t.Context(), one.method, one.path, body)
		request.ContentLength = -1
		request.Header.Set("Content-Type", one.kind)
		request.Header.Set("Authorization", "Bearer "+h.tokens[incident.RoleDPO])
		answer := httptest.NewRecorder()
		h.server.Config.Handler.ServeHTTP(answer, request)
		// A refused file is read on for a while, so that its sender hears why.
		most := int64(16 << 20)
		if strings.Contains(one.path, "people") || strings.Contains(one.path, "organisations") || one.kind == file || strings.Contains(one.path, "?name=") {
			most = intake.DrainBytes + 16<<20
		}
		if body.read > most {
			t.Errorf("%s %s as %s read %d bytes", one.method, one.path, one.kind, body.read)
		}
		if answer.Code >= 500 || answer.Code == http.StatusOK && body.read > 0 {
			t.Errorf("%s %s as %s gave %d after %d bytes", one.method, one.path, one.kind, answer.Code, body.read)
		}
	}
}
