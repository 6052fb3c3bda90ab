package recovery

import (
	"context"
	"errors"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/workflows"
)

// Commander gives a command to a case. [workflows.Client] is the real one.
type Commander interface {
	Command(ctx context.Context, id string, actor incident.Actor, command incident.Command) (workflows.Reply, error)
}

// TakeUp opens the cases of what vendors told while the engine was away, in the
// vendors' own role, as it was told and when. A case that is there already is not
// opened again. It says how many were opened; what cannot be is tried again the
// next time, and holds the others up no longer.
func TakeUp(ctx context.Context, store *postgres.Store, engine Commander) (taken int, err error) {
	waiting, err := store.DisclosuresWaiting(ctx)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, w := range waiting {
		_, err := engine.Command(ctx, w.Incident, incident.Actor{Role: incident.RoleVendor, ID: w.Link}, w.Open)
		if err == nil {
			err = store.DisclosureTaken(ctx, w.Incident)
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		taken++
	}
	return taken, failed
}
