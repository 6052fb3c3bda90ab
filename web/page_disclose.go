package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"crypto/rand"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
	"tocsin/workflows"
)

// The names of the files that a disclosure through a link leaves in its case.
const vendorWordsFile = "vendor-disclosure.json"

type (
	// disclosePage is the page on which a vendor tells of a breach.
	disclosePage struct {
		Title, Lang string
		W           wording.Words
		// Controller is who is told, Vendor who tells.
		Controller, Vendor string
		// Path is where the form is sent; Key makes one form one disclosure.
		Path, Key, Zone string
		// Now is the time of day there, since a vendor may be elsewhere.
		Now        string
		Told       vendorTold
		Answers    []choice
		Languages  []choice
		Problem    string
		At, Fault  string
		MaxUpload  string
		MaxDataSet string
		// Reference and ReceivedAt are the receipt; empty before.
		Reference, ReceivedAt string
		// Gone says that the link opens nothing, Busy that too much came at once.
		Gone, Busy bool
	}
	// vendorTold is what a vendor tells through its link, in its own words. It may
	// name people: it is kept as a sealed file of the case, and in no entry.
	vendorTold struct {
		Happened     string `json:"what_happened"`
		Noticed      string `json:"noticed"`
		PersonalData string `json:"personal_data"`
		Data         string `json:"data"`
		People       string `json:"people"`
		Countries    string `json:"countries"`
		Measures     string `json:"measures"`
		Contact      string `json:"contact"`
		Email        string `json:"contact_email"`
		Phone        string `json:"contact_phone"`
	}
)

// Wrong says what is wrong with a field; empty when nothing is.
func (p disclosePage) Wrong(field string) string {
	if p.At == field {
		return p.Fault
	}
	return ""
}

// doors are the links through which something is coming just now: one at a time
// through each, and a few together.
type doors struct {
	mu   sync.Mutex
	open map[string]bool
}

// discloseAtOnce is how many disclosures may come at once.
const discloseAtOnce = 8

// enter says whether a disclosure may come through a link now; leave ends it.
func (d *doors) enter(link string) (leave func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]bool{}
	}
	if d.open[link] || len(d.open) >= discloseAtOnce {
		return nil, false
	}
	d.open[link] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.open, link)
	}, true
}

// disclosePageFor is the page in the language that was chosen, else in the one
// that the browser asks for.
func (s *server) disclosePageFor(r *http.Request, chosen string) disclosePage {
	lang := askedLanguage(r)
	if chosen == "en" || chosen == "es" {
		lang = chosen
	}
	w := wording.For(lang)
	return disclosePage{Title: w.T("Tell of a data breach"), Lang: w.Lang, W: w, Controller: s.controllerNow(r.Context()).Name}
}

// linkOf finds the link of a request's path. Whoever guesses is shut out for a
// while; the answer is the same for whatever opens nothing.
func (s *server) linkOf(w http.ResponseWriter, r *http.Request, page disclosePage) (link postgres.DisclosureLink, found bool) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	origin := s.originOf(r)
	if s.knocks.wait("", origin) > 0 {
		page.Busy = true
		s.show(w, r, http.StatusTooManyRequests, "disclose", page)
		return link, false
	}
	secret := r.PathValue("token")
	if len(secret) > 100 {
		secret = "" // of no link
	}
	link, err := s.Store.DisclosureLinkOf(r.Context(), secret)
	switch {
	case err == nil:
		return link, true
	case incident.KindOf(err) == incident.NotFound:
		s.knocks.add("", origin)
		s.showGone(w, r, page)
	default:
		s.refuse(w, r, err)
	}
	return link, false
}

// showGone answers a link that opens nothing, whatever the reason.
func (s *server) showGone(w http.ResponseWriter, r *http.Request, page disclosePage) {
	gone := s.disclosePageFor(r, page.Lang)
	gone.Gone = true
	s.show(w, r, http.StatusNotFound, "disclose", gone)
}

// showDisclose shows the empty form.
func (s *server) showDisclose(w http.ResponseWriter, r *http.Request) {
	page := s.disclosePageFor(r, r.URL.Query().Get("lang"))
	link, found := s.linkOf(w, r, page)
	if !found {
		return
	}
	if link.Exhausted() {
		s.knocks.add("", s.originOf(r))
		s.showGone(w, r, page)
		return
	}
	page.Key = rand.Text()
	s.showForm(w, r, http.StatusOK, link, page)
}

func (s *server) showForm(w http.ResponseWriter, r *http.Request, status int, link postgres.DisclosureLink, page disclosePage) {
	page.Vendor, page.Zone, page.Path = link.VendorName, link.Zone, "/disclose/"+r.PathValue("token")
	page.Now = s.Clock().In(zoneOf(link.Zone)).Format("15:04")
	page.Languages = []choice{{"es", "Español"}, {"en", "English"}}
	page.MaxUpload, page.MaxDataSet = intake.InUnits(s.MaxUpload), intake.InUnits(s.MaxPeople)
	page.Answers = []choice{{"yes", wording.SentenceStart(page.W.T("yes"))}, {"no", wording.SentenceStart(page.W.T("no"))}, {"unknown", page.W.T("missing")}}
	s.show(w, r, status, "disclose", page)
}

