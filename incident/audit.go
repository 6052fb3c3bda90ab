package incident

import "slices"

// Names of the commands about the record itself.
const (
	CmdExportRecord = "export_record"
	CmdVerifyRecord = "verify_record"
	CmdTakeRegister = "take_register"
)

// Types of the events that follow. They stand in the record for ever.
const (
	EvRecordExported = "record_exported"
	EvRecordVerified = "record_verified"
	EvRegisterTaken  = "register_taken"
)

// Forms in which entries of the record are exported.
const (
	// ExportCSV is a table for a spreadsheet.
	ExportCSV = "csv"
	// ExportJSONL is one JSON document a line.
	ExportJSONL = "jsonl"
	// ExportXLSX is a workbook, and ExportPDF a printed paper; both of the register.
	ExportXLSX = "xlsx"
	ExportPDF  = "pdf"
	// ExportBundle is the bundle of one case. Entries of this form are of before
	// [BundlePrepared] said in the case itself who took it.
	ExportBundle = "bundle"
)

// ExportRecord says that a person takes entries of the record away, chosen by
// filters. It is recorded before the first of them leaves.
type ExportRecord struct {
	// Format is [ExportCSV] or [ExportJSONL].
	Format string
	// Incident is the id of the one incident whose entries were asked for; empty
	// for all.
	Incident string
	// Kind is the area of events, one of [Areas], or a type of events; empty for
	// all.
	Kind string
	// Size is the number of entries of the log at that moment: no later one was
	// among them.
	Size int64
}

// RecordExported says that a person took entries of the record away.
type RecordExported struct {
	Format   string `json:"format"`
	Incident string `json:"incident,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Size     int64  `json:"size"`
}

// Name is [CmdExportRecord].
func (ExportRecord) Name() string { return CmdExportRecord }

func (e ExportRecord) check() *Error {
	if !slices.Contains([]string{ExportCSV, ExportJSONL}, e.Format) || e.Size < 0 {
		return &Error{Kind: Internal, Message: "entries are exported in a form that is not known"}
	}
	return nil
}

func (e ExportRecord) fact() Data { return RecordExported(e) }

// Type is [EvRecordExported].
func (RecordExported) Type() string { return EvRecordExported }

func (RecordExported) apply(*State, Event) {}

// VerifyRecord says that the whole record was computed anew.
type VerifyRecord struct {
	// OK says that nothing was found.
	OK bool
	// Entries is how many entries were computed.
	Entries int64
	// Checkpoints is how many signed checkpoints they were held against, and
	// Given how many of these came from outside of the building.
	Checkpoints int
	Given       int
	// Problems is how many things were found wrong.
	Problems int
}

// RecordVerified says what came out when the whole record was computed anew.
type RecordVerified struct {
	OK          bool  `json:"ok"`
	Entries     int64 `json:"entries"`
	Checkpoints int   `json:"checkpoints"`
	Given       int   `json:"given,omitempty"`
	Problems    int   `json:"problems,omitempty"`
}

// Name is [CmdVerifyRecord].
func (VerifyRecord) Name() string { return CmdVerifyRecord }

func (v VerifyRecord) check() *Error {
	if v.Entries < 0 || v.Checkpoints < 0 || v.Given < 0 || v.Problems < 0 {
		return &Error{Kind: Internal, Message: "the record is verified with numbers below zero"}
	}
	return nil
}

func (v VerifyRecord) fact() Data { return RecordVerified(v) }

// Type is [EvRecordVerified].
func (RecordVerified) Type() string { return EvRecordVerified }

func (RecordVerified) apply(*State, Event) {}

// TakeRegister says that a person takes the register of GDPR Art. 33(5) away, or a
// part of it. It is recorded before the file leaves.
type TakeRegister struct {
	// Format is [ExportCSV], [ExportXLSX] or [ExportPDF].
	Format string
	// Filter says by which fields it was narrowed, as the fields' names with their
	// values; of what was typed freely only that something was. Nil for the whole.
	Filter map[string]string
	// Incidents is how many cases it holds.
	Incidents int
	// SHA256 is the hash of the file, hexadecimal.
	SHA256 string
	// Size is the number of entries under the last checkpoint, which the file names.
	Size int64
}

// RegisterTaken says that a person took the register away.
type RegisterTaken struct {
	Format    string            `json:"format"`
	Filter    map[string]string `json:"filter,omitempty"`
	Incidents int               `json:"incidents"`
	SHA256    string            `json:"sha256"`
	Size      int64             `json:"size"`
}

// Name is [CmdTakeRegister].
func (TakeRegister) Name() string { return CmdTakeRegister }

func (t TakeRegister) check() *Error {
	if !slices.Contains([]string{ExportCSV, ExportXLSX, ExportPDF}, t.Format) || len(t.SHA256) != 64 || t.Incidents < 0 || t.Size < 0 {
		return &Error{Kind: Internal, Message: "the register is taken in a form that is not known"}
	}
	return nil
}

func (t TakeRegister) fact() Data { return RegisterTaken(t) }

// Type is [EvRegisterTaken].
func (RegisterTaken) Type() string { return EvRegisterTaken }

func (RegisterTaken) apply(*State, Event) {}
