package web

import (
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// evidencePage lists the files of a case with their hashes, takes further
	// ones, and gives the bundle.
	evidencePage struct {
		caseFrame
		Files                []fileRow
		MayAttach, MayExport bool
		MaxUpload            string
		Problem, Note        string
		// MayTake says that there are people's data and that the reader's role may
		// take them along; the rest is what was filled in when it was
		// refused.
		MayTake, WithPeople   bool
		BundleProblem, Reason string
	}
	fileRow struct {
		paperShown
		SHA256, Kind, At, By, Note string
	}
)

func (s *server) evidencePage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showEvidence(w, r, user, state, http.StatusOK, "", "")
}

func (s *server) showEvidence(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why, note string) error {
	return s.showEvidenceWith(w, r, user, state, status, func(page *evidencePage) { page.Problem, page.Note = why, note })
}

// showEvidenceWith shows the page with what was refused.
func (s *server) showEvidenceWith(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, refused func(*evidencePage)) error {
	words, place := wording.For(user.Locale), placeOf(user, state)
	page := evidencePage{caseFrame: s.caseFrameOf(r, user, state, tabEvidence, words.T("evidence")), MaxUpload: intake.InUnits(s.MaxUpload),
		MayAttach: !state.IsClosed() && slices.Contains(responders(), user.Role), MayExport: slices.Contains(peopleReaders(), user.Role),
		MayTake: user.Role.MayTakePeople() && (len(state.Rounds) > 0 || state.Retention.Begun())}
	refused(&page)
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	events, err := s.Store.EventsOf(r.Context(), state.ID, eventsWithFiles()...)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(events) {
		files, note := filesOf(e.Data)
		for _, d := range files {
			page.Files = append(page.Files, fileRow{paperShown: paperOf(d, words), SHA256: d.SHA256, Kind: wording.Event(e.Type, words),
				At: words.At(e.At, place), By: names.in(words, &e.Actor), Note: note})
		}
	}
	s.show(w, r, status, "evidence", page)
	return nil
}

// eventsWithFiles are the types of the events that [filesOf] knows.
func eventsWithFiles() []string {
	var types []string
	for _, data := range []incident.Data{incident.Opened{}, incident.Attached{}, incident.NotificationDrafted{}, incident.NotificationFiled{},
		incident.MailingDrafted{}, incident.PublicDrafted{}, incident.DisclosureJoined{}} {
		types = append(types, data.Type())
	}
	return types
}

// filesOf are the files that came with an event, and what was said of them.
func filesOf(data incident.Data) ([]incident.Document, string) {
	switch d := data.(type) {
	case incident.Opened:
		if d.DataSet != nil {
			return append(slices.Clone(d.Documents), *d.DataSet), ""
		}
		return d.Documents, ""
	case incident.Attached:
		return d.Documents, d.Note
	case incident.DisclosureJoined:
		var files []incident.Document
		for _, t := range d.Told {
			files = append(files, t.Documents...)
		}
		return files, d.Number
	case incident.NotificationDrafted:
		return []incident.Document{d.Content}, ""
	case incident.NotificationFiled:
		files := slices.Clone(d.Dossier)
		for _, one := range []*incident.Document{d.Attachment, d.Frozen} {
			if one != nil {
				files = append(files, *one)
			}
		}
		return files, ""
	case incident.MailingDrafted:
		return []incident.Document{d.Content}, ""
	case incident.PublicDrafted:
		return []incident.Document{d.Content}, ""
	}
	return nil, ""
}

// attachFromPage adds a file to the case as evidence.
func (s *server) attachFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	form, err := intake.ReadFileForm(w, r, s.MaxUpload, words.T("evidence_choose"))
	note := strings.TrimSpace(form.Values["note"])
	if err == nil {
		err = s.try(state, user, incident.Attach{Documents: []incident.Document{probe()}, Note: note})
	}
	if err == nil {
		media := mime.TypeByExtension(strings.ToLower(filepath.Ext(form.Name)))
		if strings.EqualFold(filepath.Ext(form.Name), ".eml") {
			media = "message/rfc822"
		}
		if media == "" {
			media = "application/octet-stream"
		}
		_, _, err = s.attach(r, user, state, form.Name, media, note, form.File)
	}
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/evidence", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	switch told.Kind {
	case incident.Invalid, incident.Conflict, incident.TooLarge:
		return s.showEvidence(w, r, user, state, statusOf(told.Kind), wording.For(user.Locale).Refusal(told), note)
	}
	return err
}
