package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Who a round writes to. Every query for it stands in this file.
//
// People affected are those of imports whose round is set. Recipients, who are
// not affected or administer an organisation, are in imports whose recipients_of
// is set; no query for people affected sees them.

// affectedPeople joins the people p who are affected with their imports i.
const affectedPeople = `people_import i JOIN ` + peopleOfImport + ` AND i.incident = @incident AND i.round IS NOT NULL`

// dealtWith are the states of a delivery after which its notice is not owed any
// more: it was told, or mail cannot tell it.
const dealtWith = `('accepted', 'unknown', 'refused', 'undeliverable', 'bounced')`

// wasTold is the condition that a notice to a person p was taken by a relay and
// has not come back.
const wasTold = `EXISTS (
	SELECT FROM delivery d JOIN mailing r ON r.incident = d.incident AND r.round = d.round
	WHERE d.person = p.id AND r.kind IN ('affected', 'follow_up') AND d.state IN ('accepted', 'unknown') AND d.bounced_at IS NULL)`

// changedPeople are the people of whom a recorded import exposes kinds of data
// that no notice to them named.
const changedPeople = `
	SELECT DISTINCT more.person
	FROM people_import i
	JOIN person_more more ON more.import = i.id
	JOIN person p ON p.id = more.person
	WHERE i.incident = @incident AND i.round IS NOT NULL AND ` + wasTold + `
	  AND NOT more.kinds <@ ARRAY(
		SELECT k FROM delivery d JOIN mailing r ON r.incident = d.incident AND r.round = d.round,
		       unnest(coalesce(d.kinds, p.kinds)) k
		WHERE d.person = p.id AND r.kind IN ('affected', 'follow_up') AND d.state IN ` + dealtWith + `)`

// owedPeople are the people p who are affected and whom no mailing dealt with.
const owedPeople = affectedPeople + `
	WHERE NOT EXISTS (
		SELECT FROM delivery d JOIN mailing r ON r.incident = d.incident AND r.round = d.round
		WHERE d.person = p.id AND r.kind = 'affected' AND d.state IN ` + dealtWith + `)`

// recipientsOf joins the recipients p of the round @round with their import i, or
// those of the import @staged that no round has yet.
const recipientsOf = `people_import i JOIN ` + peopleOfImport + ` AND i.incident = @incident
	AND (i.recipients_of = @round OR i.name = @staged AND i.round IS NULL AND i.recipients_of IS NULL)`

// allKinds are the kinds of data of the person p: those of the import that named
// them and those that later ones exposed, in an order that is always the same.
const allKinds = `(p.kinds || ARRAY(
	SELECT DISTINCT k FROM person_more more JOIN people_import later ON later.id = more.import, unnest(more.kinds) k
	WHERE more.person = p.id AND later.round IS NOT NULL AND k <> ALL (p.kinds) ORDER BY k))`

// presentKinds is the column kinds of the person p. Most are in no later file, and
// looking that up is cheaper than adding nothing.
const presentKinds = `CASE WHEN EXISTS (SELECT FROM person_more more WHERE more.person = p.id) THEN ` + allKinds + ` ELSE p.kinds END AS kinds`

// Which people of an audience are meant: those with the numbers from @first to
// @last, or all of them.
const (
	among     = ` AND p.id BETWEEN @first AND @last`
	everybody = ""
)

// notAffected are the recipients of the round @round who are written to that
// they are not affected: one for each address that no row shares with somebody
// who is affected, by address or by user id. The one of an address is that with
// the lowest number.
func notAffected(within string) string {
	addresses, lowest := "", ""
	if within != "" {
		addresses = ` AND p.match_email IN (SELECT p.match_email FROM ` + recipientsOf + within + `)`
		lowest = ` AND min(p.id) >= @first`
	}
	return `
	SELECT min(p.id) AS id, count(*) AS rows
	FROM ` + recipientsOf + addresses + `
	LEFT JOIN (SELECT DISTINCT p.match_email FROM ` + affectedPeople + ` WHERE p.match_email IS NOT NULL) by_email
	       ON by_email.match_email = p.match_email
	LEFT JOIN (SELECT DISTINCT p.match_user FROM ` + affectedPeople + ` WHERE p.match_user IS NOT NULL) by_user
	       ON by_user.match_user = p.match_user
	GROUP BY p.match_email
	HAVING count(by_email.match_email) = 0 AND count(by_user.match_user) = 0` + lowest
}

