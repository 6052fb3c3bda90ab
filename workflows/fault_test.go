package workflows

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tocsin/incident"
)

func TestAFaultOfTocsinIsNotTakenForAnEngineThatIsAway(t *testing.T) {
	const away, failed = "the workflow engine is away", "the workflow engine has a fault of its own"
	const late, own = "no worker answered in time", "a fault inside Tocsin"
	for name, c := range map[string]struct {
		err  error
		kind incident.Kind
		said string
	}{
		"not reached":              {serviceerror.NewUnavailable("connection refused"), incident.Unavailable, away},
		"a connection that broke":  {&net.OpError{Op: "dial", Err: errors.New("refused")}, incident.Unavailable, away},
		"a status of gRPC":         {status.Error(codes.Unavailable, "closing"), incident.Unavailable, away},
		"too busy":                 {&serviceerror.ResourceExhausted{Message: "rps"}, incident.Unavailable, away},
		"an ending workflow":       {serviceerror.NewNotFound("workflow execution already completed"), incident.Unavailable, away},
		"no namespace yet":         {serviceerror.NewNamespaceNotFound("tocsin"), incident.Unavailable, away},
		"wrapped":                  {fmt.Errorf("update: %w", serviceerror.NewUnavailable("x")), incident.Unavailable, away},
		"late":                     {serviceerror.NewDeadlineExceeded("x"), incident.Unavailable, late},
		"late by our clock":        {context.DeadlineExceeded, incident.Unavailable, late},
		"an update that was late":  {client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded), incident.Unavailable, late},
		"its database":             {serviceerror.NewInternal("something went wrong"), incident.Unavailable, failed},
		"unknown to it":            {status.Error(codes.Unknown, "something went wrong, please retry"), incident.Unavailable, failed},
		"a wrong request":          {serviceerror.NewInvalidArgument("WorkflowId is not set"), incident.Internal, own},
		"what it cannot do":        {serviceerror.NewUnimplemented("no such method"), incident.Internal, own},
		"what it may not do":       {serviceerror.NewPermissionDenied("denied", "no claim"), incident.Internal, own},
		"what cannot be written":   {fmt.Errorf("%w: unsupported type", converter.ErrUnableToEncode), incident.Internal, own},
		"a workflow that panicked": {temporal.NewApplicationError("nil map", "panic"), incident.Internal, own},
	} {
		t.Run(name, func(t *testing.T) {
			got := (&Client{}).explain(c.err)
			if incident.KindOf(got) != c.kind || !strings.HasPrefix(got.Error(), c.said) {
				t.Errorf("%v is said to be %s: %v", c.err, incident.KindOf(got), got)
			}
			if c.kind == incident.Internal && !errors.Is(got, c.err) {
				t.Errorf("the cause is lost: %v", got)
			}
		})
	}
}
