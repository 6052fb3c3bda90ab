package workflows

import (
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

const (
	// A child goes on when its parent continues as new or is lost: it is found
	// again by its id, and ended by the record.
	parentClosePolicyAbandon  = enums.PARENT_CLOSE_POLICY_ABANDON
	reusePolicyAllowDuplicate = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
)

// Bounds of the time for which a reminder is offered to the relay before it is
// left until later.
const (
	shortestOffer = 2 * time.Second
	longestOffer  = time.Minute
)

// heartbeat is after how long a worker that says nothing is taken for dead.
const heartbeat = 6 * time.Second

// promptly is for handing one reminder to the relay: tried until the next rung
// rings, so that a relay that is away never holds up the ladder.
func promptly(ctx workflow.Context, next time.Duration) workflow.Context {
	offer := min(max(next, shortestOffer), longestOffer)
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueReminders,
		StartToCloseTimeout:    offer,
		ScheduleToCloseTimeout: offer,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
		},
	})
}

// patience tries for as long as it takes.
func patience() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute}
}

// anchoring is for mailing a checkpoint or a test: tried for ten minutes.
func anchoring(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueReminders,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
		},
	})
}

// anchoringDaily is for mailing a daily checkpoint: a relay that is away for the
// morning does not lose the day.
func anchoringDaily(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueReminders,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: 6 * time.Hour,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute,
		},
	})
}

// persistently is for mail that a person needs although the relay may be away:
// tried for a day.
func persistently(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueReminders,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: 24 * time.Hour,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
		},
	})
}

// telling is for sending a webhook its signals. A receiver that takes nothing is no
// error: what may fail is our own side, and that is tried for as long as it takes.
func telling(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueSignals,
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         patience(),
	})
}

// sleepUntilChanged waits, and says whether a signal of change woke it.
func sleepUntilChanged(ctx workflow.Context, signal workflow.ReceiveChannel, wait time.Duration) bool {
	timer, cancel := workflow.WithCancel(ctx)
	defer cancel()
	changed := false
	workflow.NewSelector(ctx).
		AddFuture(workflow.NewTimer(timer, wait), func(workflow.Future) {}).
		AddReceive(signal, func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			changed = true
		}).
		Select(ctx)
	return changed
}

// refusal gives a refused command the form that travels to the caller.
func refusal(err error) error {
	if e, ok := errors.AsType[*incident.Error](err); ok {
		return temporal.NewNonRetryableApplicationError(e.Message, activities.RefusedError, nil, e)
	}
	return err
}
