package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestThePictureAddsUpToThePeople(t *testing.T) {
	round := incident.Round{N: 1, Status: incident.MailingHalted, Imports: []incident.PeopleImported{{Counts: incident.PeopleCounts{Rows: 1000, Accepted: 800, Undeliverable: 100}}}}
	rest := incident.Round{N: 2, Opened: true, Kind: incident.RoundAffected, Scope: incident.ScopeRest, Status: incident.MailingDone}
	state := &incident.State{Rounds: []incident.Round{round, rest}}
	parts := []roundPart{
		{N: 1, mailingStatus: mailingStatus{DeliveryCounts: incident.DeliveryCounts{Total: 900, Pending: 300, Accepted: 450, Unknown: 10, Refused: 30, Bounced: 10, Undeliverable: 100}}},
		{N: 2, mailingStatus: mailingStatus{DeliveryCounts: incident.DeliveryCounts{Total: 300, Accepted: 280, Deferred: 20}}},
	}
	ours := 850
	list := coverage(state, parts, &ours, 0, wording.For("en"))
	if len(list) != 1 || list[0].Rounds != "Rounds 1, 2" {
		t.Fatalf("the pictures are %+v", list)
	}
	want := []barShown{
		{"Rows in the files", "1,000", 0, 1000, ""}, {"People", "900", 0, 900, ""}, {"With an account of ours", "850", 0, 850, ""},
		{"Mail can reach", "800", 0, 800, ""}, {"Told", "730", 0, 730, "told"}, {"In doubt", "10", 730, 10, "doubt"},
		{"Not told yet", "20", 740, 20, "waiting"}, {"Mail cannot tell", "140", 760, 140, "cannot"},
	}
	if got := fmt.Sprint(list[0].Bars); got != fmt.Sprint(want) {
		t.Errorf("the bars are\n%s, not\n%s", got, fmt.Sprint(want))
	}
	parts[0].Bounced, parts[0].Accepted, round.Imports[0].Counts.Rows = 1, 459, 100_000
	state.Rounds[0].Imports = round.Imports
	last := coverage(state, parts, nil, 0, wording.For("en"))[0].Bars
	if bar := last[len(last)-1]; bar.Width < thinnest || bar.From+bar.Width > 1000 {
		t.Errorf("next to nobody is a bar from %d, %d wide", bar.From, bar.Width)
	}
	if got := fmt.Sprint(list[0].Cannot); got != "[{No address that mail reaches 100} {Refused for good 30} {Came back 10}]" {
		t.Errorf("mail does not tell them because %s", got)
	}
}

func TestThePagePicturesHowFarTheNoticesCame(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/incidents/" + id
	h.must(incident.RoleDPO, "POST", "/api/v1"+one+"/people?name=a.csv", "email,name\nana@example.com,Ana\nbo@example.com,Bo\nbroken,Cy\n")
	h.sent(id, 1, `{"template":"affected","content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
	officer, responder := h.as(incident.RoleDPO, "officer1@example.com", "es"), h.as(incident.RoleResponder, "technician@example.com", "en")
	shows(t, officer.get(one+"/people"), "Hasta dónde han llegado los avisos", "A personas afectadas", `<rect class="told" x="0" width="667"`,
		`<rect class="cannot" x="666" width="334"`, "Sin dirección utilizable", one+"/people/untold?round=1")
	page := responder.get(one + "/people")
	shows(t, page, "How far the notices came", "Mail cannot tell")
	if strings.Contains(page.body, "/people/untold") {
		t.Error("who may not see people is offered their list")
	}
	if got := responder.get(one + "/people/untold?round=1"); got.status != http.StatusForbidden {
		t.Errorf("the list gave %d to a responder", got.status)
	}
}
