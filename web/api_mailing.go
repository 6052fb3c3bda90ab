package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// mailingRequest drafts a notice.
type mailingRequest struct {
	Template string          `json:"template" check:"required" doc:"the template: affected, affected_organisation, follow_up or not_affected"`
	Round    int             `json:"round" doc:"the round of people; without it the last one that the template is for"`
	Content  *notice.Content `json:"content" doc:"an object: what the controller says, per language; without it, what is recorded"`
	// version is the version that the draft of a form becomes; 0 for the next one.
	version int
}

type mailingDraftAnswer struct {
	recorded
	Round      int            `json:"round" doc:"the round of people"`
	Content    notice.Content `json:"content" doc:"the content that was drafted"`
	Unreviewed []string       `json:"unreviewed" doc:"the languages whose fixed texts no speaker has signed off: have somebody read them"`
}

func (s *server) draftMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body mailingRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	out, err := s.draftRound(r.Context(), user, state, body)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// draftRound puts down the notice to a round of people.
func (s *server) draftRound(ctx context.Context, user postgres.User, state *incident.State, body mailingRequest) (out mailingDraftAnswer, err error) {
	if !slices.Contains(notice.Templates(), body.Template) {
		return out, incident.InvalidField("template", intake.Shortened(body.Template), "is not a template", incident.Say("one of: %s", strings.Join(notice.Templates(), ", ")))
	}
	round := body.Round
	if round == 0 {
		if round, err = roundFor(state, body.Template); err != nil {
			return out, err
		}
	}
	chosen := state.Round(round)
	if chosen == nil {
		return out, &incident.Error{Kind: incident.NotFound, Field: "round", Message: "there is no such round",
			Expected: "a round of people: import them first"}
	}
	var content notice.Content
	if body.Content != nil {
		content = *body.Content
	} else if content, err = s.firstContent(ctx, state, body.Template, round); err != nil {
		return out, err
	}
	content.Template = body.Template
	if body.Template == notice.TemplateFollowUp && content.PreviousOn == "" {
		content.PreviousOn = previousOn(state, round)
	}
	raw, err := json.MarshalIndent(content, "", " ")
	if err != nil {
		return out, err
	}
	if content, err = notice.ParseContent(raw); err != nil {
		return out, incident.InvalidField("content", "", incident.Say("%s", err.Error()), "the form that /api/openapi.json describes")
	}
	command := incident.DraftMailing{Round: round, Version: body.version, Template: body.Template, Locales: content.Languages(),
		Content: incident.Document{ID: "draft", SHA256: sumOf(raw), Size: int64(len(raw))}}
	if command.Unmet, err = s.unmet(content, *chosen); err != nil {
		return out, err
	}
	if err := s.try(state, user, command); err != nil {
		return out, err
	}
	if command.Content, err = s.Store.PutDocument(ctx, state.ID, "notice.json", "application/json", raw); err != nil {
		return out, err
	}
	reply, err := s.Engine.Command(ctx, state.ID, actor(user), command)
	if err != nil {
		return out, err
	}
	return mailingDraftAnswer{recorded: answerTo(reply), Round: round, Content: content,
		Unreviewed: append([]string{}, s.Composer.Unreviewed(content.Languages()...)...)}, nil
}

// unmet lists what a notice lacks, per language.
func (s *server) unmet(content notice.Content, round incident.Round) ([]string, error) {
	if len(content.Locales) == 0 {
		return []string{"locales: the notice is in no language; write it in one or more of " + strings.Join(s.Composer.Locales(), ", ")}, nil
	}
	var out []string
	for _, language := range content.Languages() {
		if s.Composer.Match(language) != language {
			out = append(out, language+": there is no template in this language")
			continue
		}
		seen, err := s.Composer.Preview(sample(content, language, round))
		if err != nil {
			return nil, err
		}
		for _, p := range seen.Problems {
			out = append(out, language+": "+p.String())
		}
	}
	return out, nil
}

// sample is the notice to a person all of whose data are concerned.
func sample(content notice.Content, language string, round incident.Round) notice.Communication {
	c := content.Communication(language)
	if c.Template != notice.TemplateNotAffected {
		c.DataKinds = round.Kinds()
	}
	return c
}

