package translation

import (
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/holidays"
	"tocsin/incident"
)

// TestTheLawIsThereInSpanish reads the law's data: what people read of it.
func TestTheLawIsThereInSpanish(t *testing.T) {
	table := In("es")
	for _, r := range gdpr.Regimes() {
		list := []string{r.Name, r.StatusNote, r.Threshold.Text, r.FollowUp.Text}
		for _, s := range r.Stages {
			list = append(list, s.Note, s.ToConfirm, s.Standard)
		}
		for _, text := range list {
			if text != "" && table.texts[text] == "" {
				t.Errorf("%s: no Spanish. Add a line to translation/es/law.json:\n  %q: \"\",", r.Code, text)
			}
		}
	}
}

func TestHowEachAuthorityIsReachedIsThereInSpanish(t *testing.T) {
	table := In("es")
	for _, a := range gdpr.Authorities() {
		if table.texts[a.Channel] == "" && table.words[a.Channel] == "" {
			t.Errorf("%s: no Spanish. Add a line to translation/es/law.json:\n  %q: \"\",", a.Code, a.Channel)
		}
	}
	for _, r := range gdpr.Regimes() {
		if name := gdpr.RecipientName(r.Recipient); table.Word(name) == name {
			t.Errorf("%s: no Spanish. Add a line to translation/es/words.json:\n  %q: \"\",", r.Code, name)
		}
	}
	said := table.Phrase(incident.Say("File the %s with %s and record its receipt.", "early warning", "the CSIRT or its authority"))
	if said != "Por presentar: early warning ante el CSIRT o su autoridad. Registre después el justificante." {
		t.Errorf("a next action is said as %q", said)
	}
	if said := table.Text("Draft the final report to the financial supervisor."); said != "Por redactar: informe final para el supervisor financiero." {
		t.Errorf("a next action is said as %q", said)
	}
}

func TestHowATimeLimitWasComputedIsSaidInSpanish(t *testing.T) {
	table, madrid := In("es"), zone(t, "Europe/Madrid")
	start := time.Date(2025, 11, 21, 18, 4, 0, 0, madrid)
	english := []string{" the ", " of ", " hours", " from ", "GDPR", "Art. ", " Nov ", " Dec ", " is "}
	n := 0
	for _, r := range gdpr.Regimes() {
		stages, err := r.StageTerms()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stages {
			for _, later := range []time.Duration{0, time.Hour, 1000 * time.Hour} {
				facts := gdpr.Facts{gdpr.StartsFromAwareness: start}
				for _, name := range []string{s.StartsFrom, s.Limit.StartsFrom} {
					if name != "" {
						facts[name] = start.Add(later)
					}
				}
				d, err := s.Due(facts, gdpr.Place{Zone: madrid, Country: "ES"}, holidays.Calendar{})
				if err != nil {
					continue // a stage without a period has no time limit
				}
				for _, reason := range d.Reasons() {
					n++
					said := table.Text(reason)
					for _, word := range english {
						if strings.Contains(said, word) {
							t.Errorf("%s, %s: %q is said as %q, with %q", r.Code, s.Stage, reason, said, word)
						}
					}
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d reasons were read", n)
	}
}

func TestAnArticleIsCitedAsSpanishLawDoes(t *testing.T) {
	for english, want := range map[string]string{
		"GDPR Art. 33(1)":                    "RGPD art. 33.1",
		"GDPR Art. 34(3)(c)":                 "RGPD art. 34.3.c",
		"NIS2 Art. 23(4)(a)":                 "NIS2 art. 23.4.a",
		"Art. 3(2)(c)":                       "art. 3.2.c",
		"the contract under GDPR Art. 33(2)": "contrato según el RGPD art. 33.2",
		"72 hours":                           "72 horas",
		"1 month and 2 days":                 "1 mes y 2 días",
		"Fri 21 Nov 2025 18:04 (+01:00)":     "21/11/2025, 18:04 (+01:00)",
		"Mon 8 Dec 2025":                     "08/12/2025",
		"Sat 6 Dec 2025 is a Saturday, Mon 8 Dec 2025 is a public holiday (Inmaculada)": "06/12/2025 es sábado, 08/12/2025 es festivo (Inmaculada)",
		"We saw Art. 5 of it": "We saw Art. 5 of it",
	} {
		if got := In("es").Text(english); got != want {
			t.Errorf("%q became %q, want %q", english, got, want)
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	place, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return place
}
