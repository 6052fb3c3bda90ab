package web

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

type userRequest struct {
	Email  string `json:"email" check:"required" doc:"an address that can be mailed"`
	Name   string `json:"name" check:"required" doc:"how colleagues know the person"`
	Role   string `json:"role" check:"required" doc:"dpo, deputy, responder, approver, auditor or admin"`
	Locale string `json:"locale" doc:"the language of mails: en or es; the installation's when left out"`
	Zone   string `json:"zone" doc:"the zone in which times are shown, such as Europe/Madrid"`
	Invite bool   `json:"invite" doc:"true mails the person a link to choose a password; then nothing is shown here"`
}

type userAnswer struct {
	ID           string     `json:"id" doc:"the account's id"`
	Token        string     `json:"token,omitempty" doc:"the API token; shown this once; absent for who is invited"`
	Password     string     `json:"password,omitempty" doc:"the first password; shown this once; absent for who is invited"`
	InvitedUntil *time.Time `json:"invited_until,omitempty" doc:"when the link of the invitation ends; absent for who is not invited"`
}

func (s *server) addUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	var body userRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if body.Locale == "" {
		chosen, err := s.Store.Settings(r.Context())
		if err != nil {
			return err
		}
		body.Locale = chosen.Or(incident.SettingAccountLanguage, operatorsAccountLanguage)
	}
	if body.Zone == "" {
		body.Zone = "Europe/Madrid"
	}
	in := postgres.NewUser{
		Email: body.Email, Name: body.Name, Role: incident.Role(body.Role), Locale: body.Locale, Zone: body.Zone, By: actor(keeper),
	}
	if err := checkNewUser(in); err != nil {
		return err
	}
	if body.Invite {
		user, mail, err := s.invite(r.Context(), in)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusCreated, userAnswer{ID: user.ID, InvitedUntil: &mail.ExpiresAt})
		return nil
	}
	in.Password = rand.Text()
	user, token, err := s.Store.CreateUser(r.Context(), in)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, userAnswer{ID: user.ID, Token: token, Password: in.Password})
	return nil
}

// invitedAnswer is the answer when a person was invited again.
type invitedAnswer struct {
	ID           string    `json:"id" doc:"the account's id"`
	InvitedUntil time.Time `json:"invited_until" doc:"when the link of the invitation ends"`
}

func (s *server) inviteUserAgain(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	mail, err := s.inviteAgain(r.Context(), actor(keeper), r.PathValue("user"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, invitedAnswer{ID: mail.Account, InvitedUntil: mail.ExpiresAt})
	return nil
}

func (s *server) withdrawInvitation(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	id := r.PathValue("user")
	if err := s.Store.WithdrawInvitation(r.Context(), actor(keeper), id); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}

// userView is an account as those see it who keep the accounts.
type userView struct {
	ID           string     `json:"id" doc:"the account's id, as it stands in the record"`
	Email        string     `json:"email" doc:"the address"`
	Name         string     `json:"name" doc:"how colleagues know the person"`
	Role         string     `json:"role" doc:"dpo, deputy, responder, approver, auditor or admin"`
	SecondFactor bool       `json:"second_factor" doc:"whether a code is asked for at sign-in"`
	CreatedAt    time.Time  `json:"created_at" doc:"when the account was made"`
	EndedAt      *time.Time `json:"ended_at,omitempty" doc:"when it ended; absent while it may be used"`
	Invitation   string     `json:"invitation,omitempty" doc:"open, refused, over or withdrawn while the person has not accepted; absent otherwise"`
	InvitedUntil *time.Time `json:"invited_until,omitempty" doc:"when the link of the last invitation ends or ended; absent once it was accepted"`
}

// invitationState names how far an invitation is.
func invitationState(i postgres.Invitation, now time.Time) string {
	switch {
	case i.WithdrawnAt != nil:
		return "withdrawn"
	case i.RefusedAt != nil:
		return "refused"
	case !i.Open(now):
		return "over"
	default:
		return "open"
	}
}

type userList struct {
	Users []userView `json:"users" doc:"all accounts, the oldest first"`
}

func (s *server) listUsers(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	users, err := s.Store.Users(r.Context())
	if err != nil {
		return err
	}
	withFactor, err := s.Store.WithSecondFactor(r.Context())
	if err != nil {
		return err
	}
	waiting, err := s.Store.Invitations(r.Context())
	if err != nil {
		return err
	}
	list := userList{Users: []userView{}}
	for _, u := range users {
		view := userView{ID: u.ID, Email: u.Email, Name: u.Name, Role: string(u.Role),
			SecondFactor: withFactor[u.ID], CreatedAt: u.CreatedAt, EndedAt: u.EndedAt}
		if i, invited := waiting[u.ID]; invited {
			view.Invitation, view.InvitedUntil = invitationState(i, s.Clock()), &i.ExpiresAt
		}
		list.Users = append(list.Users, view)
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// ended is the answer when an account or a token opens nothing any more.
type ended struct {
	ID string `json:"id" doc:"what ended"`
}

func (s *server) endUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	id := r.PathValue("user")
	if err := s.Store.EndUser(r.Context(), actor(keeper), id); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}

type resetRequest struct {
	SecondFactor bool `json:"second_factor" doc:"true turns the second factor off too, for a person who lost the device and the recovery codes"`
}

type resetAnswer struct {
	ID          string     `json:"id" doc:"the account's id"`
	Password    string     `json:"password,omitempty" doc:"the new password; shown this once; absent where a link is mailed"`
	MailedUntil *time.Time `json:"mailed_until,omitempty" doc:"when the link that is mailed to the person ends; until it is used the present password goes on"`
}

// resetUser gives an account a new password, or has a link to one mailed: who
// keeps accounts must not become who decides, or who sees people's data.
func (s *server) resetUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	var body resetRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	id, password := r.PathValue("user"), rand.Text()
	user, err := s.Store.User(r.Context(), id)
	if err != nil {
		return err
	}
	if user.Role.ResetByMail() {
		mail, err := s.mailReset(r, actor(keeper), id, body.SecondFactor)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, resetAnswer{ID: id, MailedUntil: &mail.ExpiresAt})
		return nil
	}
	told, err := s.Store.ResetUser(r.Context(), actor(keeper), id, password, body.SecondFactor)
	if err != nil {
		return err
	}
	s.mailSoon(r.Context(), told)
	writeJSON(w, http.StatusOK, resetAnswer{ID: id, Password: password})
	return nil
}

