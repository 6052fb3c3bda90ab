package notice

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tocsin/templates"
)

func TestThePageForCheckingSpeaksEveryLanguage(t *testing.T) {
	c, err := New(templates.Mail(), Config{From: "notices@example.com", Controller: "Example S.A."})
	if err != nil {
		t.Fatal(err)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC).In(madrid) // the first of December there
	want := map[string]string{
		"ca": "Example S.A. va enviar un missatge amb aquest codi el dia 1 de desembre de 2026.",
		"de": "Example S.A. hat am 1. Dezember 2026 eine Nachricht mit diesem Code verschickt.",
		"en": "Example S.A. sent a message with this code on 1 December 2026.",
		"es": "Example S.A. envió un mensaje con este código el 1 de diciembre de 2026.",
		"fr": "Example S.A. a envoyé un message portant ce code le 1er décembre 2026.",
		"it": "Example S.A. ha inviato un messaggio con questo codice in data 1º dicembre 2026.",
		"lv": "2026. gada 1. decembrī Example S.A. nosūtīja ziņojumu ar šo kodu.",
		"nl": "Example S.A. heeft op 1 december 2026 een bericht met deze code verstuurd.",
		"pl": "Wiadomość z tym kodem (nadawca: Example S.A.) została wysłana w dniu 1 grudnia 2026 roku.",
		"pt": "Example S.A. enviou uma mensagem com este código em 1 de dezembro de 2026.",
	}
	titles := map[string]bool{}
	for _, l := range c.Languages() {
		got := c.Checked(l.Locale, TemplateAffected, sent, "INC-2026-0007")
		if got.Sent != want[l.Locale] {
			t.Errorf("%s: %q, want %q", l.Locale, got.Sent, want[l.Locale])
		}
		if got.Statement != c.languages[l.Locale].words.Statements[TemplateAffected] || !strings.HasSuffix(got.Reference, " INC-2026-0007") {
			t.Errorf("%s: %+v", l.Locale, got)
		}
		page := c.CheckPage(l.Locale)
		if strings.Contains(page.Intro, "{") || !strings.Contains(page.Intro, "Example S.A.") || titles[page.Title] || l.Name == "" {
			t.Errorf("%s: the page is %+v", l.Locale, page)
		}
		titles[page.Title] = true
	}
	if len(titles) != len(want) {
		t.Errorf("the page speaks %d languages, want %d", len(titles), len(want))
	}
	if got := c.Checked("es", "unheard_of", sent, "r").Statement; got != "" {
		t.Errorf("a template that is not known says %q", got)
	}
}

func TestAnIncompletePageForCheckingStopsTheProgram(t *testing.T) {
	for old, replacement := range map[string]string{
		`"Check the code"`: `" "`,
		`"title"`:          `"titel"`,
		` on {date}.`:      `.`,
		`on {date}`:        `on {day} {date}`,
		`{reference}"`:     `{reference} {reference}"`,
		`"Codes cannot be checked just now. Try again in a few minutes."`: `"Ask {controller}"`,
	} {
		files := copyOf(t, "en")
		content := string(files["en/check.json"].Data)
		if !strings.Contains(content, old) {
			t.Fatalf("the file does not hold %s", old)
		}
		files["en/check.json"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(content, old, replacement))}
		if _, err := New(files, Config{From: "notices@example.com"}); err == nil || !strings.Contains(err.Error(), "en/check.json") {
			t.Errorf("with %s for %s the error is %v", replacement, old, err)
		}
	}
	files := copyOf(t, "en")
	delete(files, "en/check.json")
	if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
		t.Error("a language without the page's words is taken")
	}
}
