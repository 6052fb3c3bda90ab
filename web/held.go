package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
)

// heldSays is what every page says while this may be a restored copy.
const heldSays = "This may be a restored copy of Tocsin: nothing is sent and nothing is taken in here. Whoever runs the server has to decide it by “tocsin recover --take-over”; of tocsin-local, by “tocsin-local recover --take-over”."

// What to do about a step that a copy does not take in.
const (
	copyElsewhere = "Nothing of your step was recorded. Where your Tocsin runs at its usual address, do it there."
	copyTold      = "If this is the only one that runs, tell whoever runs Tocsin for you at once: it has to be taken over before anything is sent or recorded."
)

// What was found, for each reason to hold everything.
const (
	heldDatabase = "The database is another one than the record says."
	heldMachine  = "A machine has started here that the record does not know."
	heldShorter  = "Entries of the record are missing that were here before."
	heldHistory  = "The record holds other entries than before."
	heldEarlier  = "Another database took over after this one: if that one runs, this one has to be switched off for good."
)

// heldWhy says what was found.
func heldWhy(why string) string {
	return map[string]string{
		incident.HeldDatabase: heldDatabase, incident.HeldMachine: heldMachine, incident.HeldShorter: heldShorter,
		incident.HeldHistory: heldHistory, incident.HeldEarlier: heldEarlier,
	}[why]
}

// heldTrouble is what pages say in a person's language while this may be a copy.
func (s *server) heldTrouble(w words) string {
	said := []string{w.T(heldSays)}
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
