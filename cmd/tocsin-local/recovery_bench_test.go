package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
)

// BenchmarkRecovery measures, for open cases with one duty each, how long it takes
// after the loss of Temporal's databases from the start of the program until every
// case and clock runs again and that is recorded. The yardsticks are opening the
// same cases, one client, which starts the same workflows, and a start after which
// nothing is missing.
func BenchmarkRecovery(b *testing.B) {
	for _, cases := range []int{100, 300, 1000} {
		b.Run(fmt.Sprint("cases=", cases), func(b *testing.B) {
			for b.Loop() {
				recoverCases(b, cases)
			}
		})
	}
}

func recoverCases(b *testing.B, cases int) {
	b.Helper()
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	c := api{b: b, url: r.url, by: firstAccount(b, dir)}
	began := time.Now()
	for range cases {
		c.open(began.Add(-time.Hour), 0)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s-opening")
	r.stop(b)
	began = time.Now()
	r = start(b, dir, "127.0.0.1:0")
	b.ReportMetric(time.Since(began).Seconds(), "s-bare-start")
	r.stop(b)

	dropTemporal(b, dir)
	began = time.Now()
	r = start(b, dir, "127.0.0.1:0")
	defer r.stop(b)
	c.url = r.url
	var run incident.InstallationRecovered
	within(b, 10*time.Minute, 100*time.Millisecond, func() error {
		found, done := c.recovered()
		if !done {
			return errors.New("the cases do not run again")
		}
		run = found
		return nil
	})
	took := time.Since(began).Seconds()
	if run.Open != cases || run.Started < 2*cases {
		b.Fatalf("the recovery is %+v, not of %d cases and their clocks", run, cases)
	}
	b.ReportMetric(took, "s-recovery")
	b.ReportMetric(float64(run.Started)/took, "processes/s")
	b.ReportMetric(0, "ns/op")
}

// recovered looks for the entry of a recovery.
func (c api) recovered() (incident.InstallationRecovered, bool) {
	var list struct {
		Entries []struct {
			Entry struct {
				Type string
				Data incident.InstallationRecovered
			}
		}
	}
	c.decode(c.get("/api/v1/audit"), &list)
	for _, e := range list.Entries {
		if e.Entry.Type == incident.EvRecoveryRun {
			return e.Entry.Data, true
		}
	}
	return incident.InstallationRecovered{}, false
}
