package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
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

func TestWhoConfirmsTheRecordOutsideIsOnThePage(t *testing.T) {
	h := newHouse(t)
	h.open()
	var signed checkpointAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")), &signed); err != nil {
		t.Fatal(err)
	}
	if page := h.must(incident.RoleDPO, "GET", "/audit", ""); !strings.Contains(page, "Nobody outside confirms the log") {
		t.Error("the page does not say that nobody confirms the log")
	}
	if err := h.store.KeepAnchor(t.Context(), postgres.Anchor{Kind: incident.AnchorCosignature, Name: "witness.example.com", Size: signed.Size,
		Content: []byte("line"), At: signed.SignedAt}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.AnchorFailed(t.Context(), incident.AnchorTimestamp, "tsa.example.com", incident.AnchorUnsound); err != nil {
		t.Fatal(err)
	}
	page := h.must(incident.RoleDPO, "GET", "/audit", "")
	for _, want := range []string{"by the witness witness.example.com", "tsa.example.com has confirmed nothing since", "what it answers does not hold", "Checkpoint confirmed outside"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
