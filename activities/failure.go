package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/smtp"
)

// Types of the errors that activities fail with. They stand in histories.
const (
	// RefusedError is a command that was refused: not retried. Its details are
	// one [incident.Error].
	RefusedError = "refused"
	// UnavailableError means that a part is away: retried.
	UnavailableError = "unavailable"
	// InternalError is a fault of Tocsin: retried, for it may be mended.
	InternalError = "internal"
)

// failure translates an error at the activity's edge. Texts of databases and
// relays stay out of it, since they may hold what is personal.
func failure(err error) error {
	if errors.Is(err, context.Canceled) {
		return temporal.NewCanceledError()
	}
	if e, ok := errors.AsType[*incident.Error](err); ok {
		switch e.Kind {
		case incident.Unavailable:
			return temporal.NewApplicationError(e.Message, UnavailableError, e)
		case incident.Internal:
			return temporal.NewApplicationError(e.Message, InternalError)
		}
		return temporal.NewNonRetryableApplicationError(e.Message, RefusedError, nil, e)
	}
	if smtp.IsUnavailable(err) {
		e := &incident.Error{Kind: incident.Unavailable, Message: "the mail relay is away; it is tried again"}
		return temporal.NewApplicationError(e.Message, UnavailableError, e)
	}
	return temporal.NewApplicationError("a fault inside Tocsin; its log has the details", InternalError)
}

// recordKey makes recording idempotent: a repeated attempt has the same key.
func recordKey(ctx context.Context) postgres.RecordKey {
	info := activity.GetInfo(ctx)
	return postgres.RecordKey{
		WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID, ActivityID: info.ActivityID,
	}
}
