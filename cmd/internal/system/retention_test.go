package system

import (
	"slices"
	"strings"
	"testing"
)

func TestTheSettingOfRetentionIsReadStrictly(t *testing.T) {
	for _, one := range []struct {
		days, warn string
		want       int
		warnDays   []int
		refused    string
	}{
		{"", "", 0, nil, ""},
		{"365", "", 365, nil, ""},
		{"90", "14, 2", 90, []int{14, 2}, ""},
		{"0", "", 0, nil, "TOCSIN_RETENTION_DAYS"},
		{"a year", "", 0, nil, "TOCSIN_RETENTION_DAYS"},
		{"40000", "", 0, nil, "TOCSIN_RETENTION_DAYS"},
		{"90", "7,7", 0, nil, "TOCSIN_RETENTION_WARN_DAYS"},
		{"90", "soon", 0, nil, "TOCSIN_RETENTION_WARN_DAYS"},
	} {
		values := map[string]string{"TOCSIN_RETENTION_DAYS": one.days, "TOCSIN_RETENTION_WARN_DAYS": one.warn}
		c, err := FromEnvironment(func(name string) (string, bool) { v, ok := values[name]; return v, ok })
		if one.refused != "" {
			if err == nil || !strings.Contains(err.Error(), one.refused) || !strings.Contains(err.Error(), "expected") {
				t.Errorf("%q, %q give %v; expected a refusal that names %s", one.days, one.warn, err, one.refused)
			}
			continue
		}
		if err != nil || c.Retention.Days != one.want || !slices.Equal(c.Retention.WarnDays, one.warnDays) {
			t.Errorf("%q, %q give %+v, %v", one.days, one.warn, c.Retention, err)
		}
	}
}