// takeDisclosure takes what a vendor tells, opens a case with it and gives a
// receipt. The same form again gives the same receipt.
func (s *server) takeDisclosure(w http.ResponseWriter, r *http.Request) {
	page := s.disclosePageFor(r, r.URL.Query().Get("lang"))
	link, found := s.linkOf(w, r, page)
	if !found {
		return
	}
	leave, ok := s.doors.enter(link.ID)
	if !ok || s.told.take(link.ID, s.originOf(r)) > 0 {
		if ok {
			leave()
		}
		page.Busy = true
		s.show(w, r, http.StatusTooManyRequests, "disclose", page)
		return
	}
	defer leave()
	form := discloseForm{s: s, link: link}
	use, err := s.disclose(w, r, &form)
	if err != nil {
		form.drop(context.WithoutCancel(r.Context()))
		// Who is still sending hears why it was refused.
		intake.Drain(http.NewResponseController(w), r.Body)
		s.refuseDisclosure(w, r, link, page, form, err)
		return
	}
	page.Reference, page.ReceivedAt = use.Reference, page.W.At(use.ReceivedAt, zoneOf(link.Zone))
	page.Vendor = link.VendorName
	s.show(w, r, http.StatusOK, "disclose", page)
}

// refuseDisclosure shows the form again with what is wrong, and nothing lost but
// the files.
func (s *server) refuseDisclosure(w http.ResponseWriter, r *http.Request, link postgres.DisclosureLink, page disclosePage, form discloseForm, err error) {
	told := explain(err)
	page.Told, page.Key = form.told, cmp.Or(form.key, rand.Text())
	switch told.Kind {
	case incident.NotFound:
		s.showGone(w, r, page)
		return
	case incident.Invalid, incident.TooLarge, incident.Conflict:
		page.At = told.Field
		page.Fault = page.W.Refusal(told)
		page.Problem = page.W.T("It is not sent yet: look at what is marked.")
	case incident.Unavailable:
		page.Problem = page.W.T("It could not be recorded just now. Press the button again in a minute; it counts once only.")
	default:
		s.Logger.ErrorContext(r.Context(), "a disclosure could not be taken", "kind", string(told.Kind))
		page.Problem = page.W.T("It could not be recorded just now. Press the button again in a minute; it counts once only.")
	}
	s.showForm(w, r, statusOf(told.Kind), link, page)
}

// disclose reads the form and opens the case.
func (s *server) disclose(w http.ResponseWriter, r *http.Request, form *discloseForm) (postgres.DisclosureUse, error) {
	none := postgres.DisclosureUse{}
	if err := form.read(w, r); err != nil {
		return none, err
	}
	ctx, id := r.Context(), form.incident()
	if state, err := s.Store.State(ctx, id); err == nil && state.Exists() {
		form.drop(ctx) // a second copy of what is there
		return s.Store.DisclosureUseOf(ctx, form.link.ID, id)
	}
	if waits, err := s.Store.DisclosureWaits(ctx, id); err != nil || waits {
		form.drop(ctx) // a second copy of what is kept
		if err != nil {
			return none, err
		}
		return s.Store.DisclosureUseOf(ctx, form.link.ID, id)
	}
	command, err := form.opening()
	if err != nil {
		return none, err
	}
	by := incident.Actor{Role: incident.RoleVendor, ID: form.link.ID}
	if _, err := s.Rules.Decide(&incident.State{}, by, command, s.Clock()); err != nil {
		return none, err
	}
	use, err := s.Store.UseDisclosureLink(ctx, form.link.ID, id)
	if err != nil {
		return none, err
	}
	command.Disclosure.Reference, command.Disclosure.ReceivedAt = use.Reference, use.ReceivedAt
	raw, err := json.MarshalIndent(form.told, "", " ")
	if err != nil {
		return none, err
	}
	for _, f := range append([]file{{Name: vendorWordsFile, MediaType: "application/json", Content: raw}}, form.files...) {
		stored, err := s.Store.PutDocument(ctx, id, f.Name, f.MediaType, f.Content)
		if err != nil {
			return none, err
		}
		command.Documents = append(command.Documents, stored)
	}
	command.DataSet = form.dataSet
	_, err = s.Engine.Command(ctx, id, by, command)
	if incident.KindOf(err) != incident.Unavailable {
		return use, err
	}
	// What the vendor told is here, and its receipt counts from now: the case is
	// opened when the engine is back.
	s.Logger.WarnContext(ctx, "what a vendor told waits until the engine is back", "incident", id)
	keeping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return use, s.Store.KeepDisclosure(keeping, form.link.ID, command)
}

// incident is the id of the case that the form opens.
func (f *discloseForm) incident() string {
	return workflows.NewIncidentID("disclosure " + f.link.ID + " " + f.key)
}

// opening is the case as far as a vendor can tell it. Its own words stand in a
// file, since they may name people.
func (f *discloseForm) opening() (incident.Open, error) {
	w := wording.For(f.link.Locale)
	d := incident.Disclosure{
		Title: intake.ShortenedTo(w.T("Told by %s through its link", f.link.VendorName), 200), Kind: "vendor", Vendor: f.link.VendorName,
		VendorRecord: &incident.VendorTerms{ID: f.link.Vendor, ContractHours: f.link.VendorHours},
		ReceivedAt:   f.s.Clock().UTC().Truncate(time.Microsecond), PersonalData: f.told.PersonalData, Authority: f.link.Authority, Zone: f.link.Zone,
		Reference: "pending",
	}
	if f.told.Noticed != "" {
		at, err := instantOfForm("noticed", f.told.Noticed, f.link.Zone)
		if err != nil {
			return incident.Open{}, err
		}
		if at.After(d.ReceivedAt) {
			return incident.Open{}, incident.InvalidField("noticed", "", "lies in the future", "when you noticed it")
		}
		d.ProcessorDetectedAt = at.UTC()
	}
	if f.told.Happened == "" {
		return incident.Open{}, incident.InvalidField("happened", "", "is missing", "what happened, in your words")
	}
	return incident.Open{ID: f.incident(), Key: "disclosure-" + f.key, Disclosure: d}, nil
}
