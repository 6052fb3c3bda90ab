package activities

import (
	"context"
	"fmt"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
)

// SendAccountMail sends one mail to the holder of an account. Whether a new
// password that somebody asked for is sent is decided and recorded first. Nothing is done
// when it is no longer to be sent. A refusal for good is noted, and the mail is not
// offered again. A repeated attempt sends the same message with
// the same Message-ID and the same link.
func (a *Activities) SendAccountMail(ctx context.Context, id string) error {
	defer beating(ctx)()
	if err := a.sendAccountMail(ctx, id); err != nil {
		return failure(err)
	}
	return nil
}

func (a *Activities) sendAccountMail(ctx context.Context, id string) error {
	if err := a.Store.DecideReset(ctx, id); err != nil {
		return err
	}
	mail, to, secret, due, err := a.Store.MailToSend(ctx, id)
	if err != nil || !due {
		return err
	}
	message, err := a.composeAccountMail(ctx, mail, to, secret)
	if err != nil {
		return fmt.Errorf("compose a mail to an account: %w", err)
	}
	outcome, err := a.offer(ctx, false, message, incident.Say("a mail to an account"))
	if err != nil {
		return err
	}
	return a.Store.MailAnswered(ctx, mail.ID, outcome.State == smtp.Accepted, a.Clock())
}

func (a *Activities) composeAccountMail(ctx context.Context, mail postgres.AccountMail, to postgres.User, secret string) (notice.Message, error) {
	envelope, err := a.envelope(a.LinkKey, to.Email, mail.MadeAt, "account", mail.ID)
	if err != nil {
		return notice.Message{}, err
	}
	content := notice.Account{
		Template: mail.Kind, Locale: to.Locale, Role: string(to.Role), URL: a.PublicURL + "/" + mail.Kind + "/" + secret,
		At: mail.ExpiresAt, Zone: placeOf(to.Zone, ""),
	}
	switch mail.Kind {
	case postgres.MailInvitation, postgres.MailReset:
	case postgres.MailChanged:
		content.URL, content.At = a.PublicURL+"/forgotten", mail.MadeAt
	case postgres.MailTest:
		content.URL, content.At = a.PublicURL+"/settings", mail.MadeAt
	default:
		content.Template, content.What = notice.TemplateAccess, mail.Kind
		content.URL, content.At = a.PublicURL+"/account", mail.MadeAt
	}
	composer, err := a.writer(ctx, nil)
	if err != nil {
		return notice.Message{}, err
	}
	return composer.Account(envelope, content)
}
