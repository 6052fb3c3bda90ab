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

func TestAVendorOpensACaseAndDecidesNothingAboutIt(t *testing.T) {
	vendor := Actor{Role: RoleVendor, ID: "dl_1"}
	at := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	told := Disclosure{Title: "T", Kind: "vendor", Vendor: "V", VendorRecord: &VendorTerms{ID: "vn_1"}, Reference: "A", ReceivedAt: at,
		PersonalData: "yes", Authority: "AEPD", Zone: "UTC"}
	for name, change := range map[string]func(d *Disclosure){
		"when we became aware":  func(d *Disclosure) { d.Awareness = &SetAwareness{At: at, Reason: "r"} },
		"that it is a drill":    func(d *Disclosure) { d.Exercise = &Exercise{Pace: 1} },
		"which laws apply":      func(d *Disclosure) { d.Screening = map[string]string{"personal_data": "no"} },
		"a duty":                func(d *Disclosure) { d.Duties = []Duty{{Regime: "nis2", Recipient: "C", Country: "ES"}} },
		"words for the record":  func(d *Disclosure) { d.Summary = "Nina" },
		"nothing of who it is":  func(d *Disclosure) { d.VendorRecord = nil },
		"no number of its own":  func(d *Disclosure) { d.Reference = "" },
		"that a person told us": func(d *Disclosure) { d.Kind = "person" },
	} {
		t.Run(name, func(t *testing.T) {
			d := told
			change(&d)
			if _, err := Decide(&State{}, vendor, Open{ID: "i", Disclosure: d}, at); KindOf(err) != Forbidden {
				t.Errorf("gives %v", err)
			}
		})
	}
	events, err := Decide(&State{}, vendor, Open{ID: "i", Disclosure: told}, at)
	if err != nil {
		t.Fatal(err)
	}
	state := Fold(events)
	if state.Opener == nil || *state.Opener != vendor {
		t.Errorf("opened by %v", state.Opener)
	}
	for _, c := range []Command{SetAwareness{At: at, Reason: "r"}, Attach{}, CompleteTask{Task: 1}, Close{Reason: "r"}, LinkVendor{Vendor: VendorTerms{ID: "v"}}} {
		if _, err := Decide(state, vendor, c, at); KindOf(err) != Forbidden {
			t.Errorf("a vendor may %s: %v", c.Name(), err)
		}
	}
	if RoleVendor.Valid() {
		t.Error("an account can hold the role of a vendor")
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
