package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
)

const (
	// answerTime bounds a request of JSON: the engine itself answers in seconds.
	answerTime = 2 * time.Minute
	// fileTime bounds a request that carries a file either way.
	fileTime = 30 * time.Minute
	// maxAnswer bounds a JSON answer, in bytes.
	maxAnswer = 64 << 20
)

// session is one run of the program: where the server is, and where and in
// which form the answer goes.
type session struct {
	out                io.Writer
	notes              io.Writer // standard error; nil for none
	url, token, output string
}

// path builds a path of the API from segments, each escaped.
func path(segments ...string) string {
	var b strings.Builder
	b.WriteString("/api/v1")
	for _, one := range segments {
		b.WriteString("/" + url.PathEscape(one))
	}
	return b.String()
}

// incidentPath builds a path below an incident. An id that would change the
// path is refused here, since the server would see another path.
func incidentPath(id string, further ...string) (string, error) {
	if strings.Trim(id, ". ") == "" {
		return "", incident.InvalidField("ID", id, "is not an incident", "an id or a number of \"tocsin incident list\"")
	}
	return path(append([]string{"incidents", id}, further...)...), nil
}

// get asks for a JSON document.
func (s *session) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return s.exchange(ctx, http.MethodGet, path, nil, "", answerTime)
}

// post sends a JSON document and gives the JSON answer.
func (s *session) post(ctx context.Context, path string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("the request cannot be written: %w", err)
	}
	return s.exchange(ctx, http.MethodPost, path, bytes.NewReader(raw), "application/json", answerTime)
}

// postFor is post for a path that may be refused before anything is sent.
func (s *session) postFor(ctx context.Context, body any, id string, further ...string) ([]byte, error) {
	p, err := incidentPath(id, further...)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, p, body)
}

// exchange sends one request and gives the JSON document that answers it.
func (s *session) exchange(ctx context.Context, method, path string, body io.Reader, media string, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	response, err := s.send(ctx, method, path, body, media)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, away(ctx, "the server's answer broke off")
	}
	if len(answer) > maxAnswer || !json.Valid(answer) {
		return nil, errors.New("the server's answer is not the JSON of Tocsin; check --url or TOCSIN_URL")
	}
	return answer, nil
}

// send sends one request. An answer other than success becomes an error.
func (s *session) send(ctx context.Context, method, path string, body io.Reader, media string) (*http.Response, error) {
	base, err := s.base()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return nil, errors.New("the request cannot be made; check --url or TOCSIN_URL")
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	if file, ok := body.(*sentFile); ok {
		request.ContentLength = file.size
		// A file that the server refuses is not sent in vain.
		request.Header.Set("Expect", "100-continue")
	}
	token := s.token
	if token == "" {
		token = strings.TrimSpace(os.Getenv("TOCSIN_TOKEN"))
	}
	if strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return nil, errors.New("the token holds characters that no token has; give the one that \"tocsin user add\" showed as TOCSIN_TOKEN")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if file, ok := body.(*sentFile); ok && err != nil && file.err != nil {
		return nil, file.err
	}
	if err != nil {
		return nil, away(ctx, fmt.Sprintf("the server at %s does not answer", base))
	}
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return response, nil
	}
	return nil, refusal(ctx, response)
}

// base gives the server's address without a trailing slash.
func (s *session) base() (string, error) {
	address, field := s.url, "--url"
	if address == "" {
		address, field = strings.TrimSpace(os.Getenv("TOCSIN_URL")), "TOCSIN_URL"
	}
	if address == "" {
		return "http://127.0.0.1:8080", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return "", incident.InvalidField(field, "", "is not a server's address", "one such as https://tocsin.example.com")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// away says that nothing was heard. The same command may be given again.
func away(ctx context.Context, what string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return errors.New("interrupted: whether the server carried the command out is not known; look, then give it again")
	}
	return fmt.Errorf("unavailable: %s; check that it runs and TOCSIN_URL, then try again", what)
}

// refusal reads the error that the server answered.
func refusal(ctx context.Context, response *http.Response) error {
	body, readErr := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	// Closing cannot change what was read.
	_ = response.Body.Close()
	var answer struct {
		Error *incident.Error `json:"error"`
	}
	told := json.Unmarshal(body, &answer) == nil && answer.Error != nil && answer.Error.Message != ""
	switch status := response.StatusCode; {
	case told && answer.Error.Kind == incident.Unavailable:
		return unavailable(answer.Error)
	case told:
		return answer.Error
	case readErr != nil:
		return away(ctx, "the server's answer broke off")
	case status == http.StatusServiceUnavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return away(ctx, "a part of the server is away")
	case status >= 300 && status < 400:
		return errors.New("the server sends the request elsewhere; give the address of Tocsin itself as --url or TOCSIN_URL")
	default:
		return fmt.Errorf("the answer %d is not one of Tocsin's; check --url or TOCSIN_URL", status)
	}
}

// unavailable makes sure that the line says so in words that scripts look for.
func unavailable(e *incident.Error) error {
	line := e.Error()
	if !strings.Contains(line, "unavailable") {
		line = "unavailable: " + line
	}
	if !strings.Contains(line, "try again") {
		line += "; try again"
	}
	return errors.New(line)
}

// download posts and copies the file that answers to w.
func (s *session) download(ctx context.Context, method, path, media string, w io.Writer) error {
	return s.downloadFor(ctx, method, path, nil, media, w)
}

// downloadFor copies the file that answers to a body of JSON to w.
func (s *session) downloadFor(ctx context.Context, method, path string, body io.Reader, media string, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	response, err := s.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || kind != media {
		// Closing cannot change that the answer is of no use.
		_ = response.Body.Close()
		return errors.New("the server's answer is not the file that was asked for; check --url or TOCSIN_URL")
	}
	watched := &watchedWriter{w: w}
	_, err = io.Copy(watched, response.Body)
	err = errors.Join(err, response.Body.Close())
	switch {
	case watched.err != nil:
		return watched.err
	case err != nil:
		return away(ctx, "the file broke off on its way")
	}
	return nil
}

// watchedWriter tells a full disk from a lost connection.
type watchedWriter struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

// round reads a --round of a mailing.
func round(text string) (string, error) {
	if text == "latest" {
		return text, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return "", incident.InvalidField("--round", text, "is not a round", "a whole number from 1, or latest")
	}
	return strconv.Itoa(n), nil
}

// instant reads a time that a flag gives.
func instant(flag, text string) (time.Time, error) {
	var t time.Time
	if err := t.UnmarshalText([]byte(text)); err != nil {
		why := "is not a time"
		if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
			why = "has no offset"
		}
		return t, incident.InvalidField(flag, text, why, "an instant with offset (RFC 3339), such as 2026-11-17T10:17:00+01:00")
	}
	return t, nil
}
