package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
	"tocsin/webhook"
)

// webhookReaders may see which webhooks there are and how they do.
func webhookReaders() []incident.Role { return append(accountKeepers(), incident.RoleAuditor) }

// webhookRoutes are the receivers of signals.
func (s *server) webhookRoutes() []route {
	const one = "/api/v1/webhooks/{webhook}"
	return []route{
		get("/api/v1/webhooks", "List the webhooks and how they do; their addresses and secrets are not shown", webhookReaders(), webhookList{}, s.listWebhooks),
		created(post("/api/v1/webhooks", "Add a webhook; what signs its signals is shown this once", accountKeepers(),
			webhookRequest{}, webhookSecret{}, s.addWebhook)),
		post(one+"/change", "Give a webhook another name, address, language or other kinds of signal; what is left out stays", accountKeepers(),
			webhookChange{}, ended{}, s.changeWebhook),
		post(one+"/on", "Turn a webhook on: what was recorded since it stopped is sent in order", accountKeepers(), nothing{}, ended{}, s.turnWebhook(true)),
		post(one+"/off", "Turn a webhook off; signals wait until it is on again", accountKeepers(), nothing{}, ended{}, s.turnWebhook(false)),
		post(one+"/test", "Send a test, after what waits", accountKeepers(), nothing{}, ended{}, s.testWebhook),
		post(one+"/rotate", "Give a webhook a new secret, shown this once; the one before signs too for 24 hours", accountKeepers(),
			nothing{}, webhookSecret{}, s.rotateWebhook),
		post(one+"/replay", "Have a webhook told what was recorded from an instant on: again where it was told, and nothing that waits of before",
			accountKeepers(), webhookReplay{}, ended{}, s.replayWebhook),
		post(one+"/end", "Remove a webhook with its secrets", accountKeepers(), nothing{}, ended{}, s.endWebhook),
		get(one+"/attempts", "List the last attempts at a webhook, the latest first", webhookReaders(), attemptList{}, s.listAttempts),
	}
}

type webhookRequest struct {
	Name     string   `json:"name" check:"required" doc:"what the webhook is for"`
	URL      string   `json:"url" check:"required" doc:"the receiver's address: https, public, on port 443; sealed and never shown again"`
	Form     string   `json:"form" doc:"standard (Standard Webhooks, signed), slack or teams; standard when left out"`
	Language string   `json:"language" doc:"the language of messages for people: en or es; that of your account when left out"`
	Kinds    []string `json:"kinds" doc:"the kinds of signal; all when left out"`
}

type webhookChange struct {
	Name     string   `json:"name" doc:"what the webhook is for"`
	URL      string   `json:"url" doc:"another address"`
	Language string   `json:"language" doc:"the language of messages for people: en or es"`
	Kinds    []string `json:"kinds" doc:"the kinds of signal"`
}

type webhookReplay struct {
	From time.Time `json:"from" check:"required" doc:"the instant from which on, between the webhook's beginning and now"`
}

type webhookSecret struct {
	ID     string `json:"id" doc:"the webhook's id"`
	Secret string `json:"secret,omitempty" doc:"what signs the signals; shown this once; absent for slack and teams"`
}

type webhookView struct {
	ID           string     `json:"id" doc:"the webhook's id, as it stands in the record"`
	Name         string     `json:"name" doc:"what the webhook is for"`
	Host         string     `json:"host" doc:"the host of its address"`
	Form         string     `json:"form" doc:"standard, slack or teams"`
	Language     string     `json:"language" doc:"the language of messages for people"`
	Kinds        []string   `json:"kinds" doc:"the kinds of signal it is told"`
	State        string     `json:"state" doc:"on; off; failing: it took nothing for three days; gone: it answered 410"`
	Tries        int        `json:"tries" doc:"how many attempts at the present signal came to nothing"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"when the first of them was"`
	NextTry      *time.Time `json:"next_try,omitempty" doc:"when it is tried again"`
	CreatedAt    time.Time  `json:"created_at" doc:"when it was added"`
}

type webhookList struct {
	Webhooks []webhookView `json:"webhooks" doc:"all webhooks, the oldest first"`
}

type attemptView struct {
	At       time.Time `json:"at" doc:"when it was made"`
	Kind     string    `json:"kind" doc:"the kind of signal"`
	ID       string    `json:"id" doc:"the signal's id, the same at every attempt: the header webhook-id"`
	Incident string    `json:"incident,omitempty" doc:"the incident's id; absent for none"`
	Result   string    `json:"result" doc:"delivered, refused, redirected, gone, timeout, unreachable, unknown_host, untrusted or blocked"`
	Status   int       `json:"status" doc:"the status of the answer; 0 without one"`
	TookMS   int       `json:"took_ms" doc:"how long it took, in milliseconds"`
}

type attemptList struct {
	Attempts []attemptView `json:"attempts" doc:"the last hundred attempts, the latest first"`
}

// receiverOf checks an address that a person typed, and gives its host. What is
// said never repeats it.
func (s *server) receiverOf(address string) (string, error) {
	if wrong, expected := s.Signals.CheckAddress(address); wrong != "" {
		return "", incident.InvalidField("url", "", wrong, expected)
	}
	return webhook.Host(address), nil
}

