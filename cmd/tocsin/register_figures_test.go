package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestALengthOfNoCaseIsNoZero(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, err := fmt.Fprint(w, `{"year":2025,"months":[],"word_to_awareness":{"cases":0,"median_hours":0,"p90_hours":0},
			"awareness_to_filing":{"cases":2,"median_hours":48.5,"p90_hours":70}}`); err != nil {
			t.Errorf("write: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	code, stdout, stderr := tocsin(t, "register", "figures", "--year", "2025", "--url", server.URL, "--token", "tcs_test")
	said := strings.Join(strings.Fields(stdout), " ")
	if code != exitDone || !strings.Contains(said, "word to awareness 0 - -") || !strings.Contains(said, "awareness to filing 2 48.5 70.0") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}
