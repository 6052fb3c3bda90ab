package web

import (
	"context"

	"tocsin/incident"
	"tocsin/notice"
)

// Controller is the controller's own data as they stand in notifications and
// notices. Everything may be empty; what is missing is then asked for when a
// draft is made.
type Controller struct {
	// Name is the controller's name.
	Name string
	// Address is the controller's postal address, on one line.
	Address string
	// ContactName is the contact point's name per language, such as "en".
	ContactName map[string]string
	// Email is the contact point's address, Art. 33(3)(b).
	Email string
	// Phone is the contact point's telephone number.
	Phone string
	// PageURL is the controller's own page about breaches, https.
	PageURL string
}

// contactName gives the contact point in a language, else in English.
func (c Controller) contactName(language string) string {
	if name := c.ContactName[language]; name != "" {
		return name
	}
	return c.ContactName["en"]
}

// with gives the controller with what people chose in the place of what the
// operator set up.
func (c Controller) with(chosen incident.Settings) Controller {
	c.Name = chosen.Or(incident.SettingControllerName, c.Name)
	c.Address = chosen.Or(incident.SettingControllerAddress, c.Address)
	c.Email = chosen.Or(incident.SettingContactEmail, c.Email)
	c.Phone = chosen.Or(incident.SettingContactPhone, c.Phone)
	c.PageURL = chosen.Or(incident.SettingPage, c.PageURL)
	if name, ok := chosen[incident.SettingContactName]; ok {
		c.ContactName = map[string]string{"en": name}
	}
	return c
}

// controllerOf is the controller as it was when a case was reported.
func (s *server) controllerOf(ctx context.Context, state *incident.State) (Controller, error) {
	chosen, err := s.Store.SettingsFor(ctx, state)
	return s.Controller.with(chosen), err
}

// controllerNow is the controller as it is now. While the database is away it is
// the operator's, so that a page for everybody is still shown.
func (s *server) controllerNow(ctx context.Context) Controller {
	chosen, err := s.Store.Settings(ctx)
	if err != nil {
		s.Logger.WarnContext(ctx, "the settings cannot be read", "kind", string(incident.KindOf(err)))
	}
	return s.Controller.with(chosen)
}

// writerOf writes in the name that the controller had when a case was reported.
func (s *server) writerOf(ctx context.Context, state *incident.State) (*notice.Composer, error) {
	chosen, err := s.Store.SettingsFor(ctx, state)
	return s.Composer.As(chosen[incident.SettingControllerName]), err
}
