package web

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// publicRequest drafts the public communication of GDPR Art. 34(3)(c).
type publicRequest struct {
	Content *notice.Content `json:"content" doc:"an object: what the controller says, per language; without it, what is recorded"`
}

// publicDraft is the document of one version: what the controller says, and the
// texts as they are published, so that what is approved does not change when
// the case does.
type publicDraft struct {
	Content   notice.Content `json:"content"`
	DataKinds []string       `json:"data_kinds"`
	People    int            `json:"people"`
	Texts     []publicText   `json:"texts"`
}

type publicText struct {
	Locale string `json:"locale" doc:"the language"`
	Title  string `json:"title" doc:"the title"`
	Text   string `json:"text" doc:"as plain text"`
	HTML   string `json:"html" doc:"as a page of its own"`
}

type publicDraftAnswer struct {
	recorded
	Content notice.Content `json:"content" doc:"the content that was drafted"`
	Missing []string       `json:"missing" doc:"what it lacks of GDPR Art. 34(2), per language; it cannot be approved before"`
}

func (s *server) draftPublic(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body publicRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	content, err := s.firstPublic(r.Context(), state)
	if err != nil {
		return err
	}
	if body.Content != nil {
		content = *body.Content
	}
	out, err := s.putDownPublic(r.Context(), user, state, content)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// putDownPublic records a version of the public communication.
func (s *server) putDownPublic(ctx context.Context, user postgres.User, state *incident.State, content notice.Content) (publicDraftAnswer, error) {
	content.Template, content.VerifyURL = notice.TemplatePublic, ""
	raw, err := json.Marshal(content)
	if err != nil {
		return publicDraftAnswer{}, err
	}
	if content, err = notice.ParseContent(raw); err != nil {
		return publicDraftAnswer{}, incident.InvalidField("content", "", incident.Say("%s", err.Error()), "the form that /api/openapi.json describes")
	}
	draft, missing, err := s.renderPublic(ctx, state, content)
	if err != nil {
		return publicDraftAnswer{}, err
	}
	if raw, err = json.MarshalIndent(draft, "", " "); err != nil {
		return publicDraftAnswer{}, err
	}
	command := incident.DraftPublic{Locales: content.Languages(), Missing: missing,
		Content: incident.Document{ID: "draft", SHA256: sumOf(raw), Size: int64(len(raw))}}
	if err := s.try(state, user, command); err != nil {
		return publicDraftAnswer{}, err
	}
	if command.Content, err = s.Store.PutDocument(ctx, state.ID, "public.json", "application/json", raw); err != nil {
		return publicDraftAnswer{}, err
	}
	reply, err := s.Engine.Command(ctx, state.ID, actor(user), command)
	if err != nil {
		return publicDraftAnswer{}, err
	}
	return publicDraftAnswer{recorded: answerTo(reply), Content: content, Missing: missing}, nil
}

// renderPublic writes the texts and says what they lack, per language.
func (s *server) renderPublic(ctx context.Context, state *incident.State, content notice.Content) (draft publicDraft, missing []string, err error) {
	draft = publicDraft{Content: content, Texts: []publicText{}}
	draft.DataKinds, draft.People = affected(state)
	missing = []string{}
	composer, err := s.writerOf(ctx, state)
	if err != nil {
		return draft, nil, err
	}
	for _, language := range content.Languages() {
		c := content.Communication(language)
		c.DataKinds, c.People, c.Exercise = draft.DataKinds, draft.People, state.Clock.Pace > 0
		seen, err := composer.Public(c)
		if err != nil {
			return draft, nil, err
		}
		for _, p := range seen.Problems {
			missing = append(missing, language+": "+p.String())
		}
		if seen.Text != "" {
			draft.Texts = append(draft.Texts, publicText{Locale: language, Title: seen.Subject, Text: seen.Text, HTML: seen.HTML})
		}
	}
	return draft, missing, nil
}

// affected are the kinds of data concerned and how many people are: by the
// files of people, else by the facts of the last assessment.
func affected(state *incident.State) (kinds []string, people int) {
	seen := map[string]bool{}
	for i := range state.Rounds {
		if state.Rounds[i].Opened {
			continue // it names nobody new
		}
		people += state.Rounds[i].People()
		for _, kind := range state.Rounds[i].Kinds() {
			seen[kind] = true
		}
	}
	if last, ok := state.Assessed(); ok && people == 0 {
		// Facts that are not in the rules' form name no kinds.
		if facts, err := gdpr.ParseBreachFacts(last.Facts); err == nil {
			for _, d := range facts.Data {
				seen[d.Kind] = true
			}
			if facts.People != nil {
				people = *facts.People
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), people
}

// firstPublic is a first draft of the public communication from what is
// recorded, in every language that has one.
func (s *server) firstPublic(ctx context.Context, state *incident.State) (notice.Content, error) {
	controller, err := s.controllerOf(ctx, state)
	if err != nil {
		return notice.Content{}, err
	}
	d := state.Disclosure
	content := notice.Content{
		Vendor: d.Vendor, PageURL: controller.PageURL, Email: controller.Email, Phone: controller.Phone,
		AdviceByKind: true, Locales: map[string]notice.Words{},
	}
	place := zoneOf(d.Zone)
	if !d.OccurredFrom.IsZero() {
		content.OccurredOn = d.OccurredFrom.In(place).Format(time.DateOnly)
	}
	if !d.ReceivedAt.IsZero() {
		content.DiscoveredOn = d.ReceivedAt.In(place).Format(time.DateOnly)
	}
	for _, language := range s.Composer.PublicLocales() {
		words := s.Composer.FirstWords(language, notice.TemplateAffected, measures(state))
		if name := controller.ContactName[language]; name != "" {
			words.ContactName = name
		}
		content.Locales[language] = words
	}
	return content, nil
}

// publicView is the public communication as the record has it.
type publicView struct {
	Version      int                    `json:"version" doc:"the latest version; 0 while there is none"`
	Status       string                 `json:"status" doc:"none, drafted, approved or published"`
	Missing      []string               `json:"missing" doc:"what the latest version lacks of GDPR Art. 34(2)"`
	Texts        []publicText           `json:"texts" doc:"the latest version, per language"`
	Publications []incident.Publication `json:"publications" doc:"where and when it was made public, and why"`
	Untold       int                    `json:"untold" doc:"how many people mail did not reach"`
}

func (s *server) showPublic(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	out, err := s.viewPublic(r.Context(), state)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) viewPublic(ctx context.Context, state *incident.State) (publicView, error) {
	out := publicView{Status: publicStatus(state), Missing: []string{}, Texts: []publicText{}, Publications: []incident.Publication{}}
	if last, any := state.Public.Latest(); any {
		draft, err := s.latestPublic(ctx, state)
		if err != nil {
			return out, err
		}
		out.Version, out.Texts = last.Version, draft.Texts
		out.Missing = append(out.Missing, state.Public.Missing...)
		out.Publications = append(out.Publications, state.Public.Publications...)
	}
	for i := range state.Rounds {
		if state.Rounds[i].To() != incident.RoundAffected {
			continue
		}
		counts, err := s.countsOf(ctx, state, &state.Rounds[i])
		if err != nil {
			return out, err
		}
		out.Untold += counts.Undeliverable + counts.Refused + counts.Bounced
	}
	return out, nil
}

// publicStatus says how far the public communication is.
func publicStatus(state *incident.State) string {
	last, any := state.Public.Latest()
	switch {
	case !any:
		return "none"
	case slices.ContainsFunc(state.Public.Publications, func(p incident.Publication) bool { return p.Version == last.Version }):
		return "published"
	case !last.ApprovedAt.IsZero():
		return "approved"
	}
	return "drafted"
}

// latestPublic reads the latest version.
func (s *server) latestPublic(ctx context.Context, state *incident.State) (draft publicDraft, err error) {
	last, any := state.Public.Latest()
	if !any {
		return draft, &incident.Error{Kind: incident.Conflict, Message: "there is no public communication yet: draft it first"}
	}
	_, raw, err := s.Store.Document(ctx, state.ID, last.Content.ID)
	if err != nil {
		return draft, err
	}
	return draft, json.Unmarshal(raw, &draft)
}

// publicFile gives the latest version in one language, to be published.
func (s *server) publicFile(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "format"); err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	if format != "" && format != "text" && format != "html" {
		return incident.InvalidField("format", intake.Shortened(format), "is not a form of the text", "text or html")
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	draft, err := s.latestPublic(r.Context(), state)
	if err != nil {
		return err
	}
	for _, t := range draft.Texts {
		if t.Locale != r.PathValue("locale") {
			continue
		}
		name, kind, content := state.Number+"-public-"+t.Locale+".txt", "text/plain; charset=utf-8", t.Title+"\n\n"+t.Text
		if format == "html" {
			name, kind, content = state.Number+"-public-"+t.Locale+".html", "text/html; charset=utf-8", t.HTML
		}
		w.Header().Set("Content-Type", kind)
		asFile(w, name)
		_, err := w.Write([]byte(content)) //nolint:gosec // a download of what the composer escaped
		return err
	}
	return incident.InvalidField("locale", intake.Shortened(r.PathValue("locale")), "is not a language of this communication", "one of its languages")
}

func (s *server) approvePublic(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, incident.ApprovePublic{})
}

// publicationRequest records where the approved text was made public.
type publicationRequest struct {
	At     time.Time `json:"at" check:"required" doc:"when it was made public, with offset"`
	Where  string    `json:"where" check:"required" doc:"where it can be read: the address of a page, the name of a newspaper"`
	Reason string    `json:"reason" check:"required" doc:"why the people are told in public"`
}

func (s *server) recordPublication(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body publicationRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, incident.RecordPublication{At: body.At, Where: body.Where, Reason: body.Reason})
}
