package webhook

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
	"time"
)

// Forms of a body.
const (
	Standard = "standard"
	Slack    = "slack"
	Teams    = "teams"
)

// Event is what a signal tells. It holds ids, codes and instants, and nobody's
// words.
type Event struct {
	// ID is the signal's id at its webhook, as [MessageID] gives it.
	ID string
	// Kind is the kind of signal, such as deadline.warned.
	Kind string
	// RecordedAt is when it was recorded, real time.
	RecordedAt time.Time
	// At is when it happened, in the incident's own time.
	At time.Time
	// Entry is its place in the log, from 0.
	Entry int64
	// Incident is the incident's id, Number its human number; empty for none.
	Incident, Number string
	// Exercise marks a drill.
	Exercise bool
	// Duty is the duty that it concerns; nil for none.
	Duty *Duty
	// Rung is the reminder that rang, such as 24h; empty for none.
	Rung string
	// Round is the mailing that it concerns; 0 for none.
	Round int
	// Webhook is the webhook that it concerns; empty for none.
	Webhook string
	// URL is the page to open, without a secret.
	URL string
	// Zone is where people in a chat read instants; nil means UTC.
	Zone *time.Location
}

// Duty is a duty that a signal concerns.
type Duty struct {
	// N is its number within the incident.
	N int
	// Regime and Stage are codes, such as gdpr-33 and notification.
	Regime, Stage string
	// Law is the article as people in a chat read it, in their language.
	Law string
	// Recipient is to whom it is owed, a code such as authority or people;
	// Authority is the authority's code, such as AEPD, or empty.
	Recipient, Authority string
	// DueAt is the last instant in time, as the case stood when this was sent; zero
	// while there is none.
	DueAt time.Time
}

// Writer writes signals. It is safe for concurrent use.
type Writer struct {
	languages map[string]*template.Template
}

// NewWriter reads the words of every language, in files such as en.txt
// (templates.Signal()), and tries each template, so that a broken one stops the
// program when it starts.
func NewWriter(files fs.FS) (*Writer, error) {
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("read the words of signals: %w", err)
	}
	w := &Writer{languages: map[string]*template.Template{}}
	for _, name := range names {
		parsed, err := template.New(name).Option("missingkey=error").ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the words of signals: %w", err)
		}
		w.languages[strings.TrimSuffix(name, ".txt")] = parsed
	}
	if w.languages["en"] == nil {
		return nil, fmt.Errorf("read the words of signals: there is no English")
	}
	return w, nil
}

// Speaks says whether there are words in a language.
func (w *Writer) Speaks(locale string) bool { return w.languages[locale] != nil }

// Body writes a signal in a form and, for people in a chat, a language; one that
// is not there becomes English.
func (w *Writer) Body(form, locale string, e Event) ([]byte, error) {
	if form == Standard {
		return json.Marshal(standardOf(e))
	}
	text, open, err := w.words(locale, e)
	if err != nil {
		return nil, err
	}
	switch form {
	case Slack:
		return json.Marshal(slackOf(text, open, e.URL))
	case Teams:
		return json.Marshal(teamsOf(text, open, e.URL))
	}
	return nil, fmt.Errorf("write a signal: there is no form %q", form)
}

