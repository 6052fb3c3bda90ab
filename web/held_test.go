package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

// TestACopyCanBeReadAndTakesNothingIn holds a server as a restored copy: /readyz says
// why, each page says so in the reader's language, and nothing is taken in until that
// has ended.
func TestACopyCanBeReadAndTakesNothingIn(t *testing.T) {
	var copied atomic.Bool
	h := newHouseWith(t, func(c *Config) {
		c.Held = func() []string {
			if copied.Load() {
				return []string{incident.HeldDatabase, incident.HeldShorter}
			}
			return nil
		}
	})
	id := h.open()
	before := h.events(id)
	ready := func(status int, want string, held ...string) {
		t.Helper()
		got, body := h.ask("", http.MethodGet, "/readyz", "")
		var answer readiness
		if err := json.Unmarshal([]byte(body), &answer); err != nil || got != status || answer.Status != want ||
			strings.Join(answer.Held, " ") != strings.Join(held, " ") || answer.Parts["database"] != "ok" {
			t.Errorf("/readyz gives %d %s, %v", got, body, err)
		}
	}
	ready(http.StatusOK, "ready")
	copied.Store(true)
	ready(http.StatusServiceUnavailable, "held", incident.HeldDatabase, incident.HeldShorter)

	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, http.MethodGet, one, "")
	for _, path := range []string{one + "/close", "/api/v1/incidents", "/api/v1/users"} {
		status, answer := h.ask(incident.RoleDPO, http.MethodPost, path, `{"reason":"r"}`)
		if status != http.StatusServiceUnavailable || !strings.Contains(answer, "recover --take-over") {
			t.Errorf("POST %s gives %d %s", path, status, answer)
		}
	}
	if now := h.events(id); now != before {
		t.Errorf("the case had %d events and has %d", before, now)
	}
	for language, words := range map[string][]string{
		"en": {"This may be a restored copy", "recover --take-over", "another one than the record says", "Entries of the record are missing"},
		"es": {"Esta puede ser una copia restaurada", "recover --take-over", "no es la que consta en el registro", "Faltan entradas del registro"},
	} {
		shows(t, h.visitor().do(http.MethodGet, "/sign-in", nil, "Accept-Language", language), words...)
	}
	for language, words := range map[string][]string{
		"en": {"Not on this copy", wording.CopyElsewhere, "has to be taken over"},
		"es": {"No en esta copia", "No se ha registrado nada de su paso", "hay que darle el relevo"},
	} {
		answer := h.visitor().do(http.MethodPost, "/disclose/none", nil, "Accept-Language", language)
		for _, word := range words {
			if !strings.Contains(answer.body, word) {
				t.Errorf("a step on the copy is answered without %q: %s", word, answer.body)
			}
		}
		if answer.status != http.StatusServiceUnavailable || strings.Contains(answer.body, "Wait a minute") || strings.Contains(answer.body, "Espere un minuto") {
			t.Errorf("a step on the copy is answered by %d %s", answer.status, answer.body)
		}
	}
	copied.Store(false)
	ready(http.StatusOK, "ready")
	h.must(incident.RoleDPO, http.MethodPost, one+"/awareness", `{"at":"2026-01-02T10:00:00Z","reason":"r"}`)
}
