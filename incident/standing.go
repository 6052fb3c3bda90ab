package incident

import "slices"

// Why an installation holds everything that goes outward: it may be a copy.
const (
	// HeldDatabase means that the database is another one than the record says: a
	// backup that was restored elsewhere, or a standby that was promoted.
	HeldDatabase = "database"
	// HeldMachine means that the record does not know the machine.
	HeldMachine = "machine"
	// HeldShorter means that the log has fewer entries than the machine has seen.
	HeldShorter = "shorter"
	// HeldHistory means that the log holds other entries than the machine has seen.
	HeldHistory = "history"
	// HeldEarlier means that the database is from before the last take-over.
	HeldEarlier = "earlier"
)

// Names of the command and the event by which a copy becomes the installation.
const (
	CmdTakeOver = "take_over"
	EvTakenOver = "installation_taken_over"
)

// TakeOver says that a person decided that this database and these machines are the
// installation from now on, and no other is.
type TakeOver struct {
	// Why are the reasons for which everything was held, some of the Held constants.
	Why []string
	// Reason is the person's own.
	Reason string
	// Epoch counts the take-overs; the first start is 1.
	Epoch int64
	// Entries is how many entries the log had.
	Entries int64
	// Checkpoint is how many entries the last checkpoint covers that left the
	// building, as the person gave it; 0 for none.
	Checkpoint int64
	// Lost is how many entries are known to be missing at the log's end: those that
	// the checkpoint covers or a machine has seen.
	Lost int64
	// InDoubt is how many notices were being sent when the backup was made: nobody
	// knows whether they left, and they are not sent again.
	InDoubt int
	// Rounds is how many rounds were being sent and halt until a person resumes them.
	Rounds int
	// Followed says that no person decided: a standby was promoted on a server that had
	// been named for it, and every machine came.
	Followed bool
}

// TakenOver says that a database and machines became the installation.
type TakenOver struct {
	Why        []string `json:"why"`
	Reason     string   `json:"reason"`
	Epoch      int64    `json:"epoch"`
	Entries    int64    `json:"entries"`
	Checkpoint int64    `json:"checkpoint,omitempty"`
	Lost       int64    `json:"lost,omitempty"`
	InDoubt    int      `json:"in_doubt,omitempty"`
	Rounds     int      `json:"rounds,omitempty"`
	Followed   bool     `json:"followed,omitempty"`
}

// Name is [CmdTakeOver].
func (TakeOver) Name() string { return CmdTakeOver }

func (t TakeOver) check() *Error {
	if err := requireText("reason", t.Reason, limitReason); err != nil {
		return err
	}
	known := []string{HeldDatabase, HeldMachine, HeldShorter, HeldHistory, HeldEarlier}
	if t.Epoch < 2 || len(t.Why) == 0 || slices.ContainsFunc(t.Why, func(why string) bool { return !slices.Contains(known, why) }) {
		return &Error{Kind: Internal, Message: "an installation is taken over without a cause"}
	}
	return nil
}

func (t TakeOver) fact() Data { return TakenOver(t) }

// Type is [EvTakenOver].
func (TakenOver) Type() string { return EvTakenOver }

func (TakenOver) apply(*State, Event) {}
