package web

import (
	"fmt"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
)

// stagesOf draws the stages of a case in their order. A duty that does not
// exist is never ticked off: it says "not required".
func stagesOf(state *incident.State, place *time.Location) []stageShown {
	// The stage does not depend on the instant.
	at := state.Summarize(state.OpenedAt).Stage
	last, assessed := state.Assessed()
	list := []stageShown{
		{Name: "Disclosure", Note: briefly(state.Disclosure.ReceivedAt, place), Done: true},
		{Name: "Assessment", Note: "risk not judged yet", Done: assessed, Here: at == incident.StageAssessing},
		authorityStage(state, place),
		{Name: "People affected", Note: "not decided yet", Here: at == incident.StageInforming},
		{Name: "Review", Note: "tasks, lessons", Done: state.IsClosed(), Here: at == incident.StageReview},
	}
	list[2].Here = at == incident.StageNotifying
	if assessed {
		list[1].Note = fmt.Sprintf("version %d, %s", last.Version, briefly(last.At, place))
		list[3].Note, list[3].Done = peopleStage(state, last.Decision.Communicate)
	}
	if state.IsClosed() {
		list[4].Note = "closed " + briefly(state.ClosedAt, place)
	}
	return list
}

func authorityStage(state *incident.State, place *time.Location) stageShown {
	stage := stageShown{Name: "Authority", Note: "not required"}
	filed, open := 0, 0
	var due time.Time
	for i := range state.Obligations {
		o := &state.Obligations[i]
		switch {
		case o.Terms.Recipient == gdpr.RecipientPeople:
			continue
		case o.Status == incident.ObligationFiled:
			filed++
		case o.Pending():
			open++
			if o.Running() && (due.IsZero() || o.DueAt.Before(due)) {
				due = o.DueAt
				stage.Note = o.Recipient() + ", due " + briefly(due, place)
			}
		}
	}
	switch {
	case open > 0 && due.IsZero():
		stage.Note = fmt.Sprintf("%d open", open)
	case open == 0 && filed > 0:
		stage.Note, stage.Done = "notified", true
	}
	return stage
}

func peopleStage(state *incident.State, communicate bool) (note string, done bool) {
	people, reached, told := 0, 0, len(state.Rounds) > 0
	for _, r := range state.Rounds {
		if r.To() != incident.RoundAffected || r.People() == 0 && !r.Opened {
			continue
		}
		people, reached = people+r.People(), reached+r.Counts.Accepted
		told = told && (r.Status == incident.MailingDone || r.Status == incident.MailingHalted)
	}
	told = told && (state.Owed == nil || state.Owed.Nobody())
	switch {
	case told && reached < people:
		return fmt.Sprintf("%d of %d written to", reached, people), true
	case told:
		return fmt.Sprintf("%d written to", people), true
	case !communicate:
		return "not required", false
	default:
		return fmt.Sprintf("%d to tell", people), false
	}
}

// briefly writes an instant where there is little room.
func briefly(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(place).Format("2 Jan 15:04")
}

// factsOf lists what is known; what is not known has no line.
func factsOf(state *incident.State, place *time.Location) []factShown {
	d := state.Disclosure
	facts := []factShown{
		{"Told by", spoken(d.Kind)}, {"Vendor", d.Vendor}, {"Received", known(d.ReceivedAt, place)},
		{"Began", known(d.OccurredFrom, place)}, {"Ended", known(d.OccurredTo, place)},
		{"Vendor found out", known(d.ProcessorDetectedAt, place)}, {"Personal data", d.PersonalData}, {"Authority", d.Authority},
	}
	if aware, ok := state.Aware(); ok {
		// The reason of a provisional instant says that it is one.
		facts = append(facts, factShown{"Aware since", shown(aware.At, place) + ": " + aware.Reason})
	}
	if last, ok := state.Assessed(); ok {
		if last.Severity != nil {
			facts = append(facts, factShown{"Severity", spoken(last.Severity.Band)})
		}
		if last.Advice != nil {
			facts = append(facts, factShown{"Advice", adviceInWords(*last.Advice)})
		}
		facts = append(facts, factShown{"Decision", decisionInWords(last.Decision)}, factShown{"Because", last.Decision.Reason})
		if notify, communicate := last.Against(); notify || communicate {
			facts = append(facts, factShown{"Differs", "the decision is not what the rules advise; its reason stands above"})
		}
		facts = append(facts, factShown{"Dissent", last.Decision.Dissent})
	}
	var out []factShown
	for _, f := range facts {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

func known(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return shown(t, place)
}

// adviceInWords says what the rules recommended.
func adviceInWords(a incident.Advice) string {
	risk := map[gdpr.Risk]string{
		gdpr.RiskUnlikely: "a risk is unlikely", gdpr.RiskLikely: "a risk, not a high one", gdpr.RiskHigh: "a high risk",
	}[a.Risk]
	words := fmt.Sprintf("%s; severity %s (%s)", risk, gdpr.Hundredths(a.Score), spoken(a.Band))
	if a.Provisional {
		words += fmt.Sprintf("; provisional, %d facts are missing", len(a.Missing))
	}
	return words
}

func decisionInWords(d incident.AssessmentDecision) string {
	authority, people := "do not notify the authority", "do not write to the people affected"
	if d.NotifyAuthority {
		authority = "notify the authority"
	}
	if d.Communicate {
		people = "write to the people affected"
	}
	return authority + "; " + people
}
