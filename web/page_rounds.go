package web

import (
	"net/http"
	"slices"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// roundPages open a further round.
func (s *server) roundPages() []pageRoute {
	return []pageRoute{
		{"POST", oneCasePage + "/rounds", leaders(), false, s.openRoundPage},
		{"POST", oneCasePage + "/rounds/recipients", leaders(), true, s.openRecipientsPage},
	}
}

// roundOffer is a further round that a person may open, or why not now.
type roundOffer struct {
	W           wording.Words
	ID          string
	Kind, Scope string
	People      int    // to how many it would write; 0 when a file says so
	Why         string // why it cannot be opened now; empty when it can
	Fault       string // why it was refused
}

// Key names the offer's texts and its form.
func (o roundOffer) Key() string {
	if o.Scope == "" {
		return o.Kind
	}
	return o.Kind + "_" + o.Scope
}

// ByFile says whether its recipients come from a file.
func (o roundOffer) ByFile() bool { return o.Scope == "" }

// What says what the round will do, and to how many people.
func (o roundOffer) What() string {
	if o.ByFile() {
		return o.W.T("open_" + o.Key() + "_what")
	}
	return o.W.T("open_"+o.Key()+"_what", o.W.People(o.People))
}

// furtherRounds are the rounds that a person opens.
func furtherRounds() []roundOffer {
	return []roundOffer{
		{Kind: incident.RoundFollowUp, Scope: incident.ScopeChanged},
		{Kind: incident.RoundFollowUp, Scope: incident.ScopeTold},
		{Kind: incident.RoundAffected, Scope: incident.ScopeRest},
		{Kind: incident.RoundOrganisations},
		{Kind: incident.RoundNotAffected},
	}
}

// offersOf lists the further rounds of a case in which people are known.
func (s *server) offersOf(state *incident.State, parts []roundPart, counted postgres.PeopleSummary, w wording.Words, why problem) []roundOffer {
	told := 0
	for _, part := range parts {
		if part.Kind == incident.RoundAffected {
			told += part.Accepted + part.Unknown
		}
	}
	people := map[string]int{incident.ScopeChanged: counted.Owed.FollowUp, incident.ScopeTold: told, incident.ScopeRest: counted.Rest}
	offers := furtherRounds()
	for i := range offers {
		o := &offers[i]
		o.W, o.ID, o.People = w, state.ID, people[o.Scope]
		if why.At == formOfOffer(o.Kind, o.Scope) {
			o.Fault = why.Text
		}
		waiting := slices.IndexFunc(state.Rounds, func(round incident.Round) bool {
			return round.Opened && round.To() == o.Kind && round.StartedAt.IsZero() && round.Status != incident.MailingHalted
		})
		switch {
		case waiting >= 0:
			o.Why = w.T("open_waiting", state.Rounds[waiting].N)
		case !o.ByFile() && o.People == 0:
			o.Why = w.T("open_" + o.Key() + "_nobody")
		}
	}
	return offers
}

// formOfOffer names the form of an offer, to show beside it why it was refused.
func formOfOffer(kind, scope string) string {
	return "open-" + roundOffer{Kind: kind, Scope: scope}.Key()
}

// openRoundPage opens a round to people who were imported before.
func (s *server) openRoundPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "the forms of the page of people")
	}
	command := incident.OpenRound{Kind: r.PostForm.Get("kind"), Scope: r.PostForm.Get("scope"), Reason: r.PostForm.Get("reason")}
	for name, text := range map[string]string{"kind": command.Kind, "scope": command.Scope, "reason": command.Reason} {
		if err := intake.Storable(name, text); err != nil || !intake.ValidText(text) {
			return incident.InvalidField(name, "", "holds a character that is not text", "plain text")
		}
	}
	// A refusal is told without the engine, whose workflow may have ended.
	out, err := roundAnswer{}, s.try(state, user, command)
	if err == nil {
		out, err = s.open(r.Context(), user, state, command)
	}
	return s.openedPage(w, r, user, state, formOfOffer(command.Kind, command.Scope), out, err)
}

// openRecipientsPage opens a round to recipients of a file of accounts.
func (s *server) openRecipientsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	var out roundAnswer
	form, err := intake.ReadFileForm(w, r, s.MaxPeople, wording.For(user.Locale).T("file_missing"))
	if err == nil {
		out, err = s.openFor(r.Context(), user, state, recipients{kind: form.Values["kind"], reason: form.Values["reason"], name: form.Name, body: form.File})
	}
	return s.openedPage(w, r, user, state, formOfOffer(form.Values["kind"], ""), out, err)
}

// openedPage leads to the round that was opened, or shows beside the form why
// none was.
func (s *server) openedPage(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, form string, out roundAnswer, err error) error {
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/people#"+roundAnchor(out.Round), http.StatusSeeOther)
		return nil
	}
	offered := slices.ContainsFunc(furtherRounds(), func(o roundOffer) bool { return formOfOffer(o.Kind, o.Scope) == form })
	switch told := explain(err); {
	case !offered || state.IsClosed(): // the page has no such form
		return err
	case told.Kind == incident.Invalid || told.Kind == incident.Conflict || told.Kind == incident.TooLarge:
		return s.showPeople(w, r, user, state, statusOf(told.Kind), problem{form, wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}

// recipientsIn says to whom a round writes.
func recipientsIn(round incident.Round, w wording.Words) string {
	switch {
	case round.To() == incident.RoundFollowUp && round.Scope == incident.ScopeChanged:
		return w.T("people told before, of whom more is exposed")
	case round.To() == incident.RoundFollowUp:
		return w.T("people told before")
	case round.To() == incident.RoundOrganisations:
		return w.T("administrators of organisations")
	case round.To() == incident.RoundNotAffected:
		return w.T("people who are not affected")
	case round.Opened:
		return w.T("people affected whom a stopped round left out")
	default:
		return w.T("people affected")
	}
}

// untoldOf is how many people of a round have to be told in another way. To who
// is not affected nothing is owed.
func untoldOf(round incident.Round, counts incident.DeliveryCounts) int {
	if round.To() == incident.RoundNotAffected {
		return 0
	}
	return counts.Refused + counts.Undeliverable + counts.Bounced
}
