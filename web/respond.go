package web

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/people"
	"tocsin/web/intake"
)

// errorBody is the form of every error of the API.
type errorBody struct {
	// Error says what is wrong and what to do.
	Error *incident.Error `json:"error"`
}

// statusOf gives the HTTP status of a kind of error.
func statusOf(kind incident.Kind) int {
	switch kind {
	case incident.Invalid:
		return http.StatusBadRequest
	case incident.Unauthenticated:
		return http.StatusUnauthorized
	case incident.Forbidden:
		return http.StatusForbidden
	case incident.NotFound:
		return http.StatusNotFound
	case incident.Conflict:
		return http.StatusConflict
	case incident.TooLarge:
		return http.StatusRequestEntityTooLarge
	case incident.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// explain gives what a caller is told of an error: what is meant for people as
// it is, anything else as a fault of Tocsin without details.
func explain(err error) *incident.Error {
	if e, ok := errors.AsType[*incident.Error](err); ok && e.Kind != incident.Internal {
		return e
	}
	if e, ok := errors.AsType[*people.InvalidError](err); ok {
		return incident.InvalidField(e.Field, e.Value, "cannot be read", e.Expected)
	}
	if e, ok := errors.AsType[*gdpr.InputError](err); ok {
		return incident.InvalidField(e.Field, e.Value, "is not known", e.Expected)
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return intake.TooLarge("body", "", e.Limit)
	}
	return &incident.Error{Kind: incident.Internal,
		Message: "a fault inside Tocsin: nothing more is known to have been recorded; look at the incident, then try again or ask your operator for the log"}
}

// refuse answers an error: JSON for programs, a page for people.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	told := explain(err)
	switch told.Kind {
	case incident.Internal:
		// Errors of this tree carry no personal data; the path may hold a token.
		s.Logger.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "error", err.Error())
	case incident.Unavailable:
		s.Logger.WarnContext(r.Context(), "a part is away", "route", r.Pattern, "error", err.Error())
		w.Header().Set("Retry-After", "2")
	case incident.Unauthenticated:
		w.Header().Set("WWW-Authenticate", `Bearer realm="tocsin"`)
	}
	// Where a file was to come, there comes an explanation.
	w.Header().Del("Content-Disposition")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	if !programs(r) {
		s.refusePage(w, r, told)
		return
	}
	writeJSON(w, statusOf(told.Kind), errorBody{Error: told})
}

// programs says whether an answer is meant for a program.
func programs(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
}

// asFile has the answer saved under a name and never shown by the browser. One that
// shows it all the same gives it no origin, so that nothing in it acts as a page of ours.
func asFile(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Security-Policy", pagePolicy+"; sandbox")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

// writeJSON answers one JSON document.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status = http.StatusInternalServerError
		body = []byte(`{"error":{"kind":"internal","message":"the answer cannot be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that went away cannot be told so.
	_, _ = w.Write(body)
	_, _ = w.Write([]byte{'\n'})
}
