package workflows

// Registry takes workflows: a worker, a replayer or a test environment.
type Registry interface {
	// RegisterWorkflow takes a workflow function under its own name.
	RegisterWorkflow(function any)
}

// Register registers every workflow. Whoever runs or replays workflows calls
// it, so that none is left out.
func Register(r Registry) {
	for _, function := range []any{Incident, Obligation, Mailing, Bounces, Anchors, Witnessing, Retention, AccountMail, Webhook, Recovery} {
		r.RegisterWorkflow(function)
	}
}
