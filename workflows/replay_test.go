package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"tocsin/workflows"
)

// Histories in testdata/histories were recorded on a real server from released
// code. A change that makes one of them fail goes behind workflow.GetVersion.
// They are recorded by `go test -run TestHistoriesReplay -record .` in
// cmd/tocsin-local.
func TestRecordedHistoriesStillReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("there are %d recorded histories; expected one of an incident, of an obligation and of a mailing at least", len(files))
	}
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(workflows.Incident)
	replayer.RegisterWorkflow(workflows.Obligation)
	replayer.RegisterWorkflow(workflows.Mailing)
	replayer.RegisterWorkflow(workflows.Anchors)
	replayer.RegisterWorkflow(workflows.Retention)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(quiet, file); err != nil {
				t.Error(err)
			}
		})
	}
}
