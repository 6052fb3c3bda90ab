package web

import (
	"encoding/base64"
	"strings"
	"testing"

	"tocsin/people"
	"tocsin/web/wording"
)

func TestRowsThatCouldNotBeReadStandTogetherByTheirReason(t *testing.T) {
	done := importAnswer{RejectedRows: 1500}
	for i := range 40 {
		done.Rejected = append(done.Rejected, people.Rejected{Line: 1001 + i, Why: "1 values; expected 6"})
	}
	done.Rejected = append(done.Rejected, people.Rejected{Line: 7, Why: "=not text"})
	parts := rejectedParts(done, wording.For("en"))
	if len(parts) != 3 || parts[0].N != "40" || !strings.HasPrefix(parts[0].Lines, "1001, 1002, ") || !strings.HasSuffix(parts[0].Lines, "1030 and 10 more") {
		t.Errorf("the reasons are %+v", parts)
	}
	if parts[1] != (rejectedPart{"=not text", "1", "7"}) || parts[2].N != "1,459" {
		t.Errorf("the rest is %+v", parts[1:])
	}
	list, err := rejectedList(done, wording.For("en"))
	if err != nil {
		t.Fatal(err)
	}
	_, data, _ := strings.Cut(string(list), ",")
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil || strings.Count(string(text), "\n") != 42 || !strings.Contains(string(text), "7,'=not text") {
		t.Errorf("the list is %v %s", err, text)
	}
}