// mailingStatus is the status of a mailing.
type mailingStatus struct {
	Round  int    `json:"round" doc:"the round"`
	Kind   string `json:"kind" doc:"to whom it writes: affected, affected_organisation, follow_up or not_affected"`
	Status string `json:"status" doc:"none, drafted, approved, sending, paused, finished or stopped"`
	incident.DeliveryCounts
	RatePerS    float64      `json:"rate_per_s" doc:"notices per second in the last ten seconds, real time; 0 when nothing is being sent"`
	LeftSeconds int64        `json:"left_seconds" doc:"how long the rest takes at this rate; 0 when it is not known"`
	PauseReason string       `json:"pause_reason,omitempty" doc:"why the round halts"`
	Root        string       `json:"root,omitempty" doc:"the root of the Merkle tree over all outcomes, hexadecimal, once the round has finished"`
	BouncesRoot string       `json:"bounces_root,omitempty" doc:"the root of the Merkle tree over the notices that came back, hexadecimal, once they are in the record"`
	Relays      []relayShare `json:"relays" doc:"the relays that have answered, those with the most notices first"`
}

// relayShare is what one relay does for a round.
type relayShare struct {
	Relay    string  `json:"relay" doc:"the relay's host:port"`
	Accepted int     `json:"accepted" doc:"how many notices it has taken"`
	RatePerS float64 `json:"rate_per_s" doc:"its answers per second in the last ten seconds, real time; 0 when nothing is being sent"`
}

// rateOver is the time over which the rate of a mailing is measured.
const rateOver = 10 * time.Second

func (s *server) showMailing(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	out, err := s.statusOf(r, state, n)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// statusOf counts the deliveries of a round and says how fast it goes.
func (s *server) statusOf(r *http.Request, state *incident.State, n int) (mailingStatus, error) {
	round := state.Round(n)
	tally, err := s.tallyOf(r.Context(), state.ID, round)
	if err != nil {
		return mailingStatus{}, err
	}
	counts := forOpened(tally.Counts, round)
	out := mailingStatus{Round: n, Kind: round.To(), Status: round.Status, DeliveryCounts: counts}
	out.PauseReason, out.Root, out.BouncesRoot = round.PauseReason, round.Root, round.BouncesRoot
	took := min(rateOver, max(time.Second, s.Clock().Sub(state.Clock.Real(round.StartedAt))))
	out.Relays = []relayShare{}
	recent := 0
	for _, share := range tally.Relays {
		line := relayShare{Relay: share.Relay, Accepted: share.Accepted}
		if round.Status == incident.MailingSending {
			line.RatePerS = perSecond(share.Recent, took)
			recent += share.Recent
		}
		out.Relays = append(out.Relays, line)
	}
	if out.RatePerS = perSecond(recent, took); out.RatePerS > 0 {
		out.LeftSeconds = int64(float64(counts.Pending+counts.Sending) / out.RatePerS)
	}
	return out, nil
}

// perSecond is a rate, rounded down to a tenth.
func perSecond(n int, over time.Duration) float64 {
	return float64(int(float64(n)/over.Seconds()*10)) / 10
}

type mailingPreview struct {
	Round    int            `json:"round" doc:"the round"`
	Previews []previewOfOne `json:"previews" doc:"the notice per language"`
}

type previewOfOne struct {
	Locale   string   `json:"locale" doc:"the language"`
	Reviewed bool     `json:"reviewed" doc:"whether a speaker has signed off the fixed texts of this language"`
	Subject  string   `json:"subject" doc:"the subject"`
	Text     string   `json:"text" doc:"the text part"`
	HTML     string   `json:"html" doc:"the HTML part"`
	Problems []string `json:"problems" doc:"what keeps it from being sent; empty for a draft that was recorded"`
}

func (s *server) previewMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "locale", "template", "person"); err != nil {
		return err
	}
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	round := state.Round(n)
	content, err := s.contentToPreview(r.Context(), state, round, r.URL.Query().Get("template"))
	if err != nil {
		return err
	}
	if r.URL.Query().Has("person") {
		out, err := s.previewToPerson(r, user, state, round, content)
		if err == nil {
			writeJSON(w, http.StatusOK, out)
		}
		return err
	}
	out, err := s.previewRound(r.Context(), state, round, content, r.URL.Query().Get("locale"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// previewRound renders a notice in one language, or without one in all of its
// languages.
func (s *server) previewRound(ctx context.Context, state *incident.State, round *incident.Round, content notice.Content, wanted string) (out mailingPreview, err error) {
	languages := content.Languages()
	if wanted != "" {
		if !slices.Contains(languages, wanted) {
			return out, incident.InvalidField("locale", intake.Shortened(wanted), "is not a language of this notice", incident.Say("one of: %s", strings.Join(languages, ", ")))
		}
		languages = []string{wanted}
	}
	out = mailingPreview{Round: round.N, Previews: []previewOfOne{}}
	for _, language := range languages {
		c := sample(content, language, *round)
		c.Exercise = state.Clock.Pace > 0
		one, err := s.previewOf(ctx, state, c)
		if err != nil {
			return out, err
		}
		out.Previews = append(out.Previews, one)
	}
	return out, nil
}

// contentToPreview is the latest draft of a round; with a template, what a first
// draft in it would say, which records nothing.
func (s *server) contentToPreview(ctx context.Context, state *incident.State, round *incident.Round, template string) (notice.Content, error) {
	if template != "" {
		if !slices.Contains(notice.Templates(), template) {
			return notice.Content{}, incident.InvalidField("template", intake.Shortened(template), "is not a template", incident.Say("one of: %s", strings.Join(notice.Templates(), ", ")))
		}
		first, err := s.firstContent(ctx, state, template, round.N)
		if template == notice.TemplateFollowUp {
			first.PreviousOn = previousOn(state, round.N)
		}
		return first, err
	}
	if len(round.Drafts) == 0 {
		return notice.Content{}, &incident.Error{Kind: incident.Conflict,
			Message: "this round has no notice yet: draft the mailing first, or name a template to see its first draft"}
	}
	_, raw, err := s.Store.Document(ctx, state.ID, round.Drafts[len(round.Drafts)-1].Content.ID)
	if err != nil {
		return notice.Content{}, err
	}
	return notice.ParseContent(raw)
}

func (s *server) approveMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.onRound(w, r, user, func(n int) incident.Command { return incident.ApproveMailing{Round: n} })
}

type testRequest struct {
	Locale string `json:"locale" doc:"one of the draft's languages; without it the one nearest to your own"`
}

// testMailing sends a test to the caller's own address: nobody can name
// another.
func (s *server) testMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body testRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	if drafts := state.Round(n).Drafts; body.Locale == "" {
		if len(drafts) == 0 {
			return &incident.Error{Kind: incident.Conflict, Message: "this round has no notice yet: draft the mailing first"}
		}
		written := notice.Content{Locales: map[string]notice.Words{}}
		for _, language := range drafts[len(drafts)-1].Locales {
			written.Locales[language] = notice.Words{}
		}
		body.Locale = written.Language(user.Locale)
	}
	return s.commandOn(w, r, user, state, incident.TestMailing{Round: n, Locale: body.Locale})
}

