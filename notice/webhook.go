package notice

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Webhook says that a webhook takes nothing and was given up.
type Webhook struct {
	// Locale is the reader's language tag; one without mails for the team becomes
	// the default, else English.
	Locale string
	// Name and Host name the webhook.
	Name, Host string
	// Since is when the first attempt came to nothing.
	Since time.Time
	// Zone is where Since is shown; nil means UTC.
	Zone *time.Location
	// Gone says that the receiver answered that it wants nothing any more;
	// otherwise nothing was taken for three days.
	Gone bool
	// PageURL is the page of webhooks: http or https.
	PageURL string
}

type webhookView struct {
	frame
	Name, Host, Since string
	Gone              bool
	PageURL           string
}

// Webhook composes the text-only message. A missing instant or a link that is not
// an http or https URL is an error.
func (c *Composer) Webhook(e Envelope, w Webhook) (Message, error) {
	l := c.teamLanguage(w.Locale)
	rendered, err := c.renderWebhook(l, w)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderWebhook(l language, w Webhook) (Rendered, error) {
	switch {
	case w.Since.IsZero():
		return Rendered{}, errors.New("compose the message about a webhook: the instant is missing")
	case !webURL(w.PageURL):
		return Rendered{}, errors.New("compose the message about a webhook: the link must be an http or https URL")
	}
	return l.render(TemplateWebhook, &webhookView{
		frame: c.frame(l, "", false), Name: oneLine(w.Name, maxName), Host: oneLine(w.Host, maxName),
		Since: l.team.moment(w.Since, w.Zone), Gone: w.Gone, PageURL: w.PageURL,
	})
}

func (c *Composer) tryOutWebhook(name string) error {
	w := Webhook{Name: "Name", Host: "hooks.example.com", Since: time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC),
		PageURL: "https://tocsin.example.org/settings/signals"}
	for _, w.Gone = range []bool{true, false} {
		rendered, err := c.renderWebhook(c.languages[name], w)
		if err != nil {
			return err
		}
		if !strings.Contains(rendered.Text, w.PageURL) {
			return fmt.Errorf("language %s: the message about a webhook leaves out the link", name)
		}
	}
	return nil
}
