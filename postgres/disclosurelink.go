package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// disclosurePrefix tells the secret of a vendor's link from a token of the API.
const disclosurePrefix = "tcd_"

const (
	// MaxDisclosureLinks is how many links of a vendor may be open at once.
	MaxDisclosureLinks = 10
	// MaxDisclosureDays is the longest that a link with an end may last, in days.
	MaxDisclosureDays = 90
	// MaxDisclosureUses is how often a link may be used at the most.
	MaxDisclosureUses = 100
)

// DisclosureLink is a link through which a vendor tells of a breach.
type DisclosureLink struct {
	// ID names the link in the record.
	ID string `db:"id"`
	// Vendor is the vendor's id, VendorName its name, VendorHours its contract's
	// hours now.
	Vendor      string `db:"vendor"`
	VendorName  string `db:"vendor_name"`
	VendorHours int    `db:"vendor_hours"`
	// Authority is the code of the authority of the cases that it opens.
	Authority string `db:"authority"`
	// Zone is the IANA zone in which times are meant on its page.
	Zone string `db:"zone"`
	// Locale is the language of the titles of its cases: en or es.
	Locale string `db:"locale"`
	// CreatedAt is when it was made, UTC.
	CreatedAt time.Time `db:"created_at"`
	// ExpiresAt is when it ends, UTC; nil for when it is withdrawn.
	ExpiresAt *time.Time `db:"expires_at"`
	// Most is how often it may be used, Used how often it was.
	Most int `db:"most"`
	Used int `db:"used"`
	// WithdrawnAt is when it was withdrawn, UTC; nil while it was not.
	WithdrawnAt *time.Time `db:"withdrawn_at"`
}

// Exhausted says that it was used as often as it may be.
func (l DisclosureLink) Exhausted() bool { return l.Used >= l.Most }

// NewDisclosureLink is what a link is made from.
type NewDisclosureLink struct {
	// Vendor is the vendor's id; one that has ended gets none.
	Vendor string
	// Authority, Zone and Locale are those of [DisclosureLink].
	Authority, Zone, Locale string
	// Days is how long it lasts, 1 to [MaxDisclosureDays]; 0 for until it is withdrawn.
	Days int
	// Most is how often it may be used, 1 to [MaxDisclosureUses].
	Most int
}

const disclosureLinkQuery = `
	SELECT l.id, l.vendor, v.name AS vendor_name, v.contract_hours AS vendor_hours, l.authority, l.zone, l.locale, l.created_at, l.expires_at, l.most,
	       (SELECT count(*) FROM disclosure_use u WHERE u.link = l.id)::integer AS used, l.withdrawn_at
	FROM disclosure_link l JOIN vendor v ON v.id = l.vendor `

// MakeDisclosureLink makes a link for a vendor and gives what opens it, which is
// shown this once.
func (s *Store) MakeDisclosureLink(ctx context.Context, by incident.Actor, in NewDisclosureLink) (DisclosureLink, string, error) {
	if in.Days < 0 || in.Days > MaxDisclosureDays {
		return DisclosureLink{}, "", incident.InvalidField("days", strconv.Itoa(in.Days), "is out of range", "1 to 90, or 0 for until it is withdrawn")
	}
	if in.Most < 1 || in.Most > MaxDisclosureUses {
		return DisclosureLink{}, "", incident.InvalidField("uses", strconv.Itoa(in.Most), "is out of range", "1 to 100")
	}
	now := s.now()
	made := DisclosureLink{ID: "dl_" + rand.Text()[:20], Vendor: in.Vendor, Authority: in.Authority, Zone: in.Zone, Locale: in.Locale, CreatedAt: now, Most: in.Most}
	if in.Days > 0 {
		until := now.AddDate(0, 0, in.Days)
		made.ExpiresAt = &until
	}
	secret, digest := newToken(disclosurePrefix)
	err := s.changeAccounts(ctx, "make disclosure link", func(tx pgx.Tx, record recorder) error {
		vendor, err := vendorToChange(ctx, tx, in.Vendor)
		if err != nil {
			return err
		}
		made.VendorName, made.VendorHours = vendor.Name, vendor.ContractHours
		var open int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM disclosure_link WHERE vendor = @vendor AND withdrawn_at IS NULL AND (expires_at IS NULL OR expires_at > @now)`,
			pgx.NamedArgs{"vendor": in.Vendor, "now": now}).Scan(&open); err != nil {
			return err
		}
		if open >= MaxDisclosureLinks {
			return &incident.Error{Kind: incident.Conflict, Message: "this vendor has 10 links already; withdraw one that is no longer needed"}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO disclosure_link (id, vendor, digest, authority, zone, locale, created_at, expires_at, most)
			VALUES (@id, @vendor, @digest, @authority, @zone, @locale, @now, @expires, @most)`,
			pgx.NamedArgs{"id": made.ID, "vendor": in.Vendor, "digest": digest, "authority": in.Authority, "zone": in.Zone, "locale": in.Locale,
				"now": now, "expires": made.ExpiresAt, "most": in.Most})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeDisclosureLink{What: incident.DisclosureLinkMade, Link: made.ID, Vendor: in.Vendor, ExpiresAt: made.ExpiresAt, Most: in.Most})
	})
	if err != nil {
		return DisclosureLink{}, "", err
	}
	return made, secret, nil
}

