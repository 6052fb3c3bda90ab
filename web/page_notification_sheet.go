package web

import (
	"net/http"
	"slices"

	"tocsin/filing"
	"tocsin/gdpr/form"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	// sheetPage is a draft in the order and the words of the authority's form,
	// each answer with a button that copies it.
	sheetPage struct {
		caseFrame
		N         int
		Name      string
		Tabs2     []tabShown // the languages of the sheet
		Version   int
		Approved  bool
		Notes     []string
		Sections  []sheetSection
		Office    *officeShown
		Lines     int
		SheetLang string
	}
	sheetSection struct {
		Title, Other string
		Lines        []sheetLine
	}
	sheetLine struct {
		N                                 int
		Key, Label, Other, Value, Note    string
		State, StateText                  string
		Manual, Unverified, Long, Missing bool
	}
)

// longValue is from how many characters an answer takes its own row.
const longValue = 80

// sheetPage shows the copy sheet.
func (s *server) sheetPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "language"); err != nil {
		return err
	}
	state, o, err := s.obligationOfPath(r)
	if err != nil {
		return err
	}
	if !filing.HasForm(o) {
		return ownForm(o)
	}
	now := state.Clock.At(s.Clock())
	draft, version, err := s.presentDraft(r, state, o, now)
	if err != nil {
		return err
	}
	language := r.URL.Query().Get("language")
	if language == "" {
		language = filing.Language(o)
	}
	code := form.ProjectionFor(o.Terms.Authority)
	sheet, err := form.Project(draft, code, language, now)
	if err != nil {
		return formError(err)
	}
	words := wording.For(user.Locale)
	page := sheetPage{caseFrame: s.caseFrameOf(r, user, state, tabAuthority, words.T("sheet")), N: o.N, Name: sheet.Name, Version: version,
		Notes: sheet.Notes, Office: officeOf(o, words), SheetLang: sheet.Language}
	page.Stream = "" // of one version, and what was copied is marked on it
	if stored, ok := o.Draft(); ok && version > 0 {
		page.Approved = !stored.ApprovedAt.IsZero()
	}
	for _, p := range form.Projections() {
		if p.Code != code {
			continue
		}
		for _, tag := range p.Languages {
			page.Tabs2 = append(page.Tabs2, tabShown{Name: words.Language(tag), Href: dutyPath(state, o) + "/sheet?language=" + tag, Here: tag == language, Count: ""})
		}
	}
	for _, section := range sheet.Sections {
		page.Sections = append(page.Sections, sheetSectionOf(section, words))
		page.Lines += len(section.Lines)
	}
	s.show(w, r, http.StatusOK, "sheet", page)
	return nil
}

func sheetSectionOf(section form.SheetSection, w wording.Words) sheetSection {
	out := sheetSection{Title: section.Title}
	if w.Lang == "en" && section.TitleEN != section.Title {
		out.Other = section.TitleEN
	}
	for _, line := range section.Lines {
		one := sheetLine{N: line.N, Key: line.Key, Label: line.Label, Value: line.Value, Note: line.Note, State: string(line.State),
			Manual: line.Manual, Unverified: !line.Verified, Long: len(line.Value) > longValue}
		if w.Lang == "en" && line.LabelEN != line.Label {
			one.Other = line.LabelEN
		}
		open := []form.State{form.StateToBeDetermined, form.StateCannotBeDetermined, form.StateEstimated}
		if slices.Contains(open, line.State) {
			one.StateText = w.T("answer_" + string(line.State))
		}
		one.Missing = line.Value == "" && !line.Manual
		out.Lines = append(out.Lines, one)
	}
	return out
}
