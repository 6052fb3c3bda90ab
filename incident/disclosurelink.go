package incident

import (
	"slices"
	"time"
)

// Names of the commands about the links through which vendors tell of a breach.
const (
	// CmdKeepDisclosureLink is given by who makes and withdraws them.
	CmdKeepDisclosureLink = "keep_disclosure_link"
	// CmdUseDisclosureLink is given by who tells something through one.
	CmdUseDisclosureLink = "use_disclosure_link"
)

// EvDisclosureLinkChanged says that a link was made, used or withdrawn. It
// belongs to the installation and stands in the record for ever.
const EvDisclosureLinkChanged = "disclosure_link_changed"

// What happens to a link. They stand in the record for ever.
const (
	DisclosureLinkMade      = "made"
	DisclosureLinkUsed      = "used"
	DisclosureLinkWithdrawn = "withdrawn"
)

// ChangeDisclosureLink says what happened to a link, by ids alone: what opens it
// is stored hashed and stands in no entry.
type ChangeDisclosureLink struct {
	// What happened, one of the DisclosureLink constants.
	What string
	// Link is the link's id, Vendor that of the vendor it was made for.
	Link   string
	Vendor string
	// ExpiresAt is when a link that was made ends, UTC; nil for when it is withdrawn.
	ExpiresAt *time.Time
	// Most is how often a link that was made may be used.
	Most int
	// Incident is the case that a use opens, Reference the number that the vendor
	// was given for it.
	Incident  string
	Reference string
}

// DisclosureLinkChanged says what happened to a link.
type DisclosureLinkChanged struct {
	What      string     `json:"what"`
	Link      string     `json:"link"`
	Vendor    string     `json:"vendor"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Most      int        `json:"most,omitempty"`
	Incident  string     `json:"incident,omitempty"`
	Reference string     `json:"reference,omitempty"`
}

// Name is that of the command: using a link is for who has it.
func (c ChangeDisclosureLink) Name() string {
	if c.What == DisclosureLinkUsed {
		return CmdUseDisclosureLink
	}
	return CmdKeepDisclosureLink
}

func (c ChangeDisclosureLink) check() *Error {
	used := c.What == DisclosureLinkUsed
	if !slices.Contains([]string{DisclosureLinkMade, DisclosureLinkUsed, DisclosureLinkWithdrawn}, c.What) || c.Link == "" || c.Vendor == "" ||
		used != (c.Incident != "") || used != (c.Reference != "") || (c.What == DisclosureLinkMade) != (c.Most > 0) {
		return &Error{Kind: Internal, Message: "a link changes without saying how"}
	}
	return nil
}

func (c ChangeDisclosureLink) fact() Data { return DisclosureLinkChanged(c) }

// Type is [EvDisclosureLinkChanged].
func (DisclosureLinkChanged) Type() string { return EvDisclosureLinkChanged }

func (DisclosureLinkChanged) apply(*State, Event) {}

// fromOutside refuses an opening by a vendor that says more than a vendor may:
// when we became aware, what applies and whether it is a drill are the
// controller's to say. What is told through a link is linked to its vendor.
func (o Open) fromOutside(by Actor) *Error {
	if by.Role != RoleVendor {
		return nil
	}
	d := o.Disclosure
	if d.Awareness != nil || d.Exercise != nil || len(d.Duties) > 0 || d.Screening != nil || d.VendorRecord == nil || d.Reference == "" ||
		d.Kind != "vendor" || d.Summary != "" {
		return forbidden("a vendor tells what happened, and decides nothing about the case")
	}
	return nil
}
