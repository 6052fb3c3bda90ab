package web

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// assessmentPage asks about a breach, says what the rules advise on the
	// answers, and takes the decision.
	assessmentPage struct {
		caseFrame
		Breach          []choiceShown
		Kinds           []kindsShown
		Weights         []weightShown
		People, Records string
		Questions       []questionShown
		// Wrong is why the answers cannot be judged; empty when they can.
		Wrong string
		// Advice is what the rules say; nil while there is nothing to judge.
		Advice *adviceShown
		// Answers are the judged answers, which the decision is recorded with.
		Answers []answerShown
		// Version is how many assessments there were when the page was made.
		Version int
		// MayDecide says whether the reader may record a decision now.
		MayDecide bool
		Decision  decisionForm
		// Problem is why the decision was not recorded; empty when it was not tried.
		Problem string
		Past    []assessedShown // the latest first
	}
	choiceShown struct {
		Value, Text string
		On          bool
	}
	kindsShown struct {
		Name    string
		Choices []choiceShown
		Open    bool // whether one is chosen
	}
	// weightShown is a chosen kind of data that may weigh more or less than usual.
	weightShown struct {
		Kind, Name, Why string
		Steps           []choiceShown
		Opens           []choiceShown // none for what is no credential
		Adjusted        bool
	}
	questionShown struct {
		Name, Text string
		Choices    []choiceShown
		Asked      bool
	}
	answerShown  struct{ Name, Value string }
	decisionForm struct{ Notify, Communicate, Reason, Dissent, Ground string }
)

// assessmentPages are the pages of the assessment of one case.
func (s *server) assessmentPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/assessment", caseReaders(), false, s.showAssessment},
		{"POST", oneCasePage + "/assessment", leaders(), false, s.decideAssessment},
	}
}

// showAssessment is the page as it is opened: with the answers of its address,
// else those that were recorded last, else what the case knows.
func (s *server) showAssessment(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	form, known := r.URL.Query(), formOfFacts(factsKnown(state))
	if !form.Has("asked") {
		form = known
	}
	// Words are not put into an address, which others log: they stay as they
	// were recorded.
	for name := range known {
		if kind, why := strings.CutPrefix(name, "why-"); why && form.Get("weight-"+kind) == known.Get("weight-"+kind) {
			form.Set(name, known.Get(name))
		}
	}
	return s.renderAssessment(w, r, user, state, http.StatusOK, form, decisionForm{}, "")
}

// factsKnown are the facts to begin with: those of the last assessment, or
// what the files of affected people say.
func factsKnown(state *incident.State) gdpr.BreachFacts {
	if last, ok := state.Assessed(); ok {
		if facts, err := gdpr.ParseBreachFacts(last.Facts); err == nil {
			return facts
		}
	}
	var f gdpr.BreachFacts
	people, kinds := 0, map[string]bool{}
	for _, round := range state.Rounds {
		if round.Opened {
			continue // it names nobody new
		}
		people += round.People()
		for _, kind := range round.Kinds() {
			kinds[kind] = true
		}
	}
	if people > 0 {
		f.People = &people
	}
	for _, k := range gdpr.KindContexts() {
		if kinds[k.Key] {
			f.Data = append(f.Data, gdpr.AffectedData{Kind: k.Key})
		}
	}
	return f
}

// decideAssessment records the answers and the decision.
func (s *server) decideAssessment(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "the form of the page of the assessment")
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	decision := decisionForm{
		Notify: r.PostForm.Get("notify_authority"), Communicate: r.PostForm.Get("communicate"), Ground: r.PostForm.Get("ground"),
		Reason: strings.TrimSpace(r.PostForm.Get("reason")), Dissent: strings.TrimSpace(r.PostForm.Get("dissent")),
	}
	err = s.recordDecision(r, user, state, decision)
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/assessment#recorded", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.renderAssessment(w, r, user, state, statusOf(told.Kind), r.PostForm, decision, wording.For(user.Locale).Refusal(told))
}

func (s *server) recordDecision(r *http.Request, user postgres.User, state *incident.State, decision decisionForm) error {
	words := wording.For(user.Locale)
	if r.PostForm.Get("version") != strconv.Itoa(len(state.Assessments)) {
		return &incident.Error{Kind: incident.Conflict, Message: words.T("assess_since")}
	}
	for name, values := range r.PostForm {
		for _, value := range values {
			if err := intake.Storable(intake.Shortened(name), value); err != nil || !intake.ValidText(value) {
				return incident.InvalidField(intake.Shortened(name), "", "holds a character that is not text", "Unicode without NUL")
			}
		}
	}
	facts, err := answersIn(r.PostForm)
	if err != nil {
		return err
	}
	if err := facts.Validate(); err != nil {
		return &incident.Error{Kind: incident.Invalid, Message: wrongAnswers(err, words)}
	}
	command := incident.RecordAssessment{Decision: incident.AssessmentDecision{
		Reason: decision.Reason, Dissent: decision.Dissent, Ground: decision.Ground,
	}}
	for _, one := range []struct {
		field, given, ask string
		to                *bool
	}{
		{"notify_authority", decision.Notify, "decide_notify", &command.Decision.NotifyAuthority},
		{"communicate", decision.Communicate, "decide_communicate", &command.Decision.Communicate},
	} {
		if one.given != "yes" && one.given != "no" {
			return incident.InvalidField(one.field, intake.Shortened(one.given), "is not decided", words.T("decide_both", words.T(one.ask)))
		}
		*one.to = one.given == "yes"
	}
	if command.Facts, err = json.Marshal(facts); err != nil {
		return err
	}
	if err := s.try(state, user, command); err != nil {
		return err
	}
	_, err = s.Engine.Command(r.Context(), state.ID, actor(user), command)
	return err
}

