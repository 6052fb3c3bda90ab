package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/ledger"
)

func TestTheRecordIsVerifiedOverTheAPI(t *testing.T) {
	h := newHouse(t)
	h.open()
	var signed checkpointAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")), &signed); err != nil {
		t.Fatal(err)
	}
	verify := func(checkpoints string) ledger.LogReport {
		t.Helper()
		body, err := json.Marshal(verifyRequest{Checkpoints: checkpoints})
		if err != nil {
			t.Fatal(err)
		}
		var report ledger.LogReport
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "POST", "/api/v1/audit/verify", string(body))), &report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	if r := verify(""); !r.OK || r.Checkpoints != 1 || r.Checkpoint.Size != signed.Size || r.Entries != signed.Size {
		t.Errorf("%+v", r)
	}
	if r := verify("Keep this message.\r\n\r\n" + strings.ReplaceAll(signed.Checkpoint, "\n", "\r\n")); !r.OK || r.Checkpoints != 2 {
		t.Errorf("%+v", r)
	}
	if r := verify(strings.Replace(signed.Checkpoint, "signed-at 2", "signed-at 1", 1)); r.OK || r.Problems[0].Kind != ledger.KindSignature {
		t.Errorf("%+v", r)
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/audit/verify", `{"checkpoints":"I have lost it"}`); status != http.StatusBadRequest ||
		!strings.Contains(answer, "holds no signed checkpoint") {
		t.Errorf("a text without a checkpoint: %d %s", status, answer)
	}
	if status, _ := h.ask(incident.RoleResponder, "POST", "/api/v1/audit/verify", "{}"); status != http.StatusForbidden {
		t.Errorf("a responder: %d", status)
	}
}
