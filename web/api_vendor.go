package web

import (
	"context"
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/web/intake"
)

// vendorFacts is what is known of a vendor.
type vendorFacts struct {
	Name          string `json:"name" check:"required" doc:"the vendor's name"`
	ContactName   string `json:"contact_name" doc:"whom to ask there about a breach: a person or an office"`
	ContactEmail  string `json:"contact_email" doc:"an address of the vendor that can be mailed"`
	ContactPhone  string `json:"contact_phone" doc:"a telephone number"`
	ContractHours int    `json:"contract_hours" doc:"the hours within which the contract obliges the vendor to tell you of a breach; 0 for none agreed"`
	Contract      string `json:"contract" doc:"where the contract says so, such as DPA 2024, clause 9.2"`
	Processes     string `json:"processes" doc:"which data the vendor has, of whom and what for"`
}

// vendorChange changes what it names and leaves the rest.
type vendorChange struct {
	Name          *string `json:"name" doc:"the vendor's name"`
	ContactName   *string `json:"contact_name" doc:"whom to ask there; empty removes it"`
	ContactEmail  *string `json:"contact_email" doc:"an address of the vendor; empty removes it"`
	ContactPhone  *string `json:"contact_phone" doc:"a telephone number; empty removes it"`
	ContractHours *int    `json:"contract_hours" doc:"the hours of the contract; 0 for none agreed"`
	Contract      *string `json:"contract" doc:"where the contract says so"`
	Processes     *string `json:"processes" doc:"which data the vendor has, of whom and what for"`
}

// vendorView is a vendor with what its cases tell of it.
type vendorView struct {
	ID string `json:"id" doc:"the vendor's id, as it stands in the record"`
	vendorFacts
	CreatedAt    time.Time         `json:"created_at" doc:"when it was put on the list"`
	ChangedAt    time.Time         `json:"changed_at" doc:"when it was last changed"`
	EndedAt      *time.Time        `json:"ended_at,omitempty" doc:"when it stopped working for you; absent while it does"`
	OpenCases    int               `json:"open_cases" doc:"its open cases; drills do not count"`
	ClosedCases  int               `json:"closed_cases" doc:"its closed cases; drills do not count"`
	LastAt       *time.Time        `json:"last_disclosure_at,omitempty" doc:"when it last told of something"`
	LastContract string            `json:"last_contract_clock,omitempty" doc:"kept, missed, unknown (the vendor did not say when it found out) or none (no hours agreed)"`
	LastHours    *int              `json:"last_took_hours,omitempty" doc:"whole hours from when the vendor found out to when its word reached you"`
	Disclosures  []vendorCase      `json:"disclosures,omitempty" doc:"the history, the latest first"`
	Suggestions  []vendorCaseNamed `json:"suggestions,omitempty" doc:"cases that name the vendor and are linked to none"`
}

// vendorCase is one disclosure of a vendor.
type vendorCase struct {
	vendorCaseNamed
	DetectedAt    *time.Time `json:"detected_at,omitempty" doc:"when the vendor found out, as it says"`
	ContractHours int        `json:"contract_hours" doc:"the contract's hours as they were when the case was linked"`
	ContractClock string     `json:"contract_clock" doc:"kept, missed, unknown or none"`
	TookHours     *int       `json:"took_hours,omitempty" doc:"whole hours from when the vendor found out to when its word reached you"`
}

type vendorCaseNamed struct {
	ID         string     `json:"id" doc:"the incident's id"`
	Number     string     `json:"number" doc:"the human number"`
	Title      string     `json:"title" doc:"a few words that name the case"`
	State      string     `json:"state" doc:"open or closed"`
	Exercise   bool       `json:"exercise" doc:"whether it is a drill"`
	ReceivedAt *time.Time `json:"received_at,omitempty" doc:"when the vendor's word reached you"`
}

type vendorList struct {
	Vendors []vendorView `json:"vendors" doc:"those that work for you by their names, then those that ended"`
}

type linkRequest struct {
	Vendor string `json:"vendor" check:"required" doc:"the vendor's id in the list"`
	Reason string `json:"reason" doc:"why, where the case was linked to another vendor before"`
}

