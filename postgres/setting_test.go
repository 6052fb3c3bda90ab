package postgres_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func operatorsSettings() incident.Settings {
	return incident.Settings{incident.SettingControllerName: "Operator's", incident.SettingContactName: "Office", incident.SettingContactEmail: "office@example.com",
		incident.SettingRetentionDays: "90", incident.SettingRetentionWarnDays: "30,7,1", incident.SettingNoticeLanguage: "en"}
}

func TestASettingCountsForWhatIsReportedFromThenOn(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now), postgres.WithRules(incident.Rules{Retention: incident.RetentionPolicy{Days: 90}}))
	openCase(t, s, "before", start)
	clock.advance(time.Hour)
	by := incident.Actor{Role: incident.RoleDPO, ID: "account-of-the-dpo"}
	change := func(values incident.Settings) error {
		return s.ChangeSettings(t.Context(), by, values, operatorsSettings())
	}
	if err := change(incident.Settings{incident.SettingRetentionDays: "400", incident.SettingRetentionWarnDays: "365,14"}); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour)
	openCase(t, s, "after", clock.now())
	for id, want := range map[string]int{"before": 90, "after": 400} {
		state, err := s.State(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := s.RulesFor(t.Context(), state)
		if err != nil || rules.Retention.Days != want {
			t.Errorf("the case %s is kept for %d days, %v, want %d", id, rules.Retention.Days, err, want)
		}
	}
	for _, bad := range []incident.Settings{
		{incident.SettingControllerName: "New", incident.SettingRetentionDays: "29"}, // all or none
		{incident.SettingControllerName: ""}, {"relay.password": "x"}, {"": ""},
	} {
		if err := change(bad); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%v gives %v, want it refused", bad, err)
		}
	}
	if now, err := s.Settings(t.Context()); err != nil || len(now) != 2 {
		t.Errorf("after refusals the settings are %v, %v", now, err)
	}
	changes, err := s.SettingChanges(t.Context())
	if err != nil || len(changes) != 2 {
		t.Fatalf("the changes are %+v, %v", changes, err)
	}
	if err := change(incident.Settings{incident.SettingRetentionDays: "400"}); err != nil {
		t.Fatal(err)
	}
	if again, err := s.SettingChanges(t.Context()); err != nil || len(again) != 2 {
		t.Errorf("the same value again is another change: %+v, %v", again, err)
	}
}

func TestASettingGoesBackToTheOperatorsValueWhateverItIsThen(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now), postgres.WithRules(incident.Rules{Retention: incident.RetentionPolicy{Days: 90}}))
	by := incident.Actor{Role: incident.RoleDPO, ID: "account-of-the-dpo"}
	back := func(keys ...string) error { return s.ReturnSettings(t.Context(), by, keys, operatorsSettings()) }
	if err := back(incident.SettingRetentionDays); err != nil {
		t.Errorf("a setting that nobody changed: %v", err)
	}
	chosen := incident.Settings{incident.SettingRetentionDays: "400", incident.SettingRetentionWarnDays: "365,14", incident.SettingContactName: "Ana Muestra"}
	if err := s.ChangeSettings(t.Context(), by, chosen, operatorsSettings()); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour)
	openCase(t, s, "chosen", clock.now())
	clock.advance(time.Hour)
	// 90 days are less than the first of the warnings that stay.
	if err := back(incident.SettingContactName, incident.SettingRetentionDays); incident.KindOf(err) != incident.Invalid {
		t.Errorf("days that end before the first warning: %v", err)
	}
	if err := back("relay.password"); incident.KindOf(err) != incident.Invalid {
		t.Errorf("a setting that there is not: %v", err)
	}
	if err := s.ReturnSettings(t.Context(), incident.Actor{Role: incident.RoleAdmin, ID: "b"}, []string{incident.SettingRetentionDays, incident.SettingRetentionWarnDays}, operatorsSettings()); incident.KindOf(err) != incident.Forbidden {
		t.Errorf("an administrator returns the retention: %v", err)
	}
	if now, err := s.Settings(t.Context()); err != nil || len(now) != len(chosen) {
		t.Fatalf("after refusals the settings are %v, %v", now, err)
	}
	if err := back(incident.SettingRetentionWarnDays, incident.SettingRetentionDays, incident.SettingContactName); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Settings(t.Context()); err != nil || len(now) != 0 {
		t.Errorf("the settings are %v, %v, want the operator's", now, err)
	}
	clock.advance(time.Hour)
	openCase(t, s, "returned", clock.now())
	for id, want := range map[string]int{"chosen": 400, "returned": 90} {
		state, err := s.State(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if rules, err := s.RulesFor(t.Context(), state); err != nil || rules.Retention.Days != want {
			t.Errorf("the case %s is kept for %d days, %v, want %d", id, rules.Retention.Days, err, want)
		}
	}
	changes, err := s.SettingChanges(t.Context())
	if err != nil || len(changes) != 6 || !changes[0].Operator || changes[5].Operator {
		t.Errorf("the changes are %+v, %v", changes, err)
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	returned := 0
	for _, e := range entries {
		raw, err := json.Marshal(e.Entry)
		if err != nil || strings.Contains(string(raw), "Muestra") || strings.Contains(string(raw), "Office") {
			t.Errorf("the record holds %s, %v", raw, err)
		}
		if e.Entry.Type == incident.EvSettingChanged && strings.Contains(string(raw), `"operator":true`) {
			returned++
		}
	}
	if returned != 3 {
		t.Errorf("%d returns are recorded, want 3", returned)
	}
	if err := s.ChangeSettings(t.Context(), by, incident.Settings{incident.SettingRetentionDays: "500"}, operatorsSettings()); err != nil {
		t.Errorf("changed again: %v", err)
	}
	if now, err := s.Settings(t.Context()); err != nil || now[incident.SettingRetentionDays] != "500" {
		t.Errorf("changed again the settings are %v, %v", now, err)
	}
}

func TestTheRecordSaysWhoChangedASettingAndNamesNoContact(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	for _, role := range append(incident.Roles(), incident.RoleCounsel, incident.RoleEngine) {
		by := incident.Actor{Role: role, ID: "a"}
		err := s.ChangeSettings(t.Context(), by, incident.Settings{incident.SettingContactName: "Ana Muestra " + string(role)}, operatorsSettings())
		if (err == nil) != (role == incident.RoleDPO) || err != nil && incident.KindOf(err) != incident.Forbidden {
			t.Errorf("%s changes who is asked: %v", role, err)
		}
		err = s.ChangeSettings(t.Context(), by, incident.Settings{incident.SettingNoticeLanguage: "es"}, operatorsSettings())
		if role == incident.RoleAuditor && incident.KindOf(err) != incident.Forbidden {
			t.Errorf("an auditor changes a language: %v", err)
		}
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, e := range entries {
		if e.Entry.Type != incident.EvSettingChanged {
			continue
		}
		changed++
		raw, err := json.Marshal(e.Entry)
		if err != nil || strings.Contains(string(raw), "Muestra") || strings.Contains(string(raw), "Office") {
			t.Errorf("the record holds %s, %v", raw, err)
		}
	}
	if changed != 2 {
		t.Errorf("%d changes are recorded, want 2", changed)
	}
}
