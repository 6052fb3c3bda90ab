package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
)

// tellOfDisclosure mails the DPO and the deputies that a vendor opened the case
// through its link: nobody of them may have been looking. It holds nothing up. No
// history of before has such a case, so it needs no version.
func (p *incidentProcess) tellOfDisclosure(ctx workflow.Context) {
	if !p.fresh || p.state.Opener == nil {
		return
	}
	p.fresh = false
	workflow.Go(ctx, func(ctx workflow.Context) {
		for level := 0; ; level++ {
			var told activities.DisclosureTold
			call := activities.DisclosureCall{Incident: p.id, Level: level}
			if err := workflow.ExecuteActivity(persistently(ctx), a.TellOfDisclosure, call).Get(ctx, &told); err != nil {
				workflow.GetLogger(ctx).Warn("nobody could be told that a vendor told of a breach")
				return
			}
			if !told.Further {
				return
			}
		}
	})
}
