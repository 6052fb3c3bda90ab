package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// obligationView is a duty with its clock.
type obligationView struct {
	N            int            `json:"n" doc:"the number within the incident"`
	Regime       string         `json:"regime" doc:"the regime, such as gdpr-33"`
	Article      string         `json:"article" doc:"the article"`
	Authority    string         `json:"authority" doc:"the authority's code"`
	Recipient    string         `json:"recipient" doc:"to whom the duty is owed, in a word or two"`
	Status       string         `json:"status" doc:"open, waiting (for a fact from which its stage counts), filed, met, waived or withdrawn"`
	Stage        string         `json:"stage" doc:"the present stage, such as notification or final"`
	Stages       []stageView    `json:"stages" doc:"every stage of the duty"`
	Rule         string         `json:"rule,omitempty" doc:"the articles by which the due instant was computed"`
	Reasons      []string       `json:"reasons,omitempty" doc:"how the due instant was computed, in sentences"`
	Reason       string         `json:"reason,omitempty" doc:"why it was waived"`
	Aware        time.Time      `json:"aware" doc:"the instant from which it counts"`
	Due          *time.Time     `json:"due,omitempty" doc:"the last instant in time"`
	OuterBound   *time.Time     `json:"outer_bound,omitempty" doc:"the bound by Reg. 1182/71, for information only"`
	LeftSeconds  int64          `json:"left_seconds" doc:"the time left in the incident's own time; negative when late"`
	Overdue      bool           `json:"overdue" doc:"whether the due instant passed without a filing"`
	Revision     int            `json:"revision" doc:"how often the clock was derived"`
	Reminders    []reminderView `json:"reminders" doc:"the rungs that rang, oldest first"`
	DelayReasons []delayView    `json:"delay_reasons" doc:"the reasons given for being late"`
	Drafts       []draftView    `json:"drafts" doc:"the versions of the notification"`
	Filings      []filingView   `json:"filings" doc:"what was filed"`
}

type reminderView struct {
	Revision       int             `json:"revision" doc:"the revision of the clock"`
	Rung           string          `json:"rung" doc:"such as 24h, due or overdue+12h"`
	Mode           string          `json:"mode" doc:"rung, combined (told in a later rung's mail) or passed (lay before the clock was set)"`
	Into           string          `json:"into,omitempty" doc:"the rung whose mail tells of this one"`
	DueAt          time.Time       `json:"due_at" doc:"when it was due"`
	FiredAt        time.Time       `json:"fired_at" doc:"when it rang"`
	AcceptedAt     *time.Time      `json:"accepted_at,omitempty" doc:"when the relay took the first mail"`
	AcknowledgedAt *time.Time      `json:"acknowledged_at,omitempty" doc:"when a person took it on"`
	AcknowledgedBy *incident.Actor `json:"acknowledged_by,omitempty" doc:"who took it on"`
	Via            string          `json:"via,omitempty" doc:"link or command"`
	Calls          []callView      `json:"calls" doc:"who was called, in the on-call order"`
}

type callView struct {
	Level      int             `json:"level" doc:"0 for the DPO, then the next"`
	Because    string          `json:"because" doc:"rung, unacknowledged or refused"`
	DueAt      time.Time       `json:"due_at" doc:"when the call was due"`
	FiredAt    time.Time       `json:"fired_at" doc:"when it was made"`
	Recipient  *incident.Actor `json:"recipient,omitempty" doc:"the account that was written to"`
	AcceptedAt *time.Time      `json:"accepted_at,omitempty" doc:"when the relay took the mail"`
	RefusedAt  *time.Time      `json:"refused_at,omitempty" doc:"when the relay refused the address for good"`
	MessageID  string          `json:"message_id,omitempty" doc:"the mail's id"`
}