// audience gives the query for columns of the people p of a round, all of them or
// those among two numbers; its arguments are @incident, @round and @staged, and
// @first and @last.
func audience(kind, scope, within, columns string) string {
	of := `SELECT ` + columns + ` FROM `
	switch {
	case kind == incident.RoundAffected && scope == incident.ScopeRest:
		return of + owedPeople + within + `
			AND EXISTS (SELECT FROM mailing own WHERE own.incident = i.incident AND own.round = i.round AND own.status = 'stopped')`
	case kind == incident.RoundFollowUp && scope == incident.ScopeChanged:
		return of + `person p WHERE p.id IN (` + changedPeople + within + `)`
	case kind == incident.RoundFollowUp:
		return of + affectedPeople + ` WHERE ` + wasTold + within
	case kind == incident.RoundNotAffected:
		return of + `person p WHERE p.id IN (SELECT id FROM (` + notAffected(within) + `) one)`
	case kind == incident.RoundOrganisations:
		return of + recipientsOf + within
	default:
		return of + `people_import i JOIN ` + peopleOfImport + ` AND i.incident = @incident AND i.round = @round` + within
	}
}

// joinsMany allows the memory that joining a million people takes.
const joinsMany = `SET LOCAL work_mem = '96MB'`

// Owed counts the people who still have to be told by a mailing.
func (s *Store) Owed(ctx context.Context, incidentID string) (incident.Owed, error) {
	var out incident.Owed
	err := s.transact(ctx, "count who is owed a notice", func(tx pgx.Tx) (err error) {
		out, err = owed(ctx, tx, incidentID)
		return err
	})
	return out, err
}

func owed(ctx context.Context, tx pgx.Tx, incidentID string) (incident.Owed, error) {
	var out incident.Owed
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return out, err
	}
	// Whom a mailing dealt with is subtracted, not looked for: a search for each
	// person goes through all deliveries where PostgreSQL takes them for few.
	err := tx.QueryRow(ctx, `
		SELECT (SELECT coalesce(sum(i.people), 0) FROM people_import i WHERE i.incident = @incident AND i.round IS NOT NULL)
		     - (SELECT count(DISTINCT d.person) FROM delivery d WHERE d.incident = @incident AND d.state IN `+dealtWith+`
		        AND d.round IN (SELECT r.round FROM mailing r WHERE r.incident = @incident AND r.kind = 'affected')),
		       (SELECT count(*) FROM (`+changedPeople+`) changed)`,
		pgx.NamedArgs{"incident": incidentID}).Scan(&out.Affected, &out.FollowUp)
	return out, err
}

