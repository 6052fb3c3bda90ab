package notice

import (
	"flag"
	"io"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func quotedReader(r io.Reader) io.Reader { return quotedprintable.NewReader(r) }

func TestTheTextsAreTheGoldenOnes(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	c := composer(t)
	for _, locale := range c.Locales() {
		messages := map[string]func() (Message, error){}
		for _, template := range Templates() {
			messages[template] = func() (Message, error) { return c.Communication(envelope(), sampleOf(locale, template)) }
			messages[template+"-bare"] = func() (Message, error) { return c.Communication(envelope(), bareOf(locale, template)) }
		}
		messages["affected-exercise"] = func() (Message, error) {
			d := sampleCommunication(locale)
			d.Exercise = true
			return c.Communication(envelope(), d)
		}
		messages["affected-code"] = func() (Message, error) {
			d := sampleCommunication(locale)
			d.VerifyURL, d.Code = d.PageURL+"/check", Code([]byte("0123456789abcdef"), "incident-7", "person-3")
			d.Advice, d.AdviceByKind, d.DataKinds = nil, true, append(d.DataKinds, "national_id", "bank_account", "health")
			return c.Communication(envelope(), d)
		}
		if c.languages[locale].team != nil {
			teamMessages(t, c, locale, messages)
		}
		for name, compose := range messages {
			t.Run(locale+": "+name, func(t *testing.T) {
				message, err := compose()
				if err != nil {
					t.Fatal(err)
				}
				o := open(t, message.Bytes)
				head, _, _ := strings.Cut(string(message.Bytes), "\r\n\r\n")
				// The boundary follows from the content and would change with it
				// in every file.
				head, _, _ = strings.Cut(head, "\r\n boundary=")
				compare(t, update, filepath.Join("testdata", locale, name+".txt"),
					strings.ReplaceAll(head, "\r\n", "\n")+"\nDecoded-Subject: "+o.subject+"\n\n"+o.text)
				if o.html != "" {
					compare(t, update, filepath.Join("testdata", locale, name+".html"), o.html)
				}
			})
		}
	}
}

func teamMessages(t *testing.T, c *Composer, locale string, messages map[string]func() (Message, error)) {
	messages["reminder"] = func() (Message, error) { return c.Reminder(envelope(), sampleReminder(t, locale)) }
	messages["reminder-one-hour"] = func() (Message, error) {
		r := sampleReminder(t, locale)
		r.RungLabel, r.Left, r.EscalatesIn, r.OpenQuestions, r.NextAction = "1 h", time.Hour, 0, nil, ""
		return c.Reminder(envelope(), r)
	}
	messages["reminder-now"] = func() (Message, error) {
		r := sampleReminder(t, locale)
		r.RungLabel, r.Left = "0 h", 12*time.Second
		return c.Reminder(envelope(), r)
	}
	messages["reminder-overdue-escalated-exercise"] = func() (Message, error) {
		r := sampleReminder(t, locale)
		r.Left, r.EscalatedFrom, r.Exercise = -3*time.Hour-2*time.Second, "dpo", true
		r.Missed = []MissedRung{{Label: "1 h", DueAt: r.DueAt.Add(-time.Hour), Late: 4 * time.Hour}, {Label: "0 h", DueAt: r.DueAt, Late: 3 * time.Hour}}
		return c.Reminder(envelope(), r)
	}
	messages["disclosed"] = func() (Message, error) { return c.Disclosed(envelope(), sampleDisclosed(t, locale)) }
	messages["hold-refusals"] = func() (Message, error) { return c.Hold(envelope(), sampleHold(t, locale)) }
	messages["hold-relay-exercise"] = func() (Message, error) {
		h := sampleHold(t, locale)
		h.Refusals, h.Sent, h.Refused, h.Exercise = false, 0, 0, true
		return c.Hold(envelope(), h)
	}
	for name, change := range map[string]func(*Erasure){
		"erasure-warning": func(*Erasure) {}, "erasure-requested": func(d *Erasure) { d.Requested, d.Left = true, 24*time.Hour },
		"erasure-late-exercise": func(d *Erasure) { d.Left, d.Exercise = 0, true }, "erasure-done": func(d *Erasure) { d.Done = true },
	} {
		messages[name] = func() (Message, error) {
			d := Erasure{Locale: locale, IncidentNumber: "INC-2026-0007", Title: "Data set exported", EraseAt: time.Date(2027, 11, 17, 9, 0, 0, 0, time.UTC),
				Zone: madrid(t), Left: 30 * 24 * time.Hour, People: 497, Files: 3, Kept: 4, IncidentURL: "https://tocsin.example.org/incidents/i7"}
			change(&d)
			return c.Erasure(envelope(), d)
		}
	}
	for _, template := range accountTemplates() {
		messages["account-"+template] = func() (Message, error) { return c.Account(envelope(), sampleAccount(t, locale, template)) }
	}
	messages["checkpoint"] = func() (Message, error) { return c.Checkpoint(envelope(), sampleCheckpoint(t, locale)) }
}

func compare(t *testing.T, update bool, path, got string) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with go test ./notice -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-golden +got):\n%s", path, diff)
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}
