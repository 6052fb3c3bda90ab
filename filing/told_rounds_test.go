package filing_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// further opens, sends and finishes another round of a case.
func further(t *testing.T, state *incident.State, kind, scope string, counts incident.DeliveryCounts, owed *incident.Owed) {
	t.Helper()
	at := now.Add(-time.Minute)
	open := incident.OpenRound{Kind: kind, Scope: scope, Reason: "they have to know", Counts: incident.RecipientCounts{People: counts.Total}}
	if scope == "" {
		open.Import, open.SHA256 = kind, sum
	}
	act(t, state, dpo, open, at)
	n := len(state.Rounds)
	act(t, state, dpo, incident.DraftMailing{Round: n, Template: kind, Content: incident.Document{ID: "n" + kind, SHA256: strings.Repeat("cd", 32), Size: 1}, Locales: []string{"es"}}, at)
	act(t, state, deputy, incident.ApproveMailing{Round: n}, at)
	act(t, state, dpo, incident.StartMailing{Round: n}, at)
	act(t, state, incident.Engine(), incident.FinishMailing{Round: n, Counts: counts, Owed: owed}, at)
}

// wantTold compares what the form says of who was informed.
func wantTold(t *testing.T, state *incident.State, extent string, words ...string) {
	t.Helper()
	draft := begin(t, state)
	if got := says(t, draft, "informed_extent"); got != extent {
		t.Errorf("the extent is %q, want %q", got, extent)
	}
	text := says(t, draft, "informed_extent_description")
	for _, want := range words {
		if !strings.Contains(text, want) {
			t.Errorf("the description does not say %q: %s", want, text)
		}
	}
	if extent == "all" && text != "" {
		t.Errorf("all were informed, and the form says %q", text)
	}
}

func TestWhoIsToldTwiceCountsOnce(t *testing.T) {
	state := toldCase(t, incident.DeliveryCounts{Total: 10, Accepted: 8, Refused: 2})
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 8")
	further(t, state, incident.RoundFollowUp, incident.ScopeTold, incident.DeliveryCounts{Total: 8, Accepted: 8}, &incident.Owed{})
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 8", "servidor: 2")
	// A follow-up that comes back takes nothing from the first notice.
	act(t, state, incident.Engine(), incident.RecordBounces{Round: 2, Bounced: 3, Counts: incident.DeliveryCounts{Total: 8, Accepted: 5, Bounced: 3}}, now)
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 8", "servidor: 2")
}

func TestANoticeThatCameBackInformedNobody(t *testing.T) {
	state := toldCase(t, incident.DeliveryCounts{Total: 10, Accepted: 10})
	wantTold(t, state, "all")
	act(t, state, incident.Engine(), incident.RecordBounces{Round: 1, Bounced: 3, Counts: incident.DeliveryCounts{Total: 10, Accepted: 7, Bounced: 3}}, now)
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 7", "Devueltos después: 3")
	act(t, state, incident.Engine(), incident.RecordBounces{Round: 1, Bounced: 10, Counts: incident.DeliveryCounts{Total: 10, Bounced: 10}}, now)
	if got := says(t, begin(t, state), "communicated"); got == "yes" {
		t.Errorf("every notice came back, and the form says that people were told")
	}
}

func TestWhomAStoppedRoundLeftOutAndALaterOneToldCountOnce(t *testing.T) {
	state := opened(t, "AEPD", assessed(true, true, `{}`),
		incident.ImportPeople{Round: 1, Import: "a", SHA256: sum, Counts: incident.PeopleCounts{Rows: 10, Accepted: 9, Undeliverable: 1}})
	at := now.Add(-time.Hour)
	act(t, state, dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: incident.Document{ID: "n", SHA256: sum, Size: 1}, Locales: []string{"es"}}, at)
	act(t, state, deputy, incident.ApproveMailing{Round: 1}, at)
	act(t, state, dpo, incident.StartMailing{Round: 1}, at)
	act(t, state, dpo, incident.StopMailing{Round: 1, Reason: "a wrong word"}, at)
	act(t, state, incident.Engine(), incident.FinishMailing{Round: 1, Counts: incident.DeliveryCounts{Total: 10, Accepted: 4, Pending: 5, Undeliverable: 1},
		Owed: &incident.Owed{Affected: 5}}, at)
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 4", "enviar correo: 1", "sin enviar: 5")
	further(t, state, incident.RoundAffected, incident.ScopeRest, incident.DeliveryCounts{Total: 5, Accepted: 5}, &incident.Owed{})
	wantTold(t, state, "not_all", "De 10 personas", "el aviso a 9", "enviar correo: 1")
	if text := says(t, begin(t, state), "informed_extent_description"); strings.Contains(text, "sin enviar") {
		t.Errorf("nobody is left to be written to, and the form says: %s", text)
	}
}

func TestWhoIsNotAffectedAndWhoAdministersAnOrganisationAreNoPeopleInformed(t *testing.T) {
	for _, kind := range []string{incident.RoundNotAffected, incident.RoundOrganisations} {
		state := toldCase(t, incident.DeliveryCounts{Total: 10, Accepted: 9, Undeliverable: 1})
		further(t, state, kind, "", incident.DeliveryCounts{Total: 500, Accepted: 500}, &incident.Owed{})
		wantTold(t, state, "not_all", "De 10 personas", "el aviso a 9", "enviar correo: 1")
		// Before the people themselves are written to, they are told nothing.
		none := opened(t, "AEPD", assessed(true, true, `{}`),
			incident.ImportPeople{Round: 1, Import: "a", SHA256: sum, Counts: incident.PeopleCounts{Rows: 10, Accepted: 10}})
		further(t, none, kind, "", incident.DeliveryCounts{Total: 500, Accepted: 500}, &incident.Owed{Affected: 10})
		if got := says(t, begin(t, none), "communicated"); got != "no_date_open" {
			t.Errorf("%s: only others were written to, and the form says %q", kind, got)
		}
	}
}

func TestALaterFileLeavesPeopleUntoldUntilTheyAreWrittenTo(t *testing.T) {
	state := toldCase(t, incident.DeliveryCounts{Total: 10, Accepted: 10})
	act(t, state, dpo, incident.ImportPeople{Round: 2, Import: "b", SHA256: strings.Repeat("ef", 32),
		Counts: incident.PeopleCounts{Rows: 6, Accepted: 4, Duplicates: 2, Widened: 2, WidenedTold: 2}}, now.Add(-time.Minute))
	wantTold(t, state, "not_all", "De 14 personas", "el aviso a 10", "sin enviar: 4", "menos datos de los que hoy se conocen: 2, pendientes")
	at := now.Add(-time.Minute)
	act(t, state, dpo, incident.DraftMailing{Round: 2, Template: "affected", Content: incident.Document{ID: "n2", SHA256: sum, Size: 1}, Locales: []string{"es"}}, at)
	act(t, state, deputy, incident.ApproveMailing{Round: 2}, at)
	act(t, state, dpo, incident.StartMailing{Round: 2}, at)
	act(t, state, incident.Engine(), incident.FinishMailing{Round: 2, Counts: incident.DeliveryCounts{Total: 4, Accepted: 4}, Owed: &incident.Owed{FollowUp: 2}}, at)
	// All have a notice, and two of them one that says less than is known.
	wantTold(t, state, "not_all", "De 14 personas", "el aviso a 14", "menos datos de los que hoy se conocen: 2, pendientes")
	further(t, state, incident.RoundFollowUp, incident.ScopeChanged, incident.DeliveryCounts{Total: 2, Accepted: 2}, &incident.Owed{})
	wantTold(t, state, "all")
}
