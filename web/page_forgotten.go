package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// forgottenPage asks for the address of who forgot the password.
type forgottenPage struct {
	frame
	Text string
	// Asked says that the question was taken.
	Asked bool
}

func (s *server) showForgotten(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "forgotten", forgottenPage{frame: s.frameAsked(r, "Forgotten password")})
}

// askReset takes the question. Whether there is such an account makes no
// difference to what is done here, and so neither to the answer nor to its time:
// one row is written and one workflow started, and only there it is looked at.
func (s *server) askReset(w http.ResponseWriter, r *http.Request) {
	if err := readForm(w, r, 4<<10); err != nil {
		s.refuse(w, r, err)
		return
	}
	email, origin := strings.ToLower(strings.TrimSpace(r.PostForm.Get("email"))), s.originOf(r)
	page := forgottenPage{frame: s.frameAsked(r, "Forgotten password")}
	if email == "" || len(email) > 254 || !strings.Contains(email, "@") {
		page.Text = page.W.T("Give the e-mail address of your account.")
		s.show(w, r, http.StatusBadRequest, "forgotten", page)
		return
	}
	if page.Text = tooMany(page.W, s.resets.take(email, origin)); page.Text != "" {
		s.show(w, r, http.StatusTooManyRequests, "forgotten", page)
		return
	}
	mail, err := s.Store.AskReset(r.Context(), email)
	if err == nil {
		err = s.Engine.SendAccountMail(r.Context(), mail)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	page.Asked = true
	s.show(w, r, http.StatusOK, "forgotten", page)
}

// showReset shows for whom a valid link is, and changes nothing.
func (s *server) showReset(w http.ResponseWriter, r *http.Request) {
	s.withLink(w, r, postgres.MailReset, func(user postgres.User, _ string) error {
		s.showWelcome(w, r, user, http.StatusOK, "")
		return nil
	})
}

// acceptReset sets the new password. It signs nobody in: the second factor is
// asked for as ever.
func (s *server) acceptReset(w http.ResponseWriter, r *http.Request) {
	s.withLink(w, r, postgres.MailReset, func(user postgres.User, secret string) error {
		return s.choosePassword(w, r, user, func(password string) error {
			mail, err := s.Store.ResetByLink(r.Context(), secret, password)
			if err == nil {
				s.mailSoon(r.Context(), mail)
			}
			return err
		})
	})
}

// resetOnPage mails the holder of an account a link to a new password.
func (s *server) resetOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	return s.accountStep(w, r, user, postgres.NewUser{}, func() (string, error) {
		mail, err := s.mailReset(r, actor(user), r.PathValue("user"), r.PostForm.Get("second_factor") == "yes")
		words := wording.For(user.Locale)
		return words.T("The mail with the link to a new password is on its way; the link works until %s.", words.At(mail.ExpiresAt, zoneOf(user.Zone))), err
	})
}

func (s *server) mailReset(r *http.Request, by incident.Actor, account string, secondFactor bool) (postgres.AccountMail, error) {
	mail, err := s.Store.SendReset(r.Context(), by, account, secondFactor)
	if err == nil {
		s.mailSoon(r.Context(), mail.ID)
	}
	return mail, err
}
