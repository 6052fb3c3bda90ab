package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Prefixes of what outside counsel has: the link, and the session that it opens.
const (
	counselPrefix        = "tcl_"
	counselSessionPrefix = "tcls_"
)

const (
	// CounselSession is how long a link that was opened shows the case before it is
	// opened, and recorded, again.
	CounselSession = time.Hour
	// MaxCounselLinks is how many links of one case may be open.
	MaxCounselLinks = 10
)

// CounselLink is a link with which outside counsel reads the pages of one case.
// What opens is shown once, when it is made; the store keeps its hash.
type CounselLink struct {
	// ID names the link. It opens nothing.
	ID string `db:"id"`
	// Incident is the id of the case.
	Incident string `db:"incident"`
	// Name says for whom it is, in the words of who made it.
	Name string `db:"name"`
	// MadeBy is the id of the account that made it.
	MadeBy string `db:"made_by"`
	// Locale and Zone are those of who made it: counsel reads the pages in them.
	Locale string `db:"locale"`
	Zone   string `db:"zone"`
	// MadeAt and ExpiresAt are when it was made and when it ends, UTC.
	MadeAt    time.Time `db:"made_at"`
	ExpiresAt time.Time `db:"expires_at"`
	// RevokedAt is when it was revoked, UTC; nil while it was not.
	RevokedAt *time.Time `db:"revoked_at"`
	// Opened is how often it was opened, and OpenedAt when last, UTC; nil for never.
	Opened   int        `db:"opened"`
	OpenedAt *time.Time `db:"opened_at"`
}

const counselColumns = `id, incident, name, made_by, locale, zone, made_at, expires_at, revoked_at, opened, opened_at`

// counselOpen is the condition that a link works at @now.
const counselOpen = `(revoked_at IS NULL AND expires_at > @now)`

// Open says whether the link works at an instant.
func (l CounselLink) Open(now time.Time) bool { return l.RevokedAt == nil && now.Before(l.ExpiresAt) }

func (l *CounselLink) inUTC() {
	l.MadeAt, l.ExpiresAt = l.MadeAt.UTC(), l.ExpiresAt.UTC()
	for _, at := range []**time.Time{&l.RevokedAt, &l.OpenedAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// MakeCounselLink makes a link to one case for some days, and gives what opens,
// which is shown this once. A name that is wrong, days out of bounds and a link too
// many are refused.
func (s *Store) MakeCounselLink(ctx context.Context, by User, incidentID, name string, days int) (CounselLink, string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 || !utf8.ValidString(name) || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return CounselLink{}, "", incident.InvalidField("name", "", "is missing or not a name", "for whom the link is, in at most 100 bytes")
	}
	if days < incident.CounselLeastDays || days > incident.CounselMostDays {
		return CounselLink{}, "", incident.InvalidField("days", fmt.Sprint(days), "is out of bounds",
			"a number of days from 1 to 30")
	}
	secret, digest := newToken(counselPrefix)
	now := s.now()
	link := CounselLink{ID: "cl_" + strings.ToLower(rand.Text()[:20]), Incident: incidentID, Name: name, MadeBy: by.ID, Locale: by.Locale, Zone: by.Zone,
		MadeAt: now, ExpiresAt: now.AddDate(0, 0, days)}
	err := s.changeAccounts(ctx, "make a link for counsel", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"id": link.ID, "incident": incidentID, "name": name, "by": by.ID, "locale": by.Locale, "zone": by.Zone,
			"digest": digest, "now": now, "expires": link.ExpiresAt}
		var known bool
		var open int
		err := tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM incident WHERE id = @incident),
			       (SELECT count(*) FROM counsel_link WHERE incident = @incident AND `+counselOpen+`)`, args).Scan(&known, &open)
		switch {
		case err != nil:
			return err
		case !known:
			return &incident.Error{Kind: incident.NotFound, Message: "there is no such incident"}
		case open >= MaxCounselLinks:
			return &incident.Error{Kind: incident.Conflict, Message: "ten links of this case are open already; revoke one that is no longer used"}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO counsel_link (id, incident, name, made_by, locale, zone, digest, made_at, expires_at)
			VALUES (@id, @incident, @name, @by, @locale, @zone, @digest, @now, @expires)`, args)
		if err != nil {
			return err
		}
		return record(incident.Actor{Role: by.Role, ID: by.ID}, link.used(incident.CounselMade))
	})
	if err != nil {
		return CounselLink{}, "", err
	}
	return link, secret, nil
}

