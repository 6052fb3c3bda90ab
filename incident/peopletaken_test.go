package incident

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPeoplesDataLeaveByTheChoiceOfWhoAnswersForThem(t *testing.T) {
	at := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	open := &State{ID: "case", Number: "INC-2026-0001", Seq: 4}
	erasing := &State{ID: "case", Number: "INC-2026-0001", Seq: 4}
	erasing.Retention.BegunAt = at
	for name, c := range map[string]struct {
		state  *State
		role   Role
		people PeopleChosen
		kind   Kind
		words  string
	}{
		"the DPO":                          {open, RoleDPO, PeopleChosen{Reason: "asked for", People: 3, Deliveries: 2}, "", ""},
		"a deputy":                         {open, RoleDeputy, PeopleChosen{Reason: "asked for", People: 3}, "", ""},
		"an auditor":                       {open, RoleAuditor, PeopleChosen{Reason: "asked for", People: 3}, Forbidden, "people's data"},
		"an approver":                      {open, RoleApprover, PeopleChosen{Reason: "asked for", People: 3}, Forbidden, ""},
		"an administrator":                 {open, RoleAdmin, PeopleChosen{Reason: "asked for", People: 3}, Forbidden, ""},
		"outside counsel":                  {open, RoleCounsel, PeopleChosen{Reason: "asked for", People: 3}, Forbidden, ""},
		"Tocsin itself":                    {open, RoleEngine, PeopleChosen{Reason: "asked for", People: 3}, Forbidden, ""},
		"without a reason":                 {open, RoleDPO, PeopleChosen{Reason: " ", People: 3}, Invalid, "reason"},
		"with too long a reason":           {open, RoleDPO, PeopleChosen{Reason: strings.Repeat("x", 5000), People: 3}, Invalid, "reason"},
		"of nobody":                        {open, RoleDPO, PeopleChosen{Reason: "asked for"}, Conflict, "nobody was imported"},
		"while they are erased":            {erasing, RoleDPO, PeopleChosen{Reason: "asked for", People: 3}, Conflict, "being erased"},
		"of what is left of those erased":  {erasing, RoleDPO, PeopleChosen{Reason: "asked for", Deliveries: 2}, "", ""},
		"of a number that counts nobody":   {open, RoleDPO, PeopleChosen{Reason: "asked for", People: -1}, Internal, ""},
		"of deliveries that nobody counts": {open, RoleDPO, PeopleChosen{Reason: "asked for", People: 1, Deliveries: -1}, Internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			by := Actor{Role: c.role, ID: "u1"}
			events, err := Decide(c.state, by, PrepareBundle{For: by, People: &c.people}, at)
			if c.kind != "" {
				refused, _ := errors.AsType[*Error](err)
				if refused == nil || refused.Kind != c.kind || !strings.Contains(refused.Field+" "+refused.Message, c.words) {
					t.Errorf("the answer is %v", err)
				}
				return
			}
			if err != nil || len(events) != 2 {
				t.Fatalf("%d events: %v", len(events), err)
			}
			if events[0].Data != PeopleTaken(c.people) || events[0].Actor != by || events[1].Type != EvBundlePrepared || events[1].Actor != by {
				t.Errorf("what is recorded is %+v", events)
			}
		})
	}
}

func TestABundleIsAskedForInTheOwnName(t *testing.T) {
	state := &State{ID: "case", Number: "INC-2026-0001", Seq: 4}
	at := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	if _, err := Decide(state, Actor{Role: RoleAuditor, ID: "u1"}, PrepareBundle{For: Actor{Role: RoleDPO, ID: "u2"}}, at); KindOf(err) != Internal {
		t.Errorf("an auditor asks in the DPO's name: %v", err)
	}
	by := Actor{Role: RoleAuditor, ID: "u1"}
	if events, err := Decide(state, by, PrepareBundle{For: by}, at); err != nil || len(events) != 1 || events[0].Actor != by {
		t.Errorf("an auditor's own bundle: %+v, %v", events, err)
	}
}
