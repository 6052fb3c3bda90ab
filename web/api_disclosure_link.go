package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// discloseLinkRequest makes a link of a vendor.
type discloseLinkRequest struct {
	Authority string `json:"authority" doc:"the code of the authority of the cases that it opens; without it that of the last case, or AEPD"`
	Zone      string `json:"zone" doc:"the zone in which times are meant on its page; without it your own"`
	Days      *int   `json:"days" doc:"how long it lasts, 1 to 90; 0 for until it is withdrawn; 30 without it"`
	Uses      *int   `json:"uses" doc:"how often it can be used, 1 to 100; 5 without it"`
}

// discloseLinkView is a link of a vendor.
type discloseLinkView struct {
	ID          string     `json:"id" doc:"the link's id, as it stands in the record"`
	Authority   string     `json:"authority" doc:"the authority of the cases that it opens"`
	CreatedAt   time.Time  `json:"created_at" doc:"when it was made"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"when it ends; absent for when it is withdrawn"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"when it was withdrawn"`
	Uses        int        `json:"uses" doc:"how often it can be used"`
	Used        int        `json:"used" doc:"how often it was used"`
	Open        bool       `json:"open" doc:"whether it opens the form"`
}

type discloseLinkMade struct {
	discloseLinkView
	URL string `json:"url" doc:"the address for the vendor's contact; shown this once"`
}

type discloseLinkList struct {
	Links []discloseLinkView `json:"links" doc:"the links, the newest first"`
}

func (s *server) discloseLinkViewOf(l postgres.DisclosureLink) discloseLinkView {
	return discloseLinkView{ID: l.ID, Authority: l.Authority, CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt, WithdrawnAt: l.WithdrawnAt, Uses: l.Most, Used: l.Used,
		Open: l.WithdrawnAt == nil && !l.Exhausted() && (l.ExpiresAt == nil || l.ExpiresAt.After(s.Clock()))}
}

// makeLink makes a link of a vendor, and gives its address.
func (s *server) makeLink(ctx context.Context, user postgres.User, v postgres.Vendor, in discloseLinkRequest) (discloseLinkMade, error) {
	made := postgres.NewDisclosureLink{Vendor: v.ID, Authority: strings.ToUpper(in.Authority), Zone: in.Zone, Locale: "es", Days: 30, Most: 5}
	if user.Locale == "en" {
		made.Locale = "en"
	}
	if made.Authority == "" {
		made.Authority = "AEPD"
		rows, err := s.Store.Incidents(ctx, postgres.IncidentFilter{Limit: 1})
		if err != nil {
			return discloseLinkMade{}, err
		}
		if len(rows) > 0 {
			made.Authority = rows[0].Authority
		}
	}
	if _, known := gdpr.AuthorityByCode(made.Authority); !known {
		return discloseLinkMade{}, incident.UnknownAuthority("authority", intake.Shortened(made.Authority))
	}
	if made.Zone == "" {
		made.Zone = zoneOf(user.Zone).String()
	}
	if place, err := time.LoadLocation(made.Zone); err != nil || place == time.Local {
		return discloseLinkMade{}, incident.InvalidField("zone", intake.Shortened(made.Zone), "is not a time zone", "an IANA name such as Europe/Madrid")
	}
	if in.Days != nil {
		made.Days = *in.Days
	}
	if in.Uses != nil {
		made.Most = *in.Uses
	}
	link, secret, err := s.Store.MakeDisclosureLink(ctx, actor(user), made)
	return discloseLinkMade{s.discloseLinkViewOf(link), s.PublicURL + "/disclose/" + secret}, err
}

func (s *server) makeDiscloseLink(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body discloseLinkRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	made, err := s.makeLink(r.Context(), user, v, body)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, made)
	return nil
}

func (s *server) listDiscloseLinks(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	links, err := s.Store.DisclosureLinks(r.Context(), v.ID)
	if err != nil {
		return err
	}
	out := discloseLinkList{Links: []discloseLinkView{}}
	for _, l := range links {
		out.Links = append(out.Links, s.discloseLinkViewOf(l))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) withdrawDiscloseLink(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	id, err := linkID(r)
	if err == nil {
		err = s.Store.WithdrawDisclosureLink(r.Context(), actor(user), v.ID, id)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: id})
	return nil
}

func linkID(r *http.Request) (string, error) {
	id := r.PathValue("link")
	if len(id) > 40 || intake.Storable("link", id) != nil || !intake.ValidText(id) {
		return "", &incident.Error{Kind: incident.NotFound, Field: "link", Message: "this vendor has no such link", Expected: "an id of the vendor's links"}
	}
	return id, nil
}

// giveDataSet gives the data set that a vendor sent with its disclosure, as it
// came. Who took it is recorded first.
func (s *server) giveDataSet(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	id := r.URL.Query().Get("set")
	if named := r.PathValue("document"); named != "" {
		id = named
	}
	set, ok := dataSetOf(state, id)
	if !ok {
		return &incident.Error{Kind: incident.NotFound, Message: "no data set came with this case"}
	}
	doc, content, err := s.Store.DataSet(r.Context(), state.ID, set.ID)
	if err != nil {
		return err
	}
	if err := s.Store.RecordForInstallation(r.Context(), actor(user), incident.SeePeople{Incident: state.ID, What: incident.SeenDataSet}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(doc.Size, 10))
	asFile(w, doc.Name)
	if _, err := io.Copy(w, content); err != nil {
		// What was sent is shorter than was announced: its reader sees that.
		s.Logger.ErrorContext(r.Context(), "a data set broke off", "incident", state.ID, "kind", string(incident.KindOf(err)))
	}
	return nil
}

// vendorWords is what a vendor wrote through its link, with the number that it
// was given; nil where it wrote nothing there, or it was erased.
type vendorWords struct {
	vendorTold
	Reference string
}

func (s *server) vendorWordsOf(ctx context.Context, state *incident.State) (*vendorWords, error) {
	at := slices.IndexFunc(state.Documents, func(d incident.Document) bool { return d.Name == vendorWordsFile })
	if state.Opener == nil || at < 0 {
		return nil, nil
	}
	_, content, err := s.Store.Document(ctx, state.ID, state.Documents[at].ID)
	if incident.KindOf(err) == incident.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	said := vendorWords{Reference: state.Disclosure.Reference}
	return &said, json.Unmarshal(content, &said.vendorTold)
}