// tokenView is a token as its owner sees it.
type tokenView struct {
	ID        string     `json:"id" doc:"names the token, for revoking it"`
	Name      string     `json:"name" doc:"what it is for"`
	ReadsOnly bool       `json:"reads_only" doc:"whether it may change nothing"`
	CreatedAt time.Time  `json:"created_at" doc:"when it was made"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"when it ends; absent for a token without an end"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"when it was last used, to the minute; absent for never"`
	RevokedAt *time.Time `json:"revoked_at,omitempty" doc:"when it was revoked; absent while it is not"`
}

type tokenList struct {
	Tokens []tokenView `json:"tokens" doc:"the tokens of the caller's own account, the newest first"`
}

func (s *server) listTokens(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	tokens, err := s.Store.Tokens(r.Context(), user.ID)
	if err != nil {
		return err
	}
	list := tokenList{Tokens: []tokenView{}}
	for _, t := range tokens {
		list.Tokens = append(list.Tokens, tokenView(t))
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

type tokenRequest struct {
	Name      string    `json:"name" check:"required" doc:"what the token is for, at most 100 bytes"`
	ReadsOnly bool      `json:"reads_only" doc:"true makes a token that may change nothing"`
	ExpiresAt time.Time `json:"expires_at" doc:"when it ends; without it the token has no end; not later than the token by which this is asked for"`
}

// withinToken refuses a token that would outlast the one by which it is asked for: whoever
// got hold of a token for a month must not make one for ever of it.
func (s *server) withinToken(r *http.Request, expires time.Time) error {
	_, secret, given := strings.Cut(r.Header.Get("Authorization"), " ")
	if !given {
		return nil
	}
	_, asks, err := s.Store.UserByToken(r.Context(), strings.TrimSpace(secret))
	if err != nil || asks.ExpiresAt == nil || !expires.IsZero() && !expires.After(*asks.ExpiresAt) {
		return err
	}
	value := ""
	if !expires.IsZero() {
		value = expires.Format(time.RFC3339)
	}
	return incident.InvalidField("expires_at", value, "is later than the end of the token that asks for it",
		incident.Say("%s at the latest, or a token that is made on the page of your account", asks.ExpiresAt.Format(time.RFC3339)))
}

type tokenAnswer struct {
	ID    string `json:"id" doc:"names the token, for revoking it"`
	Token string `json:"token" doc:"what opens; shown this once"`
}

func (s *server) createToken(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body tokenRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if err := s.withinToken(r, body.ExpiresAt); err != nil {
		return err
	}
	token, secret, err := s.Store.CreateToken(r.Context(), user.ID, postgres.NewToken(body))
	if err != nil {
		return err
	}
	s.tellHolder(r.Context(), user.ID)
	writeJSON(w, http.StatusCreated, tokenAnswer{ID: token.ID, Token: secret})
	return nil
}

func (s *server) revokeToken(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	id := r.PathValue("token")
	if err := s.Store.RevokeToken(r.Context(), user.ID, id); err != nil {
		return err
	}
	s.tellHolder(r.Context(), user.ID)
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}