type stageView struct {
	Name      string     `json:"name" doc:"the stage"`
	Label     gdpr.Label `json:"label" doc:"the stage as people read it"`
	Cited     string     `json:"cited" doc:"the article"`
	StartsOn  string     `json:"starts_from" doc:"the fact from which its period counts"`
	Within    string     `json:"within,omitempty" doc:"the period in words; absent for a stage without a clock"`
	Needs     string     `json:"needs,omitempty" doc:"the fact that is not known yet"`
	Due       *time.Time `json:"due,omitempty" doc:"the last instant in time, as far as it can be computed now"`
	FiledAt   *time.Time `json:"filed_at,omitempty" doc:"when it was filed"`
	ToConfirm string     `json:"to_confirm,omitempty" doc:"what nobody has read in its source yet"`
}

type delayView struct {
	At   time.Time      `json:"at" doc:"when it was given"`
	By   incident.Actor `json:"by" doc:"who gave it"`
	Text string         `json:"text" doc:"the reason"`
}

type draftView struct {
	Version    int               `json:"version" doc:"counts from 1"`
	At         time.Time         `json:"at" doc:"when it was drafted"`
	By         incident.Actor    `json:"by" doc:"who drafted it"`
	Content    incident.Document `json:"content" doc:"the stored content"`
	ApprovedAt *time.Time        `json:"approved_at,omitempty" doc:"when another person approved it"`
	ApprovedBy *incident.Actor   `json:"approved_by,omitempty" doc:"who approved it"`
}

type filingView struct {
	At           time.Time           `json:"at" doc:"when it was filed"`
	Receipt      string              `json:"receipt" doc:"the authority's receipt number"`
	Attachment   *incident.Document  `json:"attachment,omitempty" doc:"the stored receipt"`
	Stage        string              `json:"stage,omitempty" doc:"the stage that was filed"`
	Kind         string              `json:"kind,omitempty" doc:"new or follow_up"`
	Subtype      string              `json:"subtype,omitempty" doc:"complete, incomplete or withdraw"`
	Frozen       *incident.Document  `json:"frozen,omitempty" doc:"the content as it was filed"`
	Dossier      []incident.Document `json:"dossier,omitempty" doc:"its renderings: PDF, HTML and the copy sheet"`
	Version      int                 `json:"version" doc:"the draft that was filed; 0 for none"`
	Approved     bool                `json:"approved" doc:"whether another person had approved that draft"`
	LateSeconds  int64               `json:"late_seconds" doc:"by how much it was late; 0 when in time"`
	DelayReasons string              `json:"delay_reasons,omitempty" doc:"the reasons that went with it"`
	By           incident.Actor      `json:"by" doc:"who recorded it"`
}

func (s *server) obligationOf(state *incident.State, o *incident.Obligation, now time.Time, place *time.Location) obligationView {
	v := obligationView{
		N: o.N, Regime: o.Terms.Regime, Article: o.Stage().Article, Authority: o.Terms.Authority, Recipient: o.Recipient(),
		Status: o.Status, Stage: o.StageName(), Stages: s.stagesOf(state, o, place),
		Reason: o.Reason, Aware: o.AwareAt.In(place), Due: local(o.DueAt, place), OuterBound: local(o.OuterBound, place),
		Revision:  o.Revision,
		Reminders: []reminderView{}, DelayReasons: []delayView{}, Drafts: []draftView{}, Filings: []filingView{},
	}
	if !o.DueAt.IsZero() {
		v.LeftSeconds, v.Overdue = int64(o.DueAt.Sub(now)/time.Second), o.Running() && now.After(o.DueAt)
	}
	if d, missing, ok := s.Rules.Deadline(state, o); ok && missing == nil {
		v.Rule, v.Reasons = d.Rule(), d.Reasons()
	}
	for _, r := range o.Reminders {
		v.Reminders = append(v.Reminders, reminderOf(r, place))
	}
	for _, d := range o.DelayReasons {
		v.DelayReasons = append(v.DelayReasons, delayView{At: d.At.In(place), By: d.By, Text: d.Text})
	}
	for _, d := range o.Drafts {
		v.Drafts = append(v.Drafts, draftOf(d, place))
	}
	for _, f := range o.Filings {
		v.Filings = append(v.Filings, filingView{At: f.At.In(place), Receipt: f.Receipt, Attachment: f.Attachment,
			Stage: f.Stage, Kind: f.Kind, Subtype: f.Subtype, Frozen: f.Frozen, Dossier: f.Dossier,
			Version: f.Version, Approved: f.Approved, LateSeconds: f.LateSeconds, DelayReasons: f.DelayReasons, By: f.By})
	}
	return v
}

