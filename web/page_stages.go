package web

import (
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

// stagesOf draws the stages of a case in their order. A duty that does not
// exist is never ticked off: it says "not required".
func stagesOf(state *incident.State, w wording.Words, place *time.Location) []stageShown {
	// The stage does not depend on the instant.
	at := state.Summarize(state.OpenedAt).Stage
	last, assessed := state.Assessed()
	list := []stageShown{
		{Name: w.T("Disclosure"), Note: briefly(state.Disclosure.ReceivedAt, w, place), Done: true},
		{Name: w.T("assessment"), Note: w.T("risk not judged yet"), Done: assessed, Here: at == incident.StageAssessing},
		authorityStage(state, w, place),
		{Name: w.T("people_of"), Note: w.T("not decided yet"), Here: at == incident.StageInforming},
		{Name: w.T("Review"), Note: w.T("tasks, lessons"), Done: state.IsClosed(), Here: at == incident.StageReview},
	}
	list[2].Here = at == incident.StageNotifying
	if assessed {
		list[1].Note = w.T("version %d, %s", last.Version, briefly(last.At, w, place))
		list[3].Note, list[3].Done = peopleStage(state, w, last.Decision.Communicate)
	}
	if state.IsClosed() {
		list[4].Note = w.T("closed %s", briefly(state.ClosedAt, w, place))
	}
	return list
}

func authorityStage(state *incident.State, w wording.Words, place *time.Location) stageShown {
	stage := stageShown{Name: w.T("authority"), Note: w.T("not required")}
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
				stage.Note = w.T("%s, due %s", w.Recipient(o.Recipient()), briefly(due, w, place))
			}
		}
	}
	switch {
	case open > 0 && due.IsZero():
		stage.Note = w.T("%d open", open)
	case open == 0 && filed > 0:
		stage.Note, stage.Done = w.T("notified"), true
	}
	return stage
}

func peopleStage(state *incident.State, w wording.Words, communicate bool) (note string, done bool) {
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
		return w.T("%d of %d written to", reached, people), true
	case told:
		return w.T("%d written to", people), true
	case !communicate:
		return w.T("not required"), false
	default:
		return w.T("%d to tell", people), false
	}
}

// briefly writes an instant where there is little room.
func briefly(t time.Time, w wording.Words, place *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	if w.Lang == "es" {
		return wording.MarkInstant(t, place, wording.InstantBriefES)
	}
	return wording.MarkInstant(t, place, wording.InstantBrief)
}

// factsOf lists what is known; what is not known has no line.
func factsOf(state *incident.State, w wording.Words, place *time.Location) []factShown {
	d := state.Disclosure
	known := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return w.At(t, place)
	}
	facts := []factShown{
		{w.T("Told by"), w.T("told_by_" + d.Kind)}, {w.T("Vendor"), d.Vendor}, {w.T("Received"), known(d.ReceivedAt)},
		{w.T("Began"), known(d.OccurredFrom)}, {w.T("Ended"), known(d.OccurredTo)},
		{w.T("Vendor found out"), known(d.ProcessorDetectedAt)}, {w.T("Personal data"), w.T("personal_" + d.PersonalData)},
		{w.T("authority"), d.Authority},
	}
	if aware, ok := state.Aware(); ok {
		// The reason of a provisional instant says that it is one.
		facts = append(facts, factShown{w.T("Aware since"), w.At(aware.At, place) + ": " + aware.Reason})
	}
	if last, ok := state.Assessed(); ok {
		if last.Severity != nil {
			facts = append(facts, factShown{w.T("severity"), bandInWords(last.Severity.Band, w)})
		}
		if last.Advice != nil {
			facts = append(facts, factShown{w.T("assessed_advice"), adviceIn(*last.Advice, w)})
		}
		facts = append(facts, factShown{w.T("assessed_decision"), decisionIn(last.Decision.NotifyAuthority, last.Decision.Communicate, w)},
			factShown{w.T("assessed_reason"), last.Decision.Reason})
		if notify, communicate := last.Against(); notify || communicate {
			facts = append(facts, factShown{w.T("Differs"), w.T("the decision is not what the rules advise; its reason stands above")})
		}
		facts = append(facts, factShown{w.T("assessed_dissent"), last.Decision.Dissent})
	}
	var out []factShown
	for _, f := range facts {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// adviceIn says what the rules recommended.
func adviceIn(a incident.Advice, w wording.Words) string {
	text := w.T("risk_"+string(a.Risk)) + "; " + w.T("advice_severity", gdpr.Hundredths(a.Score).String(), bandInWords(a.Band, w))
	if a.Provisional {
		text = w.T("%s; provisional, %d facts are missing", text, len(a.Missing))
	}
	return text
}
