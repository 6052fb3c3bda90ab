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
	away := s.probed.ask(r.Context(), func(ctx context.Context) map[string]error { return s.partsAway(ctx, probes) })
	answer, status := readinessOf(probes, away, s.heldFor())
	if len(s.Streams) > 0 && away["database"] == nil {
		behind, err := s.Store.StreamsBehind(r.Context(), s.Streams)
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

// ReadyHandler answers /readyz for a process without pages: as the server does, of
// these parts. held gives the reasons for which this may be a restored copy.
func ReadyHandler(probes []Probe, held func() []string) http.Handler {
	probed := probed{now: time.Now}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		away := probed.ask(r.Context(), func(ctx context.Context) map[string]error { return askParts(ctx, probes) })
		answer, status := readinessOf(probes, away, held())
		writeJSON(w, status, answer)
	})
}

// probedEvery is how long an answer of the parts is given to everybody who asks.
const probedEvery = time.Second

// probed remembers what the parts answered last. Anybody may ask whether they are
// there: however many do, the relay and the database are asked once a second.
type probed struct {
	now   func() time.Time // the machine's own time: the clock of Config may stand still
	mu    sync.Mutex
	asked time.Time
	away  map[string]error
}

func (p *probed) ask(ctx context.Context, parts func(context.Context) map[string]error) map[string]error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); p.asked.IsZero() || now.Sub(p.asked) > probedEvery {
		// For all who wait, so that one who goes away makes no part seem away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
		defer cancel()
		p.away = parts(ctx)
		p.asked = p.now() // those who waited meanwhile ask nobody
	}
	return p.away
}

func readinessOf(probes []Probe, away map[string]error, held []string) (readiness, int) {
	answer, status := readiness{Status: "ready", Parts: map[string]string{}, Held: held}, http.StatusOK
	if len(held) > 0 {
		answer.Status, status = "held", http.StatusServiceUnavailable
	}
	for _, p := range probes {
		answer.Parts[p.Name] = "ok"
		if away[p.Name] != nil {
			answer.Parts[p.Name] = "away"
			answer.Status, status = "unavailable", http.StatusServiceUnavailable
		}
	}
	return answer, status
}

// partsAway asks the parts, and says in the log which do not answer.
func (s *server) partsAway(ctx context.Context, probes []Probe) map[string]error {
	away := askParts(ctx, probes)
	for _, p := range probes {
		if err := away[p.Name]; err != nil {
			s.Logger.WarnContext(ctx, "a part is away", "part", p.Name, "error", err.Error())
		}
	}
	return away
}

// askParts asks the parts at the same time and gives the errors of those that do not
// answer, by name.
func askParts(ctx context.Context, probes []Probe) map[string]error {
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
		}
	}
	return away
}

func (s *server) describeAPI(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(s.openapi)
	return err
}
