package incident

import (
	"testing"
	"time"
)

func TestACaseIsLinkedToAVendorAndKeepsTheHoursOfThen(t *testing.T) {
	p := begin(t)
	first := VendorTerms{ID: "vn_1", ContractHours: 24}
	p.must(dpo, LinkVendor{Vendor: first})
	if got := p.state.Disclosure.VendorRecord; got == nil || *got != first {
		t.Fatalf("the case is linked to %+v", got)
	}
	before := p.state.Seq
	p.must(dpo, LinkVendor{Vendor: VendorTerms{ID: "vn_1", ContractHours: 48}})
	if p.state.Seq != before || p.state.Disclosure.VendorRecord.ContractHours != 24 {
		t.Errorf("linked to the same vendor again, %d events follow and the hours are %d", p.state.Seq-before, p.state.Disclosure.VendorRecord.ContractHours)
	}
	p.refused(dpo, LinkVendor{Vendor: VendorTerms{ID: "vn_2"}}, Invalid, "reason")
	p.refused(Actor{Role: RoleResponder, ID: "r"}, LinkVendor{Vendor: VendorTerms{ID: "vn_2"}, Reason: "r"}, Forbidden, "responder")
	p.refused(dpo, LinkVendor{Vendor: VendorTerms{}}, Invalid, "vendor")
	p.refused(dpo, LinkVendor{Vendor: VendorTerms{ID: "vn_2", ContractHours: -1}, Reason: "r"}, Invalid, "contract_hours")
	p.must(dpo, LinkVendor{Vendor: VendorTerms{ID: "vn_2"}, Reason: "It was its subprocessor."})
	if p.state.Disclosure.VendorRecord.ID != "vn_2" {
		t.Error("the correction did not count")
	}
}

func TestTheContractsClockRunsFromTheVendorsOwnKnowledge(t *testing.T) {
	at := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		hours              int
		detected, received time.Time
		kept               string
		took               time.Duration
	}{
		"to the second":              {24, at, at.Add(24 * time.Hour), ContractKept, 24 * time.Hour},
		"a second late":              {24, at, at.Add(24*time.Hour + time.Second), ContractMissed, 24*time.Hour + time.Second},
		"nobody knows when it began": {24, time.Time{}, at, ContractUnknown, 0},
		"no hours agreed":            {0, at, at.Add(time.Hour), ContractNone, time.Hour},
		"told before it found out":   {24, at.Add(time.Hour), at, ContractKept, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if kept, took := ContractClock(c.hours, c.detected, c.received); kept != c.kept || took != c.took {
				t.Errorf("%s in %s", kept, took)
			}
		})
	}
}

func TestAVendorIsKeptByTheDPOAndDeputies(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		role    Role
		command KeepVendor
		kind    Kind
	}{
		"the DPO adds one":         {RoleDPO, KeepVendor{What: VendorAdded, Vendor: "vn_1", ContractHours: 24}, ""},
		"a deputy changes one":     {RoleDeputy, KeepVendor{What: VendorAltered, Vendor: "vn_1", Fields: []string{"contact"}}, ""},
		"a responder adds none":    {RoleResponder, KeepVendor{What: VendorAdded, Vendor: "vn_1"}, Forbidden},
		"an administrator neither": {RoleAdmin, KeepVendor{What: VendorAdded, Vendor: "vn_1"}, Forbidden},
		"a change of nothing":      {RoleDPO, KeepVendor{What: VendorAltered, Vendor: "vn_1"}, Internal},
		"hours beyond a year":      {RoleDPO, KeepVendor{What: VendorAdded, Vendor: "vn_1", ContractHours: 9000}, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecideInstallation(0, Actor{Role: c.role, ID: "a"}, c.command, at)
			if c.kind == "" && err != nil || c.kind != "" && KindOf(err) != c.kind {
				t.Errorf("gives %v", err)
			}
		})
	}
}
