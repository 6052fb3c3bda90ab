package ports

import (
	"net"
	"testing"
)

func TestReservedPortsAreDistinctAndHeldUntilReleased(t *testing.T) {
	held, err := Reserve(t.Context(), 6)
	if err != nil {
		t.Fatalf("Reserve: %v", err)
	}
	seen := map[int]bool{}
	for _, number := range held.Numbers() {
		if seen[number] {
			t.Errorf("port %d was reserved twice", number)
		}
		seen[number] = true
		if listener, err := net.Listen("tcp", Address(number)); err == nil {
			t.Errorf("port %d could be taken while reserved", number)
			_ = listener.Close()
		}
	}
	if len(seen) != 6 {
		t.Fatalf("reserved %d ports, want 6", len(seen))
	}

	if err := held.Release(); err != nil {
		t.Fatalf("Release: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Fatalf("second Release: %v", err)
	}
	for number := range seen {
		listener, err := net.Listen("tcp", Address(number))
		if err != nil {
			t.Errorf("port %d is not free after Release: %v", number, err)
			continue
		}
		if err := listener.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
