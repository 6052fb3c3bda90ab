package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestALimitOfADomainIsKeptFromItsSettingToTheRelay sends a round to a domain
// that takes forty a second, and forty at once after a pause.
func TestALimitOfADomainIsKeptFromItsSettingToTheRelay(t *testing.T) {
	const people, rate = 100, 40
	t.Setenv("TOCSIN_SMTP_DOMAIN_RATE", "1000")
	t.Setenv("TOCSIN_SMTP_DOMAIN_RATES", "example.net=none example.org=fast")
	dir := folder(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if p, err := launchOn(ctx, programs.local, dir, "127.0.0.1:0"); err == nil {
		t.Errorf("it started with a rate that is none: %v", p.stop())
	} else if !strings.Contains(err.Error(), `TOCSIN_SMTP_DOMAIN_RATES: "example.org=fast"`) {
		t.Errorf("the refusal is %v", err)
	}

	t.Setenv("TOCSIN_SMTP_DOMAIN_RATES", "example.net=none example.org=40")
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	a := approveRound(t, r, dir, people)
	began := time.Now()
	a.send(t, r)
	c := a.finished(t, r)
	took := time.Since(began)
	if c.Accepted != people || c.Unknown != 0 {
		t.Errorf("the counts are %+v", c)
	}
	// A lower bound alone: no machine is too slow for it.
	if least := (people - rate) * time.Second / rate; took < least {
		t.Errorf("%d left in %v, want no less than %v", people, took, least)
	}
}
