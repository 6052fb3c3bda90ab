package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"tocsin/anchor"
	"tocsin/incident"
	"tocsin/postgres"
)

// Outside confirms checkpoints of the record: a witness or an authority. One of
// the two is set.
type Outside struct {
	// Name is what it is called in the record.
	Name string
	// Witness cosigns; nil for an authority.
	Witness *anchor.Witness
	// Authority stamps the time; nil for a witness.
	Authority *anchor.Authority
}

// Kind is [incident.AnchorCosignature] or [incident.AnchorTimestamp].
func (o Outside) Kind() string {
	if o.Witness != nil {
		return incident.AnchorCosignature
	}
	return incident.AnchorTimestamp
}

// OutsideCall names who is asked.
type OutsideCall struct {
	// Kind is [incident.AnchorCosignature] or [incident.AnchorTimestamp].
	Kind string `json:"kind"`
	// Name is what it is called.
	Name string `json:"name"`
}

// ListOutside names those who confirm checkpoints; none when nobody does.
func (a *Activities) ListOutside(context.Context) ([]OutsideCall, error) {
	calls := make([]OutsideCall, len(a.Outside))
	for i, o := range a.Outside {
		calls[i] = OutsideCall{Kind: o.Kind(), Name: o.Name}
	}
	return calls, nil
}

// ConfirmCheckpoint has somebody outside confirm the newest checkpoint, unless
// that was done. A failure is noted for the pages and may be tried again.
func (a *Activities) ConfirmCheckpoint(ctx context.Context, c OutsideCall) error {
	defer beating(ctx)()
	place := slices.IndexFunc(a.Outside, func(o Outside) bool { return o.Kind() == c.Kind && o.Name == c.Name })
	if place < 0 {
		return nil // no longer asked
	}
	if err := a.mayAct(ctx); err != nil {
		return failure(err)
	}
	text, size, confirmed, err := a.Store.NewestCheckpoint(ctx, c.Kind, c.Name)
	if err != nil {
		return failure(err)
	}
	if text == "" || size == confirmed {
		return nil
	}
	content, at, err := a.confirm(ctx, a.Outside[place], text, size, confirmed)
	if err != nil {
		if incident.KindOf(err) == incident.Unavailable || ctx.Err() != nil {
			return failure(err)
		}
		problem := problemOf(err)
		if err := a.Store.AnchorFailed(ctx, c.Kind, c.Name, problem); err != nil {
			return failure(err)
		}
		return temporal.NewApplicationError("a checkpoint was not confirmed: "+problem, "AnchorFailed")
	}
	if err := a.Store.KeepAnchor(ctx, postgres.Anchor{Kind: c.Kind, Name: c.Name, Size: size, Content: content, At: at}); err != nil {
		return failure(err)
	}
	return nil
}

func problemOf(err error) string {
	var conflict *anchor.Conflict
	switch {
	case errors.As(err, &conflict):
		return incident.AnchorAhead
	case errors.Is(err, anchor.ErrRefused):
		return incident.AnchorRefused
	case errors.Is(err, anchor.ErrUnsound):
		return incident.AnchorUnsound
	}
	return incident.AnchorAway
}

func (a *Activities) confirm(ctx context.Context, o Outside, text string, size, confirmed int64) (content []byte, at time.Time, err error) {
	if o.Authority != nil {
		token, err := o.Authority.Stamp(ctx, text)
		if err != nil {
			return nil, at, err
		}
		at, err = anchor.CheckStamp(text, token, o.Authority.Roots)
		return token, at, err
	}
	lines, err := a.cosign(ctx, o, text, size, confirmed)
	if err != nil {
		return nil, at, err
	}
	held, at, err := anchor.Cosignature(text, lines, o.Witness.Key)
	return []byte(held), at, err
}

// cosign asks a witness, and once more when it knows another size than the record
// says: an answer of its may have been lost.
func (a *Activities) cosign(ctx context.Context, o Outside, text string, size, old int64) (string, error) {
	for again := false; ; again = true {
		proof, err := a.Store.ProveGrowth(ctx, old, size)
		if err != nil {
			return "", err
		}
		lines, err := o.Witness.Cosign(ctx, text, old, proof)
		var conflict *anchor.Conflict
		switch {
		case err == nil:
			return lines, nil
		case !errors.As(err, &conflict) || conflict.Size > size:
			return "", fmt.Errorf("ask a witness: %w", err)
		case again: // it was told the size that it named itself
			return "", fmt.Errorf("ask a witness: %w: it contradicts itself", anchor.ErrUnsound)
		}
		old = conflict.Size
	}
}
