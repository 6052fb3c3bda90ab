package web

import (
	"net/http"
	"net/url"
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
		// theirs is what somebody else saved meanwhile, by the name of the field that
		// the reader has written otherwise.
		theirs map[string]string
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

// Theirs says what somebody else saved meanwhile in a field; empty for nothing.
func (p textPage) Theirs(name string) string {
	text, ok := p.theirs[name]
	switch {
	case !ok:
		return ""
	case text == "":
		text = "–"
	}
	return p.W.T("field_theirs_is", text)
}

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
		text := textIn(content, language)
		text.Open = language == locale
		page.Texts = append(page.Texts, text)
	}
	return page, state, nil
}

// textIn are the words of a notice in one language, as a form holds them.
func textIn(content notice.Content, language string) textShown {
	own := content.Locales[language]
	return textShown{
		Locale: language, ContactName: own.ContactName,
		Nature: strings.Join(own.Nature, "\n\n"), ListAccess: strings.Join(own.ListAccess, "\n\n"),
		Consequences: strings.Join(own.Consequences, "\n"), Measures: strings.Join(own.Measures, "\n"),
		Advice: strings.Join(own.Advice, "\n"), Changes: strings.Join(own.Changes, "\n"),
	}
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
	if err = s.beside(r, user, state, page); err == nil {
		page.take(r)
		err = s.draftWords(r, user, state, page)
	} else if incident.KindOf(err) == incident.Conflict {
		page.take(r)
	}
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/people?locale="+page.first()+"#notice", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	for i := range page.Texts {
		page.Texts[i].Open = true // what to look at, or the fault may be in any of them
	}
	page.Fault = wording.For(user.Locale).Refusal(told)
	s.show(w, r, statusOf(told.Kind), "people_text", page)
	return nil
}

// fields are the words of one language by the names that the form gives them.
func (t *textShown) fields() map[string]*string {
	return map[string]*string{
		"contact_name": &t.ContactName, "nature": &t.Nature, "consequences": &t.Consequences, "measures": &t.Measures,
		"advice": &t.Advice, "changes": &t.Changes, "list_access": &t.ListAccess,
	}
}

// fieldsIn are all words of a notice by the names of the form's fields.
func fieldsIn(c notice.Content) map[string]string {
	all := map[string]string{"occurred_on": c.OccurredOn, "discovered_on": c.DiscoveredOn, "email": c.Email, "phone": c.Phone, "page_url": c.PageURL, "advice_by_kind": ""}
	if c.AdviceByKind {
		all["advice_by_kind"] = "yes"
	}
	for _, language := range c.Languages() {
		text := textIn(c, language)
		for name, value := range text.fields() {
			all[name+"-"+language] = *value
		}
	}
	return all
}

// givenIn is what a form says in a field.
func givenIn(posted url.Values, name string) string {
	return strings.ReplaceAll(strings.TrimSpace(posted.Get(name)), "\r\n", "\n")
}

// beside is a conflict when the notice was drafted anew since the form was opened.
// What the reader wrote stays in the form; what they left as it was becomes what was
// saved meanwhile; and where both wrote, the page says so.
func (s *server) beside(r *http.Request, user postgres.User, state *incident.State, page *textPage) error {
	if strconv.Itoa(page.Version) == r.PostForm.Get("version") {
		return nil
	}
	opened, err := strconv.Atoi(r.PostForm.Get("version"))
	if err != nil || opened < 0 || opened > page.Version {
		return incident.InvalidField("version", intake.Shortened(r.PostForm.Get("version")), "is not a version of this notice", "the form of the page; open it again")
	}
	round := *state.Round(page.Round)
	last := round.Drafts[page.Version-1]
	round.Drafts = round.Drafts[:opened]
	template := ""
	if opened == 0 {
		template = round.To()
	}
	before, err := s.contentToPreview(r.Context(), state, &round, template)
	if err != nil {
		return err
	}
	was := fieldsIn(before)
	page.theirs = map[string]string{}
	for name, now := range fieldsIn(page.Content) {
		mine := givenIn(r.PostForm, name)
		switch {
		case !r.PostForm.Has(name) && name != "advice_by_kind":
			// A language that came since the form was made.
		case mine == was[name]:
			r.PostForm.Set(name, now)
		case now != was[name] && now != mine:
			page.theirs[name] = now
		}
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	return &incident.Error{Kind: incident.Conflict, Message: page.W.T("drafted_beside", names.in(page.W, &last.By), last.Version)}
}

// take puts what was written into the page and its content.
func (p *textPage) take(r *http.Request) {
	given := func(name string) string { return givenIn(r.PostForm, name) }
	c := &p.Content
	c.OccurredOn, c.DiscoveredOn, c.Email, c.Phone, c.PageURL = given("occurred_on"), given("discovered_on"), given("email"), given("phone"), given("page_url")
	c.AdviceByKind = given("advice_by_kind") == "yes"
	for i := range p.Texts {
		t := &p.Texts[i]
		if !r.PostForm.Has("nature-" + t.Locale) {
			continue // a language that came since the form was made stays as it is
		}
		for name, to := range t.fields() {
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
	for name := range r.PostForm {
		if err := intake.Storable(intake.Shortened(name), r.PostForm.Get(name)); err != nil || !intake.ValidText(r.PostForm.Get(name)) {
			return incident.InvalidField(intake.Shortened(name), "", "holds a character that is not text", "plain text")
		}
	}
	_, err := s.draftRound(r.Context(), user, state, mailingRequest{Template: page.Content.Template, Round: page.Round, Content: &page.Content, version: page.Version + 1})
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
