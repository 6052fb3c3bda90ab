package web

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestTakingEvidenceAwayIsRecordedByWhom(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/documents?name=a.txt", "evidence")
	link := regexp.MustCompile(`/incidents/\w+/documents/\w+`).FindString(v.get("/incidents/" + id + "/evidence").body)
	if got := v.get(link); got.status != http.StatusOK || got.body != "evidence" {
		t.Fatalf("the file gave %d: %s", got.status, got.body)
	}
	h.must(incident.RoleAuditor, "POST", "/api/v1/incidents/"+id+"/bundle", "{}")
	page := v.get("/audit?kind=reads&incident=" + id)
	shows(t, page, "File of a case taken", "Evidence asked for, report printed", "Evidence exported", "Officer &lt;b&gt; (auditor)")
	noWordMissing(t, page)
	if strings.Contains(page.body, "Entries of the record exported") {
		t.Error("a bundle is recorded twice: in the case and for the installation")
	}
}

func TestAFloodOfWrongPasswordsIsOneEntry(t *testing.T) {
	h := newHouse(t)
	account := h.account(incident.RoleDPO)
	guesser := h.visitor()
	for range passwordsPerPair + 3 { // the last are not even looked at
		guesser.signIn(visitorEmail, "wrong", "")
	}
	rows, err := h.store.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Entry.Type == incident.EvSignInFailed {
			t.Error("a wrong password is recorded before its hour has passed")
		}
	}
	failed := incident.NoteFailures{Account: account.ID, Hour: time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC), Passwords: passwordsPerPair, Codes: 1}
	if err := h.store.RecordForInstallation(t.Context(), incident.Engine(), failed); err != nil {
		t.Fatal(err)
	}
	page := h.as(incident.RoleDPO, "other@example.com", "en").get("/audit?kind=security")
	shows(t, page, "Signing in failed in one hour: 5 wrong passwords, 1 wrong codes: Officer &lt;b&gt;")
	if strings.Contains(page.body, visitorEmail) {
		t.Error("the page shows the address")
	}
}

func TestWhereTheLastCheckpointsWentStandsOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	shows(t, v.get("/audit"), "Nothing left the building yet.")
	for _, sent := range []incident.SendCheckpoint{{Size: 3, To: incident.ToDPO, Account: "x"}, {Size: 3, To: incident.ToFurther}, {Size: 7, To: incident.ToDPO, Account: "x"}} {
		if err := h.store.RecordForInstallation(t.Context(), incident.Engine(), sent); err != nil {
			t.Fatal(err)
		}
	}
	page := v.get("/audit")
	shows(t, page, "7 entries, to the first DPO, on ", "3 entries, to the further address, on ", "Checkpoint of the record mailed")
	noWordMissing(t, page)
}

func TestReadinessSaysHowFarAReceiverOfTheRecordIsBehind(t *testing.T) {
	h := newHouseWith(t, func(c *Config) { c.Streams = []string{"syslog"} })
	h.open()
	head, err := h.store.LogHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var answer readiness
	if _, body := h.ask(incident.RoleDPO, "GET", "/readyz", ""); json.Unmarshal([]byte(body), &answer) != nil || answer.Behind["syslog"] != head.Size {
		t.Errorf("readiness says %s of a log of %d", body, head.Size)
	}
}
