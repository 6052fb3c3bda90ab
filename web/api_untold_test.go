package web

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestWhoWasNotToldIsListedForLetters(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv",
		"email,name,country,city\nana@example.com,Ana,ES,Soria\nnowhere,\"=HYPERLINK(1)\",FR,Lyon\n")
	list := h.must(incident.RoleDPO, "GET", one+"/people/untold", "")
	rows, err := csv.NewReader(strings.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0][0] != "name" || rows[1][0] != "'=HYPERLINK(1)" || rows[1][2] != "Lyon" || rows[1][9] != "undeliverable" || rows[1][10] == "" {
		t.Errorf("the list is %q", rows)
	}
	if status, _ := h.ask(incident.RoleAdmin, "GET", one+"/people/untold", ""); status != http.StatusForbidden {
		t.Errorf("the administrator read people's data: %d", status)
	}
	if status, _ := h.ask(incident.RoleDPO, "GET", one+"/people/untold?round=x", ""); status != http.StatusBadRequest {
		t.Errorf("a round that is none gave %d", status)
	}
	number := strings.TrimPrefix(one, "/api/v1")
	page := h.must(incident.RoleDPO, "GET", number, "")
	if !strings.Contains(page, "1 in round 1 have to be told in another way") || !strings.Contains(page, number+"/people") {
		t.Errorf("the page does not say who has to be told in another way")
	}
}
