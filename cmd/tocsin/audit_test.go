package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAuditListAsksForEveryPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages := map[string]string{"": `{"incident":"i1","entries":[{"hash":"a"},{"hash":"b"}],"next":2}`, "2": `{"incident":"i1","entries":[{"hash":"c"}]}`}
		w.Header().Set("Content-Type", "application/json")
		if _, err := fmt.Fprint(w, pages[r.URL.Query().Get("after")]); err != nil {
			t.Errorf("write: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	for _, args := range [][]string{{"audit", "list", "i1"}, {"audit", "installation"}} {
		code, stdout, stderr := tocsin(t, append(args, "-o", "json", "--url", server.URL, "--token", "tcs_test")...)
		var got struct {
			Incident string
			Entries  []struct{ Hash string }
			Next     *int64
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatalf("exit %d, %q, %s: %v", code, stdout, stderr, err)
		}
		if code != exitDone || got.Incident != "i1" || len(got.Entries) != 3 || got.Entries[2].Hash != "c" || got.Next != nil {
			t.Errorf("%q: exit %d, %s", args, code, stdout)
		}
	}
}
