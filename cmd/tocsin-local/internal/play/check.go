package play

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Expected numbers of the example, from its README.
const (
	reachable    = 497
	undelivered  = 3
	entriesLeast = 30
)

// Check compares how a play ended with how the example has to end.
func (p *Play) Check(ctx context.Context, o Outcome) error {
	var wrong []error
	expect := func(ok bool, format string, a ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, a...))
		}
	}
	expect(o.Case.State == "closed", "the case is %s", o.Case.State)
	expect(o.Verified.OK, "the bundle does not verify")
	expect(o.Verified.Entries >= entriesLeast, "the bundle has %d entries", o.Verified.Entries)
	expect(len(o.Case.Obligations) == 2, "there are %d obligations, expected one to the authority and one to the people", len(o.Case.Obligations))
	for _, duty := range o.Case.Obligations {
		if duty.Regime == "gdpr-34" {
			expect(duty.Status == "met", "the obligation to tell the people is %s", duty.Status)
			continue
		}
		expect(duty.Status == "filed" && len(duty.Filings) == 1, "the obligation is %s with %d filings", duty.Status, len(duty.Filings))
		for _, f := range duty.Filings {
			expect(len(f.Dossier) == 3, "the filing has %d papers, expected dossier and copy sheet", len(f.Dossier))
		}
		wrong = append(wrong, checkRungs(duty)...)
	}
	for _, task := range o.Case.Tasks {
		expect(!task.DoneAt.IsZero(), "task %d is not done", task.N)
	}
	expect(o.Counts.Accepted+o.Counts.Unknown == reachable, "%v notices were accepted and %v are unknown; expected %d together",
		o.Counts.Accepted, o.Counts.Unknown, reachable)
	expect(o.Counts.Undeliverable == undelivered, "%v people are undeliverable; expected %d", o.Counts.Undeliverable, undelivered)
	wrong = append(wrong, p.checkMails(ctx)...)
	return errors.Join(wrong...)
}

// checkRungs expects each rung once, called rungs with an accepted mail, and
// the rungs down to the filing.
func checkRungs(duty Obligation) []error {
	var wrong []error
	seen := map[string]bool{}
	names := map[string]bool{}
	for _, r := range duty.Reminders {
		key := fmt.Sprintf("%d %s", r.Revision, r.Rung)
		if seen[key] {
			wrong = append(wrong, fmt.Errorf("rung %s is recorded twice", r.Rung))
		}
		seen[key], names[r.Rung] = true, true
		if r.FiredAt.Before(r.DueAt) {
			wrong = append(wrong, fmt.Errorf("rung %s rang before it was due", r.Rung))
		}
		if r.Mode == "rung" && r.AcceptedAt.IsZero() && len(r.Calls) > 0 && r.AcknowledgedAt.IsZero() {
			wrong = append(wrong, fmt.Errorf("rung %s was never accepted by the relay", r.Rung))
		}
	}
	for _, name := range []string{"48h", "24h"} {
		if !names[name] {
			wrong = append(wrong, fmt.Errorf("rung %s is missing", name))
		}
	}
	return wrong
}

// checkMails expects one notice per person in the person's language.
func (p *Play) checkMails(ctx context.Context) []error {
	mails, err := p.mails(ctx)
	if err != nil {
		return []error{err}
	}
	notices := map[string]string{} // recipient of each Message-ID
	people := map[string]bool{}
	spanish := 0
	var wrong []error
	for _, m := range mails {
		if ackLink.MatchString(m.Text) || !strings.Contains(m.Text, "https://privacy.example.com/incident") {
			continue
		}
		if len(m.To) != 1 {
			wrong = append(wrong, fmt.Errorf("a notice has %d recipients", len(m.To)))
			continue
		}
		if to, ok := notices[m.MessageID]; ok && to != m.To[0] {
			wrong = append(wrong, errors.New("one Message-ID was used for two people"))
		}
		if people[m.To[0]] && notices[m.MessageID] == "" {
			wrong = append(wrong, errors.New("a person has two notices with different Message-IDs"))
		}
		if notices[m.MessageID] == "" && strings.Contains(m.Text, "Reglamento") {
			spanish++
		}
		notices[m.MessageID], people[m.To[0]] = m.To[0], true
		if !strings.Contains(m.Subject, "[EXERCISE]") && !strings.Contains(m.Subject, "[SIMULACRO]") {
			wrong = append(wrong, errors.New("a notice of the exercise is not marked as one"))
		}
	}
	if len(people) != reachable {
		wrong = append(wrong, fmt.Errorf("%d people have a notice; expected %d", len(people), reachable))
	}
	if spanish < 173 || spanish > 176 {
		wrong = append(wrong, fmt.Errorf("%d notices are in Spanish; expected 173 to 176", spanish))
	}
	return wrong
}
