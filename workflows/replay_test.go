package workflows_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"tocsin/workflows"
)

// Histories in testdata/histories were recorded on a real server from released
// code. A change that makes one of them fail goes behind workflow.GetVersion.
// They are recorded by `go test -run REGEXP -record .` in cmd/tocsin-local, where
// REGEXP names one of the tests that call replayAll.
func TestRecordedHistoriesStillReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"incident", "obligation", "mailing", "bounces", "anchors", "retention", "account-mail", "webhook", "recovery", "witnessing"} {
		if !slices.ContainsFunc(files, func(file string) bool { return strings.HasPrefix(filepath.Base(file), kind+"-") }) {
			t.Errorf("no history of the workflow %s is recorded", kind)
		}
	}
	replayer := worker.NewWorkflowReplayer()
	workflows.Register(replayer)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(quiet, file); err != nil {
				t.Error(err)
			}
		})
	}
}
