package incident

import (
	"slices"
	"time"
)

// Names of the commands about accounts.
const (
	// CmdKeepAccount is given by who keeps the accounts of others.
	CmdKeepAccount = "keep_account"
	// CmdUseAccount is given by each person about the own account.
	CmdUseAccount = "use_account"
)

// EvAccountChanged says that an account was made, used or changed.
const EvAccountChanged = "account_changed"

// What happens to an account. They stand in the record for ever.
const (
	AccountAdded = "added"
	AccountReset = "reset"
	AccountEnded = "ended"
	// AccountRoleChanged says that a person works in another role from now on.
	AccountRoleChanged = "role_changed"
	// AccountInvited says that a link to set the first password was made, and
	// AccountInvitationWithdrawn that it opens nothing any more.
	AccountInvited             = "invited"
	AccountInvitationWithdrawn = "invitation_withdrawn"
	// AccountResetAsked says that somebody asked for a new password on the page of
	// signing in, and AccountResetMailed that who keeps accounts did; both had a
	// link mailed to the holder. AccountPasswordReset says that it was used.
	AccountResetAsked    = "reset_asked"
	AccountResetMailed   = "reset_mailed"
	AccountPasswordReset = "password_reset"
	// AccountInvitationAccepted says that the invited person set a password.
	AccountInvitationAccepted = "invitation_accepted"
	AccountSignedIn           = "signed_in"
	AccountPasswordChanged    = "password_changed"
	AccountFactorOn           = "second_factor_on"
	AccountFactorOff          = "second_factor_off"
	AccountTokenCreated       = "token_created"
	AccountTokenRevoked       = "token_revoked"
	AccountCalendarOn         = "calendar_on"
	AccountCalendarOff        = "calendar_off"
	// AccountSessionsEnded says that a person ended the other sessions.
	AccountSessionsEnded  = "sessions_ended"
	AccountPasskeyAdded   = "passkey_added"
	AccountPasskeyRemoved = "passkey_removed"
	// AccountPasskeyRefused says that a passkey's counter went backwards: a copy
	// of it may exist.
	AccountPasskeyRefused = "passkey_refused"
	// AccountSignOnLinked says that a provider of identities opens the account
	// from now on, and AccountSignOnUnlinked that it does not any more.
	AccountSignOnLinked   = "sign_on_linked"
	AccountSignOnUnlinked = "sign_on_unlinked"
	// AccountMailTested says that a person had a test message sent to the own
	// address.
	AccountMailTested = "mail_tested"
)

// keptAccount are the changes that who keeps accounts makes.
func keptAccount() []string {
	return []string{AccountAdded, AccountReset, AccountEnded, AccountRoleChanged, AccountInvited, AccountInvitationWithdrawn,
		AccountResetAsked, AccountResetMailed}
}

// ownAccount are the changes that each person makes.
func ownAccount() []string {
	return []string{AccountInvitationAccepted, AccountSignedIn, AccountPasswordChanged, AccountPasswordReset, AccountFactorOn, AccountFactorOff,
		AccountTokenCreated, AccountTokenRevoked, AccountCalendarOn, AccountCalendarOff, AccountSessionsEnded,
		AccountPasskeyAdded, AccountPasskeyRemoved, AccountPasskeyRefused,
		AccountSignOnLinked, AccountSignOnUnlinked, AccountMailTested}
}

// ChangeAccount says what happened to an account. It names nobody but by ids.
type ChangeAccount struct {
	// What happened, one of the Account constants.
	What string
	// Account is the account's id.
	Account string
	// Role is the role of an account that was added, or the new one of an account
	// whose role changed; Before is its role until then.
	Role   Role
	Before Role
	// SecondFactor says, of a sign-in, that a code was given beside the
	// password; of a reset, that the second factor was turned off, and of one that
	// was mailed, that using its link turns it off.
	SecondFactor bool
	// RecoveryCode says of a sign-in, or of a second factor that was turned off,
	// that a code for a lost device was used.
	RecoveryCode bool
	// Token is the id of a token that was created or revoked.
	Token string
	// ReadsOnly says of a new token that it may change nothing.
	ReadsOnly bool
	// ExpiresAt is when a new token or an invitation ends, UTC; nil for no end.
	ExpiresAt *time.Time
	// Passkey is the id of a passkey that was added, removed or refused, or by
	// which somebody signed in; empty for a sign-in by password.
	Passkey string
	// SignOn is the provider of identities, by its address, that was linked or
	// unlinked, or by which somebody signed in; empty for none.
	SignOn string
}

// AccountChanged says what happened to an account, and by whom.
type AccountChanged struct {
	What         string     `json:"what"`
	Account      string     `json:"account"`
	Role         Role       `json:"role,omitempty"`
	Before       Role       `json:"before,omitempty"`
	SecondFactor bool       `json:"second_factor,omitempty"`
	RecoveryCode bool       `json:"recovery_code,omitempty"`
	Token        string     `json:"token,omitempty"`
	ReadsOnly    bool       `json:"reads_only,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	Passkey      string     `json:"passkey,omitempty"`
	SignOn       string     `json:"sign_on,omitempty"`
}

func (c ChangeAccount) Name() string {
	if slices.Contains(keptAccount(), c.What) {
		return CmdKeepAccount
	}
	return CmdUseAccount
}

func (c ChangeAccount) check() *Error {
	known := slices.Contains(keptAccount(), c.What) || slices.Contains(ownAccount(), c.What)
	token := c.What == AccountTokenCreated || c.What == AccountTokenRevoked
	changed := c.What == AccountRoleChanged
	passkey := c.What == AccountPasskeyAdded || c.What == AccountPasskeyRemoved || c.What == AccountPasskeyRefused
	signOn := c.What == AccountSignOnLinked || c.What == AccountSignOnUnlinked
	if !known || passkey && c.Passkey == "" || signOn && c.SignOn == "" ||
		c.Account == "" || (c.What == AccountAdded || changed) != c.Role.Valid() || changed != c.Before.Valid() || token != (c.Token != "") {
		return &Error{Kind: Internal, Message: "an account changes without saying how"}
	}
	return nil
}

func (c ChangeAccount) fact() Data { return AccountChanged(c) }

func (AccountChanged) Type() string { return EvAccountChanged }

func (AccountChanged) apply(*State, Event) {}

// CmdOrderOnCall is given by who keeps the accounts of others.
const CmdOrderOnCall = "order_on_call"

// EvOnCallOrdered says in which order people are called. It stands in the record
// for ever.
const EvOnCallOrdered = "account_on_call_ordered"

// OrderOnCall says in which order the DPOs and the deputies are called.
type OrderOnCall struct {
	// Accounts are their ids, who is called first first.
	Accounts []string
}

// OnCallOrdered says in which order people are called from now on.
type OnCallOrdered struct {
	Accounts []string `json:"accounts"`
}

// Name is [CmdOrderOnCall].
func (OrderOnCall) Name() string { return CmdOrderOnCall }

func (o OrderOnCall) check() *Error {
	if len(o.Accounts) == 0 || slices.Contains(o.Accounts, "") {
		return &Error{Kind: Internal, Message: "nobody is put in an order"}
	}
	return nil
}

func (o OrderOnCall) fact() Data { return OnCallOrdered(o) }

// Type is [EvOnCallOrdered].
func (OnCallOrdered) Type() string { return EvOnCallOrdered }

func (OnCallOrdered) apply(*State, Event) {}
