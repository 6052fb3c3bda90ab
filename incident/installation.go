package incident

import (
	"fmt"
	"time"
)

// InstallationID names the chain of entries that belong to no incident: what
// was done for the whole installation. It stands in the same log as the
// incidents, under the same checkpoints, and is numbered from 1 as they are.
// No incident has this id: theirs have 21 characters.
const InstallationID = "installation"

// InstallationCommand is what a person may do for the whole installation.
type InstallationCommand interface {
	// Name is the command's name, one of the Cmd constants.
	Name() string
	// check refuses missing and malformed fields.
	check() *Error
	// fact is what is then recorded.
	fact() Data
}

// Names of the commands of an installation.
const (
	CmdLoadAccounts = "load_accounts"
	CmdSeePeople    = "see_people"
)

// Types of an installation's events. They stand in the record for ever.
const (
	EvAccountsLoaded = "accounts_loaded"
	EvPeopleSeen     = "people_seen"
)

// Where accounts were loaded from.
const (
	// AccountsFromFile is a file that somebody handed in.
	AccountsFromFile = "file"
	// AccountsFromDatabase is the query on the controller's own database.
	AccountsFromDatabase = "database"
)

// LoadAccounts says that the controller's accounts were read and stored, to
// match affected people against, in place of those that were loaded before.
type LoadAccounts struct {
	// Source is [AccountsFromFile] or [AccountsFromDatabase].
	Source string
	// SHA256 is the hash of what was read, hexadecimal: of the file's bytes, or
	// of the query's rows in the order in which they came.
	SHA256 string
	// QuerySHA256 is the hash of the query's text, hexadecimal; empty for a file.
	QuerySHA256 string
	// Rows is the number of rows that were read.
	Rows int
	// Accounts is the number of accounts that were stored.
	Accounts int
	// Duplicates is the number of rows merged into another.
	Duplicates int
	// Rejected is the number of rows that could not be read.
	Rejected int
	// Replaced is the number of accounts that counted before.
	Replaced int
}

// AccountsLoaded says that the controller's accounts were replaced.
type AccountsLoaded struct {
	Source      string `json:"source"`
	SHA256      string `json:"sha256"`
	QuerySHA256 string `json:"query_sha256,omitempty"`
	Rows        int    `json:"rows"`
	Accounts    int    `json:"accounts"`
	Duplicates  int    `json:"duplicates"`
	Rejected    int    `json:"rejected"`
	Replaced    int    `json:"replaced"`
}

func (LoadAccounts) Name() string { return CmdLoadAccounts }

func (l LoadAccounts) check() *Error {
	database := l.Source == AccountsFromDatabase
	if !database && l.Source != AccountsFromFile || len(l.SHA256) != 64 || database != (len(l.QuerySHA256) == 64) {
		return &Error{Kind: Internal, Message: "accounts are loaded without a source or its hash"}
	}
	if l.Accounts < 1 {
		return InvalidField("accounts", "", "holds nobody", "at least one account with an address or an id")
	}
	return nil
}

func (l LoadAccounts) fact() Data { return AccountsLoaded(l) }

func (AccountsLoaded) Type() string { return EvAccountsLoaded }

func (AccountsLoaded) apply(*State, Event) {}

// SeePeople says that a person looked at who is affected.
type SeePeople struct {
	// Incident is the incident's id.
	Incident string
	// What was seen: one of the Seen constants.
	What string
	// Round is the round whose people were seen; 0 for all.
	Round int
	// State is the state of delivery by which they were chosen; empty for all.
	State string
	// People is how many people were seen.
	People int
}

// PeopleSeen says that somebody looked at who is affected, and at how many.
type PeopleSeen struct {
	Incident string `json:"incident"`
	What     string `json:"what"`
	Round    int    `json:"round,omitempty"`
	State    string `json:"state,omitempty"`
	People   int    `json:"people"`
}

// What of the people affected can be seen.
const (
	// SeenList is a page of the list of people.
	SeenList = "list"
	// SeenUntold is the list of those whom mail did not reach.
	SeenUntold = "untold"
	// SeenOrganisation is the list of one organisation's own people.
	SeenOrganisation = "organisation"
	// SeenDataSet is the file of people that a vendor sent through its link.
	SeenDataSet = "data_set"
	// SeenPreview is the notice to one person before it is sent.
	SeenPreview = "preview"
	// SeenProof is the outcome of the notice to one person, with what proves it.
	SeenProof = "proof"
)

// seen says whether people can be looked at in this way.
func seen(what string) bool {
	switch what {
	case SeenList, SeenUntold, SeenOrganisation, SeenPreview, SeenDataSet, SeenProof:
		return true
	}
	return false
}

func (SeePeople) Name() string { return CmdSeePeople }

func (p SeePeople) check() *Error {
	if p.Incident == "" || !seen(p.What) || p.People < 0 {
		return &Error{Kind: Internal, Message: "people are seen without an incident, or nothing of them is"}
	}
	return nil
}

func (p SeePeople) fact() Data { return PeopleSeen(p) }

func (PeopleSeen) Type() string { return EvPeopleSeen }

func (PeopleSeen) apply(*State, Event) {}

// DecideInstallation gives the event that follows when an actor does something
// for the whole installation at a real instant, or the reason why it is
// refused. last is the number of the installation's last event; 0 for none.
func DecideInstallation(last int64, actor Actor, command InstallationCommand, real time.Time) (Event, error) {
	if !actor.Role.may(command.Name()) {
		return Event{}, forbidden("the role \"%s\" may not %s; ask the DPO or a deputy", Word(actor.Role), Deed(command.Name()))
	}
	if look, ok := command.(SeePeople); ok && actor.Role == RoleResponder && look.What != SeenOrganisation {
		return Event{}, forbidden("the role \"%s\" may see people only as an organisation's own list; ask the DPO or a deputy", Word(actor.Role))
	}
	// Whoever keeps accounts and may not see people's data cannot give that right
	// away either: to a colleague, or to an address of the own.
	if change, ok := command.(ChangeAccount); ok && actor.Role == RoleAdmin && givesRole(change) && change.Role.seesPeople() {
		return Event{}, forbidden("an administrator cannot give the role \"%s\", which sees the people affected; ask the DPO", Word(change.Role))
	}
	if change, ok := command.(ChangeSetting); ok && !actor.Role.MayChangeSetting(change.Key) {
		return Event{}, forbidden("the role \"%s\" may change languages alone of the settings; ask the DPO", Word(actor.Role))
	}
	if last < 0 {
		return Event{}, fmt.Errorf("the installation's last event has the number %d", last)
	}
	if err := command.check(); err != nil {
		return Event{}, err
	}
	at := real.UTC().Truncate(time.Microsecond)
	data := command.fact()
	return Event{Seq: last + 1, Type: data.Type(), At: at, RecordedAt: at, Actor: actor, Data: data}, nil
}

// givesRole says whether a change gives an account its role.
func givesRole(c ChangeAccount) bool { return c.What == AccountAdded || c.What == AccountRoleChanged }