// stagesOf gives the stages of a duty, with those limits that can be computed.
func (s *server) stagesOf(state *incident.State, o *incident.Obligation, place *time.Location) []stageView {
	list := []stageView{}
	terms := o.Terms.Stages()
	if o.FollowUp != nil {
		terms = append(terms, *o.FollowUp)
	}
	for i, stage := range terms {
		v := stageView{Name: stage.Stage, Label: stage.Label, Cited: stage.Cited, StartsOn: stage.StartsFrom, ToConfirm: stage.ToConfirm}
		if at, ok := o.Facts[gdpr.FiledFact(stage.Stage)]; ok {
			v.FiledAt = local(at, place)
		}
		if stage.HasClock() {
			v.Within = stage.Within.String()
			at := *o
			if at.StageIndex = i; i < len(o.Terms.Stages()) {
				at.FollowUp = nil
			}
			if d, missing, ok := s.Rules.Deadline(state, &at); missing != nil {
				v.Needs = missing.Fact
			} else if ok {
				v.Due = local(d.Due, place)
			}
		}
		list = append(list, v)
	}
	return list
}

func draftOf(d incident.Draft, place *time.Location) draftView {
	return draftView{Version: d.Version, At: d.At.In(place), By: d.By, Content: d.Content,
		ApprovedAt: local(d.ApprovedAt, place), ApprovedBy: d.ApprovedBy}
}

func reminderOf(r incident.Reminder, place *time.Location) reminderView {
	v := reminderView{
		Revision: r.Revision, Rung: r.Rung, Mode: r.Mode, Into: r.Into, DueAt: r.DueAt.In(place), FiredAt: r.FiredAt.In(place),
		AcknowledgedAt: local(r.AcknowledgedAt, place), AcknowledgedBy: r.AcknowledgedBy, Via: r.Via, Calls: []callView{},
	}
	for _, c := range r.Calls {
		v.Calls = append(v.Calls, callView{
			Level: c.Level, Because: c.Because, DueAt: c.DueAt.In(place), FiredAt: c.FiredAt.In(place), Recipient: c.Recipient,
			AcceptedAt: local(c.AcceptedAt, place), RefusedAt: local(c.RefusedAt, place), MessageID: c.MessageID,
		})
		if v.AcceptedAt == nil {
			v.AcceptedAt = local(c.AcceptedAt, place)
		}
	}
	return v
}

// assessmentRequest records an assessment.
type assessmentRequest struct {
	Facts    json.RawMessage  `json:"facts" check:"required" doc:"an object with the facts that were judged"`
	Severity *severityRequest `json:"severity" doc:"the inputs of the ENISA 2013 method, when it is used"`
	Decision decisionRequest  `json:"decision" check:"required" doc:"an object: notify_authority, communicate, reason"`
}

// severityRequest is [gdpr.Inputs] with every term required: one that is left
// out must not count as 0.
type severityRequest struct {
	DPC             int             `json:"dpc" check:"required" doc:"the data processing context: 1, 2, 3 or 4"`
	Identification  gdpr.Hundredths `json:"identification" check:"required" doc:"the ease of identification: 0.25, 0.5, 0.75 or 1"`
	Confidentiality gdpr.Hundredths `json:"confidentiality" check:"required" doc:"its loss: 0, 0.25 or 0.5"`
	Integrity       gdpr.Hundredths `json:"integrity" check:"required" doc:"its loss: 0, 0.25 or 0.5"`
	Availability    gdpr.Hundredths `json:"availability" check:"required" doc:"its loss: 0, 0.25 or 0.5"`
	Malicious       bool            `json:"malicious" check:"required" doc:"true or false: whether it was caused on purpose"`
}