// WithdrawDisclosureLink ends a link of a vendor for good. One that was withdrawn
// before stays as it is.
func (s *Store) WithdrawDisclosureLink(ctx context.Context, by incident.Actor, vendor, link string) error {
	return s.changeAccounts(ctx, "withdraw disclosure link", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"link": link, "vendor": vendor, "now": s.now()}
		var withdrawn bool
		err := tx.QueryRow(ctx, `SELECT withdrawn_at IS NOT NULL FROM disclosure_link WHERE id = @link AND vendor = @vendor FOR UPDATE`, args).Scan(&withdrawn)
		if errors.Is(err, pgx.ErrNoRows) {
			return &incident.Error{Kind: incident.NotFound, Field: "link", Value: shortID(link), Message: "this vendor has no such link",
				Expected: "an id of the vendor's links"}
		}
		if err != nil || withdrawn {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE disclosure_link SET withdrawn_at = @now WHERE id = @link`, args); err != nil {
			return err
		}
		return record(by, incident.ChangeDisclosureLink{What: incident.DisclosureLinkWithdrawn, Link: link, Vendor: vendor})
	})
}

// DisclosureLinks lists the links of a vendor, the newest first, ended ones too.
func (s *Store) DisclosureLinks(ctx context.Context, vendor string) ([]DisclosureLink, error) {
	rows, err := s.pool.Query(ctx, disclosureLinkQuery+`WHERE l.vendor = @vendor ORDER BY l.created_at DESC, l.id LIMIT 100`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, failed("list disclosure links", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[DisclosureLink])
	for i := range list {
		list[i].inUTC()
	}
	return list, failed("list disclosure links", err)
}

func (l *DisclosureLink) inUTC() {
	l.CreatedAt = l.CreatedAt.UTC()
	for _, at := range []**time.Time{&l.ExpiresAt, &l.WithdrawnAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// noDisclosureLink is the one answer to a link that is wrong, over, withdrawn, used up, or
// of a vendor that has ended.
func noDisclosureLink() *incident.Error {
	return &incident.Error{Kind: incident.NotFound, Message: "this link opens nothing"}
}

// DisclosureLinkOf gives the link that a secret opens. One that is wrong, over or
// withdrawn, or of a vendor that has ended, is [incident.NotFound]; one that is
// used up is given, since what was told through it may be told again.
func (s *Store) DisclosureLinkOf(ctx context.Context, secret string) (DisclosureLink, error) {
	rows, err := s.pool.Query(ctx, disclosureLinkQuery+`
		WHERE l.digest = @digest AND l.withdrawn_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > @now) AND v.ended_at IS NULL`,
		pgx.NamedArgs{"digest": hashToken(secret), "now": s.now()})
	if err != nil {
		return DisclosureLink{}, failed("read disclosure link", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[DisclosureLink])
	if errors.Is(err, pgx.ErrNoRows) {
		return DisclosureLink{}, noDisclosureLink()
	}
	found.inUTC()
	return found, failed("read disclosure link", err)
}

// DisclosureUse is one use of a link.
type DisclosureUse struct {
	// Reference is the number that the vendor is given.
	Reference string
	// ReceivedAt is when it was told, UTC.
	ReceivedAt time.Time
}

// DisclosureUseOf gives the use of a link that opens a case; [incident.NotFound]
// for none.
func (s *Store) DisclosureUseOf(ctx context.Context, link, incidentID string) (DisclosureUse, error) {
	var use DisclosureUse
	err := s.pool.QueryRow(ctx, `SELECT reference, received_at FROM disclosure_use WHERE incident = @incident AND link = @link`,
		pgx.NamedArgs{"incident": incidentID, "link": link}).Scan(&use.Reference, &use.ReceivedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return use, noDisclosureLink()
	}
	use.ReceivedAt = use.ReceivedAt.UTC()
	return use, failed("read the use of a disclosure link", err)
}

// UseDisclosureLink counts and records a use of a link that opens a case, and
// gives its reference. The same case again is the same use. A link that was used
// up, withdrawn or over meanwhile is [incident.NotFound].
func (s *Store) UseDisclosureLink(ctx context.Context, link, incidentID string) (DisclosureUse, error) {
	use := DisclosureUse{Reference: newReference(), ReceivedAt: s.now()}
	err := s.changeAccounts(ctx, "use disclosure link", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"link": link, "incident": incidentID, "now": use.ReceivedAt, "reference": use.Reference}
		var there bool
		err := tx.QueryRow(ctx, `SELECT reference, received_at, true FROM disclosure_use WHERE incident = @incident AND link = @link`, args).
			Scan(&use.Reference, &use.ReceivedAt, &there)
		if err := optional(err); err != nil || there {
			use.ReceivedAt = use.ReceivedAt.UTC()
			return err
		}
		var vendor string
		err = tx.QueryRow(ctx, `
			SELECT l.vendor FROM disclosure_link l JOIN vendor v ON v.id = l.vendor
			WHERE l.id = @link AND l.withdrawn_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > @now) AND v.ended_at IS NULL
			  AND (SELECT count(*) FROM disclosure_use u WHERE u.link = l.id) < l.most`, args).Scan(&vendor)
		if errors.Is(err, pgx.ErrNoRows) {
			return noDisclosureLink()
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO disclosure_use (incident, link, reference, received_at) VALUES (@incident, @link, @reference, @now)`, args); err != nil {
			return err
		}
		return record(incident.Actor{Role: incident.RoleVendor, ID: link}, incident.ChangeDisclosureLink{
			What: incident.DisclosureLinkUsed, Link: link, Vendor: vendor, Incident: incidentID, Reference: use.Reference})
	})
	return use, err
}

// newReference is a number that can be read out on the telephone: 60 random bits.
func newReference() string {
	text := rand.Text()[:12]
	return text[:4] + "-" + text[4:8] + "-" + text[8:]
}
