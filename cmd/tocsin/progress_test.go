package main

import (
	"strings"
	"testing"
	"time"
)

func TestALongFileSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	p := newProgress(&said, 100_000_000, func() time.Time { return at })
	for range 12 {
		p.took(5_000_000)
		at = at.Add(time.Second)
	}
	want := "20 % read, 20.0 MB of 100.0 MB, 6.7 MB/s, about 12s left\n" +
		"45 % read, 45.0 MB of 100.0 MB, 5.6 MB/s, about 10s left\n"
	if said.String() != want {
		t.Errorf("it says\n%swant\n%s", said.String(), want)
	}
}

func TestAShortFileAndOneOfUnknownSizeAreSentInSilence(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int64{"short": 1000, "of unknown size": 0} {
		var said strings.Builder
		at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
		p := newProgress(&said, size, func() time.Time { return at })
		for range 20 {
			p.took(50)
			if size > 0 {
				at = at.Add(100 * time.Millisecond)
			} else {
				at = at.Add(time.Minute)
			}
		}
		if said.Len() > 0 {
			t.Errorf("a file %s says %q", name, said.String())
		}
	}
}
