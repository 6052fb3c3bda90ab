package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// verifyRequest asks to hold the record against what left the building.
type verifyRequest struct {
	Checkpoints string `json:"checkpoints" doc:"signed checkpoints that were kept outside of Tocsin, as text; other text around them is passed over"`
}

// verifyRecord computes the whole record anew. It answers with what is wrong
// and does not fail for it: that the record was changed is its answer.
func (s *server) verifyRecord(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body verifyRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	var given []ledger.LogCheckpoint
	if body.Checkpoints != "" {
		for _, text := range ledger.FindCheckpoints([]byte(body.Checkpoints)) {
			given = append(given, ledger.LogCheckpoint{Text: text, From: "what was given"})
		}
		if len(given) == 0 {
			return incident.InvalidField("checkpoints", "", "holds no signed checkpoint",
				"the text of a mail \"Checkpoint of the record\" with its line that begins with a dash and ends with the signature")
		}
	}
	report, err := s.audited(r, user, given)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, report)
	return nil
}

// audited computes the whole record anew, and records what came out.
func (s *server) audited(r *http.Request, user postgres.User, given []ledger.LogCheckpoint) (ledger.LogReport, error) {
	report, err := s.Store.Audit(r.Context(), given)
	if err != nil {
		return report, err
	}
	level := s.Logger.InfoContext
	if !report.OK {
		level = s.Logger.ErrorContext
	}
	level(r.Context(), "the record was verified", "user", user.ID, "ok", report.OK, "entries", report.Entries,
		"checkpoints", report.Checkpoints, "problems", len(report.Problems))
	return report, s.Store.RecordForInstallation(r.Context(), actor(user), incident.VerifyRecord{OK: report.OK, Entries: report.Entries,
		Checkpoints: report.Checkpoints, Given: len(given), Problems: len(report.Problems)})
}
