package activities

import (
	"context"
	"time"
)

// Waits before a deferred notice is offered again, by number of attempts.
var retryWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour}

// maxAttempts is how often a notice is offered before its deferral is final.
const maxAttempts = 12

// PrepareMailing makes one delivery per person of a round. Repeating it adds
// nothing.
func (a *Activities) PrepareMailing(ctx context.Context, id string, round int) error {
	if err := a.Store.PrepareDeliveries(ctx, id, round); err != nil {
		return failure(err)
	}
	return nil
}

// SendMailing hands over, one by one, what can be handed over now. When the
// relay itself is away the activity fails and is retried; nothing about a
// person is concluded from that.
func (a *Activities) SendMailing(ctx context.Context, id string, round int) (MailingPass, error) {
	defer beating(ctx)()
	pass, err := a.sendMailing(ctx, id, round)
	if err != nil {
		return MailingPass{}, failure(err)
	}
	return pass, nil
}

func (a *Activities) sendMailing(ctx context.Context, id string, round int) (MailingPass, error) {
	s, err := a.newSender(ctx, id, round)
	if err != nil {
		return MailingPass{}, err
	}
	// Whatever an earlier attempt left between the final dot and the reply is
	// in doubt: it becomes unknown and is sent again once.
	if _, err := a.Store.TakeOver(ctx, id, round, s.owner); err != nil {
		return MailingPass{}, err
	}
	pass, err := s.send(ctx)
	if err != nil || pass.Done || pass.Paused || pass.Hold != "" {
		return pass, err
	}
	counts, next, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return MailingPass{}, err
	}
	return MailingPass{Done: counts.Pending == 0 && counts.Sending == 0 && next.IsZero(), NextAt: next}, nil
}

// SumUpMailing counts a round's outcomes and hashes them.
func (a *Activities) SumUpMailing(ctx context.Context, id string, round int) (MailingOutcome, error) {
	counts, _, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	digest, err := a.Store.OutcomeDigest(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	root, err := a.Store.OutcomeRoot(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	return MailingOutcome{Counts: counts, SHA256: digest, Root: root}, nil
}
