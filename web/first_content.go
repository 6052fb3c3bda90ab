package web

import (
	"context"
	"slices"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/notice"
)

// firstContent is a first draft of a round's notice from what is recorded, in
// the languages of the round's people and in English, which stands for the
// others. Its words are templates/mail/<locale>/first.json; what helps against
// misuse is said to each person by their own kinds of data.
func (s *server) firstContent(ctx context.Context, state *incident.State, template string, round int) (notice.Content, error) {
	d := state.Disclosure
	chosen, err := s.Store.SettingsFor(ctx, state)
	if err != nil {
		return notice.Content{}, err
	}
	controller, others := s.Controller.with(chosen), chosen[incident.SettingNoticeLanguage]
	content := notice.Content{
		Template: template, Vendor: d.Vendor, PageURL: controller.PageURL, VerifyURL: s.CheckURL, Email: controller.Email,
		DefaultLanguage: others, Phone: controller.Phone, AdviceByKind: template != notice.TemplateNotAffected, Locales: map[string]notice.Words{},
	}
	place := zoneOf(d.Zone)
	if !d.OccurredFrom.IsZero() {
		content.OccurredOn = d.OccurredFrom.In(place).Format("2006-01-02")
	}
	if !d.ReceivedAt.IsZero() {
		content.DiscoveredOn = d.ReceivedAt.In(place).Format("2006-01-02")
	}
	languages, err := s.languagesOf(ctx, state.ID, round, others)
	if err != nil {
		return notice.Content{}, err
	}
	done := measures(state)
	for _, language := range languages {
		words := s.Composer.FirstWords(language, template, done)
		if name := controller.ContactName[language]; name != "" {
			words.ContactName = name
		}
		content.Locales[language] = words
	}
	return content, nil
}

// languagesOf are the languages in which the people of a round can be written
// to, with English and the language of all others, if one was chosen; all there are when the round has no people of its own.
func (s *server) languagesOf(ctx context.Context, id string, round int, others string) ([]string, error) {
	tags, err := s.Store.RoundLocales(ctx, id, round)
	if err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		return s.Composer.Locales(), nil
	}
	languages := []string{s.Composer.Match("en")}
	if others != "" {
		tags = append(tags, others)
	}
	for _, tag := range tags {
		languages = append(languages, s.Composer.Match(tag))
	}
	slices.Sort(languages)
	return slices.Compact(languages), nil
}

// measures are what the case records as done: the tasks, and that an authority
// was notified.
func measures(state *incident.State) []string {
	var done []string
	for _, t := range state.Tasks {
		if !t.DoneAt.IsZero() && t.Code != "" {
			done = append(done, t.Code)
		}
	}
	for _, o := range state.Obligations {
		if o.Terms.Regime == gdpr.RegimeNotification && len(o.Filings) > 0 && o.Status != incident.ObligationWithdrawn {
			return append(done, notice.MeasureNotified)
		}
	}
	return done
}
