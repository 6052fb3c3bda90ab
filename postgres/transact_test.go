package postgres_test

import (
	"testing"

	"tocsin/postgres/postgrestest"
)

// Code that breaks within a transaction must not keep its connection: a handful of
// such requests would leave none for anybody else.
func TestATransactionThatBreaksGivesItsConnectionBack(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	for n := range 200 {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("time %d did not break", n)
				}
			}()
			if err := s.Break(t.Context()); err != nil {
				t.Errorf("time %d: %v", n, err)
			}
		}()
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
