package web

import (
	"encoding/json"
	"net/http"
	"strconv"
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
	if !strings.Contains(page, "Which checkpoints were confirmed, and by whom</summary>") || strings.Count(page, "by the witness witness.example.com") != 2 {
		t.Error("the page does not list the confirmations")
	}
	if page := h.must(incident.RoleAdmin, "GET", "/audit", ""); !strings.Contains(page, "by the witness witness.example.com") {
		t.Error("an administrator does not see who confirms")
	}
	var list confirmationList
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/audit/confirmations?limit=1", "")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Confirmations) != 1 || list.Next != 0 {
		t.Fatalf("%+v", list)
	}
	if c := list.Confirmations[0]; string(c.Content) != "line" || c.Size != signed.Size || c.Checkpoint != signed.Checkpoint || c.Kind != incident.AnchorCosignature {
		t.Errorf("%+v", c)
	}
	if err := h.store.KeepAnchor(t.Context(), postgres.Anchor{Kind: incident.AnchorTimestamp, Name: "tsa.example.com", Size: signed.Size,
		Content: []byte("token"), At: signed.SignedAt}); err != nil {
		t.Fatal(err)
	}
	list = confirmationList{}
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/audit/confirmations?limit=1", "")), &list); err != nil || list.Next == 0 {
		t.Fatalf("%v %+v", err, list)
	}
	next := "/api/v1/audit/confirmations?limit=1&after=" + strconv.FormatInt(list.Next, 10)
	list = confirmationList{}
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", next, "")), &list); err != nil || list.Next != 0 || list.Confirmations[0].Kind != incident.AnchorTimestamp {
		t.Errorf("%v %+v", err, list)
	}
	for _, bad := range []string{"?limit=101", "?limit=x", "?after=-1", "?size=1"} {
		if status, _ := h.ask(incident.RoleAuditor, "GET", "/api/v1/audit/confirmations"+bad, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
}
