package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/filing"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// delaysShown is how many reasons for a delay a page lists, the latest.
const delaysShown = 50

type (
	// notificationPage is one duty to notify: its form, and the steps to filing.
	notificationPage struct {
		caseFrame
		N       int
		Drafts  int        // how many there are, to notice one that came since
		Duties  []tabShown // when there are several
		Title   string
		Cited   string
		Status  string
		Due     string // empty when no clock runs
		Overdue bool
		Waits   string // the fact from which its clock will count; empty for none
		Fact    string // its name
		Note    string
		// Form is nil where the recipient has a form of its own, and for a duty
		// that does not apply.
		Form     *formShown
		OwnForm  bool
		Edition  string
		Edit     string
		Draft    draftHead
		Language string // of the authority's sheet
		Filings  []filingShown
		Delays   []delayShown
		Earlier  string // how many delays are not shown, in words
		Filing   filingForm
		Stages   []choice
		// Problem is why a step was refused, beside its form; At names the form.
		Problem problem
		Office  *officeShown
		// What the reader may do now.
		MayDraft, MayApprove, MayFile, MayWithdraw, MayWaive, MayLead bool
		DraftedByReader                                               bool
		MaxUpload                                                     string
	}
	// draftHead says which draft is shown.
	draftHead struct {
		Version  int // 0 for one that nobody has put down yet
		Name     string
		Approved string
		IsOpen   bool // drafted, not approved
		Withdraw bool
		Complete bool
	}
	filingShown struct {
		What, At, Receipt, Late, By string
		Approval                    string // yes, changed or no
		Papers                      []paperShown
	}
	delayShown struct{ At, By, Text string }
	// filingForm is what a person wrote into the form of a filing.
	filingForm struct{ Receipt, At, Delay, Stage string }
	// officeShown is where a notification is filed.
	officeShown struct {
		Name, Channel, Address string
		Confirmed              bool
	}
)

// notificationPages are the pages of what is owed to authorities.
func (s *server) notificationPages() []pageRoute {
	const duty = oneCasePage + "/obligations/{obligation}"
	return []pageRoute{
		{"GET", oneCasePage + "/authority", caseReaders(), false, s.authorityPage},
		{"GET", duty, caseReaders(), false, s.notificationPage},
		{"POST", duty + "/draft", responders(), false, s.draftFields},
		{"POST", duty + "/approve", approvers(), false, s.approveDraft},
		{"POST", duty + "/file", leaders(), true, s.fileFromPage},
		{"POST", duty + "/withdraw", leaders(), false, s.withdrawFromPage},
		{"POST", duty + "/delay-reasons", leaders(), false, s.delayFromPage},
		{"POST", duty + "/waive", leaders(), false, s.waiveFromPage},
		{"POST", duty + "/facts", leaders(), false, s.factFromPage},
		{"GET", duty + "/sheet", caseReaders(), false, s.sheetPage},
	}
}

// authorityPage is the page of the duty that is most pressing.
func (s *server) authorityPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	duties := toAuthorities(state)
	if len(duties) == 0 {
		page := notificationPage{caseFrame: s.caseFrameOf(r, user, state, tabAuthority, wording.For(user.Locale).T("authority"))}
		s.show(w, r, http.StatusOK, "authority", page)
		return nil
	}
	return s.showNotificationPage(w, r, user, state, duties[0], view{})
}

// toAuthorities are the duties that are not owed to the people affected, the
// most pressing first.
func toAuthorities(state *incident.State) []*incident.Obligation {
	var list []*incident.Obligation
	for i := range state.Obligations {
		if o := &state.Obligations[i]; o.Terms.Recipient != gdpr.RecipientPeople {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, pressing)
	return list
}

// view is how a page of a duty is shown: with which fields as inputs, and with
// what was refused.
type view struct {
	edit   string
	posted url.Values
	faults map[string]string
	filing *filingForm
	why    problem
	status int
}

// notificationPage is the page of one duty.
func (s *server) notificationPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	return s.showNotificationPage(w, r, user, state, o, view{edit: r.URL.Query().Get("edit")})
}

