package web

import (
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	joinPage struct {
		caseFrame
		// Search is what was looked for; Cases are the open cases that it may be the
		// same breach as, the likeliest first.
		Search string
		Cases  []joinCandidateShown
		// Into is the case that was chosen; nil before. Steps are what joining would do,
		// Warnings what to think of first, Refused why it cannot be.
		Into     *joinCandidateShown
		Steps    []string
		Warnings []string
		Refused  string
		Reason   string
		Problem  string
	}
	joinCandidateShown struct {
		ID, Number, Title, Vendor, Received string
		Same                                bool
	}
	// joinedShown is a case that was taken in, as the page of the other one shows it.
	joinedShown struct {
		ID, Number, Reason, When, Who string
		Out, OutReason                string // empty while it was not taken out
		Told                          []toldShown
	}
	toldShown struct {
		Title, From, Received, Number, Summary string
		Files                                  []paperShown
		DataSet                                string // its name; empty for none
	}
)

// joinPages are the pages by which a case joins another one.
func (s *server) joinPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/join", leaders(), false, s.joinPage},
		{"POST", oneCasePage + "/join", leaders(), true, s.joinFromPage},
	}
}

func (s *server) joinPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	page := joinPage{Search: intake.ShortenedTo(strings.TrimSpace(query.Get("q")), 100)}
	if err := intake.Storable("q", page.Search); err != nil {
		return err
	}
	return s.showJoin(w, r, user, state, http.StatusOK, page, query.Get("into"))
}

// showJoin renders the choice of the other case or, once it is chosen, what would
// happen.
func (s *server) showJoin(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, page joinPage, into string) error {
	words, place := wording.For(user.Locale), placeOf(user, state)
	page.caseFrame = s.caseFrameOf(r, user, state, "join", words.T("The same breach as another case"))
	if state.IsClosed() {
		s.show(w, r, status, "join", page)
		return nil
	}
	if into != "" {
		other, err := s.otherCase(r.Context(), into)
		if err != nil {
			return err
		}
		page.Into = &joinCandidateShown{ID: other.ID, Number: other.Number, Title: other.Disclosure.Title, Vendor: other.Disclosure.Vendor,
			Received: words.At(other.Disclosure.ReceivedAt, place)}
		own, others, err := s.wouldJoin(user, state, other, "-")
		if err != nil {
			page.Refused = words.Refusal(explain(err))
		}
		page.Steps, page.Warnings = wouldHappen(state, other, own, others, words, place)
		s.show(w, r, status, "join", page)
		return nil
	}
	list, err := s.Store.JoinCandidates(r.Context(), state, page.Search)
	if err != nil {
		return err
	}
	for _, c := range list {
		page.Cases = append(page.Cases, joinCandidateShown{ID: c.ID, Number: c.Number, Title: c.Title, Vendor: c.Vendor,
			Received: words.At(c.ReceivedAt, place), Same: c.SameVendor})
	}
	s.show(w, r, status, "join", page)
	return nil
}

// wouldHappen says in words what the events of a joining mean.
func wouldHappen(state, other *incident.State, own, others []incident.Event, w wording.Words, place *time.Location) (steps, warnings []string) {
	for _, e := range others {
		switch d := e.Data.(type) {
		case incident.DisclosureJoined:
			files, sets := 0, 0
			for _, t := range d.Told {
				files += len(t.Documents)
				if t.DataSet != nil {
					sets++
				}
			}
			steps = append(steps, w.T("%s takes in what was told here, with who told it, when, and the files (%d). They are sealed for that case; the copies here stay until this case's retention ends.", other.Number, files))
			if sets > 0 {
				steps = append(steps, w.T("The data set that waits can be looked at and imported there."))
			}
			if len(d.Told) > 1 {
				steps = append(steps, w.T("What joined this case before goes along."))
			}
			if d.People > 0 {
				warnings = append(warnings, w.T("The %d people imported here are not taken along. Import their file in %s.", d.People, other.Number))
			}
			if !d.Earlier.IsZero() {
				text := w.T("This case shows an earlier awareness (%s) than %s. Nothing moves by itself: revise the awareness there right afterwards, since the time limit counts from it.", w.At(d.Earlier, place), other.Number)
				if limit := other.EarlierLimit(d.Earlier); !limit.IsZero() {
					text += " " + w.T("The limit would then be %s.", w.At(limit, place))
				}
				warnings = append(warnings, text)
			}
		case incident.ObligationOpened:
			steps = append(steps, w.T("The duty towards %s, which %s does not have, goes on there.", (&incident.Obligation{Terms: d.Terms, Duty: d.Duty}).Recipient(), other.Number))
		}
	}
	for _, e := range own {
		switch d := e.Data.(type) {
		case incident.ObligationWaived:
			if o := state.Obligation(d.Obligation); o != nil {
				steps = append(steps, w.T("The duty of this case towards %s ends, with its clock, reminders and calendar entry.", o.Recipient()))
			}
		case incident.Joined:
			steps = append(steps, w.T("%s ends as joined. It stays in the record and in the register, where it points to %s and is not counted as a breach of its own.", state.Number, other.Number),
				w.T("If it turns out to be another breach, it can be taken out again with a reason."))
		}
	}
	return steps, warnings
}

func (s *server) joinFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	into, reason := r.PostForm.Get("into"), strings.TrimSpace(r.PostForm.Get("reason"))
	other, err := s.otherCase(r.Context(), into)
	if err == nil {
		_, err = s.join(r.Context(), user, state, other, reason)
	}
	if err == nil {
		// The case that goes on is where to work now.
		http.Redirect(w, r, "/incidents/"+other.ID, http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict || other == nil {
		return err
	}
	page := joinPage{Reason: reason, Problem: wording.For(user.Locale).Refusal(told)}
	return s.showJoin(w, r, user, state, statusOf(told.Kind), page, other.ID)
}

// joinedIn are the cases that a case took in, for its page. Who reads no files is
// shown none.
func joinedIn(state *incident.State, user postgres.User, names colleagues, w wording.Words, place *time.Location) []joinedShown {
	var list []joinedShown
	for _, j := range state.Joined {
		by := j.By
		one := joinedShown{ID: j.From, Number: j.Number, Reason: j.Reason, When: w.At(j.At, place), Who: names.in(w, &by), OutReason: j.OutReason}
		if !j.OutAt.IsZero() {
			one.Out = w.At(j.OutAt, place)
		}
		for _, t := range j.Told {
			from := t.By
			shown := toldShown{Title: t.Disclosure.Title, Number: t.Number, Summary: t.Disclosure.Summary, Received: w.At(t.Disclosure.ReceivedAt, place)}
			if shown.From = names.in(w, &from); from.Role == incident.RoleVendor {
				shown.From = w.T("%s, through its link", t.Disclosure.Vendor)
			}
			for _, d := range t.Documents {
				shown.Files = append(shown.Files, paperFor(user, d))
			}
			if t.DataSet != nil && j.OutAt.IsZero() {
				shown.DataSet = t.DataSet.Name
			}
			one.Told = append(one.Told, shown)
		}
		list = append(list, one)
	}
	return list
}
