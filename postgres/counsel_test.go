package postgres_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestALinkForCounselOpensOneCaseUntilItEndsOrIsRevoked(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	dpo, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	by := incident.Actor{Role: incident.RoleDPO, ID: dpo.ID}
	for name, one := range map[string]struct {
		id, name string
		days     int
		kind     incident.Kind
	}{
		"no name": {"case", " ", 7, incident.Invalid}, "no day": {"case", "Firm", 0, incident.Invalid}, "too many days": {"case", "Firm", 31, incident.Invalid},
		"no case": {"none", "Firm", 7, incident.NotFound}, "a long name": {"case", strings.Repeat("x", 101), 7, incident.Invalid},
	} {
		if _, _, err := s.MakeCounselLink(t.Context(), dpo, one.id, one.name, one.days); incident.KindOf(err) != one.kind {
			t.Errorf("%s gives %v", name, err)
		}
	}
	link, secret, err := s.MakeCounselLink(t.Context(), dpo, "case", " Firm & Sons ", 1)
	if err != nil || link.Name != "Firm & Sons" {
		t.Fatalf("%+v, %v", link, err)
	}
	if found, err := s.CounselLink(t.Context(), secret); err != nil || found.ID != link.ID {
		t.Errorf("the link is %+v: %v", found, err)
	}
	opened, token, err := s.OpenCounselLink(t.Context(), secret)
	if err != nil || opened.Incident != "case" || opened.Opened != 1 {
		t.Fatalf("%+v, %v", opened, err)
	}
	if who, err := s.CounselOf(t.Context(), token); err != nil || who.Incident != "case" {
		t.Errorf("the session is of %+v: %v", who, err)
	}
	for what, wrong := range map[string]string{"a session as a link": token, "nothing": "", "an id": link.ID, "forged": "tcl_" + strings.Repeat("A", 43)} {
		_, err := s.CounselLink(t.Context(), wrong)
		_, _, opening := s.OpenCounselLink(t.Context(), wrong)
		if incident.KindOf(err) != incident.NotFound || incident.KindOf(opening) != incident.NotFound || err.Error() != opening.Error() {
			t.Errorf("%s gives %v and %v", what, err, opening)
		}
	}
	for what, wrong := range map[string]string{"a link as a session": secret, "nothing": ""} {
		if _, err := s.CounselOf(t.Context(), wrong); incident.KindOf(err) != incident.Unauthenticated {
			t.Errorf("%s gives %v", what, err)
		}
	}
	if _, err := s.SessionUser(t.Context(), token); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("as the session of an account it gives %v", err)
	}
	clock.advance(postgres.CounselSession)
	if _, err := s.CounselOf(t.Context(), token); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("after an hour it gives %v", err)
	}
	clock.advance(22*time.Hour + 30*time.Minute)
	_, token, err = s.OpenCounselLink(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(30 * time.Minute) // the link's end ends what it opened
	if _, err := s.CounselOf(t.Context(), token); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("after the link's end it gives %v", err)
	}

	next, secret, err := s.MakeCounselLink(t.Context(), dpo, "case", "Firm", 30)
	if err != nil {
		t.Fatal(err)
	}
	if _, token, err = s.OpenCounselLink(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeCounselLink(t.Context(), by, "another", next.ID); incident.KindOf(err) != incident.NotFound {
		t.Errorf("revoking it for another case gives %v", err)
	}
	for range 2 { // the second time changes nothing
		if err := s.RevokeCounselLink(t.Context(), by, "case", next.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CounselOf(t.Context(), token); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("after the revocation it gives %v", err)
	}
	if _, err := s.CounselLink(t.Context(), secret); incident.KindOf(err) != incident.NotFound {
		t.Errorf("the revoked link gives %v", err)
	}
	var told []string
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Entry.Type == incident.EvCounselLink {
			_, what, _ := strings.Cut(string(e.Entry.Data), `"what":"`)
			what, _, _ = strings.Cut(what, `"`)
			told = append(told, e.Entry.Actor.Role+" "+what)
		}
		if strings.Contains(string(e.Entry.Data), "Firm") {
			t.Errorf("the record names whom the link is for: %s", e.Entry.Data)
		}
	}
	if got := strings.Join(told, ", "); got != "dpo made, counsel opened, counsel opened, dpo made, counsel opened, dpo revoked" {
		t.Errorf("the record says %s", got)
	}
	for n := range postgres.MaxCounselLinks + 1 {
		_, _, err := s.MakeCounselLink(t.Context(), dpo, "case", "Firm", 7)
		if (n == postgres.MaxCounselLinks) != (incident.KindOf(err) == incident.Conflict) {
			t.Errorf("link %d gives %v", n, err)
		}
	}
	responder, _ := newUser(t, s, "responder@example.com", incident.RoleResponder)
	_, _, err = s.MakeCounselLink(t.Context(), responder, "case", "Firm", 7)
	wantKind(t, err, incident.Conflict) // ten are open
}
