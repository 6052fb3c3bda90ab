package web

import (
	"crypto/rand"
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/smtp"
)

type userRequest struct {
	Email  string `json:"email" check:"required" doc:"an address that can be mailed"`
	Name   string `json:"name" check:"required" doc:"how colleagues know the person"`
	Role   string `json:"role" check:"required" doc:"dpo, deputy, responder, approver, auditor or admin"`
	Locale string `json:"locale" doc:"the language of mails: en or es"`
	Zone   string `json:"zone" doc:"the zone in which times are shown, such as Europe/Madrid"`
}

type userAnswer struct {
	ID       string `json:"id" doc:"the account's id"`
	Token    string `json:"token" doc:"the API token; shown this once"`
	Password string `json:"password" doc:"the first password; shown this once"`
}

func (s *server) addUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	var body userRequest
	if err := decodeJSON(w, r, maxJSON, &body); err != nil {
		return err
	}
	if _, err := smtp.ParseAddress(body.Email); err != nil {
		return incident.InvalidField("email", "", "is not an address that can be mailed", "an address such as dpo@example.com")
	}
	if !incident.Role(body.Role).Valid() {
		return incident.InvalidField("role", shortened(body.Role), "is not a role", "dpo, deputy, responder, approver, auditor or admin")
	}
	password := rand.Text()
	if body.Locale == "" {
		body.Locale = "en"
	}
	if body.Zone == "" {
		body.Zone = "Europe/Madrid"
	}
	user, token, err := s.Store.CreateUser(r.Context(), postgres.NewUser{
		Email: body.Email, Name: body.Name, Role: incident.Role(body.Role), Locale: body.Locale, Zone: body.Zone, Password: password, By: actor(keeper),
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, userAnswer{ID: user.ID, Token: token, Password: password})
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
	list := userList{Users: []userView{}}
	for _, u := range users {
		list.Users = append(list.Users, userView{ID: u.ID, Email: u.Email, Name: u.Name, Role: string(u.Role),
			SecondFactor: withFactor[u.ID], CreatedAt: u.CreatedAt, EndedAt: u.EndedAt})
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// ended is the answer when an account or a token opens nothing any more.
type ended struct {
	ID string `json:"id" doc:"what ended"`
}

func (s *server) endUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	if err := decodeJSON(w, r, maxJSON, &nothing{}); err != nil {
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
	ID       string `json:"id" doc:"the account's id"`
	Password string `json:"password" doc:"the new password; shown this once"`
}

// resetUser gives an account a new password. Its sessions end.
func (s *server) resetUser(w http.ResponseWriter, r *http.Request, keeper postgres.User) error {
	var body resetRequest
	if err := decodeJSON(w, r, maxJSON, &body); err != nil {
		return err
	}
	id, password := r.PathValue("user"), rand.Text()
	if err := s.Store.ResetUser(r.Context(), actor(keeper), id, password, body.SecondFactor); err != nil {
		return err
	}
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
	ExpiresAt time.Time `json:"expires_at" doc:"when it ends; without it the token has no end"`
}

type tokenAnswer struct {
	ID    string `json:"id" doc:"names the token, for revoking it"`
	Token string `json:"token" doc:"what opens; shown this once"`
}

func (s *server) createToken(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body tokenRequest
	if err := decodeJSON(w, r, maxJSON, &body); err != nil {
		return err
	}
	token, secret, err := s.Store.CreateToken(r.Context(), user.ID, postgres.NewToken(body))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, tokenAnswer{ID: token.ID, Token: secret})
	return nil
}

func (s *server) revokeToken(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := decodeJSON(w, r, maxJSON, &nothing{}); err != nil {
		return err
	}
	id := r.PathValue("token")
	if err := s.Store.RevokeToken(r.Context(), user.ID, id); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}
