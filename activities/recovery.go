package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// Recovered is what a recovery found and did.
type Recovered struct {
	// Open is the number of open incidents.
	Open int `json:"open"`
	// Started and Ended are how many processes were started and ended.
	Started int `json:"started"`
	Ended   int `json:"ended,omitempty"`
}

// Recover compares what the record calls for with what runs, starts what is
// missing and ends what is left over. Repeating it goes on where it ended.
func (a *Activities) Recover(ctx context.Context) (Recovered, error) {
	defer beating(ctx)()
	info := activity.GetInfo(ctx)
	found, err := a.Recovery(ctx, info.WorkflowExecution.RunID+"/"+info.ActivityID)
	if err != nil {
		a.Logger.Warn("a recovery failed; it is tried again", "error", err.Error())
		return found, failure(err)
	}
	return found, nil
}
