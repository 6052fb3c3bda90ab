package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestACaseAtAnInstantIsToldByTheTimeThatCounts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, err := fmt.Fprintf(w, `{"time":"2025-11-25T10:00:00Z","by":%q,"known":false,"until":"2025-11-26T10:00:00Z",
			"entries":[{"seq":7,"type":"notification_filed","at":"2025-11-25T11:00:00Z","recorded_at":"2026-11-30T22:31:07Z","role":"dpo"}],
			"changes":[{"path":"title","before":null,"after":"a long text of the case"},{"path":"n","before":1,"after":2}]}`,
			r.URL.Query().Get("by")); err != nil {
			t.Errorf("write: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	for by, want := range map[string][]string{
		"recorded": {"Nothing of this case was recorded by", "Recorded up to", "Known otherwise by then (2):"},
		"happened": {"Nothing of this case had happened by", "Happened up to", "\nOtherwise by then (2):"},
	} {
		code, stdout, stderr := tocsin(t, "audit", "diff", "i1", "--from", "2025-11-25T10:00:00Z", "--to", "2025-11-26T10:00:00Z", "--by", by,
			"--url", server.URL, "--token", "tcs_test")
		// An exercise has a time of its own, and a long value makes no other line long.
		for _, text := range append(want, "2025-11-25T11:00:00Z", "\nn: 1 -> 2\n") {
			if !strings.Contains(stdout, text) {
				t.Errorf("by %s: exit %d, %s%s\nwithout %q", by, code, stdout, stderr, text)
			}
		}
		if strings.Contains(stdout, "2026-11-30") {
			t.Errorf("by %s another time than the case's is shown: %s", by, stdout)
		}
	}
}
