package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Person is one affected person.
type Person struct {
	// ID is the store's number of the person; 0 before it is stored.
	ID int64
	// Round is the round in which the person was imported, from 1; set when read.
	Round int
	// Name is the person's name; may be empty.
	Name string
	// Email is the address; empty when none is known.
	Email string
	// Locale is the language in which the person is written to, such as es.
	Locale string
	// Country is the ISO 3166 code in upper case; empty when unknown.
	Country string
	// Fields are further columns of the vendor's file, by field.
	Fields map[string]string
	// Kinds are the kinds of the person's data that are concerned; when read,
	// with those that later imports exposed.
	Kinds []string
	// Undeliverable says why the person cannot be reached by mail; empty when
	// it can be tried.
	Undeliverable string
}

// PeopleQuery says which people are listed.
type PeopleQuery struct {
	// State lists people in this state of delivery alone; empty lists all. It
	// is one of the State constants.
	State string
	// Round lists the people of one round: whom its imports named first, or whom
	// it was prepared to write to when a person opened it; 0 lists everybody
	// affected.
	Round int
	// Rounds narrows everybody affected down to whom the imports of these rounds
	// named first; empty for all. It counts only where Round is 0.
	Rounds []int
	// Account lists people who have an account of the controller's (yes) or have
	// none (no) alone; empty lists all.
	Account string
	// After is the ID of the last person of the page before; 0 for the first page.
	After int64
	// Limit is the greatest number of people, 1 to 1000; 0 stands for 100.
	Limit int
}

// PersonView is a person with what became of the notice.
type PersonView struct {
	// Person is the person.
	Person
	// State is the state of the delivery. Before deliveries were prepared it is
	// pending or undeliverable.
	State string
	// InAccounts says whether the person has an account of the controller's;
	// false also while no accounts are loaded.
	InAccounts bool
	// Attempts counts how often the notice was handed over.
	Attempts int
	// Resent says that the notice may have arrived twice: see [StateUnknown].
	Resent bool
	// Code is the relay's last reply code; 0 for none.
	Code int
	// Enhanced is the relay's last enhanced status code, such as 5.1.1.
	Enhanced string
	// MessageID is the message's id without angle brackets; empty before an outcome.
	MessageID string
	// SettledAt is when the last outcome came, real time, UTC; zero before.
	SettledAt time.Time
	// Why says why no notice can reach the person by mail, where the state is
	// undeliverable: what the file lacked, or what the notice could not be written
	// with. Empty in other states.
	Why string
	// RetryAt is when a deferred notice is tried again, real time, UTC; zero otherwise.
	RetryAt time.Time
	// BouncedAt is when a report said that the notice will not arrive, real time,
	// UTC; zero otherwise.
	BouncedAt time.Time
	// BounceClass is why it came back, coarsely, such as no_such_mailbox; empty
	// when it did not.
	BounceClass string
	// DelayedAt is when a server last said that it goes on trying, real time,
	// UTC; zero otherwise.
	DelayedAt time.Time
}

// People lists the affected people of an incident in the order of import. Once
// the incident's key was erased it is [incident.NotFound].
func (s *Store) People(ctx context.Context, incidentID string, q PeopleQuery) ([]PersonView, error) {
	if q.State != "" && !validState(q.State) {
		return nil, incident.InvalidField("state", q.State, "is not a state of delivery",
			"pending, sending, accepted, deferred, refused, undeliverable, unknown, bounced or withheld")
	}
	if q.Account != "" && q.Account != "yes" && q.Account != "no" {
		return nil, incident.InvalidField("account", q.Account, "is not an answer", "yes or no")
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, failed("list people", err)
	}
	source, err := s.peopleSource(ctx, incidentID, q.Round)
	if err != nil {
		return nil, failed("list people", err)
	}
	rows, err := s.pool.Query(ctx, source.before+`
		SELECT p.id, coalesce(i.round, i.recipients_of), p.locale, p.country, `+allKinds+`, p.identity,
		       `+presentState+` AS state,
		       coalesce(d.attempt, 0), coalesce(d.resent, false), coalesce(d.code, 0), coalesce(d.enhanced, ''),
		       coalesce(d.message_id, ''), d.id AS delivery, CASE WHEN d.state = 'undeliverable' THEN d.reply END, d.settled_at, d.retry_at, d.bounced_at, coalesce(d.bounce_class, ''), d.delayed_at, EXISTS (SELECT FROM controller_account a WHERE `+matchesPerson+`)
		FROM `+source.from+` AND p.id > @after
		  AND (@state = '' OR `+presentState+` = @state)
		  AND (@account = '' OR (@account = 'yes') = EXISTS (SELECT FROM controller_account a WHERE `+matchesPerson+`))
		ORDER BY p.id
		LIMIT @limit`+source.after,
		pgx.NamedArgs{"account": q.Account, "incident": incidentID, "round": q.Round, "rounds": q.Rounds, "after": q.After, "state": q.State, "limit": min(limit, 1000)})
	if err != nil {
		return nil, failed("list people", err)
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (PersonView, error) {
		var v PersonView
		var sealed []byte
		var settled, retry, bounced, delayed *time.Time
		var delivery *int64
		var reply []byte
		err := row.Scan(&v.ID, &v.Round, &v.Locale, &v.Country, &v.Kinds, &sealed, &v.State, &v.Attempts, &v.Resent,
			&v.Code, &v.Enhanced, &v.MessageID, &delivery, &reply, &settled, &retry, &bounced, &v.BounceClass, &delayed, &v.InAccounts)
		if err != nil {
			return v, err
		}
		v.SettledAt, v.RetryAt, v.BouncedAt, v.DelayedAt = moment(settled), moment(retry), moment(bounced), moment(delayed)
		if err := openIdentity(key, &v.Person, sealed); err != nil || v.State != StateUndeliverable {
			return v, err
		}
		v.Why = v.Undeliverable
		if v.Why == "" && delivery != nil && reply != nil {
			text, err := key.open("delivery", "reply", strconv.FormatInt(*delivery, 10), reply)
			if err != nil {
				return v, err
			}
			v.Why = string(text)
		}
		return v, nil
	})
	return people, failed("list people", err)
}
