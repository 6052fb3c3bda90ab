package worker

import (
	"fmt"
	"log/slog"

	"github.com/tink-crypto/tink-go/v2/tink"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"tocsin/activities"
	"tocsin/workflows"
)

// Connection says how Temporal is reached.
type Connection struct {
	// HostPort is the address of Temporal's frontend.
	HostPort string
	// Namespace is Temporal's namespace.
	Namespace string
	// Codec encrypts every payload.
	Codec tink.AEAD
	// Logger takes what the SDK says.
	Logger *slog.Logger
}

// Dial connects to Temporal. The connection is made when it is first needed,
// so that a process starts while Temporal is away.
func Dial(c Connection) (client.Client, error) {
	data := DataConverter(c.Codec)
	connected, err := client.NewLazyClient(client.Options{
		HostPort: c.HostPort, Namespace: c.Namespace,
		DataConverter: data, FailureConverter: FailureConverter(data),
		Logger: log.NewStructuredLogger(c.Logger),
	})
	if err != nil {
		return nil, fmt.Errorf("connect to Temporal: %w", err)
	}
	return connected, nil
}

// Workers are the workers of one process, one per task queue.
type Workers struct {
	running []worker.Worker
}

// Start runs a worker on every task queue.
func Start(c client.Client, a *activities.Activities) (*Workers, error) {
	w := &Workers{}
	for _, queue := range []struct {
		name       string
		activities int
	}{
		{workflows.QueueIncidents, 32},
		{workflows.QueueReminders, 32},
		{workflows.QueueMailings, 8},
		{workflows.QueueSignals, 16},
	} {
		one := worker.New(c, queue.name, worker.Options{
			MaxConcurrentActivityExecutionSize: queue.activities,
			MaxConcurrentWorkflowTaskPollers:   2,
			MaxConcurrentActivityTaskPollers:   2,
		})
		Register(one, a)
		if err := one.Start(); err != nil {
			w.Stop()
			return nil, fmt.Errorf("start the worker of %s: %w", queue.name, err)
		}
		w.running = append(w.running, one)
	}
	return w, nil
}

// Stop ends the workers: what runs is given a moment to finish.
func (w *Workers) Stop() {
	for _, one := range w.running {
		one.Stop()
	}
	w.running = nil
}

// Register registers every workflow and activity.
func Register(r worker.Registry, a *activities.Activities) {
	workflows.Register(r)
	r.RegisterActivity(a)
}
