package webhook_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/templates"
	"tocsin/webhook"
)

func event(kind string) webhook.Event {
	at := time.Date(2025, 11, 25, 17, 4, 0, 0, time.UTC)
	return webhook.Event{
		ID: "msg_1", Kind: kind, RecordedAt: at.Add(time.Second), At: at, Entry: 12, Incident: "i1", Number: "INC-2025-0001", Exercise: true,
		Duty: &webhook.Duty{N: 1, Law: "GDPR Art. 33(1)", Regime: "gdpr-33", Stage: "notification", Recipient: "authority", Authority: "AEPD", DueAt: at.Add(72 * time.Hour)},
		Rung: "24h", Round: 2, URL: "https://tocsin.example.com/incidents/i1?a=1&b=<2>", Zone: time.FixedZone("", 3600),
	}
}

func TestTheStandardBodyIsThin(t *testing.T) {
	w, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		t.Fatal(err)
	}
	body, err := w.Body(webhook.Standard, "es", event(incident.SignalWarned))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"deadline.warned","timestamp":"2025-11-25T17:04:01Z","data":{"incident":"i1","number":"INC-2025-0001","entry":12,` +
		`"at":"2025-11-25T17:04:00Z","exercise":true,"obligation":{"n":1,"regime":"gdpr-33","stage":"notification","recipient":"authority",` +
		`"authority":"AEPD","due_at":"2025-11-28T17:04:00Z"},"rung":"24h","round":2,"url":"https://tocsin.example.com/incidents/i1?a=1\u0026b=\u003c2\u003e"}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

// TestEveryKindHasWordsInEveryLanguage writes each for both chats.
func TestEveryKindHasWordsInEveryLanguage(t *testing.T) {
	w, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range append(incident.SignalKinds(), incident.SignalTest) {
		said := map[string]bool{}
		for _, locale := range []string{"en", "es"} {
			if !w.Speaks(locale) {
				t.Errorf("there is no %s", locale)
			}
			for _, form := range []string{webhook.Slack, webhook.Teams} {
				body, err := w.Body(form, locale, event(kind))
				if err != nil || !json.Valid(body) || strings.Contains(string(body), "no value") {
					t.Errorf("%s in %s for %s: %s, %v", kind, locale, form, body, err)
				}
				said[string(body)] = true
			}
		}
		if len(said) != 4 {
			t.Errorf("%s is said in %d ways, want one for each language and form", kind, len(said))
		}
	}
}

func TestAChatReadsTheLawAndTheLimitAsItsLanguageWritesThem(t *testing.T) {
	w, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string]string{
		"en": "[EXERCISE] INC-2025-0001: a legal deadline is near. AEPD (GDPR Art. 33(1), duty 1): due Fri 28 Nov 2025, 18:04 +01:00.",
		"es": "[SIMULACRO] INC-2025-0001: se acerca un plazo legal. AEPD (GDPR Art. 33(1), obligación 1): vence el 28/11/2025, 18:04 +01:00.",
		"xx": "[EXERCISE] INC-2025-0001: a legal deadline is near. AEPD (GDPR Art. 33(1), duty 1): due Fri 28 Nov 2025, 18:04 +01:00.",
	} {
		body, err := w.Body(webhook.Slack, locale, event(incident.SignalWarned))
		if err != nil {
			t.Fatal(err)
		}
		var message struct{ Text string }
		if err := json.Unmarshal(body, &message); err != nil || message.Text != want {
			t.Errorf("%s reads %q, expected %q (%v)", locale, message.Text, want, err)
		}
	}
}

func TestNothingInAChatIsRead(t *testing.T) {
	w, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		t.Fatal(err)
	}
	e := event(incident.SignalWarned)
	e.URL += "|"
	e.Number, e.Duty.Authority = "<!channel> & <at>everyone</at>", "*<https://evil.example.org|x>*"
	slack, err := w.Body(webhook.Slack, "en", e)
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Text   string
		Blocks []struct {
			Type string
			Text struct{ Type, Text string }
		}
	}
	if err := json.Unmarshal(slack, &message); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(message.Text, "<>") || !strings.Contains(message.Text, "&lt;!channel&gt; &amp;") {
		t.Errorf("Slack's fallback is %q", message.Text)
	}
	if link := message.Blocks[1].Text; link.Type != "mrkdwn" || link.Text != "<https://tocsin.example.com/incidents/i1?a=1&amp;b=&lt;2&gt;%7C|Open in Tocsin>" {
		t.Errorf("Slack's link is %+v", link)
	}
	if len(message.Blocks) != 2 || message.Blocks[0].Text.Type != "plain_text" || !strings.HasPrefix(message.Blocks[0].Text.Text, "[EXERCISE] <!channel>") {
		t.Errorf("Slack's blocks are %+v", message.Blocks)
	}
	teams, err := w.Body(webhook.Teams, "es", e)
	if err != nil {
		t.Fatal(err)
	}
	var card struct {
		Attachments []struct {
			ContentType string
			Content     struct {
				Body []struct {
					Type    string
					Inlines []struct{ Type, Text string }
				}
				Actions []struct{ Type, Title, URL string }
			}
		}
	}
	if err := json.Unmarshal(teams, &card); err != nil {
		t.Fatal(err)
	}
	content := card.Attachments[0].Content
	if card.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || content.Body[0].Type != "RichTextBlock" ||
		content.Body[0].Inlines[0].Type != "TextRun" || strings.ContainsAny(content.Body[0].Inlines[0].Text, "<>") ||
		!strings.HasPrefix(content.Body[0].Inlines[0].Text, "[SIMULACRO]") || content.Actions[0].URL != e.URL {
		t.Errorf("the card is %+v", card)
	}
}
