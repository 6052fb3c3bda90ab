package intake

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestARequestGoesOnWhileItsFileComesAndEndsInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		comes, sends := io.Pipe()
		r, cancel := WhileItComes(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/", comes), time.Minute)
		defer cancel()
		go func() {
			for range 10 {
				time.Sleep(50 * time.Second)
				if _, err := sends.Write([]byte("x")); err != nil {
					t.Error(err)
				}
			}
		}()
		if n, err := io.ReadFull(r.Body, make([]byte, 10)); err != nil || r.Context().Err() != nil {
			t.Fatalf("after %d bytes in eight minutes the request ended: %v %v", n, err, r.Context().Err())
		}
		time.Sleep(59 * time.Second)
		if err := r.Context().Err(); err != nil {
			t.Errorf("within the limit after the last byte the request ended: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := r.Context().Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("in silence the request goes on: %v", err)
		}
	})
}

func TestARequestWithAFileEndsAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, cancel := WhileItComes(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/", endless{}), time.Minute)
		defer cancel()
		one := make([]byte, 1)
		for r.Context().Err() == nil {
			time.Sleep(30 * time.Second)
			if _, err := r.Body.Read(one); err != nil {
				t.Fatal(err)
			}
		}
		if !errors.Is(r.Context().Err(), context.DeadlineExceeded) {
			t.Errorf("it ended by %v", r.Context().Err())
		}
	})
}

// endless is a file that never ends.
type endless struct{}

// Read implements [io.Reader].
func (endless) Read(p []byte) (int, error) { return len(p), nil }
