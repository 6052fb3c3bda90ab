package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tocsin/people"
)

func TestAccountsAreReadRowByRowWithTheirAdministrators(t *testing.T) {
	t.Parallel()
	file := "email,user_id,Organisation,Role\n" +
		"ana@example.org,1,ACME,admin\nana@example.org,2,Bakers,Org_Admin\nbo@example.org,3,ACME,member\ncy@example.org,4,ACME,non-admin\n"
	var seen []string
	sum, err := people.Read(t.Context(), strings.NewReader(file), people.Options{Accounts: true}, func(p people.Person) error {
		if p.EmailKey == (people.Key{}) || p.UserKey == (people.Key{}) || p.Language == "" {
			t.Errorf("%s has no keys or no language", p.UserID)
		}
		seen = append(seen, fmt.Sprint(p.UserID, p.Organisation, p.Admin))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1ACMEtrue", "2Bakerstrue", "3ACMEfalse", "4ACMEfalse"}
	if !slices.Equal(seen, want) || sum.Rows != 4 || len(sum.LeftColumns) != 0 {
		t.Errorf("the accounts are %v, %+v", seen, sum)
	}
	// A vendor's file has no such field: a role in it is not the controller's word.
	sum, err = people.Read(t.Context(), strings.NewReader(file), people.Options{}, func(p people.Person) error {
		if p.Admin {
			t.Errorf("%s administers by the vendor's word", p.UserID)
		}
		return nil
	})
	if err != nil || !slices.Contains(sum.LeftColumns, "Role") {
		t.Errorf("of a vendor's file %v are left out, %v", sum.LeftColumns, err)
	}
	if _, err := people.Read(t.Context(), strings.NewReader("mail,chef\na@example.org,ja\n"),
		people.Options{Accounts: true, Map: map[string]string{"chef": "admin"}}, func(p people.Person) error {
			if !p.Admin {
				t.Error("a column that is mapped to admin is not read")
			}
			return nil
		}); err != nil {
		t.Fatal(err)
	}
}
