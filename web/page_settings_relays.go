package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// mailTesters may have a test message sent to themselves.
func mailTesters() []incident.Role { return append(leaders(), incident.RoleAdmin) }

// fillRelays says how the relays do, and what became of the reader's last test.
func (s *server) fillRelays(ctx context.Context, page *settingsPage, reader postgres.User) error {
	notes, err := s.Store.RelayNotes(ctx)
	if err != nil {
		return err
	}
	place := zoneOf(reader.Zone)
	at := func(t time.Time) string {
		if t.IsZero() {
			return page.W.T("relay_never")
		}
		return page.W.At(t, place)
	}
	for i := range page.Relays {
		one := &page.Relays[i]
		note, known := notes[one.Address]
		one.Resting = note.RestsUntil.After(s.Clock())
		switch {
		case !known:
			one.State = page.W.T("relay_unused")
		case one.Resting:
			one.State = page.W.T("relay_rests", at(note.RestsUntil))
		default:
			one.State = page.W.T("relay_in_use")
		}
		one.Accepted, one.Failed = at(note.AcceptedAt), at(note.FailedAt)
		if note.Failure != "" {
			one.Failed += " (" + relayFailure(note.Failure, page.W) + ")"
		}
	}
	if page.MayTest = slices.Contains(mailTesters(), reader.Role) && len(page.Relays) > 0; !page.MayTest {
		return nil
	}
	mail, asked, err := s.Store.LastTestMail(ctx, reader.ID)
	switch {
	case err != nil || !asked:
	case mail.SentAt != nil:
		page.Test = page.W.T("relay_test_sent", at(mail.MadeAt), at(*mail.SentAt))
	case mail.RefusedAt != nil:
		page.Test = page.W.T("relay_test_refused", at(mail.MadeAt), at(*mail.RefusedAt))
	case mail.Open(s.Clock()):
		page.Test = page.W.T("relay_test_waits", at(mail.MadeAt))
	default:
		page.Test = page.W.T("relay_test_over", at(mail.MadeAt))
	}
	return err
}

// relayFailure says where a relay failed and the class of its reply, such as "AUTH
// 5xx".
func relayFailure(failure string, w wording.Words) string {
	if step, silent := strings.CutSuffix(failure, " none"); silent {
		return w.T("relay_silent", step)
	}
	return w.T("relay_replied", failure)
}

// testMail has a test message sent to the address of who asks, and to no other.
func (s *server) testMail(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.settingsStep(w, r, user, func() (string, error) {
		mail, err := s.Store.AskTestMail(r.Context(), user.ID)
		if err == nil {
			s.mailSoon(r.Context(), mail.ID)
		}
		return wording.For(user.Locale).T("relay_test_asked"), err
	})
}
