package incident

// Role is what a person is in the response to an incident.
type Role string

const (
	// RoleDPO is the data protection officer.
	RoleDPO Role = "dpo"
	// RoleDeputy stands in for the DPO.
	RoleDeputy Role = "deputy"
	// RoleResponder carries out tasks.
	RoleResponder Role = "responder"
	// RoleApprover approves what another has drafted.
	RoleApprover Role = "approver"
	// RoleAuditor reads only.
	RoleAuditor Role = "auditor"
	// RoleAdmin manages accounts and settings and has no access to people's data.
	RoleAdmin Role = "admin"
	// RoleVendor is a vendor that tells of a breach through a link that was made
	// for it. Nobody holds it as an account.
	RoleVendor Role = "vendor"
	// RoleEngine is Tocsin itself: a timer or a worker.
	RoleEngine Role = "engine"
)

// Roles lists the roles that a person can hold.
func Roles() []Role {
	return []Role{RoleDPO, RoleDeputy, RoleResponder, RoleApprover, RoleAuditor, RoleAdmin}
}

// Valid says whether a person can hold the role.
func (r Role) Valid() bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// ResetByMail says that a new password of an account of this role goes by mail to
// its holder alone. Whoever keeps accounts must not become somebody who decides or
// approves, or who sees people's data, by choosing their password.
func (r Role) ResetByMail() bool {
	switch r {
	case RoleResponder, RoleAdmin:
		return false
	default:
		return true
	}
}

// Actor is who gave a command.
type Actor struct {
	// Role is the role in which the person acted.
	Role Role `json:"role"`
	// ID is the account's id: a salted commitment to the person, never a name.
	// Empty for the engine; of a vendor the id of the link.
	ID string `json:"id,omitempty"`
}

// Engine is the actor of timers and workers.
func Engine() Actor { return Actor{Role: RoleEngine} }

// may says whether a role may give a command of this name.
func (r Role) may(name string) bool {
	switch name {
	case CmdUseAccount:
		return r.Valid()
	case CmdOpenCounselLink:
		return r == RoleCounsel
	case CmdDemandFactor:
		return r == RoleDPO
	case CmdKeepAccount, CmdOrderOnCall:
		// The first account is made before there is anybody.
		return r == RoleDPO || r == RoleAdmin || r == RoleEngine
	case CmdKeepWebhook, CmdChangeSetting:
		return r == RoleDPO || r == RoleAdmin
	case CmdUseDisclosureLink:
		return r == RoleVendor
	}
	switch r {
	case RoleDPO, RoleDeputy:
		return !engineOnly(name)
	case RoleResponder:
		switch name {
		case CmdOpen, CmdCompleteTask, CmdImportPeople, CmdAttach, CmdAcknowledge, CmdDraftNotification, CmdDraftMailing, CmdSeePeople,
			CmdTestMailing, CmdDraftPublic, CmdSeeDocument:
			return true
		}
	case RoleApprover:
		switch name {
		case CmdApproveNotification, CmdApproveMailing, CmdTestMailing, CmdApprovePublic, CmdAcknowledge, CmdSeeDocument:
			return true
		}
	case RoleEngine:
		return engineOnly(name)
	case RoleAuditor:
		switch name {
		case CmdSeePeople, CmdSeeDocument, CmdPrepareBundle, CmdExportRecord, CmdVerifyRecord, CmdTakeRegister:
			return true
		}
	case RoleVendor:
		return name == CmdOpen
	case RoleAdmin:
	}
	return false
}

// seesPeople says whether a role may look at the list of people affected.
func (r Role) seesPeople() bool { return r == RoleDPO || r == RoleDeputy || r == RoleAuditor }

// Called is a role as colleagues say it, in English.
func (r Role) Called() string {
	switch r {
	case RoleDPO:
		return "DPO"
	case RoleAdmin:
		return "administrator"
	case RoleCounsel:
		return "outside counsel"
	case RoleVendor:
		return "vendor, through its link"
	case RoleEngine:
		return "Tocsin"
	default:
		return string(r)
	}
}
