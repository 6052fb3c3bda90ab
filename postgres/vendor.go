package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// VendorFacts is what is known of a vendor, as people write it down.
type VendorFacts struct {
	// Name is the vendor's name; required, and of no other vendor that has not
	// ended, whatever the case.
	Name string `db:"name"`
	// ContactName, ContactEmail and ContactPhone are the person or office to ask
	// about a breach; each may be empty.
	ContactName  string `db:"contact_name"`
	ContactEmail string `db:"contact_email"`
	ContactPhone string `db:"contact_phone"`
	// ContractHours are the hours within which the contract obliges the vendor to
	// tell the controller, 1 to [incident.MaxContractHours]; 0 for none agreed.
	ContractHours int `db:"contract_hours"`
	// Contract says where the contract says so, such as "DPA 2024, clause 9.2".
	Contract string `db:"contract"`
	// Processes says in words which data the vendor has, of whom and what for.
	Processes string `db:"processes"`
}

// Vendor is one vendor of the list, with what its cases tell of it.
type Vendor struct {
	// ID names the vendor in the record.
	ID string `db:"id"`
	VendorFacts
	// CreatedAt is when it was put on the list, ChangedAt when it was last
	// changed, UTC.
	CreatedAt time.Time `db:"created_at"`
	ChangedAt time.Time `db:"changed_at"`
	// EndedAt is when it stopped working for the controller, UTC; nil while it does.
	EndedAt *time.Time `db:"ended_at"`
	// Open and Closed are its cases; drills do not count.
	Open   int `db:"open_cases"`
	Closed int `db:"closed_cases"`
	// LastAt is when it last told of something, UTC; nil for never. LastHours and
	// LastDetectedAt are the contract's hours and the vendor's own instant in
	// that case.
	LastAt         *time.Time `db:"last_at"`
	LastHours      int        `db:"last_hours"`
	LastDetectedAt *time.Time `db:"last_detected_at"`
}

// vendorColumns are the columns of [VendorFacts] and what stands beside them.
const vendorColumns = `v.id, v.name, v.contact_name, v.contact_email, v.contact_phone, v.contract_hours, v.contract, v.processes,
	v.created_at, v.changed_at, v.ended_at`

// vendorQuery reads vendors with what their cases tell.
const vendorQuery = `
	SELECT ` + vendorColumns + `, coalesce(n.open_cases, 0) AS open_cases, coalesce(n.closed_cases, 0) AS closed_cases,
	       last.received_at AS last_at, coalesce(last.vendor_hours, 0) AS last_hours, last.detected_at AS last_detected_at
	FROM vendor v
	LEFT JOIN (
		SELECT vendor_id, count(*) FILTER (WHERE closed_at IS NULL) AS open_cases,
		       count(*) FILTER (WHERE closed_at IS NOT NULL) AS closed_cases
		FROM incident WHERE vendor_id <> '' AND NOT exercise GROUP BY vendor_id) n ON n.vendor_id = v.id
	LEFT JOIN LATERAL (
		SELECT received_at, vendor_hours, detected_at FROM incident
		WHERE vendor_id <> '' AND vendor_id = v.id AND NOT exercise ORDER BY received_at DESC NULLS LAST LIMIT 1) last ON true
	`

// AddVendor puts a vendor on the list. A name that is there already is an
// [incident.Conflict].
func (s *Store) AddVendor(ctx context.Context, by incident.Actor, facts VendorFacts) (Vendor, error) {
	facts, err := checkVendor(facts)
	if err != nil {
		return Vendor{}, err
	}
	now := s.now()
	made := Vendor{ID: "vn_" + rand.Text()[:20], VendorFacts: facts, CreatedAt: now, ChangedAt: now}
	err = s.changeAccounts(ctx, "add vendor", func(tx pgx.Tx, record recorder) error {
		args := facts.args()
		args["id"], args["now"] = made.ID, now
		_, err := tx.Exec(ctx, `
			INSERT INTO vendor (id, name, contact_name, contact_email, contact_phone, contract_hours, contract, processes, created_at, changed_at)
			VALUES (@id, @name, @contact_name, @contact_email, @contact_phone, @contract_hours, @contract, @processes, @now, @now)`, args)
		if err != nil {
			return vendorThere(err)
		}
		return record(by, incident.KeepVendor{What: incident.VendorAdded, Vendor: made.ID, ContractHours: facts.ContractHours})
	})
	return made, err
}

// ChangeVendor writes down what is known of a vendor now. Cases that are linked
// to it keep the contract's clock that they were linked with.
func (s *Store) ChangeVendor(ctx context.Context, by incident.Actor, id string, facts VendorFacts) error {
	facts, err := checkVendor(facts)
	if err != nil {
		return err
	}
	return s.changeAccounts(ctx, "change vendor", func(tx pgx.Tx, record recorder) error {
		before, err := vendorToChange(ctx, tx, id)
		if err != nil {
			return err
		}
		changed := before.differs(facts)
		if len(changed) == 0 {
			return nil
		}
		args := facts.args()
		args["id"], args["now"] = id, s.now()
		_, err = tx.Exec(ctx, `
			UPDATE vendor SET name = @name, contact_name = @contact_name, contact_email = @contact_email, contact_phone = @contact_phone,
			       contract_hours = @contract_hours, contract = @contract, processes = @processes, changed_at = @now
			WHERE id = @id`, args)
		if err != nil {
			return vendorThere(err)
		}
		return record(by, incident.KeepVendor{What: incident.VendorAltered, Vendor: id, ContractHours: facts.ContractHours, Fields: changed})
	})
}

