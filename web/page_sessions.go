package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"tocsin/postgres"
	"tocsin/web/wording"
)

// sessionShown is a session in the list of its holder.
type sessionShown struct {
	ID, Device, Begun, Ends string
	Own, Waits              bool
}

// fillSessions lists the sessions of the reader.
func (s *server) fillSessions(ctx context.Context, page *accountPage, reader postgres.User, own string) error {
	list, err := s.Store.Sessions(ctx, reader.ID, own)
	if err != nil {
		return err
	}
	place := zoneOf(reader.Zone)
	for _, one := range list {
		shown := sessionShown{ID: one.ID, Device: one.Device, Begun: page.W.At(one.BegunAt, place), Ends: page.W.At(one.EndsAt, place), Own: one.Own, Waits: one.Waits}
		if shown.Device == "" {
			shown.Device = page.W.T("Unknown device")
		}
		page.Sessions = append(page.Sessions, shown)
		page.Others = page.Others || !one.Own
	}
	return nil
}

// endOneSession ends one session of the reader.
func (s *server) endOneSession(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		err := s.Store.EndOneSession(r.Context(), user.ID, r.PathValue("session"))
		return accountPage{Done: wording.For(user.Locale).T("The session has ended.")}, err
	})
}

// What a browser says of itself, the more particular first: most name others too.
var (
	browsersSaid = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systemsSaid = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// deviceOf is the kind of browser and system that a request comes from; empty when it
// does not say. It is what the browser claims, and only names of ours are kept.
func deviceOf(r *http.Request) string {
	agent := r.UserAgent()
	var known []string
	for _, said := range [][][2]string{browsersSaid, systemsSaid} {
		for _, one := range said {
			if strings.Contains(agent, one[0]) {
				known = append(known, one[1])
				break
			}
		}
	}
	return strings.Join(known, ", ")
}
