package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// beating tells Temporal every second that the activity lives, so that a slow
// relay is waited for and a killed worker is not. The returned function ends it.
func beating(ctx context.Context) func() {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