func (s *server) listVendors(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	vendors, err := s.Store.Vendors(r.Context())
	if err != nil {
		return err
	}
	out := vendorList{Vendors: []vendorView{}}
	for _, v := range vendors {
		out.Vendors = append(out.Vendors, vendorViewOf(v))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func vendorViewOf(v postgres.Vendor) vendorView {
	out := vendorView{ID: v.ID, vendorFacts: vendorFacts(v.VendorFacts), CreatedAt: v.CreatedAt, ChangedAt: v.ChangedAt, EndedAt: v.EndedAt,
		OpenCases: v.Open, ClosedCases: v.Closed, LastAt: v.LastAt}
	if v.LastAt != nil {
		out.LastContract, out.LastHours = contractClock(v.LastHours, v.LastDetectedAt, v.LastAt)
	}
	return out
}

// contractClock says how a contract's clock was kept, and in how many hours.
func contractClock(hours int, detected, received *time.Time) (string, *int) {
	kept, took := incident.ContractClock(hours, orZero(detected), orZero(received))
	if detected == nil || received == nil {
		return kept, nil
	}
	whole := int(took / time.Hour)
	return kept, &whole
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// vendorOfPath finds the vendor of a request's path.
func (s *server) vendorOfPath(r *http.Request) (postgres.Vendor, error) {
	return s.findVendor(r.Context(), "vendor", r.PathValue("vendor"))
}

func (s *server) findVendor(ctx context.Context, field, id string) (postgres.Vendor, error) {
	if len(id) > 40 || intake.Storable(field, id) != nil || !intake.ValidText(id) {
		id = "" // of no vendor
	}
	v, err := s.Store.Vendor(ctx, id)
	if told := explain(err); err != nil && told.Kind == incident.NotFound {
		return v, &incident.Error{Kind: incident.NotFound, Field: field, Value: intake.Shortened(id), Message: "there is no such vendor",
			Expected: "an id of the list of vendors"}
	}
	return v, err
}

// vendorOf is what a case copies of the vendor that a report names by its id,
// and fills its name in; nil where it names none.
func (s *server) vendorOf(ctx context.Context, named *vendorRequest) (*incident.VendorTerms, error) {
	if named == nil {
		return nil, nil
	}
	if named.ID == "" {
		return nil, nil
	}
	v, err := s.findVendor(ctx, "disclosure.vendor.id", named.ID)
	if err != nil {
		return nil, err
	}
	if named.Name == "" {
		named.Name = v.Name
	}
	return &incident.VendorTerms{ID: v.ID, ContractHours: v.ContractHours}, nil
}

func (s *server) showVendor(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	return s.answerVendor(w, r, http.StatusOK, v)
}

// answerVendor answers a vendor with its history.
func (s *server) answerVendor(w http.ResponseWriter, r *http.Request, status int, v postgres.Vendor) error {
	out := vendorViewOf(v)
	cases, err := s.Store.CasesOfVendor(r.Context(), v.ID)
	if err != nil {
		return err
	}
	for _, c := range cases {
		one := vendorCase{vendorCaseNamed: caseNamed(c), DetectedAt: inZone(c.DetectedAt, c.Zone), ContractHours: c.Hours}
		one.ContractClock, one.TookHours = contractClock(c.Hours, c.DetectedAt, c.ReceivedAt)
		out.Disclosures = append(out.Disclosures, one)
	}
	if v.EndedAt == nil {
		named, err := s.Store.CasesNaming(r.Context(), v.Name)
		if err != nil {
			return err
		}
		for _, c := range named {
			out.Suggestions = append(out.Suggestions, caseNamed(c))
		}
	}
	writeJSON(w, status, out)
	return nil
}

func caseNamed(c postgres.VendorCase) vendorCaseNamed {
	out := vendorCaseNamed{ID: c.ID, Number: c.Number, Title: c.Title, State: "open", Exercise: c.Exercise, ReceivedAt: inZone(c.ReceivedAt, c.Zone)}
	if c.ClosedAt != nil {
		out.State = "closed"
	}
	return out
}

// inZone gives an instant in a case's zone; nil for none.
func inZone(t *time.Time, zone string) *time.Time {
	if t == nil {
		return nil
	}
	return local(*t, zoneOf(zone))
}

func (s *server) addVendor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body vendorFacts
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	made, err := s.keepVendor(r.Context(), user, "", body)
	if err != nil {
		return err
	}
	return s.answerVendor(w, r, http.StatusCreated, made)
}

// keepVendor writes down what is known of a vendor: of a new one without an id.
func (s *server) keepVendor(ctx context.Context, user postgres.User, id string, facts vendorFacts) (postgres.Vendor, error) {
	if facts.ContactEmail != "" {
		if _, err := smtp.ParseAddress(facts.ContactEmail); err != nil {
			// An address is never repeated in an error.
			return postgres.Vendor{}, incident.InvalidField("contact_email", "", "is not an address that can be mailed", "an address such as privacy@example.com")
		}
	}
	if id == "" {
		return s.Store.AddVendor(ctx, actor(user), postgres.VendorFacts(facts))
	}
	if err := s.Store.ChangeVendor(ctx, actor(user), id, postgres.VendorFacts(facts)); err != nil {
		return postgres.Vendor{}, err
	}
	return s.Store.Vendor(ctx, id)
}

func (s *server) changeVendor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body vendorChange
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	changed, err := s.keepVendor(r.Context(), user, v.ID, body.onto(vendorFacts(v.VendorFacts)))
	if err != nil {
		return err
	}
	return s.answerVendor(w, r, http.StatusOK, changed)
}

// onto puts what is named in the place of what was known.
func (c vendorChange) onto(known vendorFacts) vendorFacts {
	for _, one := range []struct {
		given *string
		to    *string
	}{
		{c.Name, &known.Name}, {c.ContactName, &known.ContactName}, {c.ContactEmail, &known.ContactEmail}, {c.ContactPhone, &known.ContactPhone},
		{c.Contract, &known.Contract}, {c.Processes, &known.Processes},
	} {
		if one.given != nil {
			*one.to = *one.given
		}
	}
	if c.ContractHours != nil {
		known.ContractHours = *c.ContractHours
	}
	return known
}

func (s *server) endVendor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &nothing{}); err != nil {
		return err
	}
	v, err := s.vendorOfPath(r)
	if err != nil {
		return err
	}
	if err := s.Store.EndVendor(r.Context(), actor(user), v.ID); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ended{ID: v.ID})
	return nil
}

func (s *server) linkVendor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body linkRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	v, err := s.findVendor(r.Context(), "vendor", body.Vendor)
	if err != nil {
		return err
	}
	return s.command(w, r, user, linkTo(v, body.Reason))
}

// linkTo is the command that links a case to a vendor as it is now.
func linkTo(v postgres.Vendor, reason string) incident.LinkVendor {
	return incident.LinkVendor{Vendor: incident.VendorTerms{ID: v.ID, ContractHours: v.ContractHours}, Reason: reason}
}
