package incident

import (
	"fmt"
	"slices"
	"time"
)

// CmdKeepVendor is given by who keeps the list of vendors.
const CmdKeepVendor = "keep_vendor"

// CmdLinkVendor says which vendor of the list a case is about.
const CmdLinkVendor = "link_vendor"

// Types of the events about vendors. They stand in the record for ever.
const (
	// EvVendorChanged belongs to the installation.
	EvVendorChanged = "vendor_changed"
	// EvVendorLinked belongs to a case.
	EvVendorLinked = "vendor_linked"
)

// What happens to a vendor of the list. They stand in the record for ever.
const (
	VendorAdded    = "added"
	VendorAltered  = "changed"
	VendorFinished = "ended"
)

// MaxContractHours is the longest time that a contract can give a vendor, in
// hours: a year.
const MaxContractHours = 8760

// KeepVendor says what happened to a vendor of the list. It names the vendor by
// its id and nobody else: name and contact stand in the list alone.
type KeepVendor struct {
	// What happened, one of the Vendor constants.
	What string
	// Vendor is the vendor's id.
	Vendor string
	// ContractHours are the hours within which the contract obliges the vendor
	// to tell the controller, from then on; 0 for none agreed.
	ContractHours int
	// Fields are the names of what was changed, for a change.
	Fields []string
}

// VendorChanged says what happened to a vendor of the list.
type VendorChanged struct {
	What          string   `json:"what"`
	Vendor        string   `json:"vendor"`
	ContractHours int      `json:"contract_hours,omitempty"`
	Fields        []string `json:"fields,omitempty"`
}

// Name is [CmdKeepVendor].
func (KeepVendor) Name() string { return CmdKeepVendor }

func (k KeepVendor) check() *Error {
	if !slices.Contains([]string{VendorAdded, VendorAltered, VendorFinished}, k.What) || k.Vendor == "" ||
		(k.What == VendorAltered) != (len(k.Fields) > 0) {
		return &Error{Kind: Internal, Message: "a vendor changes without saying how"}
	}
	return checkContractHours(k.ContractHours)
}

func (k KeepVendor) fact() Data { return VendorChanged(k) }

// Type is [EvVendorChanged].
func (VendorChanged) Type() string { return EvVendorChanged }

func (VendorChanged) apply(*State, Event) {}

func checkContractHours(hours int) *Error {
	if hours < 0 || hours > MaxContractHours {
		return InvalidField("contract_hours", fmt.Sprint(hours), "is out of range",
			Say("1 to %d, or 0 where the contract gives none", MaxContractHours))
	}
	return nil
}

// VendorTerms is what a case copies of a vendor of the list: what is agreed
// later changes no earlier case.
type VendorTerms struct {
	// ID is the vendor's id in the list.
	ID string `json:"id"`
	// ContractHours are the hours within which the contract obliges the vendor
	// to tell the controller of a breach; 0 for none agreed. GDPR Art. 33(2)
	// says "without undue delay" and names no hours.
	ContractHours int `json:"contract_hours,omitempty"`
}

func (t VendorTerms) check() *Error {
	if t.ID == "" || len(t.ID) > 64 {
		return InvalidField("vendor", "", "is not a vendor of the list", "the id of a vendor")
	}
	return checkContractHours(t.ContractHours)
}

// LinkVendor says which vendor of the list a case is about. The vendor's name in
// the disclosure stays as it was told.
type LinkVendor struct {
	// Vendor is the vendor with the contract's clock; the store's list has both.
	Vendor VendorTerms `json:"vendor"`
	// Reason says why, where the case was linked to another vendor before.
	Reason string `json:"reason,omitempty"`
}

// VendorLinked says which vendor of the list a case is about.
type VendorLinked struct {
	Vendor VendorTerms `json:"vendor"`
	Reason string      `json:"reason,omitempty"`
}

// Name implements [Command].
func (LinkVendor) Name() string { return CmdLinkVendor }

func (l LinkVendor) check() *Error {
	if err := l.Vendor.check(); err != nil {
		return err
	}
	return limitText("reason", l.Reason, limitReason)
}

func (l LinkVendor) decide(c context) ([]Data, *Error) {
	if have := c.State.Disclosure.VendorRecord; have != nil {
		if have.ID == l.Vendor.ID {
			return nil, nil
		}
		if err := requireText("reason", l.Reason, limitReason); err != nil {
			err.Expected = "why it is another vendor than the one that the case is linked to"
			return nil, err
		}
	}
	return []Data{VendorLinked(l)}, nil
}

// Type is [EvVendorLinked].
func (VendorLinked) Type() string { return EvVendorLinked }

func (d VendorLinked) apply(s *State, _ Event) {
	terms := d.Vendor
	s.Disclosure.VendorRecord = &terms
}

// How a vendor kept the clock of its contract.
const (
	// ContractKept is a disclosure within the hours of the contract.
	ContractKept = "kept"
	// ContractMissed is a disclosure after them.
	ContractMissed = "missed"
	// ContractUnknown is a disclosure whose vendor did not say when it found out.
	ContractUnknown = "unknown"
	// ContractNone is a vendor whose contract gives no hours.
	ContractNone = "none"
)

// ContractClock says how a vendor kept a contract that gives it hours: from when
// it found out itself to when its word reached the controller. took is that
// time; 0 where it is not known.
func ContractClock(hours int, detected, received time.Time) (kept string, took time.Duration) {
	if !detected.IsZero() && !received.IsZero() {
		took = max(received.Sub(detected), 0)
	}
	switch {
	case hours == 0:
		return ContractNone, took
	case detected.IsZero() || received.IsZero():
		return ContractUnknown, 0
	case took > time.Duration(hours)*time.Hour:
		return ContractMissed, took
	default:
		return ContractKept, took
	}
}
