package web

import (
	"context"
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