// lawError gives an error of the law's rules the form of a refusal.
func lawError(err error) error {
	if told := incident.LawError("", err); told != nil {
		return told
	}
	return err
}

// wrongAnswers says why answers cannot be judged.
func wrongAnswers(err error, w wording.Words) string {
	if both, ok := errors.AsType[*gdpr.ContradictionError](err); ok {
		return w.T("answers_contradict", factInWords(both.First, w), factInWords(both.Second, w))
	}
	if told, ok := errors.AsType[*incident.Error](err); ok {
		return w.Refusal(told)
	}
	return w.Refusal(explain(lawError(err)))
}

func (s *server) renderAssessment(
	w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, form url.Values, decision decisionForm, problem string,
) error {
	page := assessmentPage{
		caseFrame: s.caseFrameOf(r, user, state, tabAssessment, wording.For(user.Locale).T("assessment")),
		People:    intake.Shortened(form.Get("people")), Records: intake.Shortened(form.Get("records")), Version: len(state.Assessments),
		MayDecide: !state.IsClosed() && slices.Contains(leaders(), user.Role), Decision: decision, Problem: problem,
	}
	facts, wrong := answersIn(form)
	if wrong == nil && len(facts.Breach) > 0 {
		wrong = facts.Validate()
	}
	page.fillQuestions(form, facts)
	switch {
	case wrong != nil:
		page.Wrong = wrongAnswers(wrong, page.W)
		if status == http.StatusOK {
			status = http.StatusBadRequest
		}
	case len(facts.Breach) > 0:
		advice, err := gdpr.Assess(facts)
		if err != nil {
			return err
		}
		page.Advice = adviceShownOf(advice, page.W)
		for _, name := range slices.Sorted(maps.Keys(formOfFacts(facts))) {
			for _, value := range formOfFacts(facts)[name] {
				if !strings.HasPrefix(name, "why-") { // a field of its own
					page.Answers = append(page.Answers, answerShown{name, value})
				}
			}
		}
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(state.Assessments) {
		page.Past = append(page.Past, assessedShownOf(a, page.W, names, placeOf(user, state)))
	}
	s.show(w, r, status, "assessment", page)
	return nil
}

// fillQuestions puts the questions with the answers that were given.
func (p *assessmentPage) fillQuestions(form url.Values, facts gdpr.BreachFacts) {
	w := p.W
	for _, one := range []gdpr.Property{gdpr.Confidentiality, gdpr.Integrity, gdpr.Availability} {
		p.Breach = append(p.Breach, choiceShown{string(one), w.T("breach_" + string(one)), slices.Contains(form["breach"], string(one))})
	}
	for _, k := range gdpr.KindContexts() {
		category := k.Category
		if k.Key == gdpr.Unknown {
			category = gdpr.Unknown
		}
		at := slices.IndexFunc(p.Kinds, func(s kindsShown) bool { return s.Name == w.T("kinds_"+category) })
		if at < 0 {
			at, p.Kinds = len(p.Kinds), append(p.Kinds, kindsShown{Name: w.T("kinds_" + category)})
		}
		one := choiceShown{k.Key, kindOrGroup(k.Key, w), slices.Contains(form["kind"], k.Key)}
		p.Kinds[at].Choices = append(p.Kinds[at].Choices, one)
		p.Kinds[at].Open = p.Kinds[at].Open || one.On
		if one.On && k.Key != gdpr.Unknown {
			p.Weights = append(p.Weights, weightOf(k, form, w))
		}
	}
	for _, q := range questionsOf() {
		shown := questionShown{Name: q.name, Text: w.T("ask_" + q.name), Asked: q.asked == nil || q.asked(facts)}
		given := form.Get(q.name)
		for _, code := range q.codes {
			key := "ask_" + q.name + "_" + code
			if code == "yes" || code == "no" {
				if w.Own(key) == "" {
					key = code
				}
			}
			shown.Choices = append(shown.Choices, choiceShown{code, wording.SentenceStart(w.T(key)), given == code})
		}
		shown.Choices = append(shown.Choices, choiceShown{gdpr.Unknown, w.T("not_known"), !slices.Contains(q.codes, given)})
		p.Questions = append(p.Questions, shown)
	}
}

// weightOf asks how much a kind of data weighs in this case.
func weightOf(k gdpr.KindContext, form url.Values, w wording.Words) weightShown {
	shown := weightShown{Kind: k.Key, Name: kindOrGroup(k.Key, w), Why: form.Get("why-" + k.Key)}
	category, given := k.Category, form.Get("weight-"+k.Key)
	if isCredential(k) {
		opens := form.Get("opens-" + k.Key)
		listed := opens == "" || opens == gdpr.Unknown
		for _, c := range gdpr.ContextCategories() {
			shown.Opens = append(shown.Opens, choiceShown{c.Code, c.Label.In(w.Lang), opens == c.Code})
			if listed = listed || opens == c.Code; opens == c.Code {
				category = c.Code
			}
		}
		if !listed { // a kind that a program named
			shown.Opens = append(shown.Opens, choiceShown{intake.Shortened(opens), kindOrGroup(opens, w), true})
		}
	}
	shown.Adjusted = given != "" && given != "0"
	for _, a := range gdpr.ContextAdjustments() {
		if a.Category == category {
			step := strconv.Itoa(a.Step)
			shown.Steps = append(shown.Steps, choiceShown{step, w.T("weight_step", a.Step) + ": " + a.Text.In(w.Lang), given == step})
		}
	}
	return shown
}

// kindOrGroup names a kind of data, or a group of kinds.
func kindOrGroup(key string, w wording.Words) string {
	if group, known := gdpr.DataGroupByKey(key); known {
		return group.Label.In(w.Lang)
	}
	return w.Kind(key)
}
