package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// logDrawn is the picture of the log: its entries, the checkpoint over them, and
	// those outside who keep or confirm it.
	logDrawn struct {
		Entries, Checkpoint string
		// Root is the root that was signed last in full, Short its beginning; both are
		// empty while nothing is signed.
		Root, Short string
		Ends        []endDrawn
	}
	// endDrawn is one of those outside.
	endDrawn struct {
		Name, Says string
		Reached    bool
	}
)

// shortRoot is how many characters of a root a person compares at a glance.
const shortRoot = 12

// drawLog says what the picture of the log shows.
func (s *server) drawLog(ctx context.Context, head postgres.LogHead, w wording.Words, place *time.Location) (logDrawn, error) {
	drawn := logDrawn{Entries: w.T("drawn_all", w.N(int(head.Size))), Checkpoint: w.T("trail_unsigned"), Root: head.Root}
	if head.Signed > 0 {
		drawn.Short = head.Root[:min(len(head.Root), shortRoot)] + "…"
		drawn.Checkpoint = w.T("drawn_signed", w.N(int(head.Signed)), w.At(head.SignedAt, place))
		if since := head.Size - head.Signed; since > 0 {
			drawn.Entries += " " + w.T("drawn_since", w.N(int(since)))
		}
	}
	for _, to := range []string{incident.ToDPO, incident.ToFurther} {
		end := endDrawn{Name: w.T("drawn_mail_" + to), Says: w.T("drawn_not_yet")}
		for _, sent := range head.Sent {
			if sent.To == to {
				end.Reached, end.Says = true, w.T("drawn_reached", w.N(int(sent.Size)), w.At(sent.At, place))
			}
		}
		drawn.Ends = append(drawn.Ends, end)
	}
	states, err := s.Store.AnchorStates(ctx)
	if err != nil {
		return drawn, err
	}
	for _, kind := range []string{incident.AnchorCosignature, incident.AnchorTimestamp} {
		named := false
		for _, a := range states {
			if a.Kind != kind {
				continue
			}
			named = true
			end := endDrawn{Name: w.T("drawn_"+kind) + ": " + a.Name, Says: w.T("drawn_not_yet")}
			if a.Size > 0 {
				end.Reached, end.Says = true, w.T("drawn_reached", w.N(int(a.Size)), w.At(a.At, place))
			}
			drawn.Ends = append(drawn.Ends, end)
		}
		if !named {
			drawn.Ends = append(drawn.Ends, endDrawn{Name: w.T("drawn_" + kind), Says: w.T("drawn_none")})
		}
	}
	return drawn, nil
}

// bundleFromTrail gives the bundle of the case whose number the form of the page
// names.
func (s *server) bundleFromTrail(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	asked := strings.TrimSpace(r.PostForm.Get("incident"))
	wrong := incident.InvalidField("incident", intake.Shortened(asked), "is no incident", "a number of the list of incidents, such as INC-2026-0007")
	if asked == "" {
		return wrong
	}
	state, err := s.find(r.Context(), asked)
	var e *incident.Error
	if errors.As(err, &e) && e.Kind == incident.NotFound {
		return wrong
	}
	if err != nil {
		return err
	}
	return s.giveBundle(w, r, user, state, bundleRequest{})
}
