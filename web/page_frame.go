package web

import (
	"net/http"
	"time"

	"golang.org/x/text/language"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// frameFor is the frame of a page for who is signed in, in their language.
func (s *server) frameFor(r *http.Request, user postgres.User, title string) frame {
	w := wording.For(user.Locale)
	f := frame{Title: title, User: user, Lang: w.Lang, W: w}
	if away := s.trouble(r.Context()); away != "" {
		f.Trouble = w.T(away)
		if away == wording.TroubleEngine {
			f.Trouble += s.vendorTold(r.Context(), w, user)
		}
	}
	if s.held() {
		f.Trouble = s.heldTrouble(w)
	}
	return f
}

// frameAsked is the frame of a page for who is not signed in, in the language
// that the browser asks for.
func (s *server) frameAsked(r *http.Request, key string) frame {
	w := wording.For(askedLanguage(r))
	f := frame{Title: w.T(key), Lang: w.Lang, W: w}
	if s.held() {
		f.Trouble = s.heldTrouble(w)
	}
	return f
}

// askedLanguage is the language of the pages that suits a browser best.
func askedLanguage(r *http.Request) string {
	pages := language.NewMatcher([]language.Tag{language.English, language.Spanish})
	tag, _ := language.MatchStrings(pages, r.Header.Get("Accept-Language"))
	base, _ := tag.Base()
	return base.String()
}

// placeOf is the zone in which a person is shown the times of a case, and in
// which the times of a form are meant: their own, else that of the case. An
// account for which nobody named a zone has UTC.
func placeOf(user postgres.User, state *incident.State) *time.Location {
	return placeElse(user, state.Disclosure.Zone)
}

func placeElse(user postgres.User, zone string) *time.Location {
	if user.Zone != "" && user.Zone != "UTC" {
		return zoneOf(user.Zone)
	}
	return zoneOf(zone)
}
