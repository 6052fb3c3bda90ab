//go:build !linux

package system

// born is known on Linux alone.
func born(string) string { return "" }
