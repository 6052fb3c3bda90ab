package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// dataSetShown is a data set that waits, with its size in words.
	dataSetShown struct{ ID, Name, SHA256, Size string }
	// peoplePage shows who is affected, in numbers, and the steps of telling them.
	peoplePage struct {
		caseFrame
		Figures    []figureShown
		Rounds     []roundPart // the latest first
		Coverage   []coverageShown
		Spread     []spreadShown
		SpreadFull bool // whether there may be more rows
		// CountedAt is of when the numbers are, while they are being counted anew;
		// empty when they are those of now.
		CountedAt string
		Accounts  accountsShown
		Notice    *noticeShown // of the latest round that has one
		Problem   problem
		Gone      string       // that the people's data were erased; empty while they were not
		Offers    []roundOffer // the further rounds; none for who may not open one
		// DataSets are what vendors sent through their links, here and in cases that
		// were taken in.
		DataSets []dataSetShown
		// What the reader's role may do.
		MayImport, MaySeePeople, MayLoad bool
		// HasDatabase says whether accounts can come from the controller's database.
		HasDatabase bool
	}
	// figureShown is one number of the funnel.
	figureShown struct {
		N, Words string
		Alarm    bool
	}
	spreadShown struct {
		Country, Language        string
		People, Accepted, Untold string
	}
	accountsShown struct {
		N         int
		At        string
		NotInFile int
	}
	// noticeShown is the latest draft in one language, as it is read.
	noticeShown struct {
		Round         int
		Locale        string
		Languages     []string
		Subject, Text string
		// Reviewed says whether a second speaker has signed the language off.
		Reviewed bool
		// MayTest says whether the reader may have a test sent; Tested that one is
		// on its way; Fault why none is.
		MayTest, Tested bool
		Fault           string
		// Problems are what the check finds wrong; a draft with any is refused.
		Problems []string
	}
	// problem is why a step was refused, beside the form of the step.
	problem struct {
		At   string // the form: file, or a round and its step
		Text string
	}
)

// peoplePages are about who is affected.
func (s *server) peoplePages() []pageRoute {
	return []pageRoute{
		// A million people are counted for some seconds the first time.
		{"GET", oneCasePage + "/people", caseReaders(), true, s.peoplePage},
		{"POST", oneCasePage + "/people/file", responders(), true, s.lookAtFile},
		{"GET", oneCasePage + "/people/file", caseReaders(), false, s.toPeople},
		{"POST", oneCasePage + "/people/import", responders(), true, s.importConfirmed},
		{"POST", oneCasePage + "/people/data-set", leaders(), true, s.lookAtDataSet},
		{"POST", oneCasePage + "/people/data-set/import", leaders(), true, s.importDataSet},
		{"GET", oneCasePage + "/people/data-set", caseReaders(), false, s.toPeople},
		{"GET", oneCasePage + "/people/import", caseReaders(), false, s.toPeople},
		{"GET", oneCasePage + "/people/reading/{key}", responders(), true, s.followReading},
		{"GET", oneCasePage + "/people/list", peopleReaders(), false, s.peopleListPage},
		{"GET", oneCasePage + "/people/untold", peopleReaders(), true, s.listUntold},
		{"POST", oneCasePage + "/people/accounts", leaders(), true, s.accountsFile},
		{"POST", oneCasePage + "/people/accounts-database", leaders(), true, s.accountsDatabase},
		{"GET", oneCasePage + "/organisations", organisationReaders(), true, s.organisationsPage},
		{"GET", oneCasePage + "/organisations/list", organisationReaders(), true, s.organisationPeople},
	}
}

// peoplePage shows the people of a case.
func (s *server) peoplePage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showPeople(w, r, user, state, http.StatusOK, problem{})
}

// toPeople leads whoever loads a step of an import anew to the page of people: a
// file is not sent twice.
func (s *server) toPeople(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/incidents/"+state.ID+"/people", http.StatusSeeOther)
	return nil
}

