package report

import (
	"fmt"
	"time"

	"tocsin/dossier"
	"tocsin/incident"
)

// lateRing is from when on a reminder counts as late: within a minute it rang
// when it was due.
const lateRing = time.Minute

func (p printer) duty(o *incident.Obligation) dossier.Section {
	s := dossier.Section{Title: p.t("duty", o.N, o.Terms.RegimeName, o.Recipient())}
	law := sentences(o.Terms.Article+", "+o.Terms.Source, o.Stage().Standard)
	if o.Terms.VerifiedAt == "" {
		law = sentences(law, p.t("unread"))
	}
	s.Lines = append(s.Lines, p.line("law", law), p.line("state", p.t("status_"+o.Status)))
	if o.Reason != "" {
		s.Lines = append(s.Lines, p.line("status_waived", p.t("waived", o.Reason)))
	}
	if o.Timed() {
		s.Lines = append(s.Lines, p.line("counts_from", p.at(o.AwareAt)), p.line("due", sentences(p.at(o.DueAt), p.t("revisions", o.Revision))))
	} else {
		s.Lines = append(s.Lines, p.line("due", p.t("no_clock")))
	}
	if !o.OverdueAt.IsZero() {
		s.Lines = append(s.Lines, p.line("overdue", p.at(o.OverdueAt)))
	}
	for i := range o.Reminders {
		s.Lines = append(s.Lines, p.reminder(o, &o.Reminders[i]))
	}
	for _, d := range o.Drafts {
		s.Lines = append(s.Lines, p.draft(d))
	}
	for i := range o.Filings {
		s.Lines = append(s.Lines, p.filing(&o.Filings[i]))
	}
	for _, r := range o.DelayReasons {
		s.Lines = append(s.Lines, p.line("late", sentences(r.Text, p.t("decided", p.at(r.At), p.by(r.By)))))
	}
	return s
}

func (p printer) reminder(o *incident.Obligation, r *incident.Reminder) dossier.Line {
	label := p.t("rung", r.Rung)
	if r.Revision != o.Revision {
		label = p.t("rung_of", r.Rung, r.Revision)
	}
	switch r.Mode {
	case incident.RungPassed:
		return p.named("rung", label, p.t("rung_passed"))
	case incident.RungCombined:
		return p.named("rung", label, sentences(p.rang(r), p.t("rung_combined", r.Into)))
	}
	parts := []string{p.rang(r)}
	for _, c := range r.Calls {
		switch {
		case !c.AcceptedAt.IsZero():
			parts = append(parts, p.t("call", p.byOf(c.Recipient), p.at(c.AcceptedAt)))
		case !c.RefusedAt.IsZero():
			parts = append(parts, p.t("call_refused", p.byOf(c.Recipient), p.at(c.RefusedAt)))
		default:
			parts = append(parts, p.t("call_open", c.Level+1))
		}
	}
	if r.AcknowledgedAt.IsZero() {
		parts = append(parts, p.t("unacknowledged"))
	} else {
		parts = append(parts, p.t("acknowledged", p.at(r.AcknowledgedAt), p.byOf(r.AcknowledgedBy)))
	}
	return p.named("rung", label, sentences(parts...))
}

func (p printer) rang(r *incident.Reminder) string {
	if late := r.FiredAt.Sub(r.DueAt); late >= lateRing {
		return p.t("rung_late", p.at(r.DueAt), p.at(r.FiredAt), p.long(late))
	}
	return p.t("rung_due", p.at(r.DueAt), p.at(r.FiredAt))
}

func (p printer) draft(d incident.Draft) dossier.Line {
	approved := p.t("unapproved")
	if !d.ApprovedAt.IsZero() {
		approved = p.t("approved", p.at(d.ApprovedAt), p.byOf(d.ApprovedBy))
	}
	return p.named("draft", p.t("draft", d.Version),
		sentences(p.t("drafted", p.at(d.At), p.by(d.By)), approved, p.t("hash", d.Content.SHA256)))
}

