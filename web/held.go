package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
	"tocsin/web/wording"
)

// heldWhy says what was found.
func heldWhy(why string) string {
	return map[string]string{
		incident.HeldDatabase: wording.HeldDatabase, incident.HeldMachine: wording.HeldMachine, incident.HeldShorter: wording.HeldShorter,
		incident.HeldHistory: wording.HeldHistory, incident.HeldEarlier: wording.HeldEarlier,
	}[why]
}

// heldTrouble is what pages say in a person's language while this may be a copy.
func (s *server) heldTrouble(w wording.Words) string {
	said := []string{w.T(wording.HeldSays)}
	for _, why := range s.heldFor() {
		if found := heldWhy(why); found != "" {
			said = append(said, w.T(found))
		}
	}
	return strings.Join(said, " ")
}

// heldFor are the reasons for which this may be a restored copy.
func (s *server) heldFor() []string {
	if s.Held == nil {
		return nil
	}
	return s.Held()
}

func (s *server) held() bool { return len(s.heldFor()) > 0 }

// reading lets a copy be read and nothing else: what was entered there would be
// missing in the installation. Signing in and out are no part of a case.
func (s *server) reading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/sign-")
		if reads || !s.held() {
			next.ServeHTTP(w, r)
			return
		}
		s.refuse(w, r, &incident.Error{Kind: incident.Unavailable,
			Message: "this may be a restored copy of Tocsin: nothing is taken in until whoever runs the server has decided it by \"tocsin recover --take-over\""})
	})
}
