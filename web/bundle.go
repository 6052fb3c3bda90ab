package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/report"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// peopleTime is how long a bundle with the data of very many people may take: they
// are read twice, and then travel at the speed of whoever takes them.
const peopleTime = 30 * time.Minute

// bundleRequest says what travels in a bundle.
type bundleRequest struct {
	WithPeople bool   `json:"with_people" doc:"whether the data of the people travel too: names, addresses, what became of each notice; DPO and deputy alone"`
	Reason     string `json:"reason" doc:"why they do; required with them, recorded, and written on the bundle's first page"`
}

// exportBundle prints the report of the case, seals it and gives its bundle. The
// first entries are of who asked, the seal is the engine's.
func (s *server) exportBundle(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var ask bundleRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &ask); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.giveBundle(w, r, user, state, ask)
}

// exportFromPage does the same for the button of a page.
func (s *server) exportFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.FormRoom); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	ask := bundleRequest{WithPeople: r.PostForm.Get("with_people") == "yes", Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	err = s.giveBundle(w, r, user, state, ask)
	if err == nil {
		return nil
	}
	told := explain(err)
	switch told.Kind {
	case incident.Invalid, incident.Conflict, incident.TooLarge:
		return s.showEvidenceWith(w, r, user, state, statusOf(told.Kind), func(page *evidencePage) {
			page.BundleProblem, page.WithPeople, page.Reason = wording.For(user.Locale).Refusal(told), ask.WithPeople, ask.Reason
		})
	}
	return err
}

func (s *server) giveBundle(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, ask bundleRequest) error {
	if ask.WithPeople {
		return s.giveBundleWithPeople(w, r, user, state, strings.TrimSpace(ask.Reason))
	}
	if strings.TrimSpace(ask.Reason) != "" {
		return incident.InvalidField("reason", intake.Shortened(ask.Reason), "is given for a bundle without people's data",
			"no reason, or the choice that people's data travel too")
	}
	if err := s.prepareBundle(r.Context(), user, state.ID, nil); err != nil {
		return err
	}
	if _, err := s.Engine.Command(r.Context(), state.ID, incident.Engine(), incident.SealBundle{}); err != nil {
		return err
	}
	var bundle bytes.Buffer
	if err := s.Store.Bundle(r.Context(), state.ID, &bundle); err != nil {
		return err
	}
	s.Logger.InfoContext(r.Context(), "bundle exported", "incident", state.ID, "user", user.ID, "bytes", bundle.Len())
	w.Header().Set("Content-Type", "application/zip")
	asFile(w, state.Number+".zip")
	_, err := bundle.WriteTo(w)
	return err
}

// giveBundleWithPeople gives a bundle with people's data as it is written: nothing
// of it is kept, in memory or elsewhere. That it leaves is recorded before.
func (s *server) giveBundleWithPeople(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, reason string) error {
	ctx, cancel := unhurried(r.Context(), peopleTime)
	defer cancel()
	by := actor(user)
	// Before anybody is read: a role, or a reason that is missing.
	if err := incident.Check(by, incident.PrepareBundle{For: by, People: &incident.PeopleChosen{Reason: reason}}); err != nil {
		return err
	}
	taken, err := s.Store.TakePeople(ctx, state.ID)
	if err != nil {
		return err
	}
	defer taken.Close(ctx)
	chosen := &incident.PeopleChosen{Reason: reason, People: taken.People, Deliveries: taken.Deliveries}
	if err := s.try(state, user, incident.PrepareBundle{For: by, People: chosen}); err != nil {
		return err
	}
	about, err := taken.Describe(ctx, by, reason)
	if err != nil {
		return err
	}
	if err := s.prepareBundle(ctx, user, state.ID, chosen); err != nil {
		return err
	}
	if _, err := s.Engine.Command(ctx, state.ID, incident.Engine(), incident.SealBundle{People: about}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	asFile(w, state.Number+"-with-people.zip")
	counted := &startedWriter{w: w}
	if err := s.Store.BundleWithPeople(ctx, taken, about, counted); err != nil {
		if counted.n == 0 {
			w.Header().Del("Content-Disposition")
			return err
		}
		// What left is of no use, and whoever takes it has to see that.
		s.Logger.ErrorContext(ctx, "a bundle broke off", "incident", state.ID, "kind", string(incident.KindOf(err)))
		panic(http.ErrAbortHandler)
	}
	s.Logger.InfoContext(ctx, "bundle with people's data exported", "incident", state.ID, "user", user.ID, "bytes", counted.n, "people", about.People)
	return nil
}

// unhurried is a context with an end of its own, which also ends when whoever asked
// goes away.
func unhurried(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	long, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})
	return long, func() { stop(); cancel() }
}

// startedWriter knows whether anything left.
type startedWriter struct {
	w io.Writer
	n int64
}

// Write implements [io.Writer].
func (s *startedWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	return n, err
}

// prepareBundle records who asks for a bundle, and that people's data leave in it,
// with the report of the case as it stands. Once erasing has begun nothing more is
// stored with the case: the reports that were handed out before stay.
func (s *server) prepareBundle(ctx context.Context, user postgres.User, id string, people *incident.PeopleChosen) error {
	command := incident.PrepareBundle{For: actor(user), People: people}
	events, err := s.Store.Events(ctx, id, 0)
	if err != nil {
		return err
	}
	if state := incident.Fold(events); !state.Retention.Begun() {
		words := wording.For(user.Locale)
		confirmed, unlisted, err := s.confirmedFor(ctx, id)
		if err != nil {
			return err
		}
		reading := report.Reading{
			Language: words.Lang, At: s.Clock(), Role: words.Role, Confirmed: confirmed, Unlisted: unlisted,
			Event: func(kind string) string { return wording.Event(kind, words) },
			Task:  func(t incident.Task) string { return taskIn(t, words) },
		}
		if people != nil {
			reading.People = &report.PeopleWithIt{People: people.People, By: command.For, Reason: people.Reason}
		}
		papers, err := report.Papers(ctx, state, events, reading)
		if err != nil {
			return err
		}
		for _, paper := range papers {
			stored, err := s.Store.PutDocument(ctx, id, paper.Name, paper.MediaType, paper.Content)
			if err != nil {
				return err
			}
			command.Report = append(command.Report, stored)
		}
	}
	_, err = s.Engine.Command(ctx, id, command.For, command)
	return err
}
