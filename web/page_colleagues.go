package web

import (
	"context"

	"tocsin/incident"
)

// colleagues are the names of the accounts by their id. The record knows who
// acted by id and role alone; the page says it so that a person recognises it.
type colleagues map[string]string

// colleagues reads the names of the accounts.
func (s *server) colleagues(ctx context.Context) (colleagues, error) {
	users, err := s.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	names := colleagues{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, nil
}

// roleInWords is a role as colleagues say it.
func roleInWords(role incident.Role) string {
	switch role {
	case incident.RoleDPO:
		return "DPO"
	case incident.RoleAdmin:
		return "administrator"
	case incident.RoleCounsel:
		return "outside counsel"
	case incident.RoleVendor:
		return "vendor, through its link"
	case incident.RoleEngine:
		return "Tocsin"
	default:
		return string(role)
	}
}