// showPeople renders the page, with a problem beside its form.
func (s *server) showPeople(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why problem) error {
	ctx, words := r.Context(), wording.For(user.Locale)
	place := placeOf(user, state)
	page := peoplePage{
		caseFrame: s.caseFrameOf(r, user, state, tabPeople, words.T("people")), Problem: why,
		MayImport: slices.Contains(responders(), user.Role), MaySeePeople: slices.Contains(peopleReaders(), user.Role),
		MayLoad: slices.Contains(leaders(), user.Role), HasDatabase: s.Accounts != nil,
	}
	for _, d := range state.DataSets() {
		page.DataSets = append(page.DataSets, dataSetShown{d.ID, d.Name, d.SHA256, words.Figure(intake.InUnits(d.Size))})
	}
	retained, err := s.retention(ctx, state)
	if err != nil {
		return err
	}
	if retained.Status == retentionErased || retained.Status == retentionErasing {
		page.Gone = retentionIn(state, retained, words, place)
		page.MayImport, page.MaySeePeople, page.MayLoad = false, false, false
	}
	names, err := s.colleagues(ctx)
	if err != nil {
		return err
	}
	for _, round := range slices.Backward(state.Rounds) {
		part, err := s.roundPartOf(r, state, round.N, user, words, names)
		if err != nil {
			return err
		}
		part.Problem = why
		part.MaySeePeople = page.MaySeePeople && part.Kind != incident.RoundNotAffected
		page.Rounds = append(page.Rounds, part)
	}
	if len(state.Rounds) > 0 {
		if err := s.addNumbers(r, &page, state, place); err != nil {
			return err
		}
	}
	if page.Notice, err = s.noticeOf(ctx, state, r.URL.Query().Get("locale"), words); err != nil {
		return err
	}
	if n := page.Notice; n != nil {
		n.MayTest = !state.IsClosed() && page.Gone == "" && slices.Contains(onDuty(), user.Role)
		n.Tested = r.URL.Query().Get("tested") == strconv.Itoa(n.Round)
		if why.At == formOf(n.Round, "test") {
			n.Fault = why.Text
		}
	}
	s.show(w, r, status, "people", page)
	return nil
}

// addNumbers adds the funnel and who is where.
func (s *server) addNumbers(r *http.Request, page *peoplePage, state *incident.State, place *time.Location) error {
	ctx, rows, people, told, untold := r.Context(), 0, 0, 0, 0
	counted, err := s.Store.PeopleSummary(ctx, state.ID, false)
	if err != nil {
		return err
	}
	owed, matched := counted.Owed, counted.Matched
	for _, round := range state.Rounds {
		people += round.People()
		for _, i := range round.Imports {
			rows += i.Counts.Rows
		}
	}
	for _, part := range page.Rounds {
		if part.Kind != incident.RoundAffected {
			continue
		}
		c := part.DeliveryCounts
		told += c.Accepted
		untold += c.Undeliverable + c.Refused + c.Bounced
	}
	w := page.W
	if counted.Stale {
		page.CountedAt = w.At(counted.CountedAt, place)
	}
	if page.MayLoad && !state.IsClosed() {
		page.Offers = s.offersOf(state, page.Rounds, counted, w, page.Problem)
	}
	add := func(n int, key string, alarm bool) {
		page.Figures = append(page.Figures, figureShown{w.N(n), w.T(key), alarm && n > 0})
	}
	mistaken, ours := 0, (*int)(nil)
	if slices.ContainsFunc(state.Rounds, func(round incident.Round) bool { return round.To() == incident.RoundNotAffected }) {
		mistaken = counted.ToldNotAffected
	}
	if !matched.Load.LoadedAt.IsZero() {
		ours = &matched.InAccounts
	}
	page.Coverage = coverage(state, page.Rounds, ours, mistaken, w)
	add(rows, "fig_rows", false)
	add(people, "fig_people", false)
	if !matched.Load.LoadedAt.IsZero() {
		page.Accounts = accountsShown{N: matched.Load.Accounts, At: w.At(matched.Load.LoadedAt, place), NotInFile: matched.NotInFile}
		add(matched.InAccounts, "fig_ours", false)
	}
	add(owed.Affected+owed.FollowUp, "fig_owed", false)
	add(told, "fig_told", false)
	add(untold, "fig_other", true)
	page.SpreadFull = len(counted.Spread) == postgres.SpreadRows
	for _, one := range counted.Spread {
		country := w.Country(one.Country)
		if country == "" {
			country = w.T("unknown")
		}
		page.Spread = append(page.Spread, spreadShown{country, w.Language(one.Locale), w.N(one.People), w.N(one.Accepted), w.N(one.Untold)})
	}
	return nil
}

// noticeOf renders the notice of the latest round that has one, in the language
// that is asked for, else in the reader's, else in the first.
func (s *server) noticeOf(ctx context.Context, state *incident.State, wanted string, w wording.Words) (*noticeShown, error) {
	for _, round := range slices.Backward(state.Rounds) {
		if len(round.Drafts) == 0 {
			continue
		}
		all := round.Drafts[len(round.Drafts)-1].Locales
		if !slices.Contains(all, wanted) {
			wanted = w.Lang
		}
		if !slices.Contains(all, wanted) && len(all) > 0 {
			wanted = all[0]
		}
		content, err := s.contentToPreview(ctx, state, &round, "")
		if incident.KindOf(err) == incident.NotFound {
			return nil, nil // the case's files were erased
		}
		if err != nil {
			return nil, err
		}
		preview, err := s.previewRound(ctx, state, &round, content, wanted)
		if err != nil {
			return nil, err
		}
		seen := preview.Previews[0]
		return &noticeShown{Round: round.N, Locale: seen.Locale, Languages: all, Subject: seen.Subject, Text: seen.Text,
			Reviewed: seen.Reviewed, Problems: seen.Problems}, nil
	}
	return nil, nil
}
