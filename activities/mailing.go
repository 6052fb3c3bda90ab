package activities

import (
	"context"
	"fmt"
	"strconv"

	"tocsin/incident"
	"tocsin/notice"
)

// PrepareMailing makes one delivery per person of a round, and keeps the codes
// by which the notices can be checked before the first of them leaves.
// Repeating it adds nothing.
func (a *Activities) PrepareMailing(ctx context.Context, id string, round int) error {
	defer beating(ctx)()
	if err := a.Store.PrepareDeliveries(ctx, id, round); err != nil {
		return failure(err)
	}
	if err := a.keepCodes(ctx, id, round); err != nil {
		return failure(err)
	}
	return nil
}

// keepCodes keeps the codes of a round whose notice names a page for checking.
func (a *Activities) keepCodes(ctx context.Context, id string, round int) error {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return err
	}
	content, err := a.approved(ctx, state, round)
	if err != nil || content.VerifyURL == "" {
		return err
	}
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil {
		return err
	}
	return a.Store.KeepNoticeCodes(ctx, id, round, func(person int64) string { return noticeCode(key, id, person) })
}

// approved is the content of a round's latest draft, the approved one once the
// round was started.
func (a *Activities) approved(ctx context.Context, state *incident.State, round int) (notice.Content, error) {
	r := state.Round(round)
	if r == nil || len(r.Drafts) == 0 {
		return notice.Content{}, &incident.Error{Kind: incident.NotFound, Message: "there is no such round, or it has no notice"}
	}
	return a.contentOf(ctx, state.ID, r.Drafts[len(r.Drafts)-1])
}

// contentOf reads the content of a draft.
func (a *Activities) contentOf(ctx context.Context, id string, draft incident.Draft) (notice.Content, error) {
	_, raw, err := a.Store.Document(ctx, id, draft.Content.ID)
	if err != nil {
		return notice.Content{}, err
	}
	content, err := notice.ParseContent(raw)
	if err != nil {
		return notice.Content{}, fmt.Errorf("read a notice: %w", err)
	}
	return content, nil
}

// noticeCode is the code that is printed in the notice to a person.
func noticeCode(key []byte, id string, person int64) string {
	return notice.Code(key, id, strconv.FormatInt(person, 10))
}

// SendMailing hands over, one by one, what can be handed over now. When the
// relay itself is away the activity fails and is retried; nothing about a
// person is concluded from that.
func (a *Activities) SendMailing(ctx context.Context, id string, round int) (MailingPass, error) {
	defer beating(ctx)()
	defer a.telling(ctx, id)()
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
	defer beating(ctx)()
	counts, _, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	digest, root, err := a.Store.HashOutcomes(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	return MailingOutcome{Counts: counts, SHA256: digest, Root: root}, nil
}

// SumUpBounces counts the notices of a round that have come back, and hashes
// them.
func (a *Activities) SumUpBounces(ctx context.Context, id string, round int) (BouncesSum, error) {
	defer beating(ctx)()
	n, root, err := a.Store.BouncesRoot(ctx, id, round)
	if err != nil {
		return BouncesSum{}, failure(err)
	}
	counts, _, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return BouncesSum{}, failure(err)
	}
	return BouncesSum{Bounced: n, Counts: counts, Root: root}, nil
}