func (p printer) filing(f *incident.Filing) dossier.Line {
	when, why, second, frozen := p.t("in_time"), "", "", ""
	if f.LateSeconds > 0 {
		when = p.t("late_by", p.long(seconds(f.LateSeconds)))
	}
	if f.DelayReasons != "" {
		why = p.t("delay_said", f.DelayReasons)
	}
	if !f.Approved {
		second = p.t("not_approved_draft")
	}
	if f.Frozen != nil {
		frozen = p.t("hash", f.Frozen.SHA256)
	}
	return p.line("filing", sentences(p.t("filed", p.at(f.At), f.Receipt, p.at(f.RecordedAt), p.by(f.By)), when, why, second, frozen))
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// late gathers what was late in the whole case, and the reasons that were given.
func (p printer) late(state *incident.State) dossier.Section {
	var lines []dossier.Line
	for i := range state.Obligations {
		o := &state.Obligations[i]
		for j := range o.Reminders {
			r := &o.Reminders[j]
			if r.Mode != incident.RungPassed && r.FiredAt.Sub(r.DueAt) >= lateRing {
				lines = append(lines, p.named("late_reminder", p.t("late_reminder", o.N, r.Rung), p.rang(r)))
			}
		}
		for _, f := range o.Filings {
			if f.LateSeconds > 0 {
				why := p.t("why_not")
				if f.DelayReasons != "" {
					why = p.t("delay_said", f.DelayReasons)
				} else if n := len(o.DelayReasons); n > 0 {
					why = p.t("delay_said", o.DelayReasons[n-1].Text)
				}
				lines = append(lines, p.named("late_filing", p.t("late_filing", o.N), sentences(p.t("late_by", p.long(seconds(f.LateSeconds))), why)))
			}
		}
		if !o.OverdueAt.IsZero() && o.Status == incident.ObligationOpen {
			why := p.t("why_not")
			if n := len(o.DelayReasons); n > 0 {
				why = p.t("delay_said", o.DelayReasons[n-1].Text)
			}
			lines = append(lines, p.named("late_duty", p.t("late_duty", o.N), sentences(p.t("not_filed", p.at(o.DueAt)), why)))
		}
	}
	if len(lines) == 0 {
		lines = []dossier.Line{p.line("state", p.t("nothing_late"))}
	}
	return p.section("late", lines...)
}

func (p printer) people(state *incident.State) dossier.Section {
	var lines []dossier.Line
	for i := range state.Rounds {
		r := &state.Rounds[i]
		parts := []string{p.t("round_people", r.People(), len(r.Imports))}
		for _, d := range r.Drafts {
			l := p.draft(d)
			parts = append(parts, l.Label+": "+l.Value)
		}
		switch {
		case !r.FinishedAt.IsZero():
			c := r.Counts
			parts = append(parts, p.t("round_sent", p.at(r.StartedAt), p.at(r.FinishedAt)),
				p.t("round_counts", c.Total, c.Accepted, c.Refused, c.Undeliverable, c.Unknown, c.Bounced), p.t("round_root", r.Root))
		case !r.StartedAt.IsZero():
			parts = append(parts, p.t("round_sending", p.at(r.StartedAt)))
		default:
			parts = append(parts, p.t("round_none"))
		}
		if r.StopReason != "" {
			parts = append(parts, p.t("reason", r.StopReason))
		}
		lines = append(lines, p.named("round", p.t("round", r.N), sentences(parts...)))
	}
	if len(lines) == 0 {
		lines = []dossier.Line{p.line("state", p.t("no_people"))}
	}
	if state.Public != nil {
		for _, made := range state.Public.Publications {
			lines = append(lines, p.line("public", sentences(made.Where, p.at(made.At), p.t("reason", made.Reason), p.t("decided", p.at(made.RecordedAt), p.by(made.By)))))
		}
	}
	if at := state.Retention.ErasedAt; !at.IsZero() {
		lines = append(lines, p.line("erased", p.at(at)))
	}
	return p.section("people", lines...)
}

func (p printer) tasks(state *incident.State) dossier.Section {
	var lines []dossier.Line
	for _, t := range state.Tasks {
		value := p.t("task_open", p.at(t.DueAt), p.Role(t.Owner))
		if !t.DoneAt.IsZero() {
			value = sentences(p.t("task_done", p.at(t.DoneAt), p.byOf(t.DoneBy)), t.Note)
		}
		l := p.named("task", p.Task(t), value)
		l.Number = fmt.Sprint(t.N)
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		lines = []dossier.Line{p.line("tasks", p.t("no_tasks"))}
	}
	return p.section("tasks", lines...)
}

func (p printer) files(state *incident.State) dossier.Section {
	var lines []dossier.Line
	for _, d := range state.Documents {
		lines = append(lines, p.named("file", d.Name, p.t("file", d.Size, d.SHA256)))
	}
	if len(lines) == 0 {
		lines = []dossier.Line{p.line("files", p.t("no_files"))}
	}
	return p.section("files", lines...)
}

// confirmed lists what others confirmed of the log.
func (p printer) confirmed() dossier.Section {
	var lines []dossier.Line
	for _, c := range p.Confirmed {
		lines = append(lines, p.named("confirmed_by", c.By, p.t("confirmed_"+c.Kind, c.Entries, p.at(c.At), c.Size)))
	}
	switch {
	case len(lines) == 0:
		lines = []dossier.Line{p.line("confirmed_by", p.t("confirmed_none"))}
	case p.Unlisted > 0:
		lines = append(lines, p.line("confirmed_earlier", p.t("confirmed_unlisted", p.Unlisted)))
	}
	return p.section("confirmed", lines...)
}

// entries lists what happened, in the order in which it was recorded.
func (p printer) entries(events []incident.Event) dossier.Section {
	var lines []dossier.Line
	for _, e := range events[:min(len(events), MaxEntries)] {
		value := p.t("entry", p.at(e.At), p.by(e.Actor))
		if d := e.RecordedAt.Sub(e.At); d >= time.Second || d <= -time.Second {
			value = p.t("entry_recorded", p.at(e.At), p.by(e.Actor), p.at(e.RecordedAt))
		}
		l := p.named("entry", p.Event(e.Type), value)
		l.Number = fmt.Sprint(e.Seq)
		lines = append(lines, l)
	}
	if len(events) > MaxEntries {
		lines = append(lines, p.line("entries", p.t("too_many", len(events), MaxEntries)))
	}
	return p.section("all", lines...)
}
