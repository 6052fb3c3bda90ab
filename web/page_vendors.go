package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	vendorsPage struct {
		frame
		Vendors, Ended []vendorRow
		MayKeep        bool
	}
	// vendorFormPage is the form of a new vendor, or of a change.
	vendorFormPage struct {
		frame
		vendorForm
		// ID is the vendor's; empty for a new one.
		ID, Heading, Action string
	}
	vendorRow struct {
		ID, Name, Contract, Last, Clock, ClockClass string
		Open, Closed                                int
	}
	// vendorForm is what was written into the form of a vendor, and what is
	// wrong with it.
	vendorForm struct {
		Facts vendorFacts
		// Hours are the contract's, as they were written.
		Hours string
		// Problem says what is wrong as a whole, Fault beside the field At.
		Problem, At, Fault string
	}
	vendorPage struct {
		frame
		ID           string
		Problem      string
		Shown        vendorFacts
		HoursInWords string
		Ended, Since string
		Open, Closed int
		Cases        []vendorCaseShown
		Named        []vendorCaseShown
		MayKeep      bool
		Links        []vendorLinkShown
		// Address is that of a link that was just made, shown this once.
		Address string
	}
	vendorLinkShown struct {
		ID, Made, State string
		Used, Most      int
		Open            bool
	}
	vendorCaseShown struct {
		ID, Number, Title, Received, Took, Clock, ClockClass string
		Closed, Exercise                                     bool
	}
)

// vendorNamed is a vendor of the list by its name.
type vendorNamed struct{ ID, Name string }

// vendorNamed is the vendor of the list that a case names without being linked
// to any; nil for none.
func (s *server) vendorNamed(ctx context.Context, state *incident.State) (*vendorNamed, error) {
	if state.Disclosure.VendorRecord != nil || state.Disclosure.Vendor == "" {
		return nil, nil
	}
	v, err := s.Store.VendorNamed(ctx, state.Disclosure.Vendor)
	if incident.KindOf(err) == incident.NotFound {
		return nil, nil
	}
	return &vendorNamed{v.ID, v.Name}, err
}

// vendorsToChoose are the vendors that a report can name.
func (s *server) vendorsToChoose(ctx context.Context) ([]choice, error) {
	vendors, err := s.Store.Vendors(ctx)
	var list []choice
	for _, v := range vendors {
		if v.EndedAt == nil {
			list = append(list, choice{v.ID, v.Name})
		}
	}
	return list, err
}

// vendorLines are rows of vendors with the words for them.
type vendorLines struct {
	W    wording.Words
	List []vendorRow
}

// vendorRows hands rows to their part of the page.
func vendorRows(w wording.Words, list []vendorRow) vendorLines { return vendorLines{w, list} }

// clockIn says in words how a contract's clock was kept, and with which tag.
func clockIn(kept string, w wording.Words) (text, class string) {
	switch kept {
	case incident.ContractKept:
		return w.T("kept"), "finished"
	case incident.ContractMissed:
		return w.T("not kept"), "missing"
	case incident.ContractUnknown:
		return w.T("not told when it found out"), "to_be_determined"
	}
	return "", ""
}

// hoursIn says what a contract gives.
func hoursIn(hours int, w wording.Words) string {
	switch hours {
	case 0:
		return w.T("no hours agreed")
	case 1:
		return w.T("1 hour")
	}
	return w.T("%s hours", strconv.Itoa(hours))
}

// vendorsPage lists the vendors.
func (s *server) vendorsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	vendors, err := s.Store.Vendors(r.Context())
	if err != nil {
		return err
	}
	page := vendorsPage{frame: s.frameFor(r, user, wording.For(user.Locale).T("Vendors")),
		MayKeep: slices.Contains(leaders(), user.Role)}
	page.AtVendors = true
	for _, v := range vendors {
		row := vendorRow{ID: v.ID, Name: v.Name, Contract: hoursIn(v.ContractHours, page.W), Open: v.Open, Closed: v.Closed}
		if v.LastAt != nil {
			kept, _ := incident.ContractClock(v.LastHours, orZero(v.LastDetectedAt), *v.LastAt)
			row.Last = page.W.At(*v.LastAt, zoneOf(user.Zone))
			row.Clock, row.ClockClass = clockIn(kept, page.W)
		}
		if v.EndedAt != nil {
			page.Ended = append(page.Ended, row)
		} else {
			page.Vendors = append(page.Vendors, row)
		}
	}
	s.show(w, r, http.StatusOK, "vendors", page)
	return nil
}

// factsOfForm reads the form of a vendor.
func factsOfForm(form url.Values) (vendorForm, error) {
	given := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	out := vendorForm{Hours: given("contract_hours"), Facts: vendorFacts{
		Name: given("name"), ContactName: given("contact_name"), ContactEmail: given("contact_email"), ContactPhone: given("contact_phone"),
		Contract: given("contract"), Processes: given("processes"),
	}}
	if out.Hours == "" {
		return out, nil
	}
	hours, err := strconv.Atoi(out.Hours)
	if err != nil {
		return out, incident.InvalidField("contract_hours", intake.Shortened(out.Hours), "is not a number of hours",
			"a whole number, or nothing where the contract gives none")
	}
	out.Facts.ContractHours = hours
	return out, nil
}

// refused puts what is wrong beside its field.
func (f vendorForm) refused(told *incident.Error) vendorForm {
	f.Problem = wording.Sentence(told.Error())
	if told.Field != "" {
		f.At = told.Field
		if f.Fault = wording.Sentence("This " + told.Message); told.Expected != "" {
			f.Fault += " " + wording.Sentence("Expected: "+told.Expected)
		}
	}
	return f
}

