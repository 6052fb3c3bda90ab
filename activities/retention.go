package activities

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
)

// RetentionView is what a retention's workflow needs to know.
type RetentionView struct {
	// Step is what is to be done next.
	Step incident.ErasureStep `json:"step"`
	// At is when, real time.
	At time.Time `json:"at,omitzero"`
}

// WarningCall asks to mail one person about one warning.
type WarningCall struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Revision and N name the warning.
	Revision int `json:"revision"`
	N        int `json:"n"`
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
}

// Erased is what an erasure removed.
type Erased struct {
	// Counts is what was removed and kept.
	Counts incident.ErasureCounts `json:"counts"`
	// Listed says that the record does not tell of the erasure, since a backup
	// from before it was restored.
	Listed bool `json:"listed,omitempty"`
}

// LoadRetention gives the next step of a case's retention as the record tells it.
// Where the incident's key is gone and the record does not say so, a backup was
// restored and erased again at the start: then the rest of it follows.
func (a *Activities) LoadRetention(ctx context.Context, id string) (RetentionView, error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return RetentionView{}, failure(err)
	}
	gone, err := a.Store.ErasedAt(ctx, id)
	if err != nil {
		return RetentionView{}, failure(err)
	}
	if !gone.IsZero() && !state.Retention.IsErased() {
		return RetentionView{Step: incident.ErasureStep{Kind: incident.ErasureErase}, At: gone}, nil
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return RetentionView{}, failure(err)
	}
	rules, err := a.Store.RulesFor(ctx, state)
	if err != nil {
		return RetentionView{}, failure(err)
	}
	step := state.NextErasure(len(persons), rules.Retention)
	if step.Kind == incident.ErasureNone {
		return RetentionView{}, nil
	}
	return RetentionView{Step: step, At: state.Clock.Real(step.At)}, nil
}

// SendErasureWarning mails one person about one warning. A repeated attempt
// sends the same message with the same Message-ID.
func (a *Activities) SendErasureWarning(ctx context.Context, c WarningCall) (ReminderSent, error) {
	defer beating(ctx)()
	state, err := a.Store.State(ctx, c.Incident)
	if err != nil {
		return ReminderSent{}, failure(err)
	}
	w := state.Retention.Warning(c.Revision, c.N)
	if w == nil {
		return ReminderSent{}, failure(&incident.Error{Kind: incident.NotFound, Message: "there is no such warning"})
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return ReminderSent{}, failure(err)
	}
	if c.Level >= len(persons) {
		return ReminderSent{State: incident.OutcomeRefused, SentAt: a.Clock()}, nil
	}
	to := persons[c.Level]
	fired := state.Clock.Real(w.FiredAt).Truncate(time.Second) // the same for a repeated copy
	message, err := a.composeErasure(ctx, state, to, fired, fmt.Sprint("warning ", c.Revision, " ", c.N), notice.Erasure{
		EraseAt: w.EraseAt, Left: w.EraseAt.Sub(state.Clock.At(a.Clock())), Requested: state.Retention.Request != nil,
	})
	if err != nil {
		a.Logger.Error("a warning before erasing could not be composed", "incident", c.Incident, "error", err)
		return ReminderSent{}, failure(err)
	}
	return a.callPerson(ctx, state, to, message, incident.Say("a warning"))
}

// ErasePeople makes the data of the people affected unreadable for ever. It goes
// on where an earlier attempt ended. It refuses an incident whose record does
// not say that erasing has begun, unless the key is gone already.
func (a *Activities) ErasePeople(ctx context.Context, id string) (Erased, error) {
	defer beating(ctx)()
	begun, err := a.erasable(ctx, id)
	if err != nil {
		return Erased{}, failure(err)
	}
	counts, err := a.Store.Erase(ctx, id)
	if err != nil {
		a.Logger.Error("people's data could not be erased; it is tried again", "incident", id, "error", err)
		return Erased{}, failure(err)
	}
	return Erased{Counts: counts, Listed: !begun}, nil
}

// erasable refuses an incident whose people are not to be erased, and says
// whether its record tells that they are.
func (a *Activities) erasable(ctx context.Context, id string) (begun bool, _ error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return false, err
	}
	gone, err := a.Store.ErasedAt(ctx, id)
	if err != nil {
		return false, err
	}
	if !state.Retention.Begun() && gone.IsZero() {
		return false, &incident.Error{Kind: incident.Conflict, Message: "nobody decided to erase the people of this incident"}
	}
	return state.Retention.Begun(), nil
}

// TellErased mails the DPO that people's data are gone.
func (a *Activities) TellErased(ctx context.Context, id string) error {
	defer beating(ctx)()
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return failure(err)
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return failure(err)
	}
	if len(persons) == 0 || !state.Retention.IsErased() {
		return nil
	}
	r := &state.Retention
	message, err := a.composeErasure(ctx, state, persons[0], state.Clock.Real(r.ErasedAt).Truncate(time.Second), "erased", notice.Erasure{
		EraseAt: r.ErasedAt, Done: true, People: r.Erased.People, Files: r.Erased.Documents, Kept: r.Erased.Kept,
	})
	if err != nil {
		a.Logger.Error("the mail that tells of an erasure could not be composed", "incident", id, "error", err)
		return failure(err)
	}
	if err := a.offerUntilTaken(ctx, state.Clock.Pace > 0, message, incident.Say("the mail that tells of an erasure")); err != nil {
		return failure(err)
	}
	return nil
}

func (a *Activities) composeErasure(
	ctx context.Context, state *incident.State, to postgres.User, date time.Time, what string, data notice.Erasure,
) (notice.Message, error) {
	// Not the incident's own key: it is gone when the last of these mails is sent.
	envelope, err := a.envelope(a.teamKey(), to.Email, date, "erasure", state.ID, what, to.ID)
	if err != nil {
		return notice.Message{}, err
	}
	data.Locale, data.Zone, data.Exercise = to.Locale, placeOf(to.Zone, state.Disclosure.Zone), state.Clock.Pace > 0
	data.IncidentNumber, data.Title = state.Number, state.Disclosure.Title
	data.IncidentURL = a.PublicURL + "/incidents/" + state.ID
	if !data.Done {
		for _, r := range state.Rounds {
			data.People += r.People()
		}
		data.Kept = len(state.Papers())
		data.Files = max(0, len(state.Documents)-data.Kept)
	}
	composer, err := a.writer(ctx, state)
	if err != nil {
		return notice.Message{}, err
	}
	return composer.Erasure(envelope, data)
}

// teamKey is the key of Message-IDs of mails to the team that must not hang on an
// incident's own.
func (a *Activities) teamKey() []byte {
	mac := hmac.New(sha256.New, a.LinkKey)
	mac.Write([]byte("tocsin message ids of erasures"))
	return mac.Sum(nil)
}

// mailKey gives the key of Message-IDs of mails to the team about an incident.
// Where the incident's own is gone, because a backup was restored and erased
// again, its reminders still have to ring.
func (a *Activities) mailKey(ctx context.Context, id string) ([]byte, error) {
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil && incident.KindOf(err) == incident.NotFound {
		return a.teamKey(), nil
	}
	return key, err
}
