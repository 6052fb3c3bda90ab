package notice

import (
	"errors"
	"slices"
	"time"
)

// Account is a mail to the holder of an account.
type Account struct {
	// Template is [TemplateInvitation], [TemplateReset], [TemplateChanged],
	// [TemplateAccess] or [TemplateTest].
	Template string
	// What is, for [TemplateAccess], what happened: passkey_added, passkey_removed,
	// second_factor_on, second_factor_off, token_created, token_revoked,
	// sign_on_linked or sign_on_unlinked.
	What string
	// Locale is the reader's language tag; one without mails for the team
	// becomes the default, else English.
	Locale string
	// Role is the account's role.
	Role string
	// URL is the link: http or https. Of [TemplateChanged] it is the page on which a
	// new password is asked for, of [TemplateAccess] that of the own account, of
	// [TemplateTest] that of the settings.
	URL string
	// At is when the link ends; of [TemplateChanged],
	// [TemplateAccess] and [TemplateTest] when it happened.
	At time.Time
	// Zone is where At is shown; nil means UTC.
	Zone *time.Location
}

type accountView struct {
	frame
	Role, URL, At, What string
}

// Account composes a text-only message to the holder of an account. A link that
// is not an http or https URL and a missing instant are errors.
func (c *Composer) Account(e Envelope, a Account) (Message, error) {
	l := c.teamLanguage(a.Locale)
	rendered, err := c.renderAccount(l, a)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderAccount(l language, a Account) (Rendered, error) {
	switch {
	case !slices.Contains(accountTemplates(), a.Template):
		return Rendered{}, errors.New("compose a mail to an account: the template is not known")
	case a.At.IsZero():
		return Rendered{}, errors.New("compose a mail to an account: the instant is missing")
	case !webURL(a.URL):
		return Rendered{}, errors.New("compose a mail to an account: the link must be an http or https URL")
	}
	return l.render(a.Template, &accountView{
		frame: c.frame(l, "", false), Role: l.team.role(a.Role), URL: a.URL, At: l.team.moment(a.At, a.Zone), What: a.What,
	})
}
