package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// textPage is the form for the controller's own words in every language of a
	// notice: all are saved together, since a notice that lacks something in one
	// language is refused.
	textPage struct {
		frame
		W          wording.Words
		ID, Number string
		Round      int
		Version    int // of the draft that is changed; 0 when there is none yet
		Content    notice.Content
		Texts      []textShown
		Fault      string
	}
	// textShown are the words in one language as they stand in the form:
	// paragraphs of Nature and ListAccess are parted by a blank line, of the
	// others each line is a point.
	textShown struct {
		Locale                                              string
		Open                                                bool // whether it is unfolded
		ContactName, Nature, Consequences, Measures, Advice string
		Changes, ListAccess                                 string
	}
)

// Affected says whether the notice goes to somebody who has to do something.
func (p textPage) Affected() bool { return p.Content.Template != notice.TemplateNotAffected }

// FollowUp says whether the notice tells what is new.
func (p textPage) FollowUp() bool { return p.Content.Template == notice.TemplateFollowUp }

// Organisation says whether the notice goes to an organisation.
func (p textPage) Organisation() bool {
	return p.Content.Template == notice.TemplateAffectedOrganisation
}

// first is the language that is unfolded first.
func (p textPage) first() string {
	for _, t := range p.Texts {
		if t.Open {
			return t.Locale
		}
	}
	return ""
}

// maxWords is how long the form with the words may be, in bytes.
const maxWords = 256 << 10

// textOf prepares the form from the latest draft, or from what is recorded.
func (s *server) textOf(r *http.Request, user postgres.User, locale string) (*textPage, *incident.State, error) {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return nil, nil, err
	}
	round, words := state.Round(n), wording.For(user.Locale)
	template := ""
	if len(round.Drafts) == 0 {
		template = round.To()
	}
	content, err := s.contentToPreview(r.Context(), state, round, template)
	if err != nil {
		return nil, nil, err
	}
	page := &textPage{
		frame: frame{Title: words.T("own_words"), User: user, Lang: words.Lang},
		W:     words, ID: state.ID, Number: state.Number, Round: n, Version: len(round.Drafts), Content: content,
	}
	languages := content.Languages()
	if locale == "" && len(languages) > 0 {
		locale = languages[0]
		if slices.Contains(languages, words.Lang) {
			locale = words.Lang
		}
	}
	if !slices.Contains(languages, locale) {
		return nil, nil, incident.InvalidField("locale", intake.Shortened(locale), "is not a language of this notice", incident.Say("one of: %s", strings.Join(languages, ", ")))
	}
	for _, language := range languages {
		own := content.Locales[language]
		page.Texts = append(page.Texts, textShown{
			Locale: language, Open: language == locale, ContactName: own.ContactName,
			Nature: strings.Join(own.Nature, "\n\n"), ListAccess: strings.Join(own.ListAccess, "\n\n"),
			Consequences: strings.Join(own.Consequences, "\n"), Measures: strings.Join(own.Measures, "\n"),
			Advice: strings.Join(own.Advice, "\n"), Changes: strings.Join(own.Changes, "\n"),
		})
	}
	return page, state, nil
}

// showText shows the form for the words of a notice.
func (s *server) showText(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "locale"); err != nil {
		return err
	}
	page, _, err := s.textOf(r, user, r.URL.Query().Get("locale"))
	if err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, "people_text", page)
	return nil
}

// draftText puts the words of the form into a further version of the notice. A
// refusal shows the form again with what was written.
func (s *server) draftText(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxWords)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", incident.Say("the form of the notice's words, at most %s", intake.InUnits(maxWords)))
	}
	page, state, err := s.textOf(r, user, r.PostForm.Get("locale"))
	if err != nil {
		return err
	}
	page.take(r)
	err = s.draftWords(r, user, state, page)
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/people?locale="+page.first()+"#notice", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	for i := range page.Texts {
		page.Texts[i].Open = true // the fault may be in any of them
	}
	page.Fault = wording.For(user.Locale).Refusal(told)
	s.show(w, r, statusOf(told.Kind), "people_text", page)
	return nil
}

// take puts what was written into the page and its content.
func (p *textPage) take(r *http.Request) {
	given := func(name string) string {
		return strings.ReplaceAll(strings.TrimSpace(r.PostForm.Get(name)), "\r\n", "\n")
	}
	c := &p.Content
	c.OccurredOn, c.DiscoveredOn, c.Email, c.Phone, c.PageURL = given("occurred_on"), given("discovered_on"), given("email"), given("phone"), given("page_url")
	c.AdviceByKind = given("advice_by_kind") == "yes"
	for i := range p.Texts {
		t := &p.Texts[i]
		if !r.PostForm.Has("nature-" + t.Locale) {
			continue // a language that came since the form was made stays as it is
		}
		for name, to := range map[string]*string{
			"contact_name": &t.ContactName, "nature": &t.Nature, "consequences": &t.Consequences, "measures": &t.Measures,
			"advice": &t.Advice, "changes": &t.Changes, "list_access": &t.ListAccess,
		} {
			*to = given(name + "-" + t.Locale)
		}
		c.Locales[t.Locale] = notice.Words{
			ContactName: t.ContactName, Nature: pieces(t.Nature, "\n\n"), ListAccess: pieces(t.ListAccess, "\n\n"),
			Consequences: pieces(t.Consequences, "\n"), Measures: pieces(t.Measures, "\n"),
			Advice: pieces(t.Advice, "\n"), Changes: pieces(t.Changes, "\n"),
		}
	}
}

func (s *server) draftWords(r *http.Request, user postgres.User, state *incident.State, page *textPage) error {
	if strconv.Itoa(page.Version) != r.PostForm.Get("version") {
		return &incident.Error{Kind: incident.Conflict, Message: "the notice was drafted anew since you opened this page: " +
			"keep what you wrote, open the page again and put it in"}
	}
	for name := range r.PostForm {
		if err := intake.Storable(intake.Shortened(name), r.PostForm.Get(name)); err != nil || !intake.ValidText(r.PostForm.Get(name)) {
			return incident.InvalidField(intake.Shortened(name), "", "holds a character that is not text", "plain text")
		}
	}
	_, err := s.draftRound(r.Context(), user, state, mailingRequest{Template: page.Content.Template, Round: page.Round, Content: &page.Content})
	return err
}

// pieces cuts a text and leaves empty pieces out.
func pieces(text, at string) []string {
	list := []string{}
	for piece := range strings.SplitSeq(text, at) {
		if piece = strings.TrimSpace(piece); piece != "" {
			list = append(list, piece)
		}
	}
	return list
}
