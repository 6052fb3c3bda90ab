package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"tocsin/postgres"
)

// probeTime is how long a part has to answer.
const probeTime = 3 * time.Second

// health says that the process is alive.
type health struct {
	// Status is always alive.
	Status string `json:"status" doc:"alive"`
}

// readiness says whether the parts answer.
type readiness struct {
	// Status is ready, held or unavailable.
	Status string `json:"status" doc:"ready, held while this may be a restored copy, or unavailable when a part is away"`
	// Parts are the parts by name: ok or away.
	Parts map[string]string `json:"parts" doc:"each part's state: ok or away"`
	// Held are the reasons for which this may be a restored copy.
	Held []string `json:"held,omitempty" doc:"why nothing goes out and nothing is taken in: database, machine, shorter, history or earlier; absent while this is the installation"`
	// Behind is how many entries each receiver of the record has not taken yet.
	Behind map[string]int64 `json:"audit_stream_behind,omitempty" doc:"entries of the record that each receiver has not taken yet; absent without a receiver"`
}

func (s *server) healthz(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	writeJSON(w, http.StatusOK, health{Status: "alive"})
	return nil
}

func (s *server) readyz(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	probes := s.Ready
	if !slices.ContainsFunc(probes, func(p Probe) bool { return p.Name == "database" }) {
		probes = append([]Probe{{Name: "database", Check: s.Store.Ping}}, probes...)
	}
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
	defer cancel()
	away := s.partsAway(ctx, probes)
	answer, status := readiness{Status: "ready", Parts: map[string]string{}}, http.StatusOK
	if answer.Held = s.heldFor(); len(answer.Held) > 0 {
		answer.Status, status = "held", http.StatusServiceUnavailable
	}
	for _, p := range probes {
		answer.Parts[p.Name] = "ok"
		if away[p.Name] != nil {
			answer.Parts[p.Name] = "away"
			answer.Status, status = "unavailable", http.StatusServiceUnavailable
		}
	}
	if len(s.Streams) > 0 && away["database"] == nil {
		behind, err := s.Store.StreamsBehind(ctx, s.Streams)
		if err != nil {
			return err
		}
		answer.Behind = behind
	}
	if status != http.StatusOK {
		w.Header().Set("Retry-After", "2")
	}
	writeJSON(w, status, answer)
	return nil
}

// partsAway asks the parts at the same time and gives the errors of those that
// do not answer, by name.
func (s *server) partsAway(ctx context.Context, probes []Probe) map[string]error {
	failed := make([]error, len(probes))
	var all sync.WaitGroup
	for i, p := range probes {
		all.Go(func() { failed[i] = p.Check(ctx) })
	}
	all.Wait()
	away := map[string]error{}
	for i, p := range probes {
		if failed[i] != nil {
			away[p.Name] = failed[i]
			s.Logger.WarnContext(ctx, "a part is away", "part", p.Name, "error", failed[i].Error())
		}
	}
	return away
}

func (s *server) describeAPI(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(s.openapi)
	return err
}