func checkLanguage(locale string) error {
	if locale != "en" && locale != "es" {
		return incident.InvalidField("language", intake.Shortened(locale), "is not a language of signals", "en or es")
	}
	return nil
}

// makeWebhook adds a webhook and gives what signs its signals.
func (s *server) makeWebhook(r *http.Request, user postgres.User, body webhookRequest) (webhookSecret, error) {
	body.URL = strings.TrimSpace(body.URL)
	host, err := s.receiverOf(body.URL)
	if err != nil {
		return webhookSecret{}, err
	}
	if body.Form == "" {
		body.Form = incident.FormStandard
	}
	if body.Language == "" {
		body.Language = wording.For(user.Locale).Lang
	}
	if err := checkLanguage(body.Language); err != nil {
		return webhookSecret{}, err
	}
	if body.Kinds == nil {
		body.Kinds = incident.SignalKinds()
	}
	secret := ""
	if body.Form == incident.FormStandard {
		secret = webhook.NewSecret()
	}
	made, err := s.Store.AddWebhook(r.Context(), actor(user), postgres.NewWebhook{
		Name: body.Name, Address: body.URL, Host: host, Form: body.Form, Locale: body.Language, Kinds: body.Kinds, Secret: secret,
	})
	return webhookSecret{ID: made.ID, Secret: secret}, err
}

func (s *server) addWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body webhookRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	made, err := s.makeWebhook(r, user, body)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, made)
	return nil
}

// alterWebhook changes a webhook; what is empty stays.
func (s *server) alterWebhook(r *http.Request, user postgres.User, id string, body webhookChange) error {
	now, err := s.Store.Webhook(r.Context(), id)
	if err != nil {
		return err
	}
	in := postgres.NewWebhook{Name: body.Name, Locale: body.Language, Kinds: body.Kinds, Address: strings.TrimSpace(body.URL)}
	if in.Name == "" {
		in.Name = now.Name
	}
	if in.Locale == "" {
		in.Locale = now.Locale
	}
	if in.Kinds == nil {
		in.Kinds = now.Kinds
	}
	if err := checkLanguage(in.Locale); err != nil {
		return err
	}
	if in.Address != "" {
		if in.Host, err = s.receiverOf(in.Address); err != nil {
			return err
		}
	}
	return s.Store.ChangeWebhook(r.Context(), actor(user), id, in)
}

func (s *server) changeWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body webhookChange
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.webhookDone(w, r, s.alterWebhook(r, user, r.PathValue("webhook"), body))
}

// webhookDone answers that something was done to the webhook of the path.
func (s *server) webhookDone(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: r.PathValue("webhook")})
	return nil
}

func (s *server) turnWebhook(on bool) handler {
	return func(w http.ResponseWriter, r *http.Request, user postgres.User) error {
		if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
			return err
		}
		return s.webhookDone(w, r, s.Store.TurnWebhook(r.Context(), actor(user), r.PathValue("webhook"), on))
	}
}

func (s *server) testWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	return s.webhookDone(w, r, s.Store.TestWebhook(r.Context(), actor(user), r.PathValue("webhook")))
}

func (s *server) rotateWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	secret, err := s.freshSecret(r, user, r.PathValue("webhook"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, webhookSecret{ID: r.PathValue("webhook"), Secret: secret})
	return nil
}

// freshSecret gives a webhook a new secret.
func (s *server) freshSecret(r *http.Request, user postgres.User, id string) (string, error) {
	secret := webhook.NewSecret()
	if err := s.Store.RotateWebhook(r.Context(), actor(user), id, secret); err != nil {
		return "", err
	}
	return secret, nil
}

func (s *server) replayWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body webhookReplay
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.webhookDone(w, r, s.Store.ReplayWebhook(r.Context(), actor(user), r.PathValue("webhook"), body.From))
}

func (s *server) endWebhook(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	return s.webhookDone(w, r, s.Store.EndWebhook(r.Context(), actor(user), r.PathValue("webhook")))
}

func (s *server) listWebhooks(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	all, err := s.Store.Webhooks(r.Context())
	if err != nil {
		return err
	}
	list := webhookList{Webhooks: []webhookView{}}
	for _, h := range all {
		list.Webhooks = append(list.Webhooks, webhookView{ID: h.ID, Name: h.Name, Host: h.Host, Form: h.Form, Language: h.Locale,
			Kinds: slices.Clone(h.Kinds), State: h.State, Tries: h.Tries, FailingSince: h.FailingSince, NextTry: h.NextTry, CreatedAt: h.CreatedAt})
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func (s *server) listAttempts(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	id := r.PathValue("webhook")
	if _, err := s.Store.Webhook(r.Context(), id); err != nil {
		return err
	}
	all, err := s.Store.Attempts(r.Context(), id)
	if err != nil {
		return err
	}
	list := attemptList{Attempts: []attemptView{}}
	for _, a := range all {
		list.Attempts = append(list.Attempts, attemptView{At: a.At, Kind: a.Kind, ID: webhook.MessageID(id, a.Entry), Incident: a.Incident,
			Result: a.Result, Status: a.Status, TookMS: a.TookMS})
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}
