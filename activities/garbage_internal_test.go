package activities

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedLessOnlyWhileLittleLives(t *testing.T) {
	for live, percent := range map[uint64]int{0: 800, 1 << 20: 800, 16 << 20: 300, 64 << 20: 100, 1 << 30: 100} {
		if got := garbagePercent(live); got != percent {
			t.Errorf("with %d bytes alive %d %%, expected %d", live, got, percent)
		}
	}
}

func TestTheLastMailingLeavesTheCollectionAsItWas(t *testing.T) {
	t.Setenv("GOGC", "")
	const own = 123
	defer debug.SetGCPercent(debug.SetGCPercent(own))
	first := collectLess()
	second := collectLess()
	first()
	if now := debug.SetGCPercent(own); now == own {
		t.Error("the first of two mailings put the setting back")
	}
	second()
	if now := debug.SetGCPercent(own); now != own {
		t.Errorf("%d %% remained, expected %d", now, own)
	}
	t.Setenv("GOGC", "50")
	collectLess()()
	if now := debug.SetGCPercent(own); now != own {
		t.Errorf("a setting of the process became %d %%", now)
	}
}
