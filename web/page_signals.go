package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// signalsPath is the page of webhooks.
const signalsPath = "/settings/signals"

// webhookShown is a webhook in the list.
type webhookShown struct {
	ID, Name, Host, Form string
	// State says in a sentence how it does; Well that it does well, Bad that
	// somebody has to look.
	State         string
	Well, Bad, On bool
}

// kindChoice is a kind of signal that can be chosen.
type kindChoice struct {
	Kind, Text string
	Chosen     bool
}

// signalsPage lists the webhooks and adds one.
type signalsPage struct {
	frame
	// Done says what was done, Problem what was wrong; both may be empty.
	Done, Problem string
	// Secret signs the signals of a new webhook, shown once.
	Secret   string
	Webhooks []webhookShown
	Forms    []choice
	Locales  []choice
	Kinds    []kindChoice
	// Keeps says that the reader may change webhooks.
	Keeps bool
	// Given is what was filled in when it was refused; never the address.
	Given webhookRequest
}

// attemptShown is one attempt.
type attemptShown struct{ At, Kind, Result, Took, Number string }

// signalPage is one webhook with what became of its last signals.
type signalPage struct {
	frame
	Done, Problem, Secret string
	Webhook               webhookShown
	Standard              bool
	// Former says until when the secret before signs too; empty for never.
	Former string
	// From is the instant that is proposed for a replay, in the reader's Zone.
	From, Zone string
	Locale     string
	Locales    []choice
	Kinds      []kindChoice
	Attempts   []attemptShown
	Keeps      bool
}

// signalPages are the pages of webhooks and their buttons.
func (s *server) signalPages() []pageRoute {
	const one = signalsPath + "/{webhook}"
	return []pageRoute{
		{"GET", signalsPath, webhookReaders(), false, s.signalsPage},
		{"POST", signalsPath, accountKeepers(), false, s.addWebhookOnPage},
		{"GET", one, webhookReaders(), false, s.signalPage},
		{"POST", one, accountKeepers(), false, s.changeWebhookOnPage},
		{"POST", one + "/test", accountKeepers(), false, s.testWebhookOnPage},
		{"POST", one + "/on", accountKeepers(), false, s.turnWebhookOnPage(true)},
		{"POST", one + "/off", accountKeepers(), false, s.turnWebhookOnPage(false)},
		{"POST", one + "/rotate", accountKeepers(), false, s.rotateWebhookOnPage},
		{"POST", one + "/replay", accountKeepers(), false, s.replayWebhookOnPage},
		{"POST", one + "/end", accountKeepers(), false, s.endWebhookOnPage},
	}
}

func (s *server) signalsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showSignals(w, r, user, http.StatusOK, signalsPage{})
}

func (s *server) showSignals(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page signalsPage) error {
	words := wording.For(user.Locale)
	page.frame = s.frameFor(r, user, words.T("Signals to other systems"))
	page.Keeps = slices.Contains(accountKeepers(), user.Role)
	for _, form := range incident.WebhookForms() {
		page.Forms = append(page.Forms, choice{form, words.T("form_" + form)})
	}
	page.Locales = signalLocales()
	page.Given.Form, page.Given.Language = cmp.Or(page.Given.Form, incident.FormStandard), cmp.Or(page.Given.Language, words.Lang)
	page.Kinds = kindChoices(words, page.Given.Kinds, page.Problem == "")
	all, err := s.Store.Webhooks(r.Context())
	if err != nil {
		return err
	}
	for _, h := range all {
		page.Webhooks = append(page.Webhooks, s.webhookShown(h, words, zoneOf(user.Zone)))
	}
	s.show(w, r, status, "signals", page)
	return nil
}

func signalLocales() []choice { return []choice{{"en", "English"}, {"es", "Español"}} }

// kindChoices are all kinds of signal; all of them are chosen when asked to.
func kindChoices(words wording.Words, chosen []string, all bool) []kindChoice {
	var list []kindChoice
	for _, kind := range incident.SignalKinds() {
		list = append(list, kindChoice{kind, words.T("signal_" + kind), all && chosen == nil || slices.Contains(chosen, kind)})
	}
	return list
}

// webhookShown says how a webhook does.
func (s *server) webhookShown(h postgres.Webhook, words wording.Words, place *time.Location) webhookShown {
	shown := webhookShown{ID: h.ID, Name: h.Name, Host: h.Host, Form: words.T("form_" + h.Form), On: h.State == postgres.WebhookOn}
	switch {
	case h.State == postgres.WebhookOff:
		shown.State = words.T("Off. Signals wait until it is turned on.")
	case h.State == postgres.WebhookFailing:
		shown.State = words.T("Given up: it took nothing for three days. Ask who runs the receiver, then turn it on; what waits is sent in order.")
	case h.State == postgres.WebhookGone:
		shown.State = words.T("Stopped: the receiver answered that it wants nothing any more. Turn it on again, or end it.")
	case h.FailingSince != nil && h.NextTry != nil:
		shown.State = words.T("Takes nothing since %s. Tried again %s.", words.At(*h.FailingSince, place), words.At(*h.NextTry, place))
	default:
		shown.State, shown.Well = words.T("On."), true
	}
	shown.Bad = !shown.Well && h.State != postgres.WebhookOff
	return shown
}

// signalFault is what a person is told who gave something wrongly; other is any
// other error.
func signalFault(err error) (problem string, status int, other error) {
	switch kind := incident.KindOf(err); {
	case err == nil:
		return "", http.StatusOK, nil
	case kind == incident.Invalid || kind == incident.Conflict:
		told := explain(err)
		return wording.Sentence(told.Error()), statusOf(told.Kind), nil
	default:
		return "", 0, err
	}
}

