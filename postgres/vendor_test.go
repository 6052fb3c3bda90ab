package postgres_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func vendorFacts() postgres.VendorFacts {
	return postgres.VendorFacts{Name: "Example Analytics", ContactName: "Nina Ejemplo", ContactEmail: "nina@vendor.example.net",
		ContactPhone: "+34 600 000 000", ContractHours: 24, Contract: "DPA 2024, clause 9.2", Processes: "Names and addresses of users."}
}

func TestAVendorIsKeptAndTheRecordNamesNobody(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	v, err := s.AddVendor(t.Context(), dpo, vendorFacts())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.AddVendor(t.Context(), dpo, postgres.VendorFacts{Name: "EXAMPLE analytics "})
	wantKind(t, err, incident.Conflict)
	changed := vendorFacts()
	changed.ContractHours, changed.ContactName = 48, ""
	for range 2 { // the second changes nothing
		if err := s.ChangeVendor(t.Context(), deputy, v.ID, changed); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, s.ChangeVendor(t.Context(), dpo, "vn_none", changed), incident.NotFound)
	if err := s.EndVendor(t.Context(), dpo, v.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.ChangeVendor(t.Context(), dpo, v.ID, changed), incident.Conflict)
	if _, err := s.AddVendor(t.Context(), dpo, vendorFacts()); err != nil {
		t.Errorf("the name of a vendor that ended is not free: %v", err)
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	all := string(raw)
	if strings.Count(all, incident.EvVendorChanged) != 4 {
		t.Errorf("the record says: %s", all)
	}
	for _, want := range []string{`"contract_hours":24`, `"contract_hours":48`, `"fields":["contact","contract_hours"]`, v.ID} {
		if !strings.Contains(all, want) {
			t.Errorf("the record does not say %s: %s", want, all)
		}
	}
	for _, never := range []string{"Nina", "nina@", "+34", "Analytics"} {
		if strings.Contains(all, never) {
			t.Errorf("the record names %q", never)
		}
	}
}

func TestAVendorThatIsWrongIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	for field, change := range map[string]func(f *postgres.VendorFacts){
		"name":           func(f *postgres.VendorFacts) { f.Name = " " },
		"contact_email":  func(f *postgres.VendorFacts) { f.ContactEmail = "nina at example.com" },
		"contact_name":   func(f *postgres.VendorFacts) { f.ContactName = "Nina\r\nBcc: x@example.com" },
		"contact_phone":  func(f *postgres.VendorFacts) { f.ContactPhone = strings.Repeat("1", 61) },
		"contract_hours": func(f *postgres.VendorFacts) { f.ContractHours = 8761 },
		"processes":      func(f *postgres.VendorFacts) { f.Processes = "a\x00b" },
	} {
		facts := vendorFacts()
		change(&facts)
		_, err := s.AddVendor(t.Context(), dpo, facts)
		wantKind(t, err, incident.Invalid)
		if !strings.HasPrefix(err.Error(), field+":") || strings.Contains(strings.ToLower(err.Error()), "nina") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if list, err := s.Vendors(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("there are %d vendors: %v", len(list), err)
	}
}

func TestTheCasesOfAVendorAreCountedAndDrillsAreNot(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	v, err := s.AddVendor(t.Context(), dpo, vendorFacts())
	if err != nil {
		t.Fatal(err)
	}
	terms := &incident.VendorTerms{ID: v.ID, ContractHours: v.ContractHours}
	for n, c := range []struct {
		linked, drill, closed bool
		detected              time.Duration // before the receipt; 0 for not told
	}{{true, false, true, 30 * time.Hour}, {true, false, false, 20 * time.Hour}, {true, true, false, 0}, {false, false, false, 0}} {
		id := fmt.Sprintf("case-%d", n)
		clock.advance(time.Hour)
		open := opening(id, clock.now())
		if open.Disclosure.PersonalData = "no"; c.linked {
			open.Disclosure.VendorRecord = terms
		}
		if c.drill {
			open.Disclosure.Exercise = &incident.Exercise{Pace: 1}
		}
		if c.detected > 0 {
			open.Disclosure.ProcessorDetectedAt = open.Disclosure.ReceivedAt.Add(-c.detected)
		}
		record(t, s, id, dpo, open)
		if c.closed {
			none := assessment(false)
			none.Decision.NotifyAuthority = false
			record(t, s, id, dpo, none)
			record(t, s, id, dpo, incident.Close{Reason: "done"})
		}
	}
	got, err := s.Vendor(t.Context(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Open != 1 || got.Closed != 1 || got.LastAt == nil || !got.LastAt.Equal(start.Add(time.Hour)) || got.LastHours != 24 ||
		got.LastDetectedAt == nil || got.LastAt.Sub(*got.LastDetectedAt) != 20*time.Hour {
		t.Errorf("the vendor's cases: %+v", got)
	}
	cases, err := s.CasesOfVendor(t.Context(), v.ID)
	if err != nil || len(cases) != 3 || cases[0].ID != "case-2" || !cases[0].Exercise || cases[2].ClosedAt == nil {
		t.Fatalf("its history: %+v, %v", cases, err)
	}
	named, err := s.CasesNaming(t.Context(), "example ANALYTICS")
	if err != nil || len(named) != 1 || named[0].ID != "case-3" {
		t.Fatalf("cases that name it: %+v, %v", named, err)
	}
	// What the contract says later changes no earlier case; the link does.
	changed := vendorFacts()
	changed.ContractHours = 72
	if err := s.ChangeVendor(t.Context(), dpo, v.ID, changed); err != nil {
		t.Fatal(err)
	}
	record(t, s, "case-3", dpo, incident.LinkVendor{Vendor: incident.VendorTerms{ID: v.ID, ContractHours: 72}})
	cases, err = s.CasesOfVendor(t.Context(), v.ID)
	if err != nil || len(cases) != 4 || cases[0].Hours != 72 || cases[1].Hours != 24 {
		t.Errorf("after the contract changed: %+v, %v", cases, err)
	}
	if found, err := s.VendorNamed(t.Context(), "EXAMPLE Analytics"); err != nil || found.ID != v.ID || found.Open != 2 {
		t.Errorf("by its name: %+v, %v", found, err)
	}
}
