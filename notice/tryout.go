package notice

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// tryOut renders every template of a language with full and with bare data.
// Errors of templates show only when they run.
func (c *Composer) tryOut(name string) error {
	for _, template := range Templates() {
		full, bare := c.trial(name, template)
		exercise := full
		exercise.Exercise = true
		for _, d := range []Communication{full, bare, exercise} {
			preview, err := c.Preview(d)
			if err != nil {
				return err
			}
			if len(preview.Problems) > 0 {
				// A fault of the folder, since the data are complete.
				return fmt.Errorf("language %s, template %s: %w", name, template, &IncompleteError{Problems: preview.Problems})
			}
		}
	}
	if c.languages[name].hasPublic() {
		if err := c.tryOutPublic(name); err != nil {
			return err
		}
	}
	if c.languages[name].team == nil {
		return nil
	}
	if err := c.tryOutReminder(name); err != nil {
		return err
	}
	if err := c.tryOutErasure(name); err != nil {
		return err
	}
	if err := c.tryOutCheckpoint(name); err != nil {
		return err
	}
	if err := c.tryOutAccount(name); err != nil {
		return err
	}
	if err := c.tryOutWebhook(name); err != nil {
		return err
	}
	return c.tryOutHold(name)
}

func (c *Composer) tryOutAccount(name string) error {
	a := Account{Role: "deputy", URL: "https://tocsin.example.org/l", At: time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)}
	for _, a.Template = range accountTemplates() {
		rendered, err := c.renderAccount(c.languages[name], a)
		if err != nil {
			return err
		}
		if !strings.Contains(rendered.Text, a.URL) {
			return fmt.Errorf("language %s: the mail %s to an account leaves out the link", name, a.Template)
		}
	}
	return nil
}

func (c *Composer) tryOutHold(name string) error {
	h := Hold{IncidentNumber: "1", Title: "Title", Round: 1, Since: time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC),
		Sent: 50, Refused: 5, IncidentURL: "https://tocsin.example.org/i"}
	for _, h.Refusals = range []bool{true, false} {
		rendered, err := c.renderHold(c.languages[name], h)
		if err != nil {
			return err
		}
		if !strings.Contains(rendered.Text, h.IncidentURL) {
			return fmt.Errorf("language %s: the message about a round that halts leaves out the link", name)
		}
	}
	return nil
}

// trial is made-up data for a template: all that it can show, and as little as
// may be sent.
func (c *Composer) trial(name, template string) (full, bare Communication) {
	day := time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)
	full = Communication{
		Template: template, Locale: name, PersonName: "Ana Example", ControllerName: "Example Controller",
		Contact: Contact{Name: "Data protection officer", Email: "dpo@example.org", Phone: "+34 900 000 000"},
		Nature:  "First paragraph.\nSecond paragraph.", OccurredOn: day, DiscoveredOn: day,
		VendorName: "Example Vendor", Measures: []string{"Two."},
		PageURL: "https://www.example.org/incident", Reference: "REF-1",
		VerifyURL: "https://www.example.org/incident/check", Code: previewCode,
	}
	bare = Communication{
		Template: template, Locale: name, ControllerName: full.ControllerName,
		Contact: Contact{Name: full.Contact.Name, Phone: full.Contact.Phone}, Nature: "One paragraph.",
	}
	switch template {
	case TemplateNotAffected:
		return full, bare
	case TemplateFollowUp:
		full.PreviousOn, full.Changes = day.AddDate(0, 0, 1), []string{"Four."}
		bare.PreviousOn, bare.Changes = full.PreviousOn, full.Changes
	case TemplateAffectedOrganisation:
		full.Organisation, full.People, full.ListAccess = "Example Organisation", 7103, []string{"Five."}
		bare.Organisation, bare.People = full.Organisation, full.People
	}
	kinds := c.languages[name].words.DataKinds
	for key := range kinds {
		if len(full.DataKinds) == 0 || kinds[key] < kinds[full.DataKinds[0]] {
			full.DataKinds = []string{key}
		}
	}
	for key := range kinds {
		if key != full.DataKinds[0] && (len(full.NotExposed) == 0 || kinds[key] < kinds[full.NotExposed[0]]) {
			full.NotExposed = []string{key}
		}
	}
	full.Consequences, full.Advice, full.AdviceByKind = []string{"One."}, []string{"Three."}, true
	bare.DataKinds, bare.Consequences, bare.Measures = full.DataKinds, full.Consequences, full.Measures
	return full, bare
}

func (c *Composer) tryOutReminder(name string) error {
	l := c.languages[name]
	day := time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)
	reminder := Reminder{
		IncidentNumber: "1", Title: "Title", Obligation: "Obligation", RungLabel: "24 h", DueAt: day,
		Zone: time.FixedZone("Example", 3600), Left: time.Hour, Exercise: true,
		EscalatedFrom: "dpo", EscalatesTo: "deputy", EscalatesIn: time.Minute,
		Missed: []MissedRung{{Label: "48 h", DueAt: day, Late: time.Hour}}, OpenQuestions: []string{"Question"},
		NextAction: "Action", AckURL: "https://tocsin.example.org/a", IncidentURL: "https://tocsin.example.org/i",
	}
	short := Reminder{DueAt: day, AckURL: reminder.AckURL, IncidentURL: reminder.IncidentURL}
	late := reminder
	late.Left = -time.Hour
	for _, r := range []Reminder{reminder, short, late} {
		rendered, err := c.renderReminder(l, r)
		if err != nil {
			return err
		}
		for _, link := range []string{r.AckURL, r.IncidentURL} {
			if !strings.Contains(rendered.Text, link) || !strings.Contains(rendered.HTML, link) {
				return fmt.Errorf("language %s: the reminder leaves out a link", name)
			}
		}
	}
	return nil
}

func (c *Composer) tryOutCheckpoint(name string) error {
	note := "example\n1\n\n— example AAAA\n"
	day := time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)
	rendered, err := c.renderCheckpoint(c.languages[name], Checkpoint{Note: note, Size: 1, SignedAt: day})
	if err != nil {
		return err
	}
	if !strings.Contains(rendered.Text, "\n"+note) {
		return errors.New("language " + name + ": the checkpoint message does not carry the note as it is")
	}
	return nil
}
