package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// roundPart is a round of people with the steps that are possible now. It is a
// part of the page that brings itself up to date while notices are being sent.
type roundPart struct {
	mailingStatus
	W          wording.Words
	ID, Number string
	N          int
	People     int
	Drafted    string
	Approved   string
	Draft      int // the version of the latest draft; 0 for none
	Left       string
	Rate       string
	Untold     int
	Percent    int // of the notices that have an outcome
	StopReason string
	Problem    problem
	// Opened says who opened the round, when and why; empty when a file began it.
	Opened string
	// LeftOut says whom the round does not write to of the file it was opened for.
	LeftOut []string
	// MayGiveUp says whether the round, which a person opened, may be given up.
	MayGiveUp bool
	// MaySeePeople says whether the reader may take the list of those whom mail
	// does not reach.
	MaySeePeople bool
	// The steps that the reader may take now, and why not.
	MayDraft, MayApprove, MayStart, MayLead bool
	DraftedByReader                         bool
}

// Waiting is how many people have no outcome yet.
func (p roundPart) Waiting() int { return p.Pending + p.Sending + p.Deferred + p.Unknown }

// Fault is why a step of this round was refused; empty when it was not.
func (p roundPart) Fault(step string) string {
	if p.Problem.At == formOf(p.N, step) {
		return p.Problem.Text
	}
	return ""
}

// Stray is why a step was refused whose form is not on the page, because the
// round is in another state by now; empty when there is no such step.
func (p roundPart) Stray() string {
	for step, offered := range map[string]bool{
		"draft": p.MayDraft, "approve": p.Status == incident.MailingDraftedStatus, "start": p.MayStart,
		"pause":  p.MayLead && p.Status == incident.MailingSending,
		"resume": p.MayLead && p.Status == incident.MailingPausedStatus,
		"stop":   p.MayGiveUp || p.MayLead && (p.Status == incident.MailingSending || p.Status == incident.MailingPausedStatus),
	} {
		if fault := p.Fault(step); fault != "" && !offered {
			return fault
		}
	}
	return ""
}

// formOf names the form of a step, to show beside it why it was refused.
func formOf(round int, step string) string { return fmt.Sprintf("round-%d-%s", round, step) }

// roundAnchor is where a round stands on the page.
func roundAnchor(n int) string { return "round-" + strconv.Itoa(n) }

// mailingPages are about the notices to a round of people.
func (s *server) mailingPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/mailings/{round}/words", responders(), false, s.showText},
		{"POST", oneCasePage + "/mailings/{round}/words", responders(), false, s.draftText},
		{"GET", oneCasePage + "/mailings/{round}/progress", caseReaders(), false, s.roundProgress},
		{"POST", oneCasePage + "/mailings/{round}/{step}", onDuty(), false, s.mailingStep},
	}
}

func (s *server) roundPartOf(r *http.Request, state *incident.State, n int, user postgres.User, w wording.Words, names colleagues) (roundPart, error) {
	status, err := s.statusOf(r, state, n)
	if err != nil {
		return roundPart{}, err
	}
	round, place := state.Round(n), placeOf(user, state)
	p := roundPart{
		mailingStatus: status, W: w, ID: state.ID, Number: state.Number, N: n, People: max(round.People(), status.Total), Left: w.Left(status.LeftSeconds),
		Untold: status.Undeliverable + status.Refused + status.Bounced, StopReason: round.StopReason,
	}
	if status.RatePerS > 0 {
		p.Rate = w.T("rate", status.RatePerS)
	}
	if status.Total > 0 {
		p.Percent = (status.Total - p.Waiting()) * 100 / status.Total
	}
	open, may := !state.IsClosed(), func(roles []incident.Role) bool { return slices.Contains(roles, user.Role) }
	p.MayLead = open && may(leaders())
	p.MayDraft = open && may(responders()) && slices.Contains([]string{incident.MailingNone, incident.MailingDraftedStatus, incident.MailingApprovedStatus}, round.Status)
	if p.Draft = len(round.Drafts); p.Draft > 0 {
		last := round.Drafts[p.Draft-1]
		p.Drafted = w.T("drafted_by", last.Version, names.in(w, &last.By), w.At(last.At, place))
		p.DraftedByReader = last.By.ID == user.ID
		if !last.ApprovedAt.IsZero() {
			p.Approved = w.T("approved_by", names.in(w, last.ApprovedBy), w.At(last.ApprovedAt, place))
		}
	}
	p.MayApprove = open && may(approvers()) && round.Status == incident.MailingDraftedStatus
	p.MayStart = p.MayLead && round.Status == incident.MailingApprovedStatus
	p.addOpening(round, names, place)
	return p, nil
}

// addOpening says how a round that a person opened came about.
func (p *roundPart) addOpening(round *incident.Round, names colleagues, place *time.Location) {
	if !round.Opened {
		return
	}
	p.Opened = p.W.T("opened_by", names.in(p.W, round.OpenedBy), p.W.At(round.OpenedAt, place), round.Reason)
	p.MayGiveUp = p.MayLead && round.StartedAt.IsZero() && round.Status != incident.MailingHalted
	for _, left := range []struct {
		n   int
		key string
	}{{round.Recipients.Affected, "left_affected"}, {round.Recipients.NotConcerned, "left_" + round.To()}, {round.Recipients.Rejected, "left_unread"}} {
		if left.n > 0 {
			p.LeftOut = append(p.LeftOut, p.W.T(left.key, left.n))
		}
	}
}

