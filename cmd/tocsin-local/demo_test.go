package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDemo plays the demo as the README has it, in a folder of its own that it makes,
// and expects its check to pass.
func TestDemo(t *testing.T) {
	said, err := exec.CommandContext(t.Context(), programs.local, "demo", "--tocsin", programs.tocsin,
		"--example", "../../examples/vendor-breach", "--data", filepath.Join(folder(t), "not-there-yet"), "--listen", "127.0.0.1:0", "--exit").CombinedOutput()
	if err != nil {
		t.Fatalf("the demo fell short: %v\n%s", err, said)
	}
	for _, line := range []string{"Ready at http://127.0.0.1:", "The clock runs: AEPD", "Acknowledged", "Filed with the AEPD",
		"nothing changed", "caught mail", "workflows", "bundle"} {
		if !bytes.Contains(said, []byte(line)) {
			t.Errorf("the demo does not say %q:\n%s", line, said)
		}
	}
	t.Logf("%s", said)
}
