package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	// settingGroup is a card of the page of settings whose values people change.
	settingGroup struct {
		// Name is controller, retention or languages.
		Name   string
		Fields []settingField
		// May says that the reader may change them; Open that the form is open,
		// since what it held was refused.
		May, Open bool
	}
	// settingField is one value and the field in which it is changed.
	settingField struct {
		Key, ID, Label string
		// Value is the value, and Shown how it is read.
		Value, Shown string
		// Kind is the kind of the field: text, email, tel or url.
		Kind    string
		Needed  bool
		Choices []choice
		// Hint is nil where none is needed.
		Hint *settingHint
		// Chosen says that a person changed it and the reader may undo it; Operator is
		// then the value that would count again, as it is read.
		Chosen   bool
		Operator string
	}
	settingHint struct{ ID, Text string }
	// changeShown is one change of one setting.
	changeShown struct {
		At, What, Before, Value, By string
		// Operator says that the operator's value counts again.
		Operator bool
	}
)

// settingGroupKeys are the settings of a card; none for a card that there is not.
func settingGroupKeys(group string) []string {
	switch group {
	case "controller":
		return []string{incident.SettingControllerName, incident.SettingControllerAddress, incident.SettingContactName,
			incident.SettingContactEmail, incident.SettingContactPhone, incident.SettingPage}
	case "retention":
		return []string{incident.SettingRetentionDays, incident.SettingRetentionWarnDays}
	case "languages":
		return []string{incident.SettingNoticeLanguage, incident.SettingAccountLanguage}
	}
	return nil
}

// shownChanges is how many changes the page of settings shows; the API gives all.
const shownChanges = 20

// fillValues shows the values that people change, and what was changed.
func (s *server) fillValues(ctx context.Context, page *settingsPage, reader postgres.User) error {
	changes, err := s.Store.SettingChanges(ctx)
	if err != nil {
		return err
	}
	operator, chosen := s.operatorSettings(), incident.Settings{}
	for _, c := range slices.Backward(changes) { // the latest last
		if chosen[c.Key] = c.Value; c.Operator {
			delete(chosen, c.Key)
		}
	}
	for _, name := range []string{"controller", "retention", "languages"} {
		group := settingGroup{Name: name}
		for _, key := range settingGroupKeys(name) {
			field := s.settingField(key, chosen.Or(key, operator[key]), page.W)
			if _, changed := chosen[key]; changed && reader.Role.MayChangeSetting(key) {
				field.Chosen, field.Operator = true, s.shownSetting(key, operator[key], page.W)
			}
			if given, ok := page.Given[key]; ok {
				field.Value, group.Open = given, true
			}
			group.May = group.May || reader.Role.MayChangeSetting(key)
			group.Fields = append(group.Fields, field)
		}
		page.Groups = append(page.Groups, group)
	}
	if len(changes) == 0 {
		return nil
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	for _, c := range changes[:min(len(changes), shownChanges)] {
		page.Changes = append(page.Changes, changeShown{
			At: page.W.At(c.Since, zoneOf(reader.Zone)), What: page.W.T("setting_" + strings.ReplaceAll(c.Key, ".", "_")),
			Before: s.shownSetting(c.Key, c.Before, page.W), Value: s.shownSetting(c.Key, c.Value, page.W), By: names[c.Account],
			Operator: c.Operator,
		})
	}
	return nil
}

func (s *server) settingField(key, value string, w wording.Words) settingField {
	id := strings.ReplaceAll(key, ".", "_")
	f := settingField{Key: key, ID: id, Label: w.T("setting_" + id), Value: value, Shown: s.shownSetting(key, value, w), Kind: "text"}
	hint := func(text string) { f.Hint = &settingHint{ID: id, Text: text} }
	switch key {
	case incident.SettingControllerName, incident.SettingContactName:
		f.Needed = true
	case incident.SettingContactEmail:
		f.Kind, f.Needed = "email", true
	case incident.SettingContactPhone:
		f.Kind = "tel"
	case incident.SettingPage:
		f.Kind, f.Needed = "url", true
	case incident.SettingRetentionDays:
		f.Needed = true
		hint(w.T("setting_days_hint", w.N(incident.MinSettingRetentionDays), w.N(incident.MaxRetentionDays)))
	case incident.SettingRetentionWarnDays:
		f.Needed = true
		hint(w.T("setting_warn_hint"))
	case incident.SettingNoticeLanguage:
		for _, l := range s.Composer.Languages() {
			f.Choices = append(f.Choices, choice{l.Locale, l.Name})
		}
	case incident.SettingAccountLanguage:
		f.Choices = []choice{{"en", "English"}, {"es", "Español"}}
	}
	return f
}

// shownSetting is a value as people read it.
func (s *server) shownSetting(key, value string, w wording.Words) string {
	switch {
	case value == "":
		return w.T("setting_nothing")
	case key == incident.SettingRetentionDays && value == incident.RetentionNone:
		return w.T("setting_never")
	case key == incident.SettingRetentionWarnDays:
		return strings.ReplaceAll(value, ",", ", ")
	case key == incident.SettingNoticeLanguage || key == incident.SettingAccountLanguage:
		return w.Language(value)
	}
	return value
}

// changeValues carries out one form of the page of settings.
func (s *server) changeValues(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	keys := settingGroupKeys(r.PathValue("group"))
	if keys == nil {
		return &incident.Error{Kind: incident.NotFound, Message: "there are no such settings"}
	}
	given := incident.Settings{}
	for _, key := range keys {
		if r.PostForm.Has(key) {
			given[key] = strings.TrimSpace(r.PostForm.Get(key))
		}
	}
	err := s.changeSettings(r.Context(), user, given)
	switch kind := incident.KindOf(err); {
	case err == nil:
		return s.showSettings(w, r, user, http.StatusOK, settingsPage{Done: wording.For(user.Locale).T("setting_saved")})
	case kind == incident.Invalid || kind == incident.Forbidden:
		told, words := *explain(err), wording.For(user.Locale)
		if slices.Contains(keys, told.Field) { // as the form calls it
			told.Field = words.T("setting_" + strings.ReplaceAll(told.Field, ".", "_"))
		}
		return s.showSettings(w, r, user, statusOf(told.Kind), settingsPage{Problem: words.Refusal(&told), Given: given})
	default:
		return err
	}
}
