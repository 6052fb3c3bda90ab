package web

import (
	"net/http"
	"slices"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// oneCase is where everything about one case begins.
const oneCase = "/api/v1/incidents/{id}"

// table lists the API. The order is that of a case. Each area has a list of its
// own, so that two people who add routes do not meet.
func (s *server) table() []route {
	return slices.Concat(
		s.caseRoutes(),
		s.filingRoutes(),
		s.peopleRoutes(),
		s.publicRoutes(),
		s.mailingRoutes(),
		s.recordRoutes(),
		s.registerRoutes(),
		s.retentionRoutes(),
		s.webhookRoutes(),
		s.settingRoutes(),
		s.counselAPI(),
		s.onCallRoutes(),
		s.installationRoutes(),
		s.vendorRoutes(),
	)
}

// handler answers a request of somebody who may make it.
type handler = func(w http.ResponseWriter, r *http.Request, user postgres.User) error

// get is a route that reads.
func get(path, summary string, roles []incident.Role, answer any, handle handler, query ...parameter) route {
	return route{method: "GET", path: path, summary: summary, roles: roles, answer: answer, status: http.StatusOK, handle: handle, query: query}
}

// post is a route that changes something.
func post(path, summary string, roles []incident.Role, body, answer any, handle handler) route {
	return route{method: "POST", path: path, summary: summary, roles: roles, body: body, answer: answer, status: http.StatusOK, handle: handle}
}

// order is a route whose body makes one command on a case, and nothing else.
func order[T any](s *server, path, summary string, roles []incident.Role, command func(T) incident.Command) route {
	var none T
	return post(path, summary, roles, none, recorded{}, func(w http.ResponseWriter, r *http.Request, user postgres.User) error {
		var body T
		if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
			return err
		}
		return s.command(w, r, user, command(body))
	})
}

// created says that a route makes something that was not there.
func created(r route) route { r.status = http.StatusCreated; return r }

// takesFile says that the body is a file.
func takesFile(r route, media string, query ...parameter) route {
	r.file, r.query = media, query
	return r
}

// givesFile says that the answer is a file.
func givesFile(r route, media string) route { r.download = media; return r }

// takesLong says that a route goes through as much as a file holds.
func takesLong(r route) route { r.long = true; return r }

// paged are the parameters of a list that is read page by page.
func paged() []parameter {
	return []parameter{
		{name: "limit", kind: "integer", doc: "the greatest number of rows"},
		{name: "after", kind: "string", doc: "the id of the last row of the page before"},
	}
}
