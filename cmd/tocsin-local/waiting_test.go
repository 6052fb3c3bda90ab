package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tocsin/smtp/smtptest"
	"tocsin/worker"
	"tocsin/workflows"
)

// TestWorkflowsThatWaitForHoursAndDaysDoTheirWork lets the real workflows skip
// the time in which they wait: three mornings of checkpoints leave, and the
// record of what came back ends after its quiet hour.
func TestWorkflowsThatWaitForHoursAndDaysDoTheirWork(t *testing.T) {
	p := startParts(t)
	t.Setenv("TEMPORAL_ADDRESS", p.temporal)
	t.Setenv("TOCSIN_BOUNCE_DOMAIN", "bounces.example.com")
	t.Setenv("TOCSIN_CHECKPOINT_TO", "witness@example.net")
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	defer r.stop(t)
	c := engine(t, dir)

	a := approveRound(t, r, dir, 4)
	a.send(t, r)
	a.finished(t, r)
	var where struct{ Bounces string }
	readInto(t, filepath.Join(dir, "where.json"), &where)
	senders := envelopeSenders(t, r)
	comesBack := func(address string) {
		t.Helper()
		if err := smtp.SendMail(where.Bounces, nil, "", []string{senders[address]}, []byte(report)); err != nil {
			t.Fatal(err)
		}
	}
	comesBack("p1@example.org")
	eventually(t, func() error {
		if n := r.entries(t, a.dpo, a.id, "mailing_bounced"); n != 1 {
			return fmt.Errorf("%d entries tell of what came back, expected one", n)
		}
		return nil
	})
	comesBack("p2@example.org")
	bounces := workflows.BouncesWorkflowID(a.id, 1)
	skip(t, c, bounces, 10)
	eventually(t, func() error {
		seen, err := c.DescribeWorkflowExecution(t.Context(), bounces, "")
		if err != nil {
			return err
		}
		if status := seen.WorkflowExecutionInfo.Status; status != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
			return fmt.Errorf("the record of what came back is %s and skipped %v", status, seen.WorkflowExtendedInfo)
		}
		return nil
	})
	if n := r.entries(t, a.dpo, a.id, "mailing_bounced"); n != 2 {
		t.Errorf("%d entries tell of what came back, expected 2", n)
	}

	// Each morning a checkpoint leaves to both.
	skip(t, c, workflows.AnchorsWorkflowID, 3)
	eventually(t, func() error {
		got := map[string]int{}
		for _, m := range r.caught(t) {
			if strings.Contains(m.Subject, "heckpoint") {
				got[m.To[0]]++
			}
		}
		if len(got) != 2 || got["witness@example.net"] != 3 {
			return fmt.Errorf("checkpoints went to %v, expected 3 to each of two", got)
		}
		for address, n := range got {
			if n != 3 {
				return fmt.Errorf("%s was mailed %d checkpoints", address, n)
			}
		}
		return nil
	})
	replayAll(t, dir, 5)
}

// engine is a connection to a folder's Temporal, or to the one that replaces it.
func engine(t *testing.T, dir string) client.Client {
	t.Helper()
	var where struct{ Temporal string }
	readInto(t, filepath.Join(dir, "where.json"), &where)
	c, err := worker.Dial(worker.Connection{
		HostPort: cmp.Or(where.Temporal, os.Getenv("TEMPORAL_ADDRESS")), Namespace: "tocsin", Codec: readKeyset(t, filepath.Join(dir, "keys", "codec.keyset")),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// skip lets a running workflow skip so many waits, and then none.
func skip(t *testing.T, c client.Client, id string, waits int32) {
	t.Helper()
	_, err := c.WorkflowService().UpdateWorkflowExecutionOptions(t.Context(), &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace: "tocsin", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{
			TimeSkippingConfig: &commonpb.TimeSkippingConfig{Enabled: true, MaxSessionSkipCount: waits},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestARoundThatHaltsForRefusalsTellsThoseOnCallAndIsFinishedWhenResumed sends a
// round to a relay that knows every fifth recipient no longer.
func TestARoundThatHaltsForRefusalsTellsThoseOnCallAndIsFinishedWhenResumed(t *testing.T) {
	sink := smtptest.Start(t, smtptest.Options{Pipelining: true, Answer: func(recipient string) string {
		if strings.HasPrefix(recipient, "p") && (strings.Contains(recipient, "0@") || strings.Contains(recipient, "5@")) {
			return "550 5.1.1 nobody of that name"
		}
		return ""
	}})
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0", "--smtp", "smtp://"+sink.Address())
	defer r.stop(t)
	a := approveRound(t, r, dir, 100)
	a.send(t, r)
	eventually(t, func() error {
		var status roundCounts
		if r.give(t, a.dpo, &status, "mailing", "status", a.id); status.Status != "paused" {
			return fmt.Errorf("the round is %+v", status)
		}
		// Those on call are told: the DPO and the deputy.
		list, err := engine(t, dir).DescribeWorkflowExecution(t.Context(), workflows.MailingWorkflowID(a.id, 1), "")
		if err != nil {
			return err
		}
		if list.WorkflowExecutionInfo.Status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING || len(list.PendingActivities) > 0 {
			return errors.New("those on call are still being told")
		}
		return nil
	})
	r.give(t, a.dpo, nil, "mailing", "resume", a.id, "--round", "1", "--reason", "The old addresses are known.")
	if c := a.finished(t, r); c.Accepted != 80 || c.Refused != 20 {
		t.Errorf("the counts are %+v", c)
	}
	if n := sink.Taken(); n != 82 {
		t.Errorf("the relay took %d messages, expected 80 notices and two that tell of the hold", n)
	}
	replayAll(t, dir, 3)
}