// in names who acted, in the words' language.
func (c colleagues) in(w wording.Words, a *incident.Actor) string {
	switch {
	case a == nil:
		return ""
	case a.Role == incident.RoleEngine || c[a.ID] == "":
		return w.Role(a.Role)
	default:
		return c[a.ID] + " (" + w.Role(a.Role) + ")"
	}
}

// roundProgress is the part of a round alone, which the page asks for whenever it
// is told that notices have gone on.
func (s *server) roundProgress(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	part, err := s.roundPartOf(r, state, n, user, wording.For(user.Locale), names)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.pages.templates["people"].ExecuteTemplate(&out, "progress", part); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A reader that went away cannot be told so.
	_, _ = w.Write(wording.WithInstants(out.Bytes(), part.W, true))
	return nil
}

// mailingStep takes a step of a round from its page.
func (s *server) mailingStep(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "the buttons of the page of people")
	}
	step := r.PathValue("step")
	err = s.takeStep(r, user, state, n, step)
	if err == nil {
		to := "/people#" + roundAnchor(n)
		if step == "test" {
			to = "/people?tested=" + strconv.Itoa(n) + "#notice"
		}
		http.Redirect(w, r, "/incidents/"+state.ID+to, http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	switch told.Kind {
	case incident.Invalid, incident.Conflict:
	case incident.Forbidden:
		// The table admits everybody who may take one of the steps.
		if !slices.Contains(stepRoles(step), user.Role) {
			return err
		}
	default:
		return err
	}
	return s.showPeople(w, r, user, state, statusOf(told.Kind), problem{formOf(n, step), wording.For(user.Locale).Refusal(told)})
}

// stepRoles are the roles that may take a step; none for what is no step.
func stepRoles(step string) []incident.Role {
	switch step {
	case "draft":
		return responders()
	case "approve":
		return approvers()
	case "start", "pause", "resume", "stop":
		return leaders()
	case "test":
		return onDuty()
	}
	return nil
}

// wholeDraft refuses to draft a notice from what is recorded when that does not
// make a whole one: it says in a few words what a person has to add, once for all
// languages.
func (s *server) wholeDraft(r *http.Request, user postgres.User, state *incident.State, n int) error {
	round, w := state.Round(n), wording.For(user.Locale)
	content, err := s.contentToPreview(r.Context(), state, round, round.To())
	if err != nil {
		return err
	}
	unmet, err := s.unmet(content, *round)
	if err != nil {
		return err
	}
	var missing []string
	for _, line := range unmet {
		_, line, _ = strings.Cut(line, ": ") // the language
		field, _, _ := strings.Cut(line, ": ")
		field, _, _ = strings.Cut(field, ".")
		if w.Own("text_"+field) != "" {
			missing = append(missing, "“"+w.T("text_"+field)+"”")
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) == 0 {
		return nil // what else is wrong is told as it is
	}
	return &incident.Error{Kind: incident.Invalid, Message: w.T("draft_lacks", strings.Join(missing, ", "))}
}

func (s *server) takeStep(r *http.Request, user postgres.User, state *incident.State, n int, step string) error {
	roles := stepRoles(step)
	if roles == nil {
		return &incident.Error{Kind: incident.NotFound, Message: "there is no such page"}
	}
	if !slices.Contains(roles, user.Role) {
		return &incident.Error{Kind: incident.Forbidden,
			Message: wording.For(user.Locale).T("your role, %s, may not do this; ask the DPO or a deputy", wording.For(user.Locale).Role(user.Role))}
	}
	reason := r.PostForm.Get("reason")
	if err := intake.Storable("reason", reason); err != nil {
		return err
	}
	if (step == "approve" || step == "start") && r.PostForm.Get("sure") != "yes" {
		return incident.InvalidField("read", "", "is not ticked", wording.For(user.Locale).T("read_it_first"))
	}
	var command incident.Command
	switch step {
	case "draft":
		if err := s.wholeDraft(r, user, state, n); err != nil {
			return err
		}
		// What a colleague wrote since is not replaced unread.
		version := len(state.Round(n).Drafts)
		if strconv.Itoa(version) != cmp.Or(r.PostForm.Get("version"), "0") {
			return &incident.Error{Kind: incident.Conflict, Message: "the notice was drafted anew since you opened the page: read it first"}
		}
		_, err := s.draftRound(r.Context(), user, state, mailingRequest{Template: state.Round(n).To(), Round: n, version: version + 1})
		return err
	case "approve":
		// What was read is approved, not a draft that came after it.
		if version := state.Round(n).Drafts; strconv.Itoa(len(version)) != r.PostForm.Get("version") {
			return &incident.Error{Kind: incident.Conflict, Message: "the notice was drafted anew since you opened the page: read it again, then approve it"}
		}
		command = incident.ApproveMailing{Round: n}
	case "test":
		command = incident.TestMailing{Round: n, Locale: r.PostForm.Get("locale")}
	case "start":
		command = incident.StartMailing{Round: n}
	case "pause":
		command = incident.PauseMailing{Round: n, Reason: reason}
	case "resume":
		command = incident.ResumeMailing{Round: n, Reason: reason}
	case "stop":
		command = incident.StopMailing{Round: n, Reason: reason}
	}
	// A refusal is told without the engine, whose workflow may have ended.
	if err := s.try(state, user, command); err != nil {
		return err
	}
	_, err := s.Engine.Command(r.Context(), state.ID, actor(user), command)
	return err
}
