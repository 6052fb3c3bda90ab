package web

import (
	"net/http"
	"slices"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// returnValue has the operator's value of one setting count again.
func (s *server) returnValue(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.settingsStep(w, r, user, func() (string, error) {
		key, words := r.PathValue("key"), wording.For(user.Locale)
		err := s.Store.ReturnSettings(r.Context(), actor(user), []string{key}, s.operatorSettings())
		if told := explain(err); told != nil && slices.Contains(incident.SettingKeys(), told.Field) {
			named := *told // as the page calls it
			named.Field = words.T("setting_" + strings.ReplaceAll(told.Field, ".", "_"))
			return "", &named
		}
		return words.T("setting_returned"), err
	})
}