func (l CounselLink) used(what string) incident.UseCounselLink {
	return incident.UseCounselLink{What: what, Incident: l.Incident, Link: l.ID, ExpiresAt: l.ExpiresAt.UTC()}
}

// CounselLinks lists the links of a case, the newest first, those that ended too.
func (s *Store) CounselLinks(ctx context.Context, incidentID string) ([]CounselLink, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+counselColumns+` FROM counsel_link WHERE incident = @incident ORDER BY made_at DESC, id`,
		pgx.NamedArgs{"incident": incidentID})
	if err != nil {
		return nil, failed("list links for counsel", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[CounselLink])
	for i := range list {
		list[i].inUTC()
	}
	return list, failed("list links for counsel", err)
}

// RevokeCounselLink ends a link of a case and what it opened. One that has ended
// already stays as it is.
func (s *Store) RevokeCounselLink(ctx context.Context, by incident.Actor, incidentID, id string) error {
	return s.changeAccounts(ctx, "revoke a link for counsel", func(tx pgx.Tx, record recorder) error {
		args := pgx.NamedArgs{"id": id, "incident": incidentID, "now": s.now()}
		link, err := oneCounselLink(ctx, tx, `SELECT `+counselColumns+` FROM counsel_link WHERE id = @id AND incident = @incident FOR UPDATE`, args)
		if errors.Is(err, pgx.ErrNoRows) {
			return &incident.Error{Kind: incident.NotFound, Message: "this case has no such link"}
		}
		if err != nil || !link.Open(s.now()) {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE counsel_link SET revoked_at = @now WHERE id = @id`, args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM counsel_session WHERE link = @id`, args); err != nil {
			return err
		}
		return record(by, link.used(incident.CounselRevoked))
	})
}

func oneCounselLink(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, sql string, args pgx.NamedArgs) (CounselLink, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return CounselLink{}, err
	}
	link, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[CounselLink])
	link.inUTC()
	return link, err
}

// CounselLink gives the link that a secret opens. Whatever is wrong with it, the
// answer is one and the same [incident.NotFound].
func (s *Store) CounselLink(ctx context.Context, secret string) (CounselLink, error) {
	link, err := oneCounselLink(ctx, s.pool, `SELECT `+counselColumns+` FROM counsel_link WHERE digest = @digest AND `+counselOpen,
		pgx.NamedArgs{"digest": hashToken(secret), "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return CounselLink{}, noLink()
	}
	return link, failed("read a link for counsel", err)
}

// OpenCounselLink opens a link, records that, and gives the token of a session
// that shows the case for an hour, and not beyond the link's end.
func (s *Store) OpenCounselLink(ctx context.Context, secret string) (CounselLink, string, error) {
	token, digest := newToken(counselSessionPrefix)
	var link CounselLink
	err := s.changeAccounts(ctx, "open a link for counsel", func(tx pgx.Tx, record recorder) error {
		now := s.now()
		args := pgx.NamedArgs{"secret": hashToken(secret), "token": digest, "now": now, "until": now.Add(CounselSession)}
		var err error
		link, err = oneCounselLink(ctx, tx, `
			UPDATE counsel_link SET opened = opened + 1, opened_at = @now WHERE digest = @secret AND `+counselOpen+` RETURNING `+counselColumns, args)
		if errors.Is(err, pgx.ErrNoRows) {
			return noLink()
		}
		if err != nil {
			return err
		}
		args["link"] = link.ID
		if _, err := tx.Exec(ctx, `DELETE FROM counsel_session WHERE expires_at <= @now`, args); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO counsel_session (token, link, expires_at)
			SELECT @token, id, least(expires_at, @until) FROM counsel_link WHERE id = @link`, args)
		if err != nil {
			return err
		}
		return record(incident.Actor{Role: incident.RoleCounsel, ID: link.ID}, link.used(incident.CounselOpened))
	})
	if err != nil {
		return CounselLink{}, "", err
	}
	return link, token, nil
}

// CounselOf gives the link behind a session of outside counsel, or
// [incident.Unauthenticated].
func (s *Store) CounselOf(ctx context.Context, token string) (CounselLink, error) {
	link, err := oneCounselLink(ctx, s.pool, `
		SELECT `+counselColumns+` FROM counsel_link
		WHERE `+counselOpen+` AND id = (SELECT link FROM counsel_session WHERE token = @token AND expires_at > @now)`,
		pgx.NamedArgs{"token": hashToken(token), "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return CounselLink{}, unauthenticated()
	}
	return link, failed("read a session of counsel", err)
}
