package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// Addresses and ids are few, so that they meet in every way: accounts that share
// an address or an id, people without one of them or without both.
func TestMatchingCountsAsComparingEachWithEachWould(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	s, narrow := postgrestest.Open(t, appURL, keys), postgrestest.Open(t, appURL, keys, postgres.WithMaxConns(1))
	chance := rand.New(rand.NewPCG(7, 7))
	some := func(kind, form string) string {
		if n := chance.IntN(8); n > 0 {
			return fmt.Sprintf(form, kind, n)
		}
		return ""
	}
	for turn := range 25 {
		id := fmt.Sprint("case-", turn)
		openCase(t, s, id, start)
		var people []postgres.Person
		addresses := map[string]bool{}
		for range chance.IntN(12) {
			p := postgres.Person{Name: "Somebody", Email: some("p", "%s%d@example.org"), Fields: map[string]string{"user_id": some("u", "%s%d")}, Kinds: []string{"name"}}
			if p.Email == "" || !addresses[p.Email] {
				people = append(people, p)
			}
			addresses[p.Email] = true
		}
		importPeople(t, s, id, "file", 1, people...)
		w, err := s.StageAccounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		accounts := []postgres.ControllerAccount{{Email: "p1@example.org"}}
		for range chance.IntN(12) {
			accounts = append(accounts, postgres.ControllerAccount{Email: some("p", "%s%d@example.org"), UserID: some("u", "%s%d")})
		}
		for _, a := range accounts {
			if err := w.Add(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		load, err := w.Finish(t.Context(), dpo, incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: strings.Repeat("0", 64)})
		if err != nil {
			t.Fatal(err)
		}
		meet := func(p postgres.Person, a postgres.ControllerAccount) bool {
			return p.Email != "" && p.Email == a.Email || p.Fields["user_id"] != "" && p.Fields["user_id"] == a.UserID
		}
		want := postgres.Matching{Load: load}
		for _, p := range people {
			found := false
			for _, a := range accounts {
				found = found || meet(p, a)
			}
			if found {
				want.InAccounts++
			} else {
				want.NotInAccounts++
			}
		}
		for _, a := range accounts {
			found := !a.Named()
			for _, p := range people {
				found = found || meet(p, a)
			}
			if !found {
				want.NotInFile++
			}
		}
		for _, round := range []int{0, 1} {
			got, err := s.Match(t.Context(), id, round)
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, got)
			if got, err = narrow.Match(t.Context(), id, round); err != nil {
				t.Fatal(err)
			}
			same(t, want, got)
		}
		if got, err := s.Match(t.Context(), id, 2); err != nil || got.InAccounts+got.NotInAccounts != 0 || got.NotInFile != load.Accounts {
			t.Errorf("of a round without people: %+v, %v", got, err)
		}
	}
}