// CountRest counts the people affected whom a stopped round left out.
func (s *Store) CountRest(ctx context.Context, incidentID string) (int, error) {
	var n int
	err := s.transact(ctx, "count whom a stopped round left out", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, joinsMany); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM (`+audience(incident.RoundAffected, incident.ScopeRest, everybody, `p.id`)+`) left_out`,
			pgx.NamedArgs{"incident": incidentID}).Scan(&n)
	})
	return n, err
}

// completeRound fills in what only the store knows of a round that is opened:
// how many people it writes to and which kinds of data concern them.
func completeRound(ctx context.Context, tx pgx.Tx, incidentID string, c incident.OpenRound) (incident.OpenRound, error) {
	if c.Import != "" {
		return completeRecipients(ctx, tx, incidentID, c)
	}
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return c, err
	}
	rows, err := tx.Query(ctx, `
		WITH people AS (
			-- Most share their kinds of data with many others.
			SELECT kinds, count(*) AS n
			FROM (`+audience(c.Kind, c.Scope, everybody, presentKinds)+`) each_one
			GROUP BY kinds)
		SELECT '', coalesce(sum(n), 0)::bigint FROM people
		UNION ALL
		SELECT k, sum(n)::bigint FROM people, unnest(kinds) k GROUP BY k`,
		pgx.NamedArgs{"incident": incidentID, "round": 0, "staged": ""})
	if err != nil {
		return c, err
	}
	c.Counts = incident.RecipientCounts{ByKind: map[string]int{}}
	var kind string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&kind, &n}, func() error {
		if kind == "" {
			c.Counts.People = n
		} else {
			c.Counts.ByKind[kind] = n
		}
		return nil
	})
	return c, err
}

// completeRecipients counts those of the staged accounts who are not affected.
func completeRecipients(ctx context.Context, tx pgx.Tx, incidentID string, c incident.OpenRound) (incident.OpenRound, error) {
	if c.Kind != incident.RoundNotAffected {
		return c, nil
	}
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return c, err
	}
	var staged, kept int
	err := tx.QueryRow(ctx, `
		SELECT coalesce((SELECT people FROM people_import WHERE incident = @incident AND name = @staged), 0), count(*), coalesce(sum(rows), 0)
		FROM (`+notAffected(everybody)+`) a`,
		pgx.NamedArgs{"incident": incidentID, "round": 0, "staged": c.Import}).Scan(&staged, &c.Counts.People, &kept)
	c.Counts.Affected = staged - kept
	return c, err
}

// roundKind is to whom a round writes; people affected for one that is not there.
func roundKind(ctx context.Context, q querier, incidentID string, round int) (kind, scope string, err error) {
	err = q.QueryRow(ctx, `SELECT kind, scope FROM mailing WHERE incident = @incident AND round = @round`,
		pgx.NamedArgs{"incident": incidentID, "round": round}).Scan(&kind, &scope)
	if kind == "" {
		kind = incident.RoundAffected
	}
	return kind, scope, optional(err)
}

// complete fills in what only the store knows of a command, in the transaction
// that records it.
func complete(ctx context.Context, tx pgx.Tx, incidentID string, command incident.Command) (incident.Command, error) {
	switch c := command.(type) {
	case incident.OpenRound:
		c, err := completeRound(ctx, tx, incidentID, c)
		c.Counted = err == nil
		return c, err
	case incident.ImportPeople:
		err := tx.QueryRow(ctx, widenedTold, pgx.NamedArgs{"incident": incidentID, "name": c.Import}).Scan(&c.Counts.WidenedTold)
		return c, err
	case incident.FinishMailing:
		now, err := owed(ctx, tx, incidentID)
		c.Owed = &now
		return c, err
	}
	return command, nil
}

// publishRecipients hands the recipients that were staged to their round.
func publishRecipients(ctx context.Context, tx pgx.Tx, id string, d incident.RoundOpened) error {
	if d.Import == "" {
		return nil
	}
	done, err := tx.Exec(ctx, `
		UPDATE people_import SET recipients_of = @round
		WHERE incident = @incident AND name = @name AND round IS NULL AND recipients_of IS NULL AND people IS NOT NULL`,
		pgx.NamedArgs{"incident": id, "name": d.Import, "round": d.Round})
	if err == nil && done.RowsAffected() != 1 {
		return &incident.Error{Kind: incident.Conflict, Message: "the recipients are not stored completely: choose them again"}
	}
	return err
}

// withhold keeps notices that say "you are not affected" from those whom the
// recorded import with the number @import shows to be affected. What is on its
// way may arrive: it is not sent again.
func withhold(ctx context.Context, tx pgx.Tx, incidentID string, imported int64) error {
	args := pgx.NamedArgs{"incident": incidentID, "import": imported}
	var any bool
	err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM mailing WHERE incident = @incident AND kind = 'not_affected' AND status IN ('sending', 'paused'))`, args).Scan(&any)
	if err != nil || !any {
		return err
	}
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		WITH fresh AS (
			SELECT p.match_email, p.match_user FROM people_import i JOIN `+peopleOfImport+` WHERE i.id = @import
		), recipient AS (
			SELECT p.id, p.import, p.match_email, p.match_user
			FROM mailing m
			JOIN people_import i ON i.incident = m.incident AND i.recipients_of = m.round
			JOIN `+peopleOfImport+`
			WHERE m.incident = @incident AND m.kind = 'not_affected'
		), found AS (
			SELECT r.import, r.match_email FROM recipient r JOIN fresh f ON f.match_email = r.match_email
			UNION
			SELECT r.import, r.match_email FROM recipient r JOIN fresh f ON f.match_user = r.match_user
		)
		UPDATE delivery d SET
			withhold = true,
			state = CASE WHEN d.state IN ('pending', 'deferred') THEN 'withheld' ELSE d.state END,
			retry_at = CASE WHEN d.state = 'deferred' THEN NULL ELSE d.retry_at END
		FROM recipient r JOIN found USING (import, match_email)
		WHERE d.person = r.id AND d.state IN ('pending', 'deferred', 'sending', 'unknown')`, args)
	return err
}

// peopleSource is from whom a list of people p is taken, with their imports i and
// the delivery d of their notice: before stands before the columns, and after
// behind all conditions, order and limit.
type peopleSource struct{ before, from, after string }

// peopleSource gives the source for one round, or for everybody affected.
func (s *Store) peopleSource(ctx context.Context, incidentID string, round int) (peopleSource, error) {
	var opened, rest bool
	err := s.pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM mailing WHERE incident = @incident AND round = @round)
		       AND NOT EXISTS (SELECT FROM people_import WHERE incident = @incident AND round = @round),
		       EXISTS (SELECT FROM mailing WHERE incident = @incident AND scope = 'rest')`,
		pgx.NamedArgs{"incident": incidentID, "round": round}).Scan(&opened, &rest)
	if err != nil {
		return peopleSource{}, err
	}
	if opened {
		return peopleSource{from: `delivery d JOIN person p ON p.id = d.person JOIN people_import i ON i.id = p.import
			WHERE d.incident = @incident AND d.round = @round`}, nil
	}
	delivery := `delivery d ON d.person = p.id AND d.round = i.round`
	if rest {
		// Whom a stopped round left out has the notice of a later one.
		delivery = `LATERAL (
			SELECT d.* FROM delivery d JOIN mailing r ON r.incident = d.incident AND r.round = d.round
			WHERE d.person = p.id AND r.kind = 'affected' ORDER BY d.round DESC LIMIT 1) d ON true`
	}
	// Import by import, each in the order of its numbers: otherwise PostgreSQL goes
	// through the people of every incident until it has enough of this one.
	return peopleSource{
		before: `SELECT page.* FROM people_import i CROSS JOIN LATERAL (`,
		from:   `person p LEFT JOIN ` + delivery + ` WHERE p.import = i.id AND p.id BETWEEN i.first_person AND i.last_person`,
		after: `) page
			WHERE i.incident = @incident AND i.round IS NOT NULL AND (@round = 0 OR i.round = @round) AND i.last_person > @after
			  AND (@round <> 0 OR coalesce(cardinality(@rounds::int[]), 0) = 0 OR i.round = ANY(@rounds))
			ORDER BY page.id LIMIT @limit`,
	}, nil
}