// standard is the body of Standard Webhooks: type, timestamp and data.
type standard struct {
	Type      string       `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      standardData `json:"data"`
}

type standardData struct {
	Incident   string        `json:"incident,omitempty"`
	Number     string        `json:"number,omitempty"`
	Entry      int64         `json:"entry"`
	At         time.Time     `json:"at"`
	Exercise   bool          `json:"exercise"`
	Obligation *standardDuty `json:"obligation,omitempty"`
	Rung       string        `json:"rung,omitempty"`
	Round      int           `json:"round,omitempty"`
	Webhook    string        `json:"webhook,omitempty"`
	URL        string        `json:"url"`
}

type standardDuty struct {
	N         int       `json:"n"`
	Regime    string    `json:"regime"`
	Stage     string    `json:"stage"`
	Recipient string    `json:"recipient"`
	Authority string    `json:"authority,omitempty"`
	DueAt     time.Time `json:"due_at,omitzero"`
}

func standardOf(e Event) standard {
	s := standard{Type: e.Kind, Timestamp: e.RecordedAt.UTC(), Data: standardData{
		Incident: e.Incident, Number: e.Number, Entry: e.Entry, At: e.At.UTC(), Exercise: e.Exercise,
		Rung: e.Rung, Round: e.Round, Webhook: e.Webhook, URL: e.URL,
	}}
	if d := e.Duty; d != nil {
		s.Data.Obligation = &standardDuty{N: d.N, Regime: d.Regime, Stage: d.Stage, Recipient: d.Recipient, Authority: d.Authority, DueAt: d.DueAt}
		if !d.DueAt.IsZero() {
			s.Data.Obligation.DueAt = d.DueAt.UTC()
		}
	}
	return s
}

// instantForms are how the languages write an instant, with its offset.
var instantForms = map[string]string{"en": "Mon 2 Jan 2006, 15:04 -07:00", "es": "02/01/2006, 15:04 -07:00"}

// wordsView is what the templates of words see.
type wordsView struct {
	Mark, Number, Recipient, Law, Due string
	Obligation, Round                 int
}

// words gives the sentence and the words of the link.
func (w *Writer) words(locale string, e Event) (text, open string, err error) {
	if w.languages[locale] == nil || instantForms[locale] == "" {
		locale = "en"
	}
	language := w.languages[locale]
	var failure error
	say := func(name string, data any) string {
		var out strings.Builder
		if err := language.ExecuteTemplate(&out, name, data); err != nil && failure == nil {
			failure = fmt.Errorf("write a signal: %w", err)
		}
		return out.String()
	}
	v := wordsView{Number: e.Number, Round: e.Round}
	if e.Exercise {
		v.Mark = say("exercise", nil) + " "
	}
	if d := e.Duty; d != nil {
		v.Obligation, v.Law, v.Recipient = d.N, d.Law, d.Authority
		if v.Recipient == "" {
			v.Recipient = say("recipient", d.Recipient)
		}
		if !d.DueAt.IsZero() {
			zone := e.Zone
			if zone == nil {
				zone = time.UTC
			}
			v.Due = d.DueAt.In(zone).Format(instantForms[locale])
		}
	}
	return say(e.Kind, v), say("open", nil), failure
}

// slackOf is a message of Slack's incoming webhooks. The sentence is plain text,
// in which Slack reads no markup; the fallback for notifications has what begins
// a mention or a link escaped, as Slack asks. The page is a link and no button:
// Slack reports each click on a button to the app, and an incoming webhook that
// takes no reports has Slack show a fault beside it.
func slackOf(text, open, url string) any {
	type words struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type block struct {
		Type string `json:"type"`
		Text words  `json:"text"`
	}
	address := strings.ReplaceAll(slackEscapes.Replace(url), "|", "%7C") // a bar ends the address
	return struct {
		Text   string  `json:"text"`
		Blocks []block `json:"blocks"`
	}{
		Text: slackEscapes.Replace(text),
		Blocks: []block{
			{Type: "section", Text: words{"plain_text", text}},
			{Type: "section", Text: words{"mrkdwn", "<" + address + "|" + slackEscapes.Replace(open) + ">"}},
		},
	}
}

var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// teamsOf is an Adaptive Card for Teams' Workflows. A text run is shown as it is,
// without Markdown; a mention needs an entity beside it, of which there is none.
func teamsOf(text, open, url string) any {
	type object = map[string]any
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive",
		"content": object{
			"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "fallbackText": teamsEscapes.Replace(text),
			"body":    []object{{"type": "RichTextBlock", "inlines": []object{{"type": "TextRun", "text": teamsEscapes.Replace(text)}}}},
			"actions": []object{{"type": "Action.OpenUrl", "title": open, "url": url}},
		},
	}}}
}

// teamsEscapes leave no tag such as <at> in a text.
var teamsEscapes = strings.NewReplacer("<", "‹", ">", "›")
