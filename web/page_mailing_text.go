package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
)

// textPage is the form for the controller's own words in one language.
type textPage struct {
	frame
	W          words
	ID, Number string
	Round      int
	Version    int // of the draft that is changed; 0 when there is none yet
	Locale     string
	Languages  []string
	Content    notice.Content
	// The words, as they stand in the form: paragraphs of Nature are parted by a
	// blank line, of the others each line is a point.
	ContactName, Nature, Consequences, Measures, Advice string
	Fault                                               string
}

// maxWords is how long the form with the words may be, in bytes.
const maxWords = 256 << 10

// textOf prepares the form from the latest draft, or from what is recorded.
func (s *server) textOf(r *http.Request, user postgres.User, locale string) (*textPage, *incident.State, error) {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return nil, nil, err
	}
	round, words := state.Round(n), wordsFor(user.Locale)
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
		W:     words, ID: state.ID, Number: state.Number, Round: n, Version: len(round.Drafts), Content: content, Languages: content.Languages(), Locale: locale,
	}
	if locale == "" && len(page.Languages) > 0 {
		page.Locale = page.Languages[0]
		if slices.Contains(page.Languages, words.Lang) {
			page.Locale = words.Lang
		}
	}
	own, there := content.Locales[page.Locale]
	if !there {
		return nil, nil, incident.InvalidField("locale", shortened(page.Locale), "is not a language of this notice", strings.Join(page.Languages, ", "))
	}
	page.ContactName, page.Nature = own.ContactName, strings.Join(own.Nature, "\n\n")
	page.Consequences, page.Measures, page.Advice = strings.Join(own.Consequences, "\n"), strings.Join(own.Measures, "\n"), strings.Join(own.Advice, "\n")
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
		return incident.InvalidField("form", "", "cannot be read", "the form of the notice's words, at most "+inUnits(maxWords))
	}
	page, state, err := s.textOf(r, user, r.PostForm.Get("locale"))
	if err != nil {
		return err
	}
	given := func(name string) string {
		return strings.ReplaceAll(strings.TrimSpace(r.PostForm.Get(name)), "\r\n", "\n")
	}
	page.ContactName, page.Nature, page.Consequences = given("contact_name"), given("nature"), given("consequences")
	page.Measures, page.Advice = given("measures"), given("advice")
	c := &page.Content
	c.OccurredOn, c.DiscoveredOn, c.Email, c.Phone, c.PageURL = given("occurred_on"), given("discovered_on"), given("email"), given("phone"), given("page_url")
	c.AdviceByKind = given("advice_by_kind") == "yes"
	own := c.Locales[page.Locale]
	own.ContactName, own.Nature = page.ContactName, pieces(page.Nature, "\n\n")
	own.Consequences, own.Measures, own.Advice = pieces(page.Consequences, "\n"), pieces(page.Measures, "\n"), pieces(page.Advice, "\n")
	c.Locales[page.Locale] = own
	err = s.draftWords(r, user, state, page)
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/people?locale="+page.Locale+"#notice", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	page.Fault = sentence(told.Error())
	s.show(w, r, statusOf(told.Kind), "people_text", page)
	return nil
}

func (s *server) draftWords(r *http.Request, user postgres.User, state *incident.State, page *textPage) error {
	if strconv.Itoa(page.Version) != r.PostForm.Get("version") {
		return &incident.Error{Kind: incident.Conflict, Message: "the notice was drafted anew since you opened this page: " +
			"keep what you wrote, open the page again and put it in"}
	}
	for name := range r.PostForm {
		if err := storable(shortened(name), r.PostForm.Get(name)); err != nil || !validText(r.PostForm.Get(name)) {
			return incident.InvalidField(shortened(name), "", "holds a character that is not text", "plain text")
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
