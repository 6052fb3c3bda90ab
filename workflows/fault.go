package workflows

import (
	"context"
	"errors"
	"fmt"
	"net"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tocsin/incident"
)

// explain turns whatever went wrong into an [*incident.Error]: the refusal, who is
// away, or a fault of Tocsin's own with its cause behind it.
func (c *Client) explain(err error) error {
	if e, ok := errors.AsType[*incident.Error](err); ok {
		return e
	}
	if app, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		var e incident.Error
		if app.HasDetails() && app.Details(&e) == nil && e.Kind != "" {
			return &e
		}
		return fault(err)
	}
	if _, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		return incident.Refused(incident.Unavailable, "the record is away: nothing was recorded; try again in a moment")
	}
	if errors.Is(err, context.Canceled) {
		return incident.Refused(incident.Unavailable, "the request was given up before it was answered; look whether it was recorded before you repeat it")
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return incident.Refused(incident.Unavailable, "no worker answered in time; look whether the command was recorded before you repeat it")
	}
	switch {
	case engineAway(err):
		return incident.Refused(incident.Unavailable, "the workflow engine is away: try again in a moment")
	case engineFailed(err):
		return incident.Refused(incident.Unavailable, "the workflow engine has a fault of its own: try again in a moment; its log has the details")
	}
	return fault(err)
}

// fault is a mistake in Tocsin. The cause stands behind it for the log; nobody is
// shown it.
func fault(cause error) error {
	return fmt.Errorf("%w: %w", &incident.Error{Kind: incident.Internal, Message: "a fault inside Tocsin; its log has the details"}, cause)
}

func isTimeout(err error) bool {
	if _, ok := errors.AsType[*serviceerror.DeadlineExceeded](err); ok {
		return true
	}
	_, ok := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err)
	return ok
}

// engineAway says whether Temporal was not reached, or is starting, stopping or
// too busy to take anything.
func engineAway(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	switch serviceerror.ToStatus(err).Code() {
	case codes.Unavailable, codes.ResourceExhausted, codes.Aborted, codes.Canceled:
		return true
	case codes.NotFound: // a workflow that is just ending, or a namespace that is not made yet
		return true
	default:
		return false
	}
}

// engineFailed says whether Temporal answered that something broke inside of it.
// It answers so when its database fails in a way that it does not expect.
func engineFailed(err error) bool {
	_, answered := errors.AsType[serviceerror.ServiceError](err)
	if _, ok := status.FromError(err); !ok && !answered {
		return false // an error of this process
	}
	switch serviceerror.ToStatus(err).Code() {
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return true
	default:
		return false
	}
}