func (s *server) addWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	words := wording.For(user.Locale)
	in := webhookRequest{Name: strings.TrimSpace(r.PostForm.Get("name")), URL: r.PostForm.Get("url"), Form: r.PostForm.Get("form"),
		Language: r.PostForm.Get("language"), Kinds: append([]string{}, r.PostForm["kinds"]...)}
	made, err := s.makeWebhook(r, user, in)
	problem, status, err := signalFault(err)
	if err != nil {
		return err
	}
	if problem != "" {
		in.URL = ""
		return s.showSignals(w, r, user, status, signalsPage{Problem: problem, Given: in})
	}
	return s.showSignals(w, r, user, status, signalsPage{Secret: made.Secret, Done: words.T("The webhook is on. Send a test to see whether it arrives.")})
}

func (s *server) signalPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showSignal(w, r, user, http.StatusOK, signalPage{})
}

func (s *server) showSignal(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page signalPage) error {
	words, place := wording.For(user.Locale), zoneOf(user.Zone)
	h, err := s.Store.Webhook(r.Context(), r.PathValue("webhook"))
	if err != nil {
		return err
	}
	attempts, err := s.Store.Attempts(r.Context(), h.ID)
	if err != nil {
		return err
	}
	page.frame = s.frameFor(r, user, h.Name)
	page.Keeps = slices.Contains(accountKeepers(), user.Role)
	page.Webhook, page.Standard = s.webhookShown(h, words, place), h.Form == incident.FormStandard
	page.Locale, page.Locales, page.Kinds = h.Locale, signalLocales(), kindChoices(words, h.Kinds, false)
	from := h.CreatedAt
	if h.FailingSince != nil {
		from = *h.FailingSince
	}
	page.From, page.Zone = from.In(place).Format(localInstant), place.String()
	if h.FormerUntil != nil && h.FormerUntil.After(s.Clock()) {
		page.Former = words.At(*h.FormerUntil, place)
	}
	for _, a := range attempts {
		shown := attemptShown{At: words.At(a.At, place), Kind: words.T("signal_" + a.Kind), Result: words.T("result_" + a.Result),
			Took: words.N(a.TookMS) + " ms", Number: a.Incident}
		if a.Status != 0 {
			shown.Result += " (" + strconv.Itoa(a.Status) + ")"
		}
		page.Attempts = append(page.Attempts, shown)
	}
	s.show(w, r, status, "signal", page)
	return nil
}

// webhookStep carries out one form of a webhook's page, and tells there what came
// of it.
func (s *server) webhookStep(w http.ResponseWriter, r *http.Request, user postgres.User, done string, err error) error {
	problem, status, err := signalFault(err)
	if err != nil {
		return err
	}
	if problem != "" {
		done = ""
	}
	return s.showSignal(w, r, user, status, signalPage{Done: done, Problem: problem})
}

func (s *server) changeWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	in := webhookChange{Name: strings.TrimSpace(r.PostForm.Get("name")), URL: r.PostForm.Get("url"), Language: r.PostForm.Get("language"),
		Kinds: append([]string{}, r.PostForm["kinds"]...)}
	err := s.alterWebhook(r, user, r.PathValue("webhook"), in)
	return s.webhookStep(w, r, user, wording.For(user.Locale).T("Saved."), err)
}

func (s *server) testWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	err := s.Store.TestWebhook(r.Context(), actor(user), r.PathValue("webhook"))
	return s.webhookStep(w, r, user, wording.For(user.Locale).T("The test is on its way, after what waits. Load this page again to see what came of it."), err)
}

func (s *server) turnWebhookOnPage(on bool) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, user postgres.User) error {
		err := s.Store.TurnWebhook(r.Context(), actor(user), r.PathValue("webhook"), on)
		return s.webhookStep(w, r, user, wording.For(user.Locale).T("Saved."), err)
	}
}

func (s *server) rotateWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	secret, err := s.freshSecret(r, user, r.PathValue("webhook"))
	problem, status, err := signalFault(err)
	if err != nil {
		return err
	}
	return s.showSignal(w, r, user, status, signalPage{Secret: secret, Problem: problem})
}

func (s *server) replayWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	words, id := wording.For(user.Locale), r.PathValue("webhook")
	h, err := s.Store.Webhook(r.Context(), id)
	if err != nil {
		return err
	}
	done := words.T("It goes on with what was recorded from %s on.")
	if h.State != postgres.WebhookOn {
		done = words.T("It will go on with what was recorded from %s on, once it is turned on.")
	}
	from, err := instantOfForm("from", r.PostForm.Get("from"), user.Zone)
	if err == nil {
		err = s.Store.ReplayWebhook(r.Context(), actor(user), id, from)
	}
	return s.webhookStep(w, r, user, fmt.Sprintf(done, words.At(from, zoneOf(user.Zone))), err)
}

func (s *server) endWebhookOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	if r.PostForm.Get("sure") != "yes" {
		return s.webhookStep(w, r, user, "", incident.InvalidField("sure", "", "is not ticked", "a tick: a webhook ends for good"))
	}
	if err := s.Store.EndWebhook(r.Context(), actor(user), r.PathValue("webhook")); err != nil {
		return err
	}
	return s.showSignals(w, r, user, http.StatusOK, signalsPage{Done: wording.For(user.Locale).T("The webhook is removed. What it was told stays in the record.")})
}