func (s *server) startMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.onRound(w, r, user, func(n int) incident.Command { return incident.StartMailing{Round: n} })
}

func (s *server) stopMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body reasonRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.onRound(w, r, user, func(n int) incident.Command { return incident.StopMailing{Round: n, Reason: body.Reason} })
}

func (s *server) pauseMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body pauseRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.onRound(w, r, user, func(n int) incident.Command { return incident.PauseMailing{Round: n, Reason: body.Reason} })
}

type pauseRequest struct {
	Reason string `json:"reason" doc:"why, for the record; it may be left out in a hurry"`
}

type resumeRequest struct {
	Reason string `json:"reason" doc:"what was looked at"`
}

func (s *server) resumeMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body resumeRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	return s.onRound(w, r, user, func(n int) incident.Command { return incident.ResumeMailing{Round: n, Reason: body.Reason} })
}

// mailingProof is the proof of one outcome.
type mailingProof struct {
	Proof    ledger.OutcomeProof `json:"proof" doc:"the outcome, the way to the root and the root"`
	Recorded bool                `json:"recorded" doc:"whether this root stands in the record, which it does once the round has finished"`
}

func (s *server) proveMailing(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "message_id", "of"); err != nil {
		return err
	}
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	prove, root := s.Store.ProveOutcome, state.Round(n).Root
	switch of := r.URL.Query().Get("of"); of {
	case "", "outcome":
	case "bounce":
		prove, root = s.Store.ProveBounce, state.Round(n).BouncesRoot
	default:
		return incident.InvalidField("of", intake.Shortened(of), "is nothing that is proven", "outcome or bounce")
	}
	proof, err := prove(r.Context(), state.ID, n, strings.Trim(r.URL.Query().Get("message_id"), "<> "))
	if err != nil {
		return err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenProof, Round: n, State: proof.Outcome.State, People: 1}); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, mailingProof{Proof: proof, Recorded: root == hex.EncodeToString(proof.Root[:])})
	return nil
}

// onRound gives a command about the round of the path.
func (s *server) onRound(w http.ResponseWriter, r *http.Request, user postgres.User, command func(int) incident.Command) error {
	state, n, err := s.roundOfPath(r)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, command(n))
}
