// Package testfolder makes folders for tests that start PostgreSQL, which runs
// under a user of its own when the tests run as root. Only tests may import it.
package testfolder

import (
	"os"
	"testing"
	"time"
)

// Make makes a folder that another user can pass through, unlike those of the
// testing package, and removes it when the test has ended.
func Make(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "tocsin-test-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// PostgreSQL outlives the process that a test killed for a moment, and
		// may write a file while its folder is removed.
		err := os.RemoveAll(dir)
		for end := time.Now().Add(30 * time.Second); err != nil && time.Now().Before(end); err = os.RemoveAll(dir) {
			time.Sleep(100 * time.Millisecond)
		}
		if err != nil {
			tb.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // it has to be passed through; what is in it is invented
		tb.Fatal(err)
	}
	return dir
}