// Recipient is what the notice of a round to one person is made of, whether or
// not the round was prepared. A person whom the round cannot write to is
// [incident.NotFound].
func (s *Store) Recipient(ctx context.Context, incidentID string, round int, person int64) (Delivery, error) {
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return Delivery{}, failed("read a recipient", err)
	}
	d := Delivery{PersonID: person}
	var sealed []byte
	var previous *time.Time
	p := &d.Person
	err = s.pool.QueryRow(ctx, `
		SELECT p.id, p.locale, p.country, `+allKinds+`, p.identity, CASE WHEN c.kind = 'follow_up' THEN `+previouslyTold+` END
		FROM people_import i JOIN `+peopleOfImport+`
		CROSS JOIN LATERAL (SELECT p.id AS person, m.round, m.kind, m.scope FROM mailing m WHERE m.incident = @incident AND m.round = @round) c
		WHERE i.incident = @incident AND p.id = @person AND CASE
			WHEN c.kind IN ('affected_organisation', 'not_affected') THEN i.recipients_of = c.round
			WHEN c.kind = 'follow_up' OR c.scope = 'rest' THEN i.round IS NOT NULL
			ELSE i.round = c.round END`,
		pgx.NamedArgs{"incident": incidentID, "round": round, "person": person}).
		Scan(&p.ID, &p.Locale, &p.Country, &p.Kinds, &sealed, &previous)
	if errors.Is(err, pgx.ErrNoRows) {
		return Delivery{}, &incident.Error{Kind: incident.NotFound, Field: "person", Value: strconv.FormatInt(person, 10),
			Message: "this round does not write to that person", Expected: "an id of the list of the round's people"}
	}
	if err != nil {
		return Delivery{}, failed("read a recipient", err)
	}
	p.Round, d.PreviousAt = round, moment(previous)
	return d, failed("read a recipient", openIdentity(key, p, sealed))
}

