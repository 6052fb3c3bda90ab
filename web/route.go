package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// route is one line of the API: everything that /api/openapi.json says of it
// and everything that is checked before the handler runs.
type route struct {
	method, path string
	summary      string
	roles        []incident.Role // who may call it; nil for everybody, signed in or not
	query        []parameter
	body         any    // a value of the JSON request's type; nil for none
	file         string // the media type of a body that is a file; empty for none
	answer       any    // a value of the JSON answer's type; nil when it is not JSON
	download     string // the media type of an answer that is a file
	long         bool   // whether it goes through as much as a file holds
	status       int    // of success
	handle       func(w http.ResponseWriter, r *http.Request, user postgres.User) error
}

// parameter is one parameter of a query.
type parameter struct {
	name, kind, doc string
	required        bool
}

// public says whether nobody has to sign in.
func (r route) public() bool { return r.roles == nil }

// within is how long a request may take: longer when a file travels. A request
// with a file may take that long after its last byte.
func (r route) within() time.Duration {
	if r.file != "" || r.download != "" || r.long {
		return 2 * time.Minute
	}
	return 30 * time.Second
}

// Who may do what. incident.Decide repeats the check for every command; these
// lists also guard what is only read.
func everyone() []incident.Role { return incident.Roles() }

func leaders() []incident.Role { return []incident.Role{incident.RoleDPO, incident.RoleDeputy} }

func responders() []incident.Role { return append(leaders(), incident.RoleResponder) }

func approvers() []incident.Role { return append(leaders(), incident.RoleApprover) }

// onDuty are those who may take a reminder on.
func onDuty() []incident.Role { return append(responders(), incident.RoleApprover) }

// caseReaders may read the files of a case; the administrator may not.
func caseReaders() []incident.Role {
	return append(onDuty(), incident.RoleAuditor)
}

// peopleReaders may see who is affected.
func peopleReaders() []incident.Role { return append(leaders(), incident.RoleAuditor) }

func accountKeepers() []incident.Role { return []incident.Role{incident.RoleDPO, incident.RoleAdmin} }

// serve checks who calls, runs the handler and answers its error.
func (s *server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.Clock()
		// A part that hangs is answered as being away, not waited for.
		var cancel context.CancelFunc
		if rt.file != "" {
			r, cancel = intake.WhileItComes(w, r, rt.within())
		} else {
			var ctx context.Context
			ctx, cancel = context.WithTimeout(r.Context(), rt.within())
			r = r.WithContext(ctx)
		}
		defer cancel()
		seen := &statusWriter{ResponseWriter: w}
		var user postgres.User
		var err error
		if !rt.public() {
			user, err = s.authenticate(r)
			if err == nil && !slices.Contains(rt.roles, user.Role) {
				err = incident.Refused(incident.Forbidden, "the role \"%s\" may not do this; ask the DPO or a deputy", incident.Word(user.Role))
			}
		}
		if _, none := rt.body.(nothing); none && err == nil {
			// A step that takes nothing is not given anything: what a handler does not
			// ask for it does not look at.
			err = intake.DecodeJSON(seen, r, intake.MaxJSON, &nothing{})
		}
		if err == nil {
			err = rt.handle(seen, r, user)
		}
		if err != nil {
			s.refuse(seen, r, err)
		}
		s.Logger.DebugContext(r.Context(), "request", "method", rt.method, "route", rt.path, "status", seen.status,
			"took", s.Clock().Sub(began).Round(time.Microsecond).String(), "user", user.ID)
	})
}

// statusWriter remembers the status, for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.NewResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
