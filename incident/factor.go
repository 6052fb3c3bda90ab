package incident

import (
	"slices"
	"time"
)

// CmdDemandFactor is given by the DPO about the second factor of whole roles.
const CmdDemandFactor = "demand_second_factor"

// EvFactorDemanded says of which roles a second factor is demanded.
const EvFactorDemanded = "second_factor_demanded"

// maxDemandAhead is how far ahead a demand may begin.
const maxDemandAhead = 366 * 24 * time.Hour

// DemandFactor demands a second factor of whoever has one of the roles, from an
// instant on, in the place of what was demanded before.
type DemandFactor struct {
	// Roles are those of which it is demanded; none ends the demand.
	Roles []Role
	// From is the instant, UTC; zero where there are no roles.
	From time.Time
}

// FactorDemanded says of which roles a second factor is demanded, and from when.
type FactorDemanded struct {
	Roles []Role    `json:"roles"`
	From  time.Time `json:"from,omitzero"`
}

// Name is [CmdDemandFactor].
func (DemandFactor) Name() string { return CmdDemandFactor }

// Of says whether a second factor is demanded of a role at an instant.
func (d DemandFactor) Of(role Role, at time.Time) bool {
	return slices.Contains(d.Roles, role) && !at.Before(d.From)
}

// Checked refuses roles that nobody has, a role twice and an instant more than a
// year ahead of now. One that has passed demands at once. It gives the roles in
// one order, and the instant in UTC to the second.
func (d DemandFactor) Checked(now time.Time) (DemandFactor, error) {
	out := DemandFactor{Roles: []Role{}}
	for _, role := range Roles() {
		if slices.Contains(d.Roles, role) {
			out.Roles = append(out.Roles, role)
		}
	}
	if len(out.Roles) != len(d.Roles) {
		return out, InvalidField("roles", "", "holds what is no role, or one twice", "dpo, deputy, responder, approver, auditor or admin, each once")
	}
	if len(out.Roles) == 0 {
		return out, nil
	}
	if out.From = d.From.UTC().Truncate(time.Second); d.From.IsZero() {
		out.From = now.UTC().Truncate(time.Second)
	}
	if out.From.After(now.Add(maxDemandAhead)) || out.From.Year() < 2000 {
		return out, InvalidField("from", out.From.Format(time.RFC3339), "does not fit", "a day that has passed or lies within a year")
	}
	return out, nil
}

func (d DemandFactor) check() *Error {
	if d.Roles == nil || (len(d.Roles) == 0) != d.From.IsZero() {
		return &Error{Kind: Internal, Message: "a second factor is demanded without roles or an instant"}
	}
	return nil
}

func (d DemandFactor) fact() Data { return FactorDemanded(d) }

// Type is [EvFactorDemanded].
func (FactorDemanded) Type() string { return EvFactorDemanded }

func (FactorDemanded) apply(*State, Event) {}
