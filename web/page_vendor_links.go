package web

import (
	"net/http"
	"strconv"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// vendorLinkIn is a link in the list of its vendor.
func (s *server) vendorLinkIn(l postgres.DisclosureLink, w wording.Words, place *time.Location) vendorLinkShown {
	shown := vendorLinkShown{ID: l.ID, Made: w.T("made %s", w.At(l.CreatedAt, place)), Used: l.Used, Most: l.Most, Open: s.discloseLinkViewOf(l).Open}
	switch {
	case l.WithdrawnAt != nil:
		shown.State = w.T("withdrawn")
	case l.Exhausted():
		shown.State = w.T("used up")
	case !shown.Open:
		shown.State = w.T("over")
	case l.ExpiresAt != nil:
		shown.State = w.T("until %s", w.At(*l.ExpiresAt, place))
	default:
		shown.State = w.T("Until it is withdrawn")
	}
	return shown
}

// makeLinkPage makes a link from the page of a vendor, and shows its address this
// once.
func (s *server) makeLinkPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 64<<10); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	uses, wrong := strconv.Atoi(r.PostForm.Get("uses"))
	if err != nil || wrong != nil {
		return incident.InvalidField("form", "", "cannot be read", "the form of the page; open it again")
	}
	made, err := s.makeLink(r.Context(), user, v, discloseLinkRequest{Days: &days, Uses: &uses})
	if err == nil {
		return s.showVendorPage(w, r, user, v, http.StatusOK, vendorPage{Address: made.URL})
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.showVendorPage(w, r, user, v, statusOf(told.Kind), vendorPage{Problem: wording.For(user.Locale).Refusal(told)})
}

// withdrawLinkPage withdraws a link from the page of its vendor.
func (s *server) withdrawLinkPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.vendorStep(w, r, user, func(v postgres.Vendor) error {
		id, err := linkID(r)
		if err != nil {
			return err
		}
		return s.Store.WithdrawDisclosureLink(r.Context(), actor(user), v.ID, id)
	})
}
