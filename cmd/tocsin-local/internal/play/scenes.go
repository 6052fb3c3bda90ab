package play

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
)

// patience is how long the play waits for something that the clock brings.
const patience = 20 * time.Minute

// contain does the tasks of the first hours.
func (p *Play) contain(ctx context.Context) error {
	return p.tasks(ctx, "cut_integration", "secure_evidence")
}

// finishTasks does the others.
func (p *Play) finishTasks(ctx context.Context) error {
	return p.tasks(ctx, "ask_vendor", "review_vendors")
}

func (p *Play) tasks(ctx context.Context, codes ...string) error {
	c, err := p.show(ctx)
	if err != nil {
		return err
	}
	for _, code := range codes {
		for _, task := range c.Tasks {
			if task.Code != code {
				continue
			}
			by, note := p.DPO, ""
			for _, choice := range p.choices.Tasks {
				if choice.Task == code {
					note = choice.Note
					if choice.By == "responder" {
						by = p.helper
					}
				}
			}
			if err := p.Tocsin.run(ctx, by, nil, "task", "done", p.incident, strconv.Itoa(task.N), "--note", note); err != nil {
				return err
			}
			p.Say("Task done by the %s: %s.", incident.Role(by.Role).Called(), incident.Task{Code: code}.Called())
		}
	}
	return nil
}

// ackLink finds the link of acknowledgement in a reminder.
var ackLink = regexp.MustCompile(`https?://\S+/ack/\S+`)

// firstReminder leaves the first rung to the deputy and follows its link.
func (p *Play) firstReminder(ctx context.Context) error {
	p.Say("Waiting for the first reminder, 48 hours before the limit. Nobody acknowledges it at first …")
	_, err := p.until(ctx, "the deputy to be mailed about a rung", patience, func(c Case) bool {
		for _, r := range c.Obligations[0].Reminders {
			if r.Mode == "rung" && len(r.Calls) > 1 && !r.Calls[1].AcceptedAt.IsZero() {
				return true
			}
		}
		return false
	})
	if err != nil {
		return err
	}
	p.Say("  The DPO was mailed, and the deputy, because nobody had acknowledged. The deputy opens the link.")
	mail, err := p.mailTo(ctx, "deputy.", "")
	if err != nil {
		return err
	}
	link := ackLink.FindString(mail.Text)
	if link == "" {
		return errors.New("the reminder has no link to acknowledge it")
	}
	path := link[strings.Index(link, "/ack/"):]
	if _, err := p.patiently(ctx, "GET", path); err != nil {
		return err
	}
	if _, err := p.patiently(ctx, "POST", path); err != nil {
		return err
	}
	if _, err := p.until(ctx, "the acknowledgement to be recorded", time.Minute, acknowledged); err != nil {
		return err
	}
	p.Say("  Acknowledged: %q", mail.Subject)
	return nil
}

func acknowledged(c Case) bool {
	for _, r := range c.Obligations[0].Reminders {
		if !r.AcknowledgedAt.IsZero() {
			return true
		}
	}
	return false
}

// patiently repeats a request to a page while the server is away.
func (p *Play) patiently(ctx context.Context, method, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Tocsin.Patience)
	defer cancel()
	for {
		body, err := p.request(ctx, method, p.Tocsin.URL()+path)
		if err == nil {
			return body, nil
		}
		if waiting := wait(ctx, 300*time.Millisecond); waiting != nil {
			return nil, errors.Join(err, waiting)
		}
	}
}

// mails gives the caught mails, newest first.
func (p *Play) mails(ctx context.Context) ([]Mail, error) {
	body, err := p.patiently(ctx, "GET", "/dev/mail.json")
	if err != nil {
		return nil, err
	}
	var mails []Mail
	return mails, json.Unmarshal(body, &mails)
}

// mailTo finds the newest reminder to an address with a prefix.
func (p *Play) mailTo(ctx context.Context, prefix, subject string) (Mail, error) {
	mails, err := p.mails(ctx)
	if err != nil {
		return Mail{}, err
	}
	for _, m := range mails {
		if len(m.To) == 1 && strings.HasPrefix(m.To[0], prefix) && strings.Contains(m.Subject, subject) && ackLink.MatchString(m.Text) {
			return m, nil
		}
	}
	return Mail{}, fmt.Errorf("no reminder to the address that begins with %q was caught", prefix)
}

func (p *Play) revise(ctx context.Context) error {
	a := p.choices.Awareness
	if err := p.Tocsin.run(ctx, p.DPO, nil, "incident", "awareness", p.incident,
		"--at", a.At.Format(time.RFC3339), "--reason", a.Reason); err != nil {
		return err
	}
	c, err := p.show(ctx)
	if err != nil {
		return err
	}
	p.Say("Awareness revised to %s; due now %s.", a.At.Format("15:04"), c.Obligations[0].Due.Format("Mon 2 Jan 15:04 -07:00"))
	return nil
}

func (p *Play) people(ctx context.Context) error {
	var answer struct {
		Rows          int   `json:"rows"`
		Accepted      int   `json:"accepted"`
		Undeliverable int   `json:"undeliverable"`
		Duplicates    int   `json:"duplicates"`
		Rejected      []any `json:"rejected"`
	}
	err := p.Tocsin.run(ctx, p.DPO, &answer, "people", "import", p.incident, "--file", p.path("dataset.csv"))
	if err != nil && !strings.Contains(err.Error(), "imported into round 1 already") {
		return err
	}
	p.Say("The vendor's data set: %d rows, %d people whom mail reaches, %d whom it does not, %d duplicates, %d rejected lines.",
		answer.Rows, answer.Accepted, answer.Undeliverable, answer.Duplicates, len(answer.Rejected))
	return nil
}

