package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/language"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/web/intake"
)

// checkPage is the page on which anybody who received a notice enters its code.
type checkPage struct {
	notice.CheckPage // the words
	// Locale is the page's language, Languages the others.
	Locale    string
	Languages []notice.Language
	// Controller is who writes; Email and Phone are its contact point.
	Controller, Email, Phone string
	// Code is what was entered, in the form of a code where it can be one.
	Code string
	// Genuine are the notices in which the code was printed.
	Genuine []notice.CheckedNotice
	// Drill says that they belong to an exercise.
	Drill bool
	// NotKnown, Shut and Down say that the code is not known, that too many
	// were tried, and that nothing can be looked up.
	NotKnown, Shut, Down bool
}

// maxCode bounds what is shown again of what was entered, in characters.
const maxCode = 40

// showCheck shows the empty page.
func (s *server) showCheck(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "check", s.checkPage(r, r.URL.Query().Get("lang")))
}

// checkCode answers whether a code is genuine. It tells who has a genuine code
// what its notice says too, and nobody anything of a person.
func (s *server) checkCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, incident.InvalidField("form", "", "cannot be read", "a code"))
		return
	}
	page := s.checkPage(r, r.PostForm.Get("lang"))
	typed := r.PostForm.Get("code")
	if page.Code = intake.ShortenedTo(typed, maxCode); typed == "" {
		s.show(w, r, http.StatusOK, "check", page)
		return
	}
	origin := s.originOf(r)
	if s.guesses.wait("", origin) > 0 {
		page.Shut = true
		s.show(w, r, http.StatusTooManyRequests, "check", page)
		return
	}
	// What can be no code is looked up all the same: each answer costs the same.
	code, ok := notice.ParseCode(typed)
	if ok {
		page.Code = code
	}
	var err error
	page.Genuine, page.Drill, err = s.noticesOf(r.Context(), page.Locale, code)
	switch {
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "a code could not be checked", "kind", string(incident.KindOf(err)))
		page.Down = true
		s.show(w, r, http.StatusServiceUnavailable, "check", page)
		return
	case len(page.Genuine) == 0:
		s.guesses.add("", origin)
		page.NotKnown = true
	}
	s.show(w, r, http.StatusOK, "check", page)
}

// noticesOf gives in words the notices in which a code was printed.
func (s *server) noticesOf(ctx context.Context, locale, code string) (list []notice.CheckedNotice, drill bool, err error) {
	rounds, err := s.Store.NoticesOfCode(ctx, code)
	if err != nil {
		return nil, false, err
	}
	for _, found := range rounds {
		state, err := s.Store.State(ctx, found.Incident)
		if err != nil {
			return nil, false, err
		}
		round := state.Round(found.Round)
		if round == nil || round.StartedAt.IsZero() {
			continue
		}
		sent := state.Clock.Real(round.StartedAt).In(zoneOf(state.Disclosure.Zone)) // as the notice is dated
		composer, err := s.writerOf(ctx, state)
		if err != nil {
			return nil, false, err
		}
		list = append(list, composer.Checked(locale, templateOf(round), sent, state.Number))
		drill = drill || state.Clock.Pace > 0
	}
	return list, drill, nil
}

// templateOf is the template of a round's notice.
func templateOf(round *incident.Round) string {
	if len(round.Drafts) == 0 {
		return ""
	}
	return round.Drafts[len(round.Drafts)-1].Template
}

// checkPage is the page in the language that was chosen, else in the one that
// the browser asks for.
func (s *server) checkPage(r *http.Request, chosen string) checkPage {
	locale, controller := s.readersLocale(r, chosen), s.controllerNow(r.Context())
	return checkPage{
		CheckPage: s.Composer.As(controller.Name).CheckPage(locale), Locale: locale, Languages: s.Composer.Languages(),
		Controller: controller.Name, Email: controller.Email, Phone: controller.Phone,
	}
}

// readersLocale is the language of a page for somebody who has no account.
func (s *server) readersLocale(r *http.Request, chosen string) string {
	locales := s.Composer.Locales()
	if slices.Contains(locales, chosen) {
		return chosen
	}
	if header := r.Header.Get("Accept-Language"); header != "" && len(header) <= 500 {
		// A header that is none leaves the default.
		wanted, _, _ := language.ParseAcceptLanguage(header)
		for _, tag := range wanted {
			base, _ := tag.Base()
			if slices.Contains(locales, base.String()) {
				return base.String()
			}
		}
	}
	return s.Composer.Match("")
}

// codeTime bounds the work for somebody who has no account.
const codeTime = 5 * time.Second
