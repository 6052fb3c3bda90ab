package web

import (
	"cmp"
	"encoding/json"
	"slices"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

// exposedShown is a kind of data that was exposed, on the overview of a case.
type exposedShown struct {
	// Kind names it, Class says how it counts in ENISA's method; empty where the
	// method does not know it, as it is where a vendor's own column became a kind.
	Kind, Class string
	// People is how many people it concerns, by the files; 0 where none says so.
	People int
}

// exposedIn lists what was exposed: the kinds of data of the files that were imported,
// the most people first, and those that the last assessment names beside them. Groups
// of kinds stand there only while no file tells the kinds apart.
func exposedIn(state *incident.State, w wording.Words) []exposedShown {
	people := map[string]int{}
	for _, round := range state.Rounds {
		if round.To() != incident.RoundAffected {
			continue
		}
		for _, file := range round.Imports {
			for kind, n := range file.Counts.ByKind {
				people[kind] += n
			}
			for kind, n := range file.Counts.WidenedByKind {
				people[kind] += n
			}
		}
	}
	if last, ok := state.Assessed(); ok {
		var facts gdpr.BreachFacts
		// Facts in a form of before are not judged here: the assessment shows them.
		if json.Unmarshal(last.Facts, &facts) == nil {
			counted := len(people) > 0
			for _, data := range facts.Data {
				// A group says less than the kinds that the files tell apart.
				if _, group := gdpr.DataGroupByKey(data.Kind); !counted || !group {
					people[data.Kind] += 0
				}
			}
		}
	}
	classes, list := gdpr.KindContexts(), make([]exposedShown, 0, len(people))
	for kind, n := range people {
		one := exposedShown{Kind: kindOrGroup(kind, w), People: n}
		if i := slices.IndexFunc(classes, func(c gdpr.KindContext) bool { return c.Key == kind }); i >= 0 {
			one.Class = exposedClass(classes[i].Category, w)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b exposedShown) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}

// exposedClass names a category of the method. Credentials count as what they open.
func exposedClass(code string, w wording.Words) string {
	for _, category := range gdpr.ContextCategories() {
		if category.Code == code {
			return category.Label.In(w.Lang)
		}
	}
	return w.Own("exposed_" + code)
}
