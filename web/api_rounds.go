package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// roundRequest opens a round to people who were imported before.
type roundRequest struct {
	Kind   string `json:"kind" check:"required" doc:"follow_up, to people who were told before; affected, to those whom a stopped round left out"`
	Scope  string `json:"scope" doc:"of a follow_up: changed (without it), those of whom a later file exposes more than they were told; told, everybody who was told. Of affected: rest"`
	Reason string `json:"reason" check:"required" doc:"why these people are written to, for the record"`
}

type roundAnswer struct {
	recorded
	Round      int                      `json:"round" doc:"the round that was opened"`
	Recipients incident.RecipientCounts `json:"recipients" doc:"how many people it writes to, and of a file whom it leaves out"`
}

func (s *server) openRound(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body roundRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	switch {
	case body.Scope != "":
	case body.Kind == incident.RoundFollowUp:
		body.Scope = incident.ScopeChanged
	case body.Kind == incident.RoundAffected:
		body.Scope = incident.ScopeRest
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	out, err := s.open(r.Context(), user, state, incident.OpenRound{Kind: body.Kind, Scope: body.Scope, Reason: body.Reason})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// open records a round and gives its numbers, which the store completes.
func (s *server) open(ctx context.Context, user postgres.User, state *incident.State, command incident.OpenRound) (out roundAnswer, err error) {
	reply, err := s.Engine.Command(ctx, state.ID, actor(user), command)
	if err != nil {
		return out, err
	}
	after, err := s.Store.State(ctx, state.ID)
	if err != nil {
		return out, err
	}
	out.recorded = answerTo(reply)
	for _, round := range after.Rounds {
		if round.Opened && round.To() == command.Kind && round.Import == command.Import {
			out.Round, out.Recipients = round.N, round.Recipients
		}
	}
	return out, nil
}

func (s *server) openRecipients(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "map", "name", "kind", "reason"); err != nil {
		return err
	}
	columns, err := columnMap(r.URL.Query()["map"])
	if err != nil {
		return err
	}
	name, err := optionalName(r)
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	chosen := recipients{kind: r.URL.Query().Get("kind"), reason: r.URL.Query().Get("reason"), name: name, columns: columns}
	if err := s.try(state, user, chosen.command()); err != nil {
		return err
	}
	if chosen.body, err = intake.NewUpload(w, r, name, s.MaxPeople); err != nil {
		return err
	}
	out, err := s.openFor(r.Context(), user, state, chosen)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// recipients are a file of accounts to some of which a round is to write.
type recipients struct {
	kind, reason string
	name         string
	columns      map[string]string
	body         io.Reader
}

// command opens the round, as far as it is known before the file is read.
func (c recipients) command() incident.OpenRound {
	return incident.OpenRound{Kind: c.kind, Reason: c.reason, Import: "r" + strings.ToLower(rand.Text()), SHA256: strings.Repeat("0", 64),
		Counts: incident.RecipientCounts{People: 1}}
}

// openFor opens a round to administrators of organisations whose people are
// affected, or to holders of accounts who are not. The file is read anew for
// each round: addresses of accounts are kept for nobody else.
func (s *server) openFor(ctx context.Context, user postgres.User, state *incident.State, chosen recipients) (roundAnswer, error) {
	command := chosen.command()
	if err := s.try(state, user, command); err != nil {
		return roundAnswer{}, err
	}
	writer, err := s.Store.StageRecipients(ctx, state.ID, command.Import, command.Kind)
	if err != nil {
		return roundAnswer{}, err
	}
	hash := sha256.New()
	options := people.Options{Map: chosen.columns, Name: chosen.name, CheckEmail: mailable, Keys: s.Store.Matcher(), Accounts: true}
	sum, err := people.Read(ctx, io.TeeReader(chosen.body, hash), options, func(p people.Person) error { return writer.Add(ctx, &p) })
	if err == nil {
		command.Counts, err = writer.Finish(ctx)
	}
	var out roundAnswer
	if err == nil {
		command.SHA256, command.Counts.Rejected = hex.EncodeToString(hash.Sum(nil)), sum.RejectedRows
		out, err = s.open(ctx, user, state, command)
	}
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return out, errors.Join(err, writer.Discard(late))
	}
	return out, nil
}

// roundFor is the round that a draft in a template is for when none is named:
// the last one to those whom the template is for.
func roundFor(state *incident.State, template string) (int, error) {
	for _, round := range slices.Backward(state.Rounds) {
		if round.To() == template {
			return round.N, nil
		}
	}
	if template == incident.RoundAffected {
		return 0, &incident.Error{Kind: incident.NotFound, Field: "round", Message: "there is no such round",
			Expected: "a round of people: import them first"}
	}
	return 0, incident.Refused(incident.Conflict,
		"no round with the template %s is open: say first whom it is for and why (tocsin mailing open)", template)
}

// previousOn is the day on which the people affected were last told, in the
// incident's zone; empty when they were not.
func previousOn(state *incident.State, before int) string {
	var last time.Time
	for _, round := range state.Rounds {
		if to := round.To(); round.N != before && (to == incident.RoundAffected || to == incident.RoundFollowUp) && round.StartedAt.After(last) {
			last = round.StartedAt
		}
	}
	if last.IsZero() {
		return ""
	}
	return last.In(zoneOf(state.Disclosure.Zone)).Format(time.DateOnly)
}

// coverageView says who was told, per kind of round, and who still has to be.
type coverageView struct {
	Affected int               `json:"affected" doc:"the people affected"`
	Owed     incident.Owed     `json:"owed" doc:"who still has to be told by a mailing"`
	Mistaken int               `json:"told_not_affected" doc:"how many of the people affected were told before that they are not"`
	Kinds    []coverageOfAKind `json:"kinds" doc:"what became of the notices, per kind of round"`
}

type coverageOfAKind struct {
	Kind   string `json:"kind" doc:"affected, affected_organisation, follow_up or not_affected"`
	Rounds []int  `json:"rounds" doc:"the rounds of this kind"`
	Told   int    `json:"told" doc:"notices that a relay took"`
	Doubt  int    `json:"in_doubt" doc:"notices of which it is not certain whether a relay took them"`
	Cannot int    `json:"cannot_be_told" doc:"notices that mail cannot deliver: undeliverable, refused or bounced"`
	incident.DeliveryCounts
}

func (s *server) showCoverage(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, ""); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	out := coverageView{Kinds: []coverageOfAKind{}}
	counted, err := s.Store.PeopleSummary(r.Context(), state.ID, true)
	if err != nil {
		return err
	}
	out.Owed, out.Mistaken = counted.Owed, counted.ToldNotAffected
	for _, kind := range incident.RoundKinds() {
		one := coverageOfAKind{Kind: kind, Rounds: []int{}}
		for i := range state.Rounds {
			round := &state.Rounds[i]
			if round.To() != kind {
				continue
			}
			counts, err := s.countsOf(r.Context(), state, round)
			if err != nil {
				return err
			}
			one.Rounds = append(one.Rounds, round.N)
			one.add(counts)
			out.Affected += round.People()
		}
		if len(one.Rounds) > 0 {
			out.Kinds = append(out.Kinds, one)
		}
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (c *coverageOfAKind) add(n incident.DeliveryCounts) {
	c.Total, c.Pending, c.Sending, c.Accepted, c.Deferred = c.Total+n.Total, c.Pending+n.Pending, c.Sending+n.Sending, c.Accepted+n.Accepted, c.Deferred+n.Deferred
	c.Refused, c.Undeliverable, c.Unknown, c.Bounced = c.Refused+n.Refused, c.Undeliverable+n.Undeliverable, c.Unknown+n.Unknown, c.Bounced+n.Bounced
	c.Withheld += n.Withheld
	c.Told, c.Doubt, c.Cannot = c.Accepted, c.Unknown, c.Refused+c.Undeliverable+c.Bounced
}

// previewToPerson is the notice as one person of a round will read it.
func (s *server) previewToPerson(r *http.Request, user postgres.User, state *incident.State, round *incident.Round, content notice.Content) (mailingPreview, error) {
	out := mailingPreview{Round: round.N}
	if !slices.Contains(peopleReaders(), user.Role) {
		return out, incident.Refused(incident.Forbidden,
			"the role \"%s\" may not see people; ask the DPO or a deputy, or leave person out", incident.Word(user.Role))
	}
	id, err := strconv.ParseInt(r.URL.Query().Get("person"), 10, 64)
	if err != nil || id < 1 {
		return out, incident.InvalidField("person", intake.Shortened(r.URL.Query().Get("person")), "is not a person's number", "an id of the list of people")
	}
	d, err := s.Store.Recipient(r.Context(), state.ID, round.N, id)
	if err != nil {
		return out, err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenPreview, Round: round.N, People: 1}); err != nil {
		return out, err
	}
	to := notice.Recipient{Locale: d.Person.Locale, Name: d.Person.Name, Kinds: d.Person.Kinds}
	to.Organisation, to.People = d.Organisation()
	if !d.PreviousAt.IsZero() {
		to.PreviousOn = state.Clock.At(d.PreviousAt).In(zoneOf(state.Disclosure.Zone))
	}
	if content.VerifyURL != "" {
		key, err := s.Store.IncidentMailKey(r.Context(), state.ID)
		if err != nil {
			return out, err
		}
		to.Code = notice.Code(key, state.ID, strconv.FormatInt(id, 10))
	}
	texts, err := s.Composer.Round(content, state.Clock.Pace > 0, round.Kinds())
	if err != nil {
		return out, incident.Refused(incident.Conflict, "the draft cannot be sent as it stands: %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	one, err := s.previewOf(r.Context(), state, texts.Communication(to))
	out.Previews = []previewOfOne{one}
	return out, err
}

// previewOf renders and checks one notice.
func (s *server) previewOf(ctx context.Context, state *incident.State, c notice.Communication) (previewOfOne, error) {
	composer, err := s.writerOf(ctx, state)
	if err != nil {
		return previewOfOne{}, err
	}
	seen, err := composer.Preview(c)
	one := previewOfOne{Locale: c.Locale, Reviewed: len(s.Composer.Unreviewed(c.Locale)) == 0, Subject: seen.Subject, Text: seen.Text, HTML: seen.HTML,
		Problems: []string{}}
	for _, p := range seen.Problems {
		one.Problems = append(one.Problems, p.String())
	}
	return one, err
}
