package web

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// A round that nobody started is answered from the record; it must say what a
// count of its people says, as the imports come and for each state.
func TestARoundThatWasNotStartedIsAnsweredFromTheRecordAsItWouldBeCounted(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name\nana@example.com,Ana\nbroken,Bo\nana@example.com,Ana\n")
	same := func(round int) {
		t.Helper()
		counted, err := h.store.Tally(t.Context(), id, round, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var shown struct{ incident.DeliveryCounts }
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", fmt.Sprintf("%s/mailings/%d", one, round), "")), &shown); err != nil {
			t.Fatal(err)
		}
		if shown.DeliveryCounts != counted.Counts || counted.Counts.Total == 0 {
			t.Errorf("round %d is shown as %+v and counted as %+v", round, shown.DeliveryCounts, counted.Counts)
		}
	}
	same(1)
	h.must(incident.RoleDPO, "POST", one+"/people?name=b.csv", "email,name\nana@example.com,Ana\ncleo@example.com,Cleo\n")
	same(1)
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":true,"communicate":true,"reason":"risk"}}`)
	h.sent(id, 1, `{"template":"affected","content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
	h.must(incident.RoleDPO, "POST", one+"/people?name=c.csv", "email,name\nana@example.com,Ana\ndan@example.com,Dan\nbroken too,Eve\n")
	same(2)

	for state, want := range map[string]int{
		postgres.StatePending: 1, postgres.StateAccepted: 2, postgres.StateUndeliverable: 2, postgres.StateRefused: 0, postgres.StateBounced: 0,
	} {
		var list struct{ People []struct{ State string } }
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one+"/people?state="+state, "")), &list); err != nil {
			t.Fatal(err)
		}
		all, err := h.store.People(t.Context(), id, postgres.PeopleQuery{State: state})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.People) != want || len(all) != want {
			t.Errorf("%s: %d are listed and %d are stored, not %d", state, len(list.People), len(all), want)
		}
	}
}
