package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestEntriesAreGivenPageByPage(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open() + "/audit"
	page := func(query string) (seqs []int64, next int64) {
		t.Helper()
		var list struct {
			Entries []struct{ Entry struct{ Seq int64 } }
			Next    int64
		}
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+query, "")), &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Entries {
			seqs = append(seqs, e.Entry.Seq)
		}
		return seqs, list.Next
	}
	all, next := page("")
	if len(all) < 3 || next != 0 {
		t.Fatalf("without a page %d entries are given, next %d", len(all), next)
	}
	var got []int64
	for after := int64(0); ; {
		part, next := page("?limit=2&after=" + strconv.FormatInt(after, 10))
		got = append(got, part...)
		if next == 0 {
			break
		}
		if len(part) != 2 || next != part[1] {
			t.Fatalf("after %d: entries %v, next %d", after, part, next)
		}
		after = next
	}
	if len(got) != len(all) {
		t.Errorf("page by page %v are given, at once %v", got, all)
	}
	for i, seq := range got {
		if seq != int64(i)+1 {
			t.Errorf("place %d holds entry %d", i, seq)
		}
	}
	for query, field := range map[string]string{"?limit=1001": "limit", "?after=-1": "after", "?limit=x": "limit", "?page=2": "page"} {
		if status, answer := h.ask(incident.RoleAuditor, "GET", one+query, ""); status != http.StatusBadRequest || !strings.Contains(answer, field) {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}
