package report

import (
	"strings"

	"tocsin/incident"
)

// facts tells what happened: by the form of the notification, and by the
// disclosure.
func (r Register) facts(e *incident.RegisterEntry) string {
	return r.parts(e, incident.RegisterFacts, "reg_from_disclosure", e.Summary)
}

// effects tells what the breach meant for people: by the form, and as it was
// judged.
func (r Register) effects(e *incident.RegisterEntry) string {
	var judged []string
	for _, one := range [][2]string{{"risk", e.Risk}, {"exposure", e.Exposure}, {"availability", e.Availability}, {"integrity", e.Integrity}} {
		if text, known := r.own["reg_"+one[0]+"_"+one[1]]; known {
			judged = append(judged, text)
		}
	}
	return r.parts(e, incident.RegisterEffects, "reg_from_assessment", strings.Join(judged, "; "))
}

// remedies tells what was done: by the form, and by the tasks of the case.
func (r Register) remedies(e *incident.RegisterEntry) string {
	done := make([]string, len(e.Remedies))
	for i, one := range e.Remedies {
		done[i] = r.day(one.DoneAt) + ": " + r.Task(incident.Task{Code: one.Code, Title: one.Title})
		if one.Note != "" {
			done[i] += ": " + one.Note
		}
	}
	return r.parts(e, incident.RegisterRemedial, "reg_from_tasks", strings.Join(done, "\n"))
}

// parts tells a part of what Art. 33(5) asks, each piece under where it comes
// from: what was filed, the draft after it, and what the case knows besides.
func (r Register) parts(e *incident.RegisterEntry, part, besides, text string) string {
	var pieces []string
	for i := range e.Forms {
		f := &e.Forms[i]
		var lines []string
		for _, one := range e.Said {
			if one.Part != part || one.From != f.From {
				continue
			}
			line := r.t("reg_field", one.Label, one.Field, one.Value)
			if one.Rough {
				line += " (" + r.t("reg_estimated") + ")"
			}
			lines = append(lines, line)
		}
		if f.Erased {
			lines = append(lines, r.t("reg_erased"))
		}
		if len(lines) > 0 {
			pieces = append(pieces, r.source(f)+"\n"+strings.Join(lines, "\n"))
		}
	}
	if text != "" {
		pieces = append(pieces, r.t(besides)+"\n"+text)
	}
	return strings.Join(pieces, "\n\n")
}

// source names a version of the form.
func (r Register) source(f *incident.RegisterForm) string {
	if f.From == incident.RegisterFiled {
		return r.t("reg_from_filed", f.To, r.day(f.At), f.Receipt)
	}
	return r.t("reg_from_draft", f.Version, f.To, r.day(f.At))
}

// WhyNot is the reason for which a case was not notified; empty for every other.
func (r Register) WhyNot(e *incident.RegisterEntry) string {
	if e.Outcome != incident.RegisterNotNotified {
		return ""
	}
	return e.Reason
}

func (r Register) decidedBy(e *incident.RegisterEntry) string {
	if e.DecidedBy == "" {
		return ""
	}
	return r.Role(e.DecidedBy)
}

// waived tells which duties were found not to apply, where the reason is another
// than that of the decision.
func (r Register) waived(e *incident.RegisterEntry) string {
	var list []string
	for _, one := range e.Waived {
		if one.Reason != e.Reason {
			list = append(list, one.To+": "+one.Reason)
		}
	}
	return strings.Join(list, "\n")
}

// outcomeLine tells what became of the notification, and why. Of a case that was
// not notified it says why not, who decided it and when: GDPR Art. 33(1) leaves
// that to the controller, who has to show it (Art. 5(2)).
func (r Register) outcomeLine(e *incident.RegisterEntry, said map[string]RegisterCell, with func(...string) string) RegisterCell {
	because := with("decided", "reason", "decided_by", "dissent", "waived")
	if e.Outcome == incident.RegisterNotNotified {
		because = sentences(said["why_not_notified"].Label+": "+e.Reason, r.t("reg_decided_on", r.day(e.ReasonAt), said["decided_by"].Value), with("dissent", "waived"))
	}
	return RegisterCell{"outcome", r.t("reg_outcome"), sentences(said["outcome"].Value, because)}
}