// ToldNotAffected counts the people affected who were told, or may have been,
// that they are not: an import showed it too late.
func (s *Store) ToldNotAffected(ctx context.Context, incidentID string) (int, error) {
	var n int
	err := s.transact(ctx, "count who was told the contrary", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, joinsMany); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			WITH told AS (
				SELECT p.match_email, p.match_user
				FROM mailing m
				JOIN delivery d ON d.incident = m.incident AND d.round = m.round AND d.state IN ('accepted', 'unknown') AND d.bounced_at IS NULL
				JOIN person p ON p.id = d.person
				WHERE m.incident = @incident AND m.kind = 'not_affected'
			), person AS (SELECT p.* FROM `+affectedPeople+`)
			SELECT count(*) FROM (
				SELECT p.id FROM person p JOIN told t ON t.match_email = p.match_email
				UNION
				SELECT p.id FROM person p JOIN told t ON t.match_user = p.match_user) both_ways`,
			pgx.NamedArgs{"incident": incidentID}).Scan(&n)
	})
	return n, err
}

// fieldMembers is where an administrator's row keeps how many people of the
// organisation are affected.
const fieldMembers = "members"

// addEarlier notes what the import @id says of people whom earlier ones named:
// the kinds of data that were not known of them.
const addEarlier = `
	WITH said AS (
		SELECT DISTINCT f.match_email, k FROM person_further f, unnest(f.kinds) k
		WHERE f.import = @id AND f.match_email IS NOT NULL
	)
	INSERT INTO person_more (person, import, kinds)
	SELECT p.id, own.id, array_agg(s.k ORDER BY s.k)
	FROM people_import own
	JOIN people_import i ON i.incident = own.incident AND i.round IS NOT NULL
	JOIN ` + peopleOfImport + `
	JOIN said s ON s.match_email = p.match_email
	WHERE own.id = @id AND s.k <> ALL (` + allKinds + `)
	GROUP BY p.id, own.id`

func (w *ImportWriter) addEarlier(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) error {
	done, err := tx.Exec(ctx, addEarlier, args)
	if err != nil {
		return err
	}
	w.widened, w.more = int(done.RowsAffected()), map[string]int{}
	rows, err := tx.Query(ctx, `SELECT k, count(*) FROM person_more more, unnest(more.kinds) k WHERE more.import = @id GROUP BY k`, args)
	if err != nil {
		return err
	}
	var kind string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&kind, &n}, func() error {
		w.more[kind] = n
		return nil
	})
	return err
}

// widenedTold counts those of whom an import exposes more and to whom a notice
// has left that did not name it. Who was not written to yet is told of
// everything at once.
const widenedTold = `
	SELECT count(DISTINCT more.person)
	FROM people_import i
	JOIN person_more more ON more.import = i.id
	JOIN delivery d ON d.person = more.person AND d.state IN ('sending', 'accepted', 'unknown') AND d.bounced_at IS NULL
	JOIN mailing r ON r.incident = d.incident AND r.round = d.round AND r.kind IN ('affected', 'follow_up')
	WHERE i.incident = @incident AND i.name = @name`
