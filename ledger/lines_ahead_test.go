package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// However lines fall into batches, they come as one reader gives them, with their
// numbers and up to the same end.
func TestLinesReadAheadAreTheSame(t *testing.T) {
	const longest = 100 << 10
	for name, text := range map[string]string{
		"none":             "",
		"one":              "a\n",
		"many":             strings.Repeat("short\n\n", 5*aheadLines),
		"a batch exactly":  strings.Repeat("x\n", aheadLines),
		"long ones":        strings.Repeat(strings.Repeat("y", longest)+"\nz\n", 20),
		"no newline":       strings.Repeat("x\n", aheadLines+1) + "end",
		"one that is more": strings.Repeat("x\n", aheadLines-1) + strings.Repeat("y", longest+2) + "\nx\n",
	} {
		t.Run(name, func(t *testing.T) {
			plain := newLines(strings.NewReader(text), longest)
			seen := 0
			ahead := readAhead(newLines(strings.NewReader(text), longest), func(line []byte) []byte {
				seen++
				return fmt.Appendf(bytes.Clone(line), " %d", seen)
			})
			for {
				want, wrong := plain.next()
				got := ahead.next()
				if got.n != plain.n || !errors.Is(got.err, wrong) {
					t.Fatalf("line %d ends with %v, read alone line %d with %v", got.n, got.err, plain.n, wrong)
				}
				if wrong != nil {
					break
				}
				if string(got.value) != fmt.Sprintf("%s %d", want, got.n) {
					t.Fatalf("line %d is %.40q, read alone %.40q", got.n, got.value, want)
				}
			}
			if _, err := plain.next(); name == "none" && !errors.Is(err, io.EOF) {
				t.Errorf("nothing ends with %v", err)
			}
		})
	}
}