func (p *Play) assess(ctx context.Context) error {
	if err := p.Tocsin.run(ctx, p.DPO, nil, "assessment", "record", p.incident, "--file", p.path("assessment.json")); err != nil {
		return err
	}
	p.Say("Risk assessed, decision recorded: notify the authority and tell the people.")
	return nil
}

func (p *Play) notification(ctx context.Context) error {
	var draft struct {
		Content      struct{ Subtype string }
		Completeness struct{ Percent int }
	}
	if err := p.Tocsin.run(ctx, p.DPO, &draft, "notification", "draft", p.incident,
		"--authority", "AEPD", "--file", p.path("notification.json")); err != nil {
		return err
	}
	if err := p.Tocsin.run(ctx, p.deputy, nil, "notification", "approve", p.incident, "--obligation", "1"); err != nil {
		return err
	}
	p.Say("Notification drafted by the DPO and approved by the deputy: %s, %d %% of the form answered.",
		draft.Content.Subtype, draft.Completeness.Percent)
	return nil
}

// secondReminder acknowledges the rung at 24 hours by command.
func (p *Play) secondReminder(ctx context.Context) error {
	p.Say("Waiting for the reminder 24 hours before the limit …")
	if _, err := p.until(ctx, "the reminder at 24 hours", patience, func(c Case) bool {
		r, ok := c.Obligations[0].rung("24h")
		return ok && (r.Mode != "rung" || !r.AcceptedAt.IsZero())
	}); err != nil {
		return err
	}
	if err := p.Tocsin.run(ctx, p.DPO, nil, "obligation", "ack", p.incident, "--obligation", "1"); err != nil {
		return err
	}
	p.Say("  Acknowledged by the DPO.")
	return nil
}

func (p *Play) file(ctx context.Context) error {
	c, err := p.show(ctx)
	if err != nil {
		return err
	}
	args := []string{"notification", "file", p.incident, "--obligation", "1",
		"--receipt", p.choices.Notification.Receipt, "--at", c.Now.Format(time.RFC3339Nano)}
	if c.Now.After(c.Obligations[0].Due) {
		args = append(args, "--delay-reasons", "The system was down while the clock ran.")
	}
	if len(c.Obligations[0].Filings) == 0 {
		if err := p.Tocsin.run(ctx, p.DPO, nil, args...); err != nil && !strings.Contains(err.Error(), "filed already") {
			return err
		}
	}
	left := c.Obligations[0].Due.Sub(c.Now).Round(time.Minute)
	p.Say("Filed with the AEPD, receipt %s, %s before the limit. The clock ends.", p.choices.Notification.Receipt, left)
	p.Say("  What was filed is frozen and printed, in Spanish and English: a PDF, a page and a copy sheet stand in the record.")
	return nil
}

func (p *Play) mailing(ctx context.Context) error {
	if err := p.Tocsin.run(ctx, p.DPO, nil, "mailing", "draft", p.incident,
		"--template", "affected", "--file", p.path("mailing.json")); err != nil {
		return err
	}
	err := p.Tocsin.run(ctx, p.DPO, nil, "mailing", "approve", p.incident, "--round", "1")
	if _, refused := errors.AsType[*errRefused](err); !refused {
		return fmt.Errorf("the drafter's own approval was not refused: %w", err)
	}
	p.Say("Notice drafted in Spanish and English. The DPO's own approval is refused: %q", reason(err))
	if err := p.Tocsin.run(ctx, p.deputy, nil, "mailing", "approve", p.incident, "--round", "1"); err != nil {
		return err
	}
	if err := p.Tocsin.run(ctx, p.DPO, nil, "mailing", "start", p.incident, "--round", "1"); err != nil {
		return err
	}
	c, err := p.until(ctx, "the mailing to finish", patience, func(c Case) bool { return c.Rounds[0].Status == "finished" })
	if err != nil {
		return err
	}
	p.Say("Approved by the deputy and sent, one message to each of the %d people whom mail reaches.", c.Rounds[0].Counts.Accepted)
	return nil
}

// reason is the last part of a refusal.
func reason(err error) string {
	text := err.Error()
	if at := strings.LastIndex(text, ": version"); at >= 0 {
		return text[at+2:]
	}
	return text
}

func (p *Play) close(ctx context.Context) error {
	err := p.Tocsin.run(ctx, p.DPO, nil, "incident", "close", p.incident, "--reason", p.choices.Closing.Reason)
	if err != nil && !strings.Contains(err.Error(), "is closed") {
		return err
	}
	p.Say("Closed.")
	return nil
}

// evidence exports the bundle and verifies it offline.
func (p *Play) evidence(ctx context.Context) (Outcome, error) {
	var o Outcome
	var err error
	if o.Case, err = p.show(ctx); err != nil {
		return o, err
	}
	if err := p.Tocsin.run(ctx, p.DPO, &o.Counts, "mailing", "status", p.incident); err != nil {
		return o, err
	}
	o.Bundle = filepath.Join(p.Work, o.Case.Number+".zip")
	if err := p.Tocsin.run(ctx, p.DPO, nil, "audit", "export", p.incident, "--out", o.Bundle); err != nil {
		return o, err
	}
	args := []string{"verify", o.Bundle}
	if p.VKey != "" {
		args = append(args, "--key", p.VKey)
	}
	if err := p.Tocsin.run(ctx, p.DPO, &o.Verified, args...); err != nil {
		return o, err
	}
	p.Say("Bundle exported and verified offline: %d entries, nothing changed.", o.Verified.Entries)
	return o, nil
}