// EndVendor says that a vendor works for the controller no longer. Its cases
// stay, and so does what is known of it, since it may hold data still.
func (s *Store) EndVendor(ctx context.Context, by incident.Actor, id string) error {
	return s.changeAccounts(ctx, "end vendor", func(tx pgx.Tx, record recorder) error {
		before, err := vendorToChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vendor SET ended_at = @now, changed_at = @now WHERE id = @id`,
			pgx.NamedArgs{"id": id, "now": s.now()}); err != nil {
			return err
		}
		return record(by, incident.KeepVendor{What: incident.VendorFinished, Vendor: id, ContractHours: before.ContractHours})
	})
}

// vendorToChange gives what is known of a vendor that has not ended.
func vendorToChange(ctx context.Context, tx pgx.Tx, id string) (VendorFacts, error) {
	rows, err := tx.Query(ctx, `
		SELECT name, contact_name, contact_email, contact_phone, contract_hours, contract, processes, ended_at IS NOT NULL AS ended
		FROM vendor WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id})
	if err != nil {
		return VendorFacts{}, err
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[struct {
		VendorFacts
		Ended bool `db:"ended"`
	}])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return VendorFacts{}, noVendor(id)
	case err == nil && found.Ended:
		return VendorFacts{}, &incident.Error{Kind: incident.Conflict, Field: "vendor",
			Message: "this vendor has ended; add it to the list again when it works for you again"}
	}
	return found.VendorFacts, err
}

func noVendor(id string) *incident.Error {
	return &incident.Error{Kind: incident.NotFound, Field: "vendor", Value: shortID(id), Message: "there is no such vendor",
		Expected: "an id of the list of vendors"}
}

// shortID repeats an id that somebody gave, as far as it can be one.
func shortID(id string) string {
	if len(id) > 40 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= utf8.RuneSelf }) {
		return ""
	}
	return id
}

func vendorThere(err error) error {
	if violates(err, "vendor_name") {
		return &incident.Error{Kind: incident.Conflict, Field: "name", Message: "a vendor of this name is on the list already",
			Expected: "another name, or a change of that vendor"}
	}
	return err
}

func (f VendorFacts) args() pgx.NamedArgs {
	return pgx.NamedArgs{"name": f.Name, "contact_name": f.ContactName, "contact_email": f.ContactEmail, "contact_phone": f.ContactPhone,
		"contract_hours": f.ContractHours, "contract": f.Contract, "processes": f.Processes}
}

// differs names the fields in which two accounts of a vendor are not the same.
func (f VendorFacts) differs(other VendorFacts) []string {
	var names []string
	for _, one := range []struct {
		name string
		same bool
	}{
		{"contact", f.ContactName == other.ContactName && f.ContactEmail == other.ContactEmail && f.ContactPhone == other.ContactPhone},
		{"contract", f.Contract == other.Contract},
		{"contract_hours", f.ContractHours == other.ContractHours},
		{"name", f.Name == other.Name},
		{"processes", f.Processes == other.Processes},
	} {
		if !one.same {
			names = append(names, one.name)
		}
	}
	return names
}

// checkVendor refuses what is wrong. It never repeats what names a person.
func checkVendor(f VendorFacts) (VendorFacts, error) {
	for _, one := range []struct {
		field string
		text  *string
		most  int
		lines bool
	}{
		{"name", &f.Name, 200, false}, {"contact_name", &f.ContactName, 200, false}, {"contact_email", &f.ContactEmail, 254, false},
		{"contact_phone", &f.ContactPhone, 60, false}, {"contract", &f.Contract, 500, false}, {"processes", &f.Processes, 4000, true},
	} {
		*one.text = strings.TrimSpace(*one.text)
		control := func(r rune) bool { return unicode.IsControl(r) && (!one.lines || r != '\n' && r != '\r' && r != '\t') }
		if !utf8.ValidString(*one.text) || strings.IndexFunc(*one.text, control) >= 0 || utf8.RuneCountInString(*one.text) > one.most {
			return f, incident.InvalidField(one.field, "", "is too long or holds a control character", incident.Say("plain text of at most %d characters", one.most))
		}
	}
	if f.Name == "" {
		return f, incident.InvalidField("name", "", "is missing", "the vendor's name")
	}
	if f.ContactEmail != "" {
		if address, err := mail.ParseAddress(f.ContactEmail); err != nil || address.Address != f.ContactEmail || strings.IndexFunc(f.ContactEmail, notASCII) >= 0 {
			return f, incident.InvalidField("contact_email", "", "is not an e-mail address", "an address such as privacy@example.com")
		}
	}
	if f.ContractHours < 0 || f.ContractHours > incident.MaxContractHours {
		return f, incident.InvalidField("contract_hours", strconv.Itoa(f.ContractHours), "is out of range",
			incident.Say("1 to %d, or 0 where the contract gives none", incident.MaxContractHours))
	}
	return f, nil
}
