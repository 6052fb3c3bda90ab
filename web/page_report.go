package web

import (
	"crypto/rand"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// choice is one answer that a form offers.
type choice struct{ Value, Text string }

// reportForm is what a person wrote into the form, as it was written.
type reportForm struct {
	Key, Title, Received, Kind, Vendor, VendorID, Contact, Detected, PersonalData, Summary, Authority string
	Exercise                                                                                          bool
}

type reportPage struct {
	frame
	Form reportForm
	// Problem says what is wrong as a whole; Faults by field.
	Problem string
	Faults  map[string]string
	// Zone is the zone in which the form's times are meant.
	Zone                        string
	Kinds, Answers, Authorities []choice
	// Vendors are those of the list; empty while none is on it.
	Vendors   []choice
	MaxUpload string
}

// fault gives what is wrong with a field; empty when nothing is.
func fault(p reportPage, field string) string { return p.Faults[field] }

// localInstant is how browsers write a date with a time, without a zone.
const localInstant = "2006-01-02T15:04"

// reportPage asks what is needed to open an incident, and not more.
func (s *server) reportPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	form := reportForm{
		Key: rand.Text(), Received: s.Clock().In(zoneOf(user.Zone)).Format(localInstant), Kind: "vendor", Authority: "AEPD",
	}
	// Most organisations have one authority: the one of the last case.
	rows, err := s.Store.Incidents(r.Context(), postgres.IncidentFilter{Limit: 1})
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		form.Authority = rows[0].Authority
	}
	return s.showReport(w, r, user, http.StatusOK, reportPage{Form: form})
}

func (s *server) showReport(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page reportPage) error {
	var err error
	if page.Vendors, err = s.vendorsToChoose(r.Context()); err != nil {
		return err
	}
	page.frame = s.frameFor(r, user, wording.For(user.Locale).T("Report an incident"))
	page.AtIncidents = true
	page.Zone, page.MaxUpload = zoneOf(user.Zone).String(), intake.InUnits(s.MaxUpload)
	page.Kinds = []choice{
		{"vendor", page.W.T("A vendor or processor told us")}, {"own_detection", page.W.T("We found it ourselves")},
		{"person", page.W.T("A person told us")}, {"authority", page.W.T("An authority told us")},
		{"press", page.W.T("The press or the public")}, {"other", page.W.T("Somebody else")},
	}
	page.Answers = []choice{{"yes", wording.SentenceStart(page.W.T("yes"))}, {"no", wording.SentenceStart(page.W.T("no"))}, {"unknown", page.W.T("missing")}}
	page.Authorities = authoritiesIn(page.W)
	s.show(w, r, status, "report", page)
	return nil
}

// authoritiesIn are all authorities, by the names of their countries in the order of
// the reader's alphabet.
func authoritiesIn(w wording.Words) []choice {
	var list []choice
	for _, a := range gdpr.Authorities() {
		list = append(list, choice{a.Code, w.Country(a.Country) + ": " + a.Name + " (" + a.Code + ")"})
	}
	alphabet := collate.New(language.Make(w.Lang))
	slices.SortStableFunc(list, func(a, b choice) int { return alphabet.CompareString(a.Text, b.Text) })
	return list
}

// report opens an incident from the form. What a person gave wrongly is told
// beside the field, with everything that was written still there.
func (s *server) report(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	body, form, err := s.readReport(w, r, user)
	if err == nil {
		reply, failed := s.openCase(r.Context(), user, body)
		if failed == nil {
			http.Redirect(w, r, "/incidents/"+reply.Incident+"?opened", http.StatusSeeOther)
			return nil
		}
		err = failed
	}
	told := explain(err)
	words := wording.For(user.Locale)
	page := reportPage{Form: form, Faults: map[string]string{}}
	switch told.Kind {
	case incident.Invalid, incident.Conflict, incident.TooLarge:
		page.Problem = words.T("The incident is not open yet: look at what is marked.")
		if told.Field == "" {
			page.Problem = wording.For(user.Locale).Refusal(told)
		}
		field := told.Field
		if strings.HasPrefix(field, "files") || field == "disclosure.attachments" {
			field = "files"
		}
		if page.Faults[field] = wording.Sentence("This " + told.Message); told.Expected != "" {
			page.Faults[field] += " Expected: " + told.Expected + "."
		}
		if !besideField(field) {
			page.Problem = wording.For(user.Locale).Refusal(told)
		}
	case incident.Unavailable:
		page.Problem = words.T("Tocsin cannot record just now. The legal deadline goes on. Press the button again in a minute; the incident is opened once only.")
	default:
		return err
	}
	return s.showReport(w, r, user, statusOf(told.Kind), page)
}

