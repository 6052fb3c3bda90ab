package web

import (
	"encoding/json"
	"slices"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestWhatWasExposedIsListedFromFilesAndAssessment(t *testing.T) {
	state := &incident.State{
		Rounds: []incident.Round{
			{N: 1, Imports: []incident.PeopleImported{
				{Counts: incident.PeopleCounts{ByKind: map[string]int{"email": 10, "location": 4}}},
				{Counts: incident.PeopleCounts{ByKind: map[string]int{"email": 2}, WidenedByKind: map[string]int{"location": 3}}},
			}},
			{N: 2, Kind: incident.RoundNotAffected, Imports: []incident.PeopleImported{{Counts: incident.PeopleCounts{ByKind: map[string]int{"email": 100}}}}},
		},
		Assessments: []incident.Assessment{{Version: 1, Facts: json.RawMessage(`{"data":[{"kind":"password"},{"kind":"email"},{"kind":"contact"}]}`)}},
	}
	got := exposedIn(state, wording.For("es"))
	want := []exposedShown{
		{"dirección de correo electrónico", "datos sencillos", 12},
		{"ubicación aproximada", "datos de comportamiento", 7},
	}
	if len(got) != 3 || !slices.Equal(got[:2], want) {
		t.Fatalf("it lists %+v", got)
	}
	for _, one := range got[2:] {
		if one.People != 0 || one.Class == "" || one.Kind == "" {
			t.Errorf("what no file counts is %+v", one)
		}
	}
	state.Rounds = nil
	if got := exposedIn(state, wording.For("en")); len(got) != 3 || !slices.ContainsFunc(got, func(e exposedShown) bool { return e.Kind == "contact details" }) {
		t.Errorf("before there is a file it lists %+v", got)
	}
	if got := exposedIn(&incident.State{}, wording.For("en")); len(got) != 0 {
		t.Errorf("where nothing is known it lists %+v", got)
	}
}
