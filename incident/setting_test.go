package incident

import (
	"strings"
	"testing"
	"time"
)

func TestASettingIsTakenOnlyWhenItFits(t *testing.T) {
	now := Settings{SettingRetentionDays: "60", SettingRetentionWarnDays: "30,7,1"}
	for _, c := range []struct{ name, key, value, want string }{
		{"a name", SettingControllerName, "  Example S.A. ", "Example S.A."},
		{"no address", SettingControllerAddress, "", ""},
		{"a telephone number", SettingContactPhone, "+34 600 000 000", "+34 600 000 000"},
		{"a page", SettingPage, "https://example.com/incidents", "https://example.com/incidents"},
		{"the least", SettingRetentionDays, "30", "30"},
		{"no retention", SettingRetentionDays, "none", "none"},
		{"warnings in any order", SettingRetentionWarnDays, "1, 14", "14,1"},
	} {
		if got, err := CheckSetting(c.key, c.value, now); err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	for _, c := range []struct{ name, key, value string }{
		{"a key of nobody", "smtp.password", "x"},
		{"no key", "", "x"},
		{"no name", SettingControllerName, " "},
		{"two lines", SettingControllerName, "Example\nBcc: a@example.com"},
		{"a long name", SettingControllerName, strings.Repeat("n", 201)},
		{"letters for a number", SettingContactPhone, "call me"},
		{"signs for a number", SettingContactPhone, "+-"},
		{"a page without TLS", SettingPage, "http://example.com"},
		{"a page with a password", SettingPage, "https://a:b@example.com"},
		{"a script", SettingPage, "javascript:alert(1)"},
		{"less than the least", SettingRetentionDays, "29"},
		{"more than the most", SettingRetentionDays, "36526"},
		{"no number", SettingRetentionDays, "soon"},
		{"a warning before the closing", SettingRetentionWarnDays, "61"},
		{"a warning twice", SettingRetentionWarnDays, "7,7"},
		{"no warning", SettingRetentionWarnDays, ""},
		{"no language", SettingNoticeLanguage, ""},
	} {
		if got, err := CheckSetting(c.key, c.value, now); KindOf(err) != Invalid {
			t.Errorf("%s: %q, %v, want it refused", c.name, got, err)
		}
	}
	long := Settings{SettingRetentionDays: "400", SettingRetentionWarnDays: "365,30"}
	if _, err := CheckSetting(SettingRetentionDays, "60", long); KindOf(err) != Invalid {
		t.Errorf("a retention shorter than its first warning gives %v", err)
	}
}

func TestASettingIsChangedByWhoMayAndNamesNobody(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	change := func(key string) ChangeSetting {
		return ChangeSetting{Key: key, Before: "Ana Example", Value: "Eva Example", Salt: []byte("0123456789abcdef")}
	}
	for _, key := range SettingKeys() {
		for _, role := range append(Roles(), RoleEngine, RoleVendor, RoleCounsel) {
			event, err := DecideInstallation(0, Actor{Role: role, ID: "a"}, change(key), at)
			may := role == RoleDPO || role == RoleAdmin && strings.HasPrefix(key, "language.")
			if may != (err == nil) {
				t.Errorf("%s by %s gives %v", key, role, err)
				continue
			}
			if changed, ok := event.Data.(SettingChanged); ok && SettingNamesAPerson(key) &&
				(strings.Contains(changed.Before+changed.Value, "Example") || !changed.Committed || changed.Value != CommitSetting(change(key).Salt, "Eva Example")) {
				t.Errorf("the record of %s holds %+v", key, changed)
			}
		}
	}
}

func TestChosenValuesStandInPlaceOfTheOperators(t *testing.T) {
	operator := RetentionPolicy{Days: 90, WarnDays: []int{5}}
	if got := (Settings{}).Retention(operator); got.Days != 90 || len(got.WarnDays) != 1 {
		t.Errorf("nothing chosen gives %+v", got)
	}
	got := Settings{SettingRetentionDays: "400", SettingRetentionWarnDays: "14,2"}.Retention(operator)
	if got.Days != 400 || len(got.WarnDays) != 2 || got.WarnDays[0] != 14 {
		t.Errorf("chosen gives %+v", got)
	}
	if got := (Settings{SettingRetentionDays: RetentionNone}).Retention(operator); got.Days != 0 {
		t.Errorf("none gives %+v", got)
	}
	if days, warn := (RetentionPolicy{}).RetentionText(); days != RetentionNone || warn != "30,7,1" {
		t.Errorf("no policy is %s and %s", days, warn)
	}
}
