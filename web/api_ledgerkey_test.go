package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestTheKeyThatChecksTheRecordIsGivenToEverybodyWhoIsSignedIn(t *testing.T) {
	h := newHouse(t)
	h.open()
	for _, role := range everyone() {
		var got ledgerKeyAnswer
		if err := json.Unmarshal([]byte(h.must(role, "GET", "/api/v1/audit/key", "")), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Keys) != 1 || got.Key != got.Keys[0].Key || !got.Here || len(got.Rotations) != 0 || got.Keys[0].Begun == nil ||
			len(strings.Fields(got.Fingerprint)) != 16 || got.Keys[0].From != 0 {
			t.Errorf("%s: %+v", role, got)
		}
		if status, page := h.ask(role, "GET", "/audit", ""); status != http.StatusOK || !strings.Contains(page, strings.ReplaceAll(got.Key, "+", "&#43;")) {
			t.Errorf("%s does not find the key on the page: %d", role, status)
		}
	}
	if status, _ := h.ask(incident.Role(""), "GET", "/api/v1/audit/key", ""); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
}
