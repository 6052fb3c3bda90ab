package incident

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestASecondFactorIsDemandedByTheDPOAlone(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 123456789, time.FixedZone("", 3600))
	demand, err := DemandFactor{Roles: []Role{RoleAdmin, RoleDPO}}.Checked(now)
	if err != nil {
		t.Fatal(err)
	}
	want := DemandFactor{Roles: []Role{RoleDPO, RoleAdmin}, From: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)}
	if !reflect.DeepEqual(demand, want) {
		t.Errorf("checked it is %+v", demand)
	}
	if !demand.Of(RoleDPO, now) || demand.Of(RoleDPO, now.Add(-time.Minute)) || demand.Of(RoleDeputy, now) {
		t.Error("it is demanded of whom it is not")
	}
	for _, role := range append(Roles(), RoleEngine) {
		event, err := DecideInstallation(0, Actor{Role: role, ID: "x"}, demand, now)
		if (role == RoleDPO) != (err == nil) || err != nil && KindOf(err) != Forbidden {
			t.Errorf("the role %s gets %v", role, err)
		}
		if err != nil {
			continue
		}
		text, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back.Data, event.Data) {
			t.Errorf("it comes back as %+v, %v", back.Data, err)
		}
	}
	none, err := DemandFactor{From: now}.Checked(now)
	if err != nil || len(none.Roles) != 0 || !none.From.IsZero() {
		t.Errorf("the end of the demand is %+v, %v", none, err)
	}
	if _, err := DecideInstallation(0, Actor{Role: RoleDPO}, none, now); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]DemandFactor{
		"no role": {Roles: []Role{"counsel"}}, "the engine": {Roles: []Role{RoleEngine}}, "twice": {Roles: []Role{RoleDPO, RoleDPO}},
		"before anybody had one": {Roles: []Role{RoleDPO}, From: now.AddDate(-900, 0, 0)}, "in years": {Roles: []Role{RoleDPO}, From: now.AddDate(2, 0, 0)},
	} {
		if _, err := bad.Checked(now); KindOf(err) != Invalid {
			t.Errorf("%s gives %v", name, err)
		}
	}
}