// decisionRequest is [incident.AssessmentDecision] with both answers required:
// one that is left out must not count as no, which would end the duty.
type decisionRequest struct {
	NotifyAuthority bool   `json:"notify_authority" check:"required" doc:"true or false: whether the authority is notified (GDPR Art. 33(1))"`
	Communicate     bool   `json:"communicate" check:"required" doc:"true or false: whether the people are told (GDPR Art. 34(1))"`
	Reason          string `json:"reason" check:"required" doc:"why, for the record"`
	Dissent         string `json:"dissent,omitempty" doc:"what the DPO holds against the controller's decision, or the controller against the advice"`
	Ground          string `json:"ground,omitempty" doc:"the limb of GDPR Art. 34(3) on which people are not told one by one: a, b or c"`
}

// factsDepth bounds how deep facts may be nested: the record holds them inside
// other objects and itself has a limit.
const factsDepth = 16

func checkFacts(facts json.RawMessage) error {
	depth := 0
	for d := json.NewDecoder(bytes.NewReader(facts)); ; {
		token, err := d.Token()
		if err != nil {
			return nil // the end: the document was read whole before
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > factsDepth {
				return incident.InvalidField("facts", "", "is nested too deep", incident.Say("at most %d levels", factsDepth))
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

type assessmentAnswer struct {
	recorded
	Severity *severityView    `json:"severity,omitempty" doc:"the outcome of the method"`
	Advice   *incident.Advice `json:"advice,omitempty" doc:"what the rules recommend on these facts; absent where the facts are not in the form that they read"`
}

func (s *server) recordAssessment(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body assessmentRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if err := checkFacts(body.Facts); err != nil {
		return err
	}
	command := incident.RecordAssessment{Facts: body.Facts, Decision: incident.AssessmentDecision(body.Decision)}
	var shown *severityView
	if body.Severity != nil {
		score, band, err := gdpr.Score(gdpr.Inputs(*body.Severity))
		if err != nil {
			told := explain(err)
			told.Field = intake.Join("severity", told.Field)
			return told
		}
		command.Severity = &incident.Severity{Method: "enisa-2013", Score: int(score), Band: string(band)}
		shown = &severityView{Score: score, Band: string(band)}
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	if err := s.try(state, user, command); err != nil {
		return err
	}
	reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), command)
	if err != nil {
		return err
	}
	advice, refused := incident.AdviseOn(body.Facts)
	if refused != nil {
		return refused // it was recorded, so this cannot be
	}
	writeJSON(w, http.StatusOK, assessmentAnswer{recorded: answerTo(reply), Severity: shown, Advice: advice})
	return nil
}

type reasonsRequest struct {
	Reasons string `json:"reasons" check:"required" doc:"the reasons in words"`
}

func (s *server) giveDelayReasons(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body reasonsRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	return s.command(w, r, user, incident.GiveDelayReasons{Obligation: n, Reasons: body.Reasons})
}

func (s *server) waiveObligation(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body reasonRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	return s.command(w, r, user, incident.WaiveObligation{Obligation: n, Reason: body.Reason})
}

type acknowledgeRequest struct {
	Rung     string `json:"rung" doc:"the rung, such as 24h; without it the latest that rang"`
	Revision int    `json:"revision" doc:"the revision of the clock; without it the present one"`
}

func (s *server) acknowledge(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body acknowledgeRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	return s.command(w, r, user, incident.Acknowledge{Obligation: n, Rung: body.Rung, Revision: body.Revision, Via: "command"})
}
