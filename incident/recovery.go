package incident

import "fmt"

// Kinds of processes that the record calls for. They name workflows in the
// record of a recovery and stand there for ever.
const (
	ProcessIncident    = "incident"
	ProcessObligation  = "obligation"
	ProcessMailing     = "mailing"
	ProcessBounces     = "bounces"
	ProcessRetention   = "retention"
	ProcessAnchors     = "anchors"
	ProcessWitnessing  = "witnessing"
	ProcessAccountMail = "account-mail"
	ProcessWebhook     = "webhook"
)

// Names of the commands of a recovery.
const (
	CmdRunRecovery  = "run_recovery"
	CmdNoteRecovery = "note_recovery"
)

// Types of the events of a recovery. They stand in the record for ever.
const (
	EvRecoveryRun        = "installation_recovered"
	EvProcessesRecovered = "processes_recovered"
)

// ProcessCount is how many processes of one kind were started from the record.
type ProcessCount struct {
	// Kind is one of the Process constants.
	Kind string `json:"kind"`
	// N is how many; at least one.
	N int `json:"n"`
}

// NoteRecovery says that processes of a case did not run although its record
// calls for them, and are started from it.
type NoteRecovery struct {
	// Processes are those that are started, by kind.
	Processes []ProcessCount `json:"processes"`
}

// ProcessesRecovered says that processes of a case did not run and were started
// from its record: from then on its clocks run again.
type ProcessesRecovered struct {
	Processes []ProcessCount `json:"processes"`
}

func (NoteRecovery) Name() string { return CmdNoteRecovery }

func (n NoteRecovery) check() *Error { return checkCounts(n.Processes) }

func checkCounts(list []ProcessCount) *Error {
	if len(list) == 0 {
		return &Error{Kind: Internal, Message: "a recovery started nothing"}
	}
	for _, c := range list {
		if c.Kind == "" || c.N < 1 {
			return &Error{Kind: Internal, Message: fmt.Sprintf("a recovery started %d processes of the kind %q", c.N, c.Kind)}
		}
	}
	return nil
}

func (n NoteRecovery) decide(context) ([]Data, *Error) { return []Data{ProcessesRecovered(n)}, nil }

func (ProcessesRecovered) Type() string { return EvProcessesRecovered }

func (ProcessesRecovered) apply(*State, Event) {}

// RunRecovery says that processes that should have been running were not, and
// were started from the record; or that some ran for which it does not call, and
// were ended.
type RunRecovery struct {
	// Open is the number of open incidents.
	Open int
	// Started and Ended are how many processes were started and ended.
	Started int
	Ended   int
	// By are those that were started, Orphans those that were ended, by kind.
	By      []ProcessCount
	Orphans []ProcessCount
}

// InstallationRecovered says that processes were started from the record, or
// ended since it does not call for them.
type InstallationRecovered struct {
	Open    int            `json:"open"`
	Started int            `json:"started"`
	Ended   int            `json:"ended,omitempty"`
	By      []ProcessCount `json:"by,omitempty"`
	Orphans []ProcessCount `json:"orphans,omitempty"`
}

// Name is [CmdRunRecovery].
func (RunRecovery) Name() string { return CmdRunRecovery }

func (r RunRecovery) check() *Error {
	if r.Open < 0 || r.Started < 0 || r.Ended < 0 || r.Started+r.Ended == 0 {
		return &Error{Kind: Internal, Message: "a recovery started and ended nothing"}
	}
	return nil
}

func (r RunRecovery) fact() Data { return InstallationRecovered(r) }

// Type is [EvRecoveryRun].
func (InstallationRecovered) Type() string { return EvRecoveryRun }

func (InstallationRecovered) apply(*State, Event) {}
