package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
)

// heldSays is what every page says while this may be a restored copy.
const heldSays = "This may be a restored copy of Tocsin: nothing is sent and nothing is taken in here. Whoever runs the server has to decide it by “tocsin recover --take-over”."

// reading lets a copy be read and nothing else: what was entered there would be
// missing in the installation. Signing in and out are no part of a case.
func (s *server) reading(next http.Handler) http.Handler {
	if s.Held == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/sign-")
		if reads || !s.Held() {
			next.ServeHTTP(w, r)
			return
		}
		s.refuse(w, r, &incident.Error{Kind: incident.Unavailable,
			Message: "this may be a restored copy of Tocsin: nothing is taken in until whoever runs the server has decided it by \"tocsin recover --take-over\""})
	})
}
