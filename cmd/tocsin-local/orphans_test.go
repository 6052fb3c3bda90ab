package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"go.temporal.io/api/enums/v1"

	"tocsin/cmd/tocsin-local/internal/temporalserver"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/recovery"
	"tocsin/worker"
	"tocsin/workflows"
)

// TestWhatRunsForNoOpenCaseIsEndedAndRecorded starts processes of a case that is open,
// of one that was closed and of one that nobody knows, in an engine that another
// installation uses too, and lets a recovery look a day later.
func TestWhatRunsForNoOpenCaseIsEndedAndRecorded(t *testing.T) {
	cluster := postgrestest.Start(t, false)
	adminURL, _, _ := cluster.New(t)
	server, err := temporalserver.Start(t.Context(), temporalserver.Config{PostgresURL: database(t, adminURL, "postgres"), Namespace: "tocsin", SkipTime: true})
	if err != nil {
		t.Fatal(err)
	}
	stopping(t, "Temporal", server.Stop)
	emptyNamespace(t, server.FrontendHostPort(), "other")
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	codec, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	dial := func(namespace string) (*workflows.Client, func(id string) enums.WorkflowExecutionStatus) {
		t.Helper()
		c, err := worker.Dial(worker.Connection{HostPort: server.FrontendHostPort(), Namespace: namespace, Codec: codec, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return workflows.NewClient(c), func(id string) enums.WorkflowExecutionStatus {
			t.Helper()
			found, err := c.DescribeWorkflowExecution(t.Context(), id, "")
			if err != nil {
				t.Fatal(err)
			}
			return found.GetWorkflowExecutionInfo().GetStatus()
		}
	}
	engine, status := dial("tocsin")
	neighbour, theirs := dial("other")

	store := cluster.Store(t)
	now := time.Now()
	give := func(id string, command incident.Command) {
		t.Helper()
		by := incident.Actor{Role: incident.RoleDPO, ID: "dpo"}
		if _, err := store.Record(t.Context(), postgres.Recording{Incident: id, Actor: by, Command: command,
			Key: postgres.RecordKey{WorkflowID: "test", RunID: id, ActivityID: command.Name()}}); err != nil {
			t.Fatal(err)
		}
	}
	opened, closed, unknown := "aaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbb", "ccccccccccccccccccccc"
	for _, id := range []string{opened, closed} {
		give(id, incident.Open{ID: id, Key: "key-" + id, Disclosure: incident.Disclosure{
			Title: "Exported data set", Kind: "own_detection",
			ReceivedAt: now.Add(-time.Hour), Zone: "Europe/Madrid", Authority: "AEPD", PersonalData: "no",
		}})
	}
	give(closed, incident.RecordAssessment{Facts: json.RawMessage(`{}`), Decision: incident.AssessmentDecision{Reason: "no personal data"}})
	give(closed, incident.Close{Reason: "no personal data"})
	runs := map[string]bool{} // whether it has to run afterwards, by id
	for _, id := range []string{opened, closed, unknown} {
		for _, p := range []workflows.Process{workflows.IncidentProcess(id), workflows.MailingProcess(id, 1)} {
			if _, err := engine.Start(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if _, err := neighbour.Start(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			runs[p.ID] = id == opened
		}
	}
	eventually(t, func() error {
		if all, err := engine.Running(t.Context()); err != nil || len(all) != len(runs) {
			return fmt.Errorf("%d processes are listed, %w", len(all), err)
		}
		return nil
	})
	look := func(after time.Duration, dry bool) recovery.Found {
		t.Helper()
		r := &recovery.Recovery{Store: store, Engine: engine, Clock: func() time.Time { return now.Add(after) }}
		found, err := r.Run(t.Context(), fmt.Sprint("run ", after, dry), dry)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := look(0, false); len(found.Ended) != 0 {
		t.Errorf("processes that are only young were ended: %+v", found.Ended)
	}
	var want []string
	for id, goesOn := range runs {
		if !goesOn {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	for _, dry := range []bool{true, false} {
		var got []string
		for _, p := range look(24*time.Hour, dry).Ended {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("dry %v: ended were %v, want %v", dry, got, want)
		}
		for id := range runs {
			if ended := status(id) == enums.WORKFLOW_EXECUTION_STATUS_TERMINATED; ended != (!dry && !runs[id]) {
				t.Errorf("dry %v: %s is %s", dry, id, status(id))
			}
		}
	}
	for id := range runs {
		if s := theirs(id); s != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			t.Errorf("%s of the other installation is %s", id, s)
		}
	}
	told(t, store, len(want))
}

// told demands one entry about so many orphans.
func told(t *testing.T, store *postgres.Store, orphans int) {
	t.Helper()
	entries, err := store.InstallationEntries(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		data, err := incident.DecodeData(e.Entry.Type, e.Entry.Data)
		if err != nil {
			t.Fatal(errors.Join(errors.New(e.Entry.Type), err))
		}
		run, is := data.(incident.InstallationRecovered)
		if !is || run.Ended == 0 {
			continue
		}
		n++
		kinds := map[string]int{}
		for _, c := range run.Orphans {
			kinds[c.Kind] = c.N
		}
		if run.Ended != orphans || kinds[incident.ProcessIncident] != 2 || kinds[incident.ProcessMailing] != 2 {
			t.Errorf("the record says %+v", run)
		}
	}
	if n != 1 {
		t.Errorf("%d entries tell of what was ended", n)
	}
}
