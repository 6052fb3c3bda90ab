package web

import (
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// counselAPI are the links with which outside counsel reads one case.
func (s *server) counselAPI() []route {
	const links = oneCase + "/counsel-links"
	return []route{
		get(links, "List the links with which outside counsel reads a case; what opens them is not shown", caseReaders(), counselLinkList{}, s.listCounselLinks),
		created(post(links, "Make a link for outside counsel; its address is shown this once", leaders(), counselLinkRequest{}, counselLinkMade{}, s.makeCounselLinkAPI)),
		post(links+"/{link}/revoke", "Revoke a link for outside counsel, and what it opened", leaders(), nothing{}, ended{}, s.revokeCounselLinkAPI),
	}
}

type counselLinkRequest struct {
	Name string `json:"name" check:"required" doc:"for whom the link is, in at most 100 bytes"`
	Days *int   `json:"days" doc:"how many days it lasts, 1 to 30; 7 without it"`
}

type counselLinkView struct {
	ID        string     `json:"id" doc:"names the link; it opens nothing"`
	Name      string     `json:"name" doc:"for whom it is"`
	MadeBy    string     `json:"made_by" doc:"the id of who made it"`
	MadeAt    time.Time  `json:"made_at" doc:"when it was made"`
	ExpiresAt time.Time  `json:"expires_at" doc:"when it ends"`
	RevokedAt *time.Time `json:"revoked_at,omitempty" doc:"when it was revoked; absent while it is not"`
	Open      bool       `json:"open" doc:"whether it opens the case"`
	Opened    int        `json:"opened" doc:"how often it was opened"`
	OpenedAt  *time.Time `json:"opened_at,omitempty" doc:"when it was opened last"`
}

type counselLinkList struct {
	Links []counselLinkView `json:"links" doc:"the links, the newest first, ended ones too"`
}

type counselLinkMade struct {
	counselLinkView
	URL string `json:"url" doc:"the address for counsel; shown this once"`
}

func (s *server) counselLinkViewOf(l postgres.CounselLink) counselLinkView {
	return counselLinkView{ID: l.ID, Name: l.Name, MadeBy: l.MadeBy, MadeAt: l.MadeAt, ExpiresAt: l.ExpiresAt, RevokedAt: l.RevokedAt,
		Open: l.Open(s.Clock()), Opened: l.Opened, OpenedAt: l.OpenedAt}
}

func (s *server) listCounselLinks(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	links, err := s.Store.CounselLinks(r.Context(), state.ID)
	if err != nil {
		return err
	}
	out := counselLinkList{Links: []counselLinkView{}}
	for _, l := range links {
		out.Links = append(out.Links, s.counselLinkViewOf(l))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) makeCounselLinkAPI(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body counselLinkRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	days := incident.CounselDays
	if body.Days != nil {
		days = *body.Days
	}
	link, secret, err := s.Store.MakeCounselLink(r.Context(), user, r.PathValue("id"), body.Name, days)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, counselLinkMade{counselLinkView: s.counselLinkViewOf(link), URL: s.PublicURL + "/counsel/" + secret})
	return nil
}

func (s *server) revokeCounselLinkAPI(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	id := r.PathValue("link")
	if err := s.Store.RevokeCounselLink(r.Context(), actor(user), r.PathValue("id"), id); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}