// Wrong says what is wrong with a field; empty when nothing is.
func (f vendorForm) Wrong(field string) string {
	if f.At == field {
		return f.Fault
	}
	return ""
}

// newVendorPage shows the empty form.
func (s *server) newVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	s.showVendorForm(w, r, user, http.StatusOK, "", vendorForm{})
	return nil
}

// changeVendorForm shows the form with what is known.
func (s *server) changeVendorForm(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	form := vendorForm{Facts: vendorFacts(v.VendorFacts)}
	if v.ContractHours > 0 {
		form.Hours = strconv.Itoa(v.ContractHours)
	}
	s.showVendorForm(w, r, user, http.StatusOK, v.ID, form)
	return nil
}

func (s *server) showVendorForm(w http.ResponseWriter, r *http.Request, user postgres.User, status int, id string, form vendorForm) {
	words := wording.For(user.Locale)
	page := vendorFormPage{vendorForm: form, ID: id, Heading: words.T("Add a vendor"), Action: "/vendors/new"}
	if id != "" {
		page.Heading, page.Action = words.T("Change what is known"), "/vendors/"+id+"/change"
	}
	page.frame = s.frameFor(r, user, page.Heading)
	page.AtVendors = true
	s.show(w, r, status, "vendor_form", page)
}

// addVendorPage puts a vendor on the list, from the form.
func (s *server) addVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.keepFromForm(w, r, user, "")
}

// changeVendorPage changes what is known of a vendor, from the form.
func (s *server) changeVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	return s.keepFromForm(w, r, user, v.ID)
}

func (s *server) keepFromForm(w http.ResponseWriter, r *http.Request, user postgres.User, id string) error {
	if err := readForm(w, r, 64<<10); err != nil {
		return err
	}
	form, err := factsOfForm(r.PostForm)
	var kept postgres.Vendor
	if err == nil {
		kept, err = s.keepVendor(r.Context(), user, id, form.Facts)
	}
	if err == nil {
		http.Redirect(w, r, "/vendors/"+kept.ID, http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	s.showVendorForm(w, r, user, statusOf(told.Kind), id, form.refused(told))
	return nil
}

// vendorPage shows one vendor with the history of its disclosures.
func (s *server) vendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	return s.showVendorPage(w, r, user, v, http.StatusOK, vendorPage{})
}

// showVendorPage completes a page, which holds what a step came to, and shows it.
func (s *server) showVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User, v postgres.Vendor, status int, done vendorPage) error {
	words, place := wording.For(user.Locale), zoneOf(user.Zone)
	page := vendorPage{frame: s.frameFor(r, user, v.Name), ID: v.ID, Problem: done.Problem, Address: done.Address, Shown: vendorFacts(v.VendorFacts),
		HoursInWords: hoursIn(v.ContractHours, words), Since: words.At(v.CreatedAt, place), Open: v.Open, Closed: v.Closed,
		MayKeep: slices.Contains(leaders(), user.Role)}
	page.AtVendors = true
	if v.EndedAt != nil {
		page.Ended, page.MayKeep = words.At(*v.EndedAt, place), false
	}
	links, err := s.Store.DisclosureLinks(r.Context(), v.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		page.Links = append(page.Links, s.vendorLinkIn(l, words, place))
	}
	cases, err := s.Store.CasesOfVendor(r.Context(), v.ID)
	if err != nil {
		return err
	}
	for _, c := range cases {
		page.Cases = append(page.Cases, vendorCaseIn(c, user, words))
	}
	if v.EndedAt == nil {
		named, err := s.Store.CasesNaming(r.Context(), v.Name)
		if err != nil {
			return err
		}
		for _, c := range named {
			page.Named = append(page.Named, vendorCaseIn(c, user, words))
		}
	}
	s.show(w, r, status, "vendor", page)
	return nil
}

func vendorCaseIn(c postgres.VendorCase, user postgres.User, w wording.Words) vendorCaseShown {
	kept, took := incident.ContractClock(c.Hours, orZero(c.DetectedAt), orZero(c.ReceivedAt))
	out := vendorCaseShown{ID: c.ID, Number: c.Number, Title: c.Title, Closed: c.ClosedAt != nil, Exercise: c.Exercise,
		Received: w.At(orZero(c.ReceivedAt), placeElse(user, c.Zone))}
	out.Clock, out.ClockClass = clockIn(kept, w)
	if c.DetectedAt != nil && c.ReceivedAt != nil {
		out.Took = wording.Span(took.Truncate(time.Minute))
		if c.Hours > 0 {
			out.Took = w.T("%s of %s", out.Took, hoursIn(c.Hours, w))
		}
	}
	return out
}

// vendorStep takes a step from the page of a vendor, and leads back to it or
// shows it again with why the step was refused.
func (s *server) vendorStep(w http.ResponseWriter, r *http.Request, user postgres.User, step func(v postgres.Vendor) error) error {
	if err := readForm(w, r, 64<<10); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	if err = step(v); err == nil {
		http.Redirect(w, r, "/vendors/"+v.ID, http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.showVendorPage(w, r, user, v, statusOf(told.Kind), vendorPage{Problem: wording.For(user.Locale).Refusal(told)})
}

func (s *server) endVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.vendorStep(w, r, user, func(v postgres.Vendor) error {
		return s.Store.EndVendor(r.Context(), actor(user), v.ID)
	})
}

// linkVendorPage links a case that names a vendor to it.
func (s *server) linkVendorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.vendorStep(w, r, user, func(v postgres.Vendor) error {
		state, err := s.find(r.Context(), r.PostForm.Get("incident"))
		if err != nil {
			return err
		}
		return s.carryOut(r, user, state, linkTo(v, ""))
	})
}