// besideField says whether the form shows a fault of a field beside it.
func besideField(field string) bool {
	switch field {
	case "title", "received_at", "processor_detected_at", "kind", "vendor.name", "disclosure.vendor.id", "disclosure.vendor.contact_email", "personal_data", "summary", "authority", "files":
		return true
	}
	return false
}

// readReport reads the form and its files.
func (s *server) readReport(w http.ResponseWriter, r *http.Request, user postgres.User) (openRequest, reportForm, error) {
	values, files, failed := intake.ReadFilesForm(w, r, s.MaxUpload, "files")
	given := func(name string) string { return strings.TrimSpace(values[name]) }
	form := reportForm{
		Key: given("key"), Title: given("title"), Received: given("received"), Kind: given("kind"), Vendor: given("vendor"),
		VendorID: given("vendor_id"), Contact: given("contact"), Detected: given("detected"), PersonalData: given("personal_data"), Summary: given("summary"), Authority: given("authority"),
		Exercise: given("exercise") == "yes",
	}
	if failed != nil {
		if form.Key == "" { // nothing arrived that could be sent again
			form.Key = rand.Text()
		}
		return openRequest{}, form, failed
	}
	for name, text := range map[string]string{"title": form.Title, "vendor.name": form.Vendor, "summary": form.Summary, "key": form.Key} {
		if err := intake.Storable(name, text); err != nil || !intake.ValidText(text) {
			return openRequest{}, form, incident.InvalidField(name, "", "holds a character that is not text", "Unicode without NUL")
		}
	}
	if len(form.Key) < 16 {
		return openRequest{}, form, incident.InvalidField("form", "", "lacks its key", "the form of the page; open it again")
	}
	received, err := instantOfForm("received_at", form.Received, user.Zone)
	if err != nil {
		return openRequest{}, form, err
	}
	var detected *time.Time
	if form.Detected != "" {
		at, err := instantOfForm("processor_detected_at", form.Detected, user.Zone)
		if err != nil {
			return openRequest{}, form, err
		}
		detected = &at
	}
	body := openRequest{Key: "page-" + form.Key, Disclosure: disclosureRequest{
		Title: form.Title, Kind: form.Kind, ReceivedAt: received, ProcessorDetectedAt: detected, Zone: zoneOf(user.Zone).String(), Authority: form.Authority,
		Summary: form.Summary, PersonalData: form.PersonalData,
	}}
	if form.Vendor != "" || form.VendorID != "" || form.Contact != "" {
		body.Disclosure.Vendor = &vendorRequest{Name: form.Vendor, ID: form.VendorID, ContactEmail: form.Contact}
	}
	if form.Exercise {
		body.Disclosure.Exercise = &incident.Exercise{Pace: 1}
	}
	for _, one := range files {
		sent := fileOfForm(one)
		body.Files = append(body.Files, sent)
		body.Disclosure.Attachments = append(body.Disclosure.Attachments, sent.Name)
	}
	return body, form, nil
}

// instantOfForm reads a date with a time, meant in a zone. An instant that the
// zone skips when its clocks go forward is refused.
func instantOfForm(field, text, zone string) (time.Time, error) {
	place := zoneOf(zone)
	at, err := time.ParseInLocation(localInstant, text, place)
	if err != nil || at.Format(localInstant) != text {
		return time.Time{}, incident.InvalidField(field, intake.Shortened(text), "is not a date with a time",
			incident.Say("such as %s, a time that exists in %s", time.Date(2026, 11, 27, 18, 4, 0, 0, place).Format(localInstant), place))
	}
	return at, nil
}

// fileOfForm takes a file that came with a form, without the path that some
// browsers put before its name.
func fileOfForm(one intake.Received) file {
	name, media := filepath.Base(strings.ReplaceAll(one.Name, `\`, "/")), one.MediaType
	if strings.EqualFold(filepath.Ext(name), ".eml") {
		media = "message/rfc822"
	}
	return file{Name: name, MediaType: media, Content: one.Content}
}
