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
	l := c.languages[name]
	day := time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)
	full := Communication{
		Locale: name, PersonName: "Ana Example", ControllerName: "Example Controller",
		Contact: Contact{Name: "Data protection officer", Email: "dpo@example.org", Phone: "+34 900 000 000"},
		Nature:  "First paragraph.\nSecond paragraph.", OccurredOn: day, DiscoveredOn: day,
		VendorName: "Example Vendor", Consequences: []string{"One."}, Measures: []string{"Two."},
		Advice: []string{"Three."}, PageURL: "https://www.example.org/incident", Reference: "REF-1",
	}
	for key := range l.words.DataKinds {
		if len(full.DataKinds) == 0 {
			full.DataKinds = []string{key}
		} else if len(full.NotExposed) == 0 {
			full.NotExposed = []string{key}
		}
	}
	bare := Communication{
		Locale: name, ControllerName: full.ControllerName,
		Contact: Contact{Name: full.Contact.Name, Phone: full.Contact.Phone},
		Nature:  "One paragraph.", DataKinds: full.DataKinds, Consequences: full.Consequences, Measures: full.Measures,
	}
	exercise := full
	exercise.Exercise = true
	for _, d := range []Communication{full, bare, exercise} {
		preview, err := c.Preview(d)
		if err != nil {
			return err
		}
		if len(preview.Problems) > 0 {
			// A fault of the folder, since the data are complete.
			return fmt.Errorf("language %s: %w", name, &IncompleteError{Problems: preview.Problems})
		}
	}

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

	note := "example\n1\n\n— example AAAA\n"
	rendered, err := c.renderCheckpoint(l, Checkpoint{Note: note, Size: 1, SignedAt: day})
	if err != nil {
		return err
	}
	if !strings.Contains(rendered.Text, "\n"+note) {
		return errors.New("language " + name + ": the checkpoint message does not carry the note as it is")
	}
	return nil
}
