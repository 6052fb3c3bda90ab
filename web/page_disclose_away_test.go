package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/recovery"
)

func TestWhatAVendorTellsWhileTheEngineIsAwayIsKeptAndTakenUp(t *testing.T) {
	h := newHouse(t)
	path, vendor, link := h.door(`{"days":7,"uses":1}`)
	h.engineAway(Probe{Name: "engine", Check: func(context.Context) error { return errors.New("refused") }})
	outside := h.visitor()
	form := telling("AWAYAWAYAWAYAWAYAWAY", part{"message", "notice.eml", "Subject: x\r\n\r\nhello"}, part{"data_set", "people.csv", aPeople})
	before := time.Now()
	receipt := outside.tell(path+"?lang=en", form)
	shows(t, receipt, "It has arrived")
	reference := referenceShown.FindStringSubmatch(receipt.body)
	if reference == nil {
		t.Fatalf("the receipt says: %s", receipt.body)
	}
	// The same form again is the same, and is kept once.
	if again := outside.tell(path+"?lang=en", form); again.status != http.StatusOK || referenceShown.FindStringSubmatch(again.body)[1] != reference[1] {
		t.Errorf("sent again it gave %d", again.status)
	}
	waiting, err := h.store.DisclosuresWaiting(t.Context())
	if err != nil || len(waiting) != 1 || len(h.cases()) != 0 {
		t.Fatalf("%d wait, %d cases, %v", len(waiting), len(h.cases()), err)
	}
	if taken, err := recovery.TakeUp(t.Context(), h.store, away{}); taken != 0 || incident.KindOf(err) != incident.Unavailable {
		t.Errorf("while the engine is away %d were taken up: %v", taken, err)
	}
	// Who can act on it hears of it at once, in words, and nobody else does.
	told := func(shown bool, role incident.Role, language, word string) {
		t.Helper()
		email := "reader." + string(role) + "@example.com"
		_, _, err := h.store.CreateUser(t.Context(), postgres.NewUser{Email: email, Name: "Officer", Role: role, Locale: language, Zone: "Europe/Madrid", Password: visitorPassword})
		if err != nil {
			t.Fatal(err)
		}
		v := h.visitor()
		v.signIn(email, visitorPassword, "")
		if got := v.get("/account"); got.status != http.StatusOK || strings.Contains(got.body, word) != shown {
			t.Errorf("the role %s is shown %v, %d: %s", role, !shown, got.status, got.body)
		}
	}
	told(true, incident.RoleDPO, "en", "A vendor has told of a breach through its link")
	told(true, incident.RoleDeputy, "es", "Un proveedor ha comunicado una violación por su enlace")
	told(false, incident.RoleAdmin, "en", "A vendor has told of a breach")
	for want := range []int{1, 0} { // the second time there is nothing left
		taken, err := recovery.TakeUp(t.Context(), h.store, straight{h.store})
		if err != nil || taken != 1-want {
			t.Errorf("%d were taken up: %v", taken, err)
		}
	}
	state, err := h.store.State(t.Context(), waiting[0].Incident)
	if err != nil {
		t.Fatal(err)
	}
	d := state.Disclosure
	if state.Opener == nil || state.Opener.ID != link || d.Reference != reference[1] || d.VendorRecord == nil || d.VendorRecord.ID != vendor ||
		len(state.Documents) != 2 || state.DataSet == nil || d.ReceivedAt.Before(before.Add(-time.Second)) {
		t.Errorf("the case is %+v", state)
	}
	if again := outside.tell(path+"?lang=en", form); again.status != http.StatusOK || referenceShown.FindStringSubmatch(again.body)[1] != reference[1] || len(h.cases()) != 1 {
		t.Errorf("sent once more it gave %d and %d cases", again.status, len(h.cases()))
	}
}
