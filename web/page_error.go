package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// messagePage says what is wrong and what to do now.
type messagePage struct {
	frame
	Text  string
	Steps []string
	// Href and Link lead on; Again is empty, or where the same is tried again.
	Href, Link, Again string
}

// refusePage tells a person what is wrong, in the look of every other page.
func (s *server) refusePage(w http.ResponseWriter, r *http.Request, told *incident.Error) {
	user, _ := r.Context().Value(readerKey{}).(postgres.User)
	words := wording.For(user.Locale)
	if user.ID == "" {
		words = wording.For(askedLanguage(r))
	}
	page := messagePage{frame: frame{User: user, Lang: words.Lang, W: words}, Text: words.Refusal(told), Href: "/incidents", Link: words.T("To the incidents")}
	if id := r.PathValue("id"); id != "" && told.Kind != incident.NotFound {
		page.Href, page.Link = backTo(r), words.T("Back to the incident")
	}
	link := strings.HasPrefix(r.URL.Path, "/ack/")
	if (strings.HasPrefix(r.URL.Path, "/invitation/") || strings.HasPrefix(r.URL.Path, "/reset/") ||
		strings.HasPrefix(r.URL.Path, "/counsel/")) && told.Kind == incident.NotFound {
		s.refuseLink(w, r, words)
		return
	}
	switch told.Kind {
	case incident.NotFound:
		page.Title = words.T("Not found")
		page.Steps = []string{words.T("Choose the incident from the list: links in older mails may name what is no longer there.")}
		if user.ID == "" {
			page.Steps = append(page.Steps, words.T("You may be asked to sign in first."))
		}
	case incident.Forbidden:
		page.Title = words.T("Not allowed")
		page.Href, page.Link = "/incidents", words.T("To the incidents")
		if link {
			page.Title = words.T("This link does not work any more")
			page.Text = words.T("The link is not valid, or its time has passed. Nothing was acknowledged with it, and the deadline goes on.")
			page.Steps = []string{words.T("Sign in, open the incident and acknowledge the reminder there.")}
			page.Link = words.T("Sign in and choose the incident")
		}
	case incident.Unauthenticated:
		page.Title = words.T("Please sign in")
		page.Href, page.Link = "/sign-in", words.T("Sign in")
	case incident.Unavailable:
		page.Title, page.Again = words.T("Not available just now"), backTo(r)
		page.Steps = []string{
			words.T("Wait a minute, then try again."),
			words.T("The legal deadline goes on meanwhile. If you have to act now, act without Tocsin, note what you did and at what time, and keep every receipt: you record it here afterwards."),
			words.T("If it lasts, tell whoever runs Tocsin for you. Reminders that were missed are sent once it is back."),
		}
		if r.Method == http.MethodPost {
			page.Steps[0] = words.T("Wait a minute, open the page again and look whether your step was recorded before you repeat it.")
		}
		if s.held() {
			// Waiting does not help, and where the original runs nothing is missed.
			page.Title, page.Steps[0] = words.T("Not on this copy"), words.T(wording.CopyElsewhere)
			page.Steps[2] = words.T(wording.CopyTold)
		}
	case incident.Internal:
		page.Title = words.T("Something went wrong")
		page.Steps = []string{words.T("The legal deadline goes on. If this comes again, tell whoever runs Tocsin for you, with the time at which it happened.")}
	default:
		page.Title = words.T("This was not carried out")
	}
	if user.Role == incident.RoleCounsel {
		page.Href = "" // there is one case, and no list
	}
	if page.Again == page.Href {
		page.Href, page.Link = "/incidents", words.T("To the incidents")
	}
	if page.Again == page.Href {
		page.Href = "" // one button is enough
	}
	s.show(w, r, statusOf(told.Kind), "message", page)
}

// refuseLink is the one answer to a link of a mail to an account that opens
// nothing, whatever is wrong with it.
func (s *server) refuseLink(w http.ResponseWriter, r *http.Request, words wording.Words) {
	s.show(w, r, http.StatusNotFound, "message", messagePage{
		frame: frame{Title: words.T("This link does not work any more"), Lang: words.Lang, W: words},
		Text:  words.T("The link was used, withdrawn or replaced by a later one, its time has passed, or it is not complete."),
		Steps: []string{words.T("Look for a later mail with a newer link."), words.T("Otherwise ask for a new password, or the DPO or your administrator to invite you again.")},
		Href:  "/sign-in", Link: words.T("Sign in"),
	})
}