// dutyOfPath is the case and the duty of a path, waived ones too.
func (s *server) dutyOfPath(r *http.Request) (*incident.State, *incident.Obligation, error) {
	n, err := number(r, "obligation")
	if err != nil {
		return nil, nil, err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return nil, nil, err
	}
	o := state.Obligation(n)
	if o == nil {
		return nil, nil, &incident.Error{Kind: incident.NotFound, Field: "obligation", Value: r.PathValue("obligation"),
			Message: "there is no such duty in this case", Expected: "a duty of the page of the authority"}
	}
	return state, o, nil
}

func (s *server) showNotificationPage(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation, v view) error {
	words, place, now := wording.For(user.Locale), placeOf(user, state), state.Clock.At(s.Clock())
	page := notificationPage{
		caseFrame: s.caseFrameOf(r, user, state, tabAuthority, words.T("authority")), N: o.N, Drafts: len(o.Drafts), Edit: v.edit,
		Title: dutyIn(o, words), Cited: words.Said(o.Stage().Cited), Status: words.T("duty_" + o.Status), Note: o.Reason, OwnForm: !filing.HasForm(o),
		Problem: v.why, Language: filing.Language(o), Office: officeOf(o, words), MaxUpload: intake.InUnits(s.MaxUpload),
		Filing: filingForm{At: localForm(now.Truncate(time.Minute).In(place))},
	}
	if v.filing != nil {
		page.Filing = *v.filing
	}
	if others := toAuthorities(state); len(others) > 1 {
		for _, other := range others {
			page.Duties = append(page.Duties, tabShown{Name: dutyIn(other, words), Href: dutyPath(state, other), Here: other.N == o.N})
		}
	}
	if o.Running() {
		page.Due, page.Overdue = words.At(o.DueAt, place), now.After(o.DueAt)
	}
	if _, missing, _ := s.Rules.Deadline(state, o); missing != nil {
		page.Waits = missing.Label.In(words.Lang)
		if !strings.HasPrefix(missing.Fact, "filed:") { // a filing fixes it by itself
			page.Fact = missing.Fact
		}
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	page.listFilings(o, names, place)
	page.listStages(s.stagesOf(state, o, place), o)
	page.may(state, o, user)
	if !page.OwnForm && o.Status != incident.ObligationWaivedStatus {
		if err := s.addForm(r, &page, state, o, user, names, v); err != nil {
			return err
		}
	}
	s.show(w, r, max(v.status, http.StatusOK), "authority", page)
	return nil
}

// addForm puts the form of what is filed next on the page.
func (s *server) addForm(r *http.Request, page *notificationPage, state *incident.State, o *incident.Obligation, user postgres.User, names colleagues, v view) error {
	w, place, now := page.W, placeOf(user, state), state.Clock.At(s.Clock())
	draft, version, err := s.presentDraft(r, state, o, now)
	if incident.KindOf(err) == incident.NotFound {
		return nil // the case's files were erased
	}
	if err != nil {
		return err
	}
	check, err := form.Check(draft, now)
	if err != nil {
		return formError(err)
	}
	edit := v.edit
	if !page.MayDraft {
		edit, page.Edit = editNothing, editNothing
	}
	if page.Form, err = formShownOf(draft, check, edit, v.posted, v.faults, w, now, place); err != nil {
		return err
	}
	template, err := form.Template(draft.Version)
	if err != nil {
		return formError(err)
	}
	page.Edition = template.Title
	if draft.Kind == form.Followup {
		filed, err := s.lastFiled(r.Context(), state, o)
		if err != nil {
			return err
		}
		if filed != nil {
			changes, err := form.Changes(*filed, draft, now)
			if err != nil {
				return formError(err)
			}
			page.Form.Changes = changesOf(changes, template, w, place)
		}
	}
	page.Draft = draftHead{Version: version, Withdraw: draft.Subtype == form.Withdrawn, Complete: draft.Subtype == form.Complete,
		Name: w.T("draft_" + string(draft.Kind) + "_" + string(draft.Subtype))}
	if stored, ok := o.Draft(); ok && version > 0 {
		page.DraftedByReader = stored.By.ID == user.ID
		page.Draft.IsOpen = stored.ApprovedAt.IsZero()
		page.Draft.Approved = w.T("drafted_by", version, names.in(w, &stored.By), w.At(stored.At, place))
		if !page.Draft.IsOpen {
			page.Draft.Approved += " " + w.T("approved_by", names.in(w, stored.ApprovedBy), w.At(stored.ApprovedAt, place))
		}
	}
	page.MayApprove = page.MayApprove && page.Draft.IsOpen
	return nil
}

// may says which steps the reader may take.
func (p *notificationPage) may(state *incident.State, o *incident.Obligation, user postgres.User) {
	open, is := !state.IsClosed(), func(roles []incident.Role) bool { return slices.Contains(roles, user.Role) }
	applies := o.Status != incident.ObligationWaivedStatus && o.Status != incident.ObligationWithdrawn
	p.MayLead = open && is(leaders())
	p.MayDraft = open && applies && is(responders()) && !p.OwnForm
	p.MayApprove = open && applies && is(approvers())
	p.MayFile = p.MayLead && applies
	p.MayWithdraw = p.MayFile && len(o.Filings) > 0 && !p.OwnForm
	p.MayWaive = p.MayLead && o.Pending()
}

// listFilings lists what was filed and the reasons for being late.
func (p *notificationPage) listFilings(o *incident.Obligation, names colleagues, place *time.Location) {
	w := p.W
	for _, f := range slices.Backward(o.Filings) {
		kind, subtype := f.Kind, f.Subtype
		if kind == "" {
			kind = incident.FilingNew
		}
		if subtype == "" {
			subtype = incident.FilingComplete
		}
		one := filingShown{What: w.T("draft_" + kind + "_" + subtype), At: w.At(f.At, place), Receipt: f.Receipt, By: names.in(w, &f.By), Approval: "no"}
		switch {
		case f.Approved:
			one.Approval = "yes"
		case slices.ContainsFunc(o.Drafts, func(d incident.Draft) bool { return d.Version == f.Version && !d.ApprovedAt.IsZero() }):
			one.Approval = "changed"
		}
		if f.LateSeconds > 0 {
			one.Late = w.T("late_by", wording.Span(time.Duration(f.LateSeconds)*time.Second))
		}
		for _, d := range append(slices.Clone(f.Dossier), attachmentOf(f)...) {
			one.Papers = append(one.Papers, paperOf(d, w))
		}
		p.Filings = append(p.Filings, one)
	}
	latest := o.DelayReasons[max(0, len(o.DelayReasons)-delaysShown):]
	if n := len(o.DelayReasons) - len(latest); n > 0 {
		p.Earlier = w.T("delays_earlier", w.N(n))
	}
	for _, d := range latest {
		p.Delays = append(p.Delays, delayShown{w.At(d.At, place), names.in(w, &d.By), d.Text})
	}
}

// listStages lists the stages that can be filed, for a duty with several.
func (p *notificationPage) listStages(stages []stageView, o *incident.Obligation) {
	if len(stages) < 2 {
		return
	}
	for _, stage := range stages {
		if stage.FiledAt == nil {
			p.Stages = append(p.Stages, choice{stage.Name, wording.SentenceStart(stage.Label.In(p.W.Lang))})
		}
	}
	if p.Filing.Stage == "" {
		p.Filing.Stage = o.StageName()
	}
}

// dutyIn says what is owed to whom.
func dutyIn(o *incident.Obligation, w wording.Words) string {
	stage := o.Stage()
	switch {
	case stage.Stage == incident.StageFollowUp:
		return w.T("duty_rest", w.Recipient(o.Recipient()))
	case len(o.Terms.Then) > 0 && stage.Label.In(w.Lang) != "":
		return w.T("duty_stage", wording.SentenceStart(stage.Label.In(w.Lang)), w.Recipient(o.Recipient()))
	default:
		return w.T("duty_to", w.Recipient(o.Recipient()))
	}
}

func dutyPath(state *incident.State, o *incident.Obligation) string {
	return "/incidents/" + state.ID + "/obligations/" + itoa(o.N)
}

// officeOf is where the notification of a duty is filed; nil where Tocsin does
// not know it.
func officeOf(o *incident.Obligation, w wording.Words) *officeShown {
	a, ok := gdpr.AuthorityByCode(o.Terms.Authority)
	if !ok {
		return nil
	}
	shown := &officeShown{Name: a.Name, Channel: w.Said(a.Channel), Address: a.ChannelURL, Confirmed: a.Verified()}
	if shown.Address == "" {
		shown.Address = a.Site
	}
	return shown
}
