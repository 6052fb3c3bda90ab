package web

import (
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// authenticate gives the account behind a request: by its token, or by the
// session of a page. A token that is given and wrong is never replaced by a
// session.
func (s *server) authenticate(r *http.Request) (postgres.User, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		token = strings.TrimSpace(token)
		if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > 200 {
			return postgres.User{}, &incident.Error{Kind: incident.Unauthenticated,
				Message: "the Authorization header is not \"Bearer\" and a token; give a token from the page of your account"}
		}
		user, key, err := s.Store.UserByToken(r.Context(), token)
		if err == nil && key.ReadsOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
			err = &incident.Error{Kind: incident.Forbidden,
				Message: "this token may only read; use one that may also change, from the page of your account"}
		}
		return user, err
	}
	token := s.sessionToken(r)
	if token == "" {
		return postgres.User{}, &incident.Error{Kind: incident.Unauthenticated,
			Message: "no token was given; send \"Authorization: Bearer TOKEN\" (the command reads TOCSIN_TOKEN), or sign in on the page"}
	}
	who, err := s.Store.Session(r.Context(), token)
	if err == nil && who.MustSetUpFactor {
		err = errSetUpFactor
	}
	return who.User, err
}

// errSetUpFactor refuses whoever lacks a second factor that is demanded. The page
// on which it is set up lets them in, and nothing else does.
var errSetUpFactor error = &incident.Error{Kind: incident.Forbidden,
	Message: "your role needs a second factor: sign in on the page and set it up"}

// sessionCookie names the cookie. The prefix makes browsers refuse one that
// another host or an unencrypted page has set.
func (s *server) sessionCookie() string {
	if s.secure {
		return "__Host-tocsin"
	}
	return "tocsin"
}

func (s *server) sessionToken(r *http.Request) string {
	c, err := r.Cookie(s.sessionCookie())
	if err != nil || len(c.Value) > 200 {
		return ""
	}
	return c.Value
}

// beginSession gives the browser a session that has begun. The one that it had until
// now ends: nobody would sign out of it any more.
func (s *server) beginSession(w http.ResponseWriter, r *http.Request, begun postgres.Session) error {
	if before := s.sessionToken(r); before != "" {
		if err := s.Store.EndSession(r.Context(), before); err != nil {
			return err
		}
	}
	if device := deviceOf(r); device != "" {
		if err := s.Store.NoteDevice(r.Context(), begun.Token, device); err != nil {
			return err
		}
	}
	s.setSession(w, begun.Token, int(postgres.SessionLength/time.Second))
	return nil
}

func (s *server) setSession(w http.ResponseWriter, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure on every https address; a local one has no TLS
		Name: s.sessionCookie(), Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}

// actor is the account as it stands in the record.
func actor(u postgres.User) incident.Actor { return incident.Actor{Role: u.Role, ID: u.ID} }
