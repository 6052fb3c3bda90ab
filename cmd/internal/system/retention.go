package system

import (
	"fmt"
	"strconv"
	"strings"

	"tocsin/incident"
)

// retention reads the setting of how long people's data are kept.
func retention(days, warn string) (incident.RetentionPolicy, error) {
	var p incident.RetentionPolicy
	var err error
	if days != "" {
		if p.Days, err = strconv.Atoi(days); err != nil || p.Days < 1 || p.Days > incident.MaxRetentionDays {
			return p, incident.InvalidField("TOCSIN_RETENTION_DAYS", days, "is not a number of days",
				fmt.Sprintf("1 to %d, or nothing: then nothing is erased until somebody decides it for a case", incident.MaxRetentionDays))
		}
	}
	if warn == "" {
		return p, nil
	}
	for text := range strings.SplitSeq(warn, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return p, incident.InvalidField("TOCSIN_RETENTION_WARN_DAYS", warn, "is not a list of numbers of days", "days before the date, such as 30,7,1")
		}
		p.WarnDays = append(p.WarnDays, n)
	}
	if err := incident.CheckWarnDays(p.WarnDays); err != nil {
		err.Field = "TOCSIN_RETENTION_WARN_DAYS"
		return p, err
	}
	return p, nil
}
