package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// toldEvery is how often open pages are told that a mailing has gone on.
const toldEvery = 2 * time.Second

// repeated does something every so often until the returned function ends it, which
// waits for what is under way.
func repeated(ctx context.Context, every time.Duration, do func(context.Context)) func() {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				do(ctx)
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// beating tells Temporal every second that the activity lives, so that a slow
// relay is waited for and a killed worker is not. The returned function ends it.
func beating(ctx context.Context) func() {
	return repeated(ctx, time.Second, func(ctx context.Context) { activity.RecordHeartbeat(ctx) })
}

// telling tells open pages every few seconds, and once at the end, that the notices
// of an incident have gone on. The returned function ends it. A page that is not told
// shows an older number: that is no reason to stop a mailing.
func (a *Activities) telling(ctx context.Context, id string) func() {
	tell := func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, toldEvery)
		defer cancel()
		_ = a.Store.TellProgress(ctx, id)
	}
	end := repeated(ctx, toldEvery, tell)
	return func() {
		end()
		tell(ctx)
	}
}
