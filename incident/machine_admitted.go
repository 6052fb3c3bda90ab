package incident

// Names of the command and the event by which a further machine is let in.
const (
	CmdAdmitMachine   = "admit_machine"
	EvMachineAdmitted = "installation_machine_admitted"
)

// AdmitMachine says that a machine was let in that the record did not know: others
// that act look at the same database, so it is no copy.
type AdmitMachine struct {
	// Machine is the machine's id.
	Machine string
	// Epoch is the take-over by which it acts.
	Epoch int64
}

// MachineAdmitted says that a further machine was let in beside those that act.
type MachineAdmitted struct {
	Machine string `json:"machine"`
	Epoch   int64  `json:"epoch"`
}

// Name is [CmdAdmitMachine].
func (AdmitMachine) Name() string { return CmdAdmitMachine }

func (a AdmitMachine) check() *Error {
	if len(a.Machine) < 16 || len(a.Machine) > 64 || a.Epoch < 1 {
		return &Error{Kind: Internal, Message: "a machine is let in that has no name"}
	}
	return nil
}

func (a AdmitMachine) fact() Data { return MachineAdmitted(a) }

// Type is [EvMachineAdmitted].
func (MachineAdmitted) Type() string { return EvMachineAdmitted }

func (MachineAdmitted) apply(*State, Event) {}
