package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// settingsPath is the page of the installation's settings.
const settingsPath = "/settings"

// Relay is a mail relay as the page of settings shows it.
type Relay struct {
	// Address is its host and port.
	Address string
	// PerSecond is how many notices it is given in a second at most; 0 for no limit.
	PerSecond float64
	// Check returns nil when the relay answers. Its error is logged, never shown.
	Check func(ctx context.Context) error
}

// Surroundings are what the operator set up outside of Tocsin's pages, as far as
// people who work with it should know.
type Surroundings struct {
	// Relays take the mail, in order of preference.
	Relays []Relay
	// FurtherCheckpoints says that checkpoints are mailed to a further address.
	FurtherCheckpoints bool
}

type (
	// settingsPage shows what holds for the whole installation.
	settingsPage struct {
		frame
		Done, Problem string
		People        []memberShown
		Roles         []choice
		OnCall        []calledShown
		// MayKeep says that the reader may change roles and the order on call.
		MayKeep bool
		// Groups are what may be changed here.
		Groups []settingGroup
		// Given is what was filled in when it was refused.
		Given   incident.Settings
		Changes []changeShown
		Relays  []relayShown
		// SeesSignals says that the reader sees the receivers of signals.
		SeesSignals bool
		// MayTest says that the reader may have a test message sent; Test is what
		// became of the last one, empty for none.
		MayTest bool
		Test    string
		// Asked says that the relays were asked just now.
		Asked              bool
		FurtherCheckpoints bool
		Streams            []string
		NoticeLanguages    []string
	}
	memberShown struct {
		ID, Name, Email, Role, RoleValue string
		Own                              bool
	}
	calledShown struct {
		ID, Name, Role string
		First, Last    bool
	}
	relayShown struct {
		Address, Limit string
		Answers        bool
		// State says whether it is used; Accepted and Failed when it took a message
		// last, and failed last; empty for never.
		State, Accepted, Failed string
		Resting                 bool
	}
)

// settingsReaders are who reads the settings.
func settingsReaders() []incident.Role {
	return append(leaders(), incident.RoleAuditor, incident.RoleAdmin)
}

// settingsPages are the page of settings and its buttons.
func (s *server) settingsPages() []pageRoute {
	return []pageRoute{
		{"GET", settingsPath, settingsReaders(), false, s.settingsPage},
		{"POST", settingsPath + "/values/{group}", accountKeepers(), false, s.changeValues},
		{"POST", settingsPath + "/back/{key}", accountKeepers(), false, s.returnValue},
		{"POST", settingsPath + "/test-message", mailTesters(), false, s.testMail},
		{"POST", settingsPath + "/relays", accountKeepers(), false, s.askRelays},
		{"POST", settingsPath + "/people/{user}/role", accountKeepers(), false, s.changeRole},
		{"POST", settingsPath + "/people/{user}/call", accountKeepers(), false, s.moveOnCall},
	}
}

func (s *server) settingsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showSettings(w, r, user, http.StatusOK, settingsPage{})
}

func (s *server) showSettings(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page settingsPage) error {
	words := wording.For(user.Locale)
	page.frame = s.frameFor(r, user, words.T("nav_settings"))
	page.AtSettings = true
	page.SeesSignals = slices.Contains(webhookReaders(), user.Role)
	page.MayKeep = slices.Contains(accountKeepers(), user.Role)
	page.FurtherCheckpoints, page.Streams = s.Around.FurtherCheckpoints, s.Streams
	for _, role := range incident.Roles() {
		page.Roles = append(page.Roles, choice{string(role), words.Role(role)})
	}
	for _, l := range s.Composer.Languages() {
		page.NoticeLanguages = append(page.NoticeLanguages, l.Name)
	}
	if page.Relays == nil {
		for _, relay := range s.Around.Relays {
			page.Relays = append(page.Relays, relayShown{Address: relay.Address, Limit: limitIn(relay.PerSecond, words)})
		}
	}
	if err := s.fillRelays(r.Context(), &page, user); err != nil {
		return err
	}
	if err := s.fillValues(r.Context(), &page, user); err != nil {
		return err
	}
	if err := s.fillPeople(r.Context(), &page, user); err != nil {
		return err
	}
	s.show(w, r, status, "settings", page)
	return nil
}

func limitIn(perSecond float64, w wording.Words) string {
	if perSecond == 0 {
		return w.T("settings_no_limit")
	}
	return w.T("settings_limit", perSecond)
}

func (s *server) fillPeople(ctx context.Context, page *settingsPage, reader postgres.User) error {
	users, err := s.Store.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.EndedAt == nil {
			page.People = append(page.People, memberShown{ID: u.ID, Name: u.Name, Email: u.Email, Role: page.W.Role(u.Role),
				RoleValue: string(u.Role), Own: u.ID == reader.ID})
		}
	}
	called, err := s.Store.OnCall(ctx)
	if err != nil {
		return err
	}
	for i, u := range called {
		page.OnCall = append(page.OnCall, calledShown{ID: u.ID, Name: u.Name, Role: page.W.Role(u.Role), First: i == 0, Last: i == len(called)-1})
	}
	return nil
}

// settingsStep carries out one form of the page of settings, and says there what
// was done or why it was not.
func (s *server) settingsStep(w http.ResponseWriter, r *http.Request, user postgres.User, do func() (done string, err error)) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	done, err := do()
	switch kind := incident.KindOf(err); {
	case err == nil:
		return s.showSettings(w, r, user, http.StatusOK, settingsPage{Done: done})
	case kind == incident.Invalid || kind == incident.Conflict || kind == incident.NotFound:
		told := explain(err)
		return s.showSettings(w, r, user, statusOf(told.Kind), settingsPage{Problem: wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}

func (s *server) changeRole(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.settingsStep(w, r, user, func() (string, error) {
		role := incident.Role(r.PostForm.Get("role"))
		if !role.Valid() {
			return "", incident.InvalidField("role", intake.Shortened(string(role)), "is not a role", "dpo, deputy, responder, approver, auditor or admin")
		}
		return wording.For(user.Locale).T("settings_role_done"), s.Store.ChangeRole(r.Context(), actor(user), r.PathValue("user"), role)
	})
}

func (s *server) moveOnCall(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.settingsStep(w, r, user, func() (string, error) {
		move := r.PostForm.Get("move")
		if move != "earlier" && move != "later" {
			return "", incident.InvalidField("move", intake.Shortened(move), "is not known", "earlier or later")
		}
		return wording.For(user.Locale).T("settings_call_done"), s.Store.MoveOnCall(r.Context(), actor(user), r.PathValue("user"), move == "earlier")
	})
}

// relayTime is how long a relay has to answer on the page.
const relayTime = 5 * time.Second

// askRelays asks every relay whether it takes mail, all at once.
func (s *server) askRelays(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	ctx, cancel := context.WithTimeout(r.Context(), relayTime)
	defer cancel()
	var probes []Probe
	for _, relay := range s.Around.Relays {
		probes = append(probes, Probe{Name: relay.Address, Check: relay.Check})
	}
	away, words := s.partsAway(ctx, probes), wording.For(user.Locale)
	page := settingsPage{Asked: true, Relays: []relayShown{}}
	for _, relay := range s.Around.Relays {
		page.Relays = append(page.Relays, relayShown{Address: relay.Address, Limit: limitIn(relay.PerSecond, words), Answers: away[relay.Address] == nil})
	}
	return s.showSettings(w, r, user, http.StatusOK, page)
}
