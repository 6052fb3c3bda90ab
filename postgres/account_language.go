package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// SetLanguage sets the language, such as es, and the IANA time zone in which a
// person reads pages and mails. It is no matter of security and stands in no
// record. What is neither is [incident.Invalid], an account that is not there
// or has ended [incident.NotFound].
func (s *Store) SetLanguage(ctx context.Context, accountID, locale, zone string) error {
	if locale == "" {
		return incident.InvalidField("locale", "", "is missing", "a tag such as es or pt-BR")
	}
	if zone == "" {
		return incident.InvalidField("zone", "", "is missing", "an IANA name such as Europe/Madrid")
	}
	if err := checkLanguage(locale, zone); err != nil {
		return err
	}
	done, err := s.pool.Exec(ctx, `UPDATE account SET locale = @locale, zone = @zone WHERE id = @account AND ended_at IS NULL`,
		pgx.NamedArgs{"locale": locale, "zone": zone, "account": accountID})
	if err != nil {
		return failed("set language", err)
	}
	if done.RowsAffected() == 0 {
		return &incident.Error{Kind: incident.NotFound, Message: "there is no such account"}
	}
	return nil
}

// checkLanguage refuses what is no language or no time zone.
func checkLanguage(locale, zone string) error {
	if len(locale) > 35 || strings.IndexFunc(locale, notTag) >= 0 {
		return incident.InvalidField("locale", locale, "is not a language", "a tag such as es or pt-BR")
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 64 {
		return incident.InvalidField("zone", zone, "is not a time zone", "an IANA name such as Europe/Madrid")
	}
	return nil
}
