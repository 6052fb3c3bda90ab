package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/web/intake"
)

// settingRoutes are what holds for the whole installation.
func (s *server) settingRoutes() []route {
	return []route{
		get("/api/v1/settings", "Show what holds for the whole installation, and who changed it when", settingsReaders(), settingList{}, s.listSettings),
		post("/api/v1/settings", "Give a setting another value; it counts for incidents that are reported from then on", accountKeepers(),
			settingRequest{}, settingList{}, s.setSetting),
		post("/api/v1/settings/back", "Have the value that whoever runs Tocsin set up count again; it counts for incidents that are reported from then on", accountKeepers(),
			settingBack{}, settingList{}, s.returnSetting),
	}
}

type settingRequest struct {
	Key   string `json:"key" check:"required" doc:"the setting, such as retention.days"`
	Value string `json:"value" doc:"its new value; empty where nothing is allowed"`
}

type settingBack struct {
	Key string `json:"key" check:"required" doc:"the setting, such as retention.days"`
}

type settingView struct {
	Key      string          `json:"key" doc:"the setting"`
	Value    string          `json:"value" doc:"its value now"`
	Operator string          `json:"operator" doc:"the value that whoever runs Tocsin set up; it counts until somebody changes it"`
	Chosen   bool            `json:"chosen" doc:"whether somebody changed it: then the operator's does not count"`
	Since    *time.Time      `json:"since,omitempty" doc:"when it was changed last"`
	By       string          `json:"by,omitempty" doc:"the id of who changed it last"`
	Roles    []incident.Role `json:"roles" doc:"who may change it"`
}

type settingChange struct {
	Key    string    `json:"key" doc:"the setting"`
	Before string    `json:"before" doc:"its value until then"`
	Value  string    `json:"value" doc:"its value from then on"`
	Since  time.Time `json:"since" doc:"when it was changed"`
	By     string    `json:"by" doc:"the id of who changed it"`
	// Operator is left out where somebody chose a value.
	Operator bool `json:"operator,omitempty" doc:"whether the operator's value counts again from then on"`
}

type settingList struct {
	Settings []settingView   `json:"settings" doc:"every setting that can be changed while Tocsin runs"`
	Changes  []settingChange `json:"changes" doc:"what was changed, the latest first"`
}

// operatorsAccountLanguage is the language of who is invited without one.
const operatorsAccountLanguage = "en"

// operatorSettings are the values of the settings that nobody changed.
func (s *server) operatorSettings() incident.Settings {
	days, warn := s.Rules.Retention.RetentionText()
	return incident.Settings{
		incident.SettingControllerName: s.Controller.Name, incident.SettingControllerAddress: s.Controller.Address,
		incident.SettingContactName: s.Controller.contactName("en"), incident.SettingContactEmail: s.Controller.Email,
		incident.SettingContactPhone: s.Controller.Phone, incident.SettingPage: s.Controller.PageURL,
		incident.SettingRetentionDays: days, incident.SettingRetentionWarnDays: warn,
		incident.SettingNoticeLanguage: s.Composer.Match(""), incident.SettingAccountLanguage: operatorsAccountLanguage,
	}
}

// changeSettings changes settings of the installation, all or none of them.
func (s *server) changeSettings(ctx context.Context, user postgres.User, values incident.Settings) error {
	for key, value := range values {
		if err := s.checkSetting(key, value); err != nil {
			return err
		}
	}
	return s.Store.ChangeSettings(ctx, actor(user), values, s.operatorSettings())
}

// checkSetting refuses an address that no mail reaches, a page that no notice may
// name, and a language that there is not.
func (s *server) checkSetting(key, value string) error {
	switch key {
	case incident.SettingContactEmail:
		if _, err := smtp.ParseAddress(value); err != nil {
			return incident.InvalidField(key, "", "is not an address that can be mailed", "an address such as dpo@example.com")
		}
	case incident.SettingPage:
		if !notice.IsPage(value) {
			return incident.InvalidField(key, intake.Shortened(value), "is not a page that a notice may name", "an https address of your own site, without query")
		}
	case incident.SettingNoticeLanguage:
		if !slices.Contains(s.Composer.Locales(), value) {
			return incident.InvalidField(key, intake.Shortened(value), "is not a language of the notices", "the tag of a language that the notices have, such as en or es")
		}
	case incident.SettingAccountLanguage:
		if value != "en" && value != "es" {
			return incident.InvalidField(key, intake.Shortened(value), "is not a language of the pages", "en or es")
		}
	}
	return nil
}

func (s *server) settingsNow(ctx context.Context) (settingList, error) {
	out := settingList{Settings: []settingView{}, Changes: []settingChange{}}
	changes, err := s.Store.SettingChanges(ctx)
	if err != nil {
		return out, err
	}
	operator, last := s.operatorSettings(), map[string]settingChange{}
	for _, c := range changes {
		one := settingChange{Key: c.Key, Before: c.Before, Value: c.Value, Since: c.Since, By: c.Account, Operator: c.Operator}
		if _, later := last[c.Key]; !later {
			last[c.Key] = one
		}
		out.Changes = append(out.Changes, one)
	}
	for _, key := range incident.SettingKeys() {
		view := settingView{Key: key, Value: operator[key], Operator: operator[key], Roles: []incident.Role{}}
		if c, changed := last[key]; changed {
			view.Since, view.By = &c.Since, c.By
			if !c.Operator {
				view.Value, view.Chosen = c.Value, true
			}
		}
		for _, role := range incident.Roles() {
			if role.MayChangeSetting(key) {
				view.Roles = append(view.Roles, role)
			}
		}
		out.Settings = append(out.Settings, view)
	}
	return out, nil
}

func (s *server) listSettings(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	out, err := s.settingsNow(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) setSetting(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body settingRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if err := s.changeSettings(r.Context(), user, incident.Settings{body.Key: body.Value}); err != nil {
		return err
	}
	return s.listSettings(w, r, user)
}

func (s *server) returnSetting(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body settingBack
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if err := s.Store.ReturnSettings(r.Context(), actor(user), []string{body.Key}, s.operatorSettings()); err != nil {
		return err
	}
	return s.listSettings(w, r, user)
}
