package web

import (
	"context"
	"errors"
	"iter"

	"tocsin/filing"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
)

// registerWindow is how many cases of the register are read at a time when it is
// taken whole.
const registerWindow = 100

// tellForms writes into entries of the register what the notification's form says,
// in a language.
func (s *server) tellForms(ctx context.Context, list []incident.RegisterEntry, language string) error {
	var asked []postgres.DocumentOf
	for i := range list {
		for _, f := range list[i].Forms {
			asked = append(asked, postgres.DocumentOf{Incident: list[i].ID, ID: f.Document})
		}
	}
	if len(asked) == 0 {
		return nil
	}
	contents, err := s.Store.Documents(ctx, asked)
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		drafts := map[string]form.Draft{}
		for j := range e.Forms {
			content, ok := contents[postgres.DocumentOf{Incident: e.ID, ID: e.Forms[j].Document}]
			if !ok {
				e.Forms[j].Erased = true
				continue
			}
			draft, err := form.Decode(content)
			if _, other := errors.AsType[*form.FieldError](err); other {
				continue // content in a form of the sender's own
			}
			if err != nil {
				return err
			}
			drafts[e.Forms[j].Document] = draft
		}
		if err := filing.TellRegister(e, drafts, language); err != nil {
			return err
		}
	}
	return nil
}

// toldRegister gives every case that a filter asks for, with what the form says.
func (s *server) toldRegister(ctx context.Context, f postgres.RegisterFilter, language string) iter.Seq2[incident.RegisterEntry, error] {
	return func(yield func(incident.RegisterEntry, error) bool) {
		var window []incident.RegisterEntry
		// give tells those that were read, and says whether to go on.
		give := func() bool {
			if err := s.tellForms(ctx, window, language); err != nil {
				yield(incident.RegisterEntry{}, err)
				return false
			}
			for i := range window {
				if !yield(window[i], nil) {
					return false
				}
			}
			window = window[:0]
			return true
		}
		for e, err := range s.Store.WholeRegister(ctx, f) {
			if err != nil {
				yield(e, err)
				return
			}
			if window = append(window, e); len(window) == registerWindow && !give() {
				return
			}
		}
		give()
	}
}
