package system

import (
	"context"
	"net/http"
	"time"
)

// probeTime is how long a part has to answer.
const probeTime = 3 * time.Second

// Readiness is what a process without pages says of itself, in the form of /readyz of
// the web server.
type Readiness struct {
	// Status is ready, held or unavailable.
	Status string `json:"status"`
	// Parts are the parts by name: ok or away.
	Parts map[string]string `json:"parts"`
	// Held are the reasons for which this may be a restored copy.
	Held []string `json:"held,omitempty"`
}

// Readiness asks the parts, and gives the answer with its HTTP status.
func (s *System) Readiness(ctx context.Context) (Readiness, int) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	out, status := Readiness{Status: "ready", Parts: map[string]string{}, Held: s.HeldFor()}, http.StatusOK
	if len(out.Held) > 0 {
		out.Status, status = "held", http.StatusServiceUnavailable
	}
	for _, p := range s.probes() {
		out.Parts[p.Name] = "ok"
		if err := p.Check(ctx); err != nil {
			out.Parts[p.Name] = "away"
			out.Status, status = "unavailable", http.StatusServiceUnavailable
		}
	}
	return out, status
}
