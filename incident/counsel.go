package incident

import "time"

// RoleCounsel is outside counsel who has a link to the pages of one case. It is
// no role of an account: nobody signs in with it, and it reads only.
const RoleCounsel Role = "counsel"

// Names of the commands about links for outside counsel.
const (
	// CmdKeepCounselLink is given by who leads a case.
	CmdKeepCounselLink = "keep_counsel_link"
	// CmdOpenCounselLink is given by who has the link.
	CmdOpenCounselLink = "open_counsel_link"
)

// EvCounselLink says that a link for outside counsel was made, opened or revoked.
const EvCounselLink = "counsel_link"

// What happens to a link for outside counsel. They stand in the record for ever.
const (
	CounselMade    = "made"
	CounselOpened  = "opened"
	CounselRevoked = "revoked"
)

// Bounds of the life of a link for outside counsel, in days.
const (
	CounselLeastDays = 1
	CounselMostDays  = 30
	CounselDays      = 7 // where nobody says how many
)

// UseCounselLink says what happened to a link for outside counsel.
type UseCounselLink struct {
	// What happened, one of the Counsel constants.
	What string
	// Incident is the id of the case that the link shows.
	Incident string
	// Link is the link's id, which opens nothing.
	Link string
	// ExpiresAt is when the link ends, UTC.
	ExpiresAt time.Time
}

// CounselLinkUsed says what happened to a link for outside counsel.
type CounselLinkUsed struct {
	What      string    `json:"what"`
	Incident  string    `json:"incident"`
	Link      string    `json:"link"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Name is [CmdOpenCounselLink] or [CmdKeepCounselLink].
func (u UseCounselLink) Name() string {
	if u.What == CounselOpened {
		return CmdOpenCounselLink
	}
	return CmdKeepCounselLink
}

func (u UseCounselLink) check() *Error {
	known := u.What == CounselMade || u.What == CounselOpened || u.What == CounselRevoked
	if !known || u.Incident == "" || u.Link == "" || u.ExpiresAt.IsZero() {
		return &Error{Kind: Internal, Message: "a link for outside counsel is used without saying which or how"}
	}
	return nil
}

func (u UseCounselLink) fact() Data { return CounselLinkUsed(u) }

// Type is [EvCounselLink].
func (CounselLinkUsed) Type() string { return EvCounselLink }

func (CounselLinkUsed) apply(*State, Event) {}
