package activities

import (
	"context"
	"log/slog"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/webhook"
)

// Activities holds what the activities work with. Workflows name its methods
// through a nil pointer.
type Activities struct {
	// Store is the record and everything beside it.
	Store *postgres.Store
	// Relays take the mail of real incidents, the first healthy one of them.
	Relays *smtp.Relays
	// Limiter holds mailings to what the relays and the recipients' domains take;
	// nil when nothing is limited.
	Limiter *smtp.Limiter
	// Catcher takes the mail of exercises. Nil when the installation has none:
	// then an exercise's mail is refused and never reaches a relay.
	Catcher *smtp.Relays
	// ReturnTo makes the envelope senders of notices, one for each delivery, to
	// which they come back. Nil sends them under the sender's own address.
	ReturnTo *smtp.VERP
	// Composer writes messages.
	Composer *notice.Composer
	// Signals sends signals to webhooks, and SignalWriter writes them.
	Signals      *webhook.Sender
	SignalWriter *webhook.Writer
	// Recovery compares what the record calls for with what runs and mends the
	// difference. The key is the same for a repeated attempt.
	Recovery func(ctx context.Context, key string) (Recovered, error)
	// Outside are those who confirm checkpoints; empty when nobody does.
	Outside []Outside
	// MayAct refuses with [incident.Unavailable] while this may be a copy of the
	// installation. It is asked before anything goes outward; nil where nothing is held.
	MayAct func(ctx context.Context) error
	// CheckpointTo is the further address that checkpoints are mailed to, besides
	// the DPO; empty for none.
	CheckpointTo string
	// PublicURL is where people reach the pages, without a trailing slash.
	PublicURL string
	// LinkKey signs the links in reminders.
	LinkKey []byte
	// Logger takes what the operator should know.
	Logger *slog.Logger
	// Clock gives the present instant, real time.
	Clock func() time.Time
}

// RecordRequest asks to carry out a command.
type RecordRequest struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Actor is who gave the command.
	Actor incident.Actor `json:"actor"`
	// Command is the command in its envelope.
	Command incident.Envelope `json:"command"`
	// AfterSeq asks for every event after this number in the answer.
	AfterSeq int64 `json:"after_seq"`
}

// Recorded answers a [RecordRequest].
type Recorded struct {
	// Number is the incident's human number.
	Number string `json:"number"`
	// Seq is the number of the last event.
	Seq int64 `json:"seq"`
	// Types are the types of the events that this command led to.
	Types []string `json:"types"`
	// Since are all events after the number asked for.
	Since []incident.Event `json:"since"`
}

// Record decides about a command and records the events that follow, in one
// transaction. It is idempotent on the activity's own id.
func (a *Activities) Record(ctx context.Context, r RecordRequest) (Recorded, error) {
	command, err := r.Command.Command()
	if err != nil {
		return Recorded{}, failure(err)
	}
	done, err := a.Store.Record(ctx, postgres.Recording{
		Incident: r.Incident, Key: recordKey(ctx), Actor: r.Actor, Command: command, AfterSeq: r.AfterSeq,
	})
	if err != nil {
		return Recorded{}, failure(err)
	}
	out := Recorded{Number: done.Number, Seq: done.Seq, Since: done.Since, Types: []string{}}
	for _, e := range done.Recorded {
		out.Types = append(out.Types, e.Type)
	}
	return out, nil
}

// Load gives a case as the record tells it. A case that was never opened is
// answered with an empty state.
func (a *Activities) Load(ctx context.Context, id string) (*incident.State, error) {
	state, err := a.Store.State(ctx, id)
	if incident.KindOf(err) == incident.NotFound && err != nil {
		return &incident.State{}, nil
	}
	if err != nil {
		return nil, failure(err)
	}
	return state, nil
}

// ObligationView is what an obligation's workflow needs to know.
type ObligationView struct {
	// Obligation is the duty, by [incident.Obligation.ForClock]; its status says
	// whether it is open.
	Obligation incident.Obligation `json:"obligation"`
	// Clock is the incident's clock.
	Clock incident.Clock `json:"clock"`
	// Persons is how many people are on call.
	Persons int `json:"persons"`
}

// LoadObligation gives one duty as the record tells it, without what its clock
// does not need.
func (a *Activities) LoadObligation(ctx context.Context, id string, n int) (ObligationView, error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return ObligationView{}, failure(err)
	}
	o := state.Obligation(n)
	if o == nil {
		return ObligationView{}, failure(&incident.Error{Kind: incident.NotFound, Message: "there is no such obligation"})
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return ObligationView{}, failure(err)
	}
	return ObligationView{Obligation: o.ForClock(), Clock: state.Clock, Persons: len(persons)}, nil
}

// writer is the composer in the name that the controller had when a case was
// reported; for a nil case in the one that it has now.
func (a *Activities) writer(ctx context.Context, state *incident.State) (*notice.Composer, error) {
	read := a.Store.Settings
	if state != nil {
		read = func(ctx context.Context) (incident.Settings, error) { return a.Store.SettingsFor(ctx, state) }
	}
	settings, err := read(ctx)
	if err != nil {
		return nil, err
	}
	return a.Composer.As(settings[incident.SettingControllerName]), nil
}

// domain is the domain of the address that sends: the right side of Message-IDs.
func (a *Activities) domain() string { return a.Composer.Domain() }
