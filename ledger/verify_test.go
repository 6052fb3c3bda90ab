package ledger

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

func TestVerifyNeedsAUsableKey(t *testing.T) {
	_, bundle := bundleOf(t, 2)
	if _, err := Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), VerifyOptions{Key: "nonsense"}); err == nil {
		t.Error("a key that is none is accepted")
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	_, bundle := bundleOf(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, bytes.NewReader(bundle), int64(len(bundle)), VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// failingReader fails after a number of reads, as a broken disk does.
type failingReader struct {
	*bytes.Reader
	left int
}

var errDisk = errors.New("disk failure")

func (r *failingReader) ReadAt(p []byte, off int64) (int, error) {
	if r.left--; r.left < 0 {
		return 0, errDisk
	}
	return r.Reader.ReadAt(p, off)
}

func TestABrokenDiskIsNotTheBundlesFault(t *testing.T) {
	_, bundle := bundleOf(t, 3)
	finished := false
	for reads := 0; !finished; reads++ {
		report, err := Verify(t.Context(), &failingReader{bytes.NewReader(bundle), reads}, int64(len(bundle)), VerifyOptions{})
		finished = err == nil
		if finished && !report.OK {
			t.Fatalf("after %d reads: %+v", reads, report.Problems)
		}
		if !finished && !errors.Is(err, errDisk) {
			t.Fatalf("after %d reads: %v", reads, err)
		}
		if reads > 1000 {
			t.Fatal("it does not end")
		}
	}
}
