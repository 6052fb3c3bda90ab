package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"tocsin/incident"
)

// What is counted over all people of an incident takes seconds for a million, and
// changes seldom. It is kept together with its basis: a text that names
// everything from which it was counted. As long as the basis is the same, what is
// kept is true.
//
// While notices are being sent, the basis stays and the outcomes change. Then a
// count of many people holds for some moments.

// manyPeople is from how many people on a count takes long enough to be kept for
// some moments while notices are being sent, and to be shown while it is made anew.
const manyPeople = 50_000

// countFor bounds a count that goes on although nobody waits for it any more.
const countFor = 2 * time.Minute

// What is kept.
const (
	keptPeople        = "people"
	keptOrganisations = "organisations"
)

// PeopleSummary is what is counted over all people affected of an incident.
type PeopleSummary struct {
	// Owed are the people who still have to be told by a mailing.
	Owed incident.Owed `json:"owed"`
	// Matched is how people and the controller's accounts agree: see [Store.Match].
	Matched Matching `json:"matched"`
	// ToldNotAffected is the number of people affected who were told that they are not.
	ToldNotAffected int `json:"told_not_affected"`
	// Rest is the number of people whom stopped rounds left out.
	Rest int `json:"rest"`
	// Spread are people and outcomes by country and language, the most numerous
	// first, SpreadRows at most.
	Spread []Spread `json:"spread"`
	// CountedAt is when it was counted, real time, UTC.
	CountedAt time.Time `json:"-"`
	// Stale says that something has changed since, and that it is being counted anew.
	Stale bool `json:"-"`
}

// SpreadRows is how many rows of countries and languages a summary has at most.
const SpreadRows = 40

// PeopleSummary counts the people affected of an incident, or gives what was
// counted before and is still true. With patience it waits for a count as long as
// ctx lasts. Without, and with many people, it gives what was counted last, says
// that it is stale, and counts in the background.
func (s *Store) PeopleSummary(ctx context.Context, incidentID string, patience bool) (PeopleSummary, error) {
	k, stale, err := s.counted(ctx, incidentID, keptPeople, patience, s.countPeople)
	if err != nil {
		return PeopleSummary{}, failed("count people", err)
	}
	var sum PeopleSummary
	if err := json.Unmarshal(k.content, &sum); err != nil {
		return sum, errors.New("count people: what was kept cannot be read")
	}
	sum.CountedAt, sum.Stale = k.at.UTC(), stale
	return sum, nil
}

// CountAhead begins to count what pages will ask for of many people, in the
// background, after they were imported.
func (s *Store) CountAhead(ctx context.Context, incidentID string) error {
	for what, count := range map[string]counter{keptPeople: s.countPeople, keptOrganisations: s.countOrganisations} {
		k, err := s.kept(ctx, incidentID, what)
		if err != nil {
			return failed("count people", err)
		}
		if k.people >= manyPeople && !k.holds(s.now()) {
			s.startCount(ctx, incidentID, what, k.basis, count)
		}
	}
	return nil
}

// kept is what was counted, and what it would be counted from now.
type kept struct {
	basis   string // of now
	people  int64
	moving  bool   // whether notices are being sent
	was     string // the basis of what is kept
	at      time.Time
	content []byte // nil when nothing is kept
}

// holds says whether what is kept is true at an instant.
func (k *kept) holds(now time.Time) bool {
	if k.content == nil || k.was != k.basis {
		return false
	}
	if !k.moving {
		return true
	}
	age := now.Sub(k.at)
	return k.people >= manyPeople && age >= 0 && age < holdsFor
}

// holdsFor is how long a count of many people is shown while notices are sent.
const holdsFor = 5 * time.Second

// kept reads what is kept of an incident, with the basis of now. Who belongs to
// which organisation stands in the files alone.
func (s *Store) kept(ctx context.Context, incidentID, what string) (*kept, error) {
	k := &kept{}
	err := s.pool.QueryRow(ctx, `
		SELECT CASE WHEN @what = @organisations THEN concat_ws(' ', now.imports, now.erased)
		            ELSE concat_ws(' ', now.imports, now.rounds, now.accounts, now.erased) END,
		       now.people, now.moving AND @what <> @organisations,
		       coalesce(l.basis, ''), coalesce(l.counted_at, 'epoch'), l.content
		FROM (SELECT
			(SELECT string_agg(concat_ws('.', i.id, i.round, i.recipients_of, i.people), ',' ORDER BY i.id)
			 FROM people_import i WHERE i.incident = @incident AND (i.round IS NOT NULL OR i.recipients_of IS NOT NULL)) AS imports,
			(SELECT coalesce(sum(i.people), 0) FROM people_import i
			 WHERE i.incident = @incident AND (i.round IS NOT NULL OR i.recipients_of IS NOT NULL)) AS people,
			(SELECT string_agg(concat_ws('.', m.round, m.status, m.prepared, (
				SELECT max(d.bounce_number) FROM delivery d
				WHERE d.incident = m.incident AND d.round = m.round AND d.bounce_number IS NOT NULL)), ',' ORDER BY m.round)
			 FROM mailing m WHERE m.incident = @incident) AS rounds,
			(SELECT coalesce(bool_or(m.status = ANY (@moving)), false) FROM mailing m WHERE m.incident = @incident) AS moving,
			`+latestLoad+` AS accounts,
			(SELECT k.erased_at FROM incident_key k WHERE k.incident = @incident) AS erased) now
		LEFT JOIN people_summary l ON l.incident = @incident AND l.what = @what`,
		pgx.NamedArgs{"incident": incidentID, "what": what, "organisations": keptOrganisations,
			"moving": []string{incident.MailingSending, incident.MailingPausedStatus, incident.MailingHalted}}).
		Scan(&k.basis, &k.people, &k.moving, &k.was, &k.at, &k.content)
	return k, err
}

// counter counts something of an incident, as it is kept.
type counter func(ctx context.Context, incidentID string) ([]byte, error)

// counted gives what is kept if it holds, and counts otherwise: see
// [Store.PeopleSummary].
func (s *Store) counted(ctx context.Context, incidentID, what string, patience bool, count counter) (k *kept, stale bool, err error) {
	if k, err = s.kept(ctx, incidentID, what); err != nil || k.holds(s.now()) {
		return k, false, err
	}
	began := s.startCount(ctx, incidentID, what, k.basis, count)
	if !patience && k.content != nil && k.people >= manyPeople {
		return k, true, nil
	}
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case done := <-began:
		if done.Err != nil {
			return nil, false, done.Err
		}
		content, ok := done.Val.([]byte)
		if !ok {
			return nil, false, errors.New("a count gave nothing")
		}
		k.content, k.at = content, s.now()
		return k, false, nil
	}
}

// startCount begins a count, or joins the one that is under way from the same
// basis. It goes on when whoever asked has gone.
func (s *Store) startCount(ctx context.Context, incidentID, what, basis string, count counter) <-chan singleflight.Result {
	return s.counts.DoChan(what+" "+incidentID+" "+basis, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countFor)
		defer cancel()
		content, err := count(ctx, incidentID)
		if err != nil {
			return nil, err
		}
		// What was erased meanwhile is not written down again.
		_, err = s.pool.Exec(ctx, `
			INSERT INTO people_summary (incident, what, basis, counted_at, content)
			SELECT @incident, @what, @basis, @now, @content
			WHERE NOT EXISTS (SELECT FROM incident_key WHERE incident = @incident AND erased_at IS NOT NULL)
			ON CONFLICT (incident, what) DO UPDATE SET basis = excluded.basis, counted_at = excluded.counted_at, content = excluded.content`,
			pgx.NamedArgs{"incident": incidentID, "what": what, "basis": basis, "now": s.now(), "content": content})
		return content, err
	})
}

// countPeople makes a [PeopleSummary].
func (s *Store) countPeople(ctx context.Context, incidentID string) ([]byte, error) {
	var sum PeopleSummary
	var err error
	if sum.Owed, err = s.Owed(ctx, incidentID); err != nil {
		return nil, err
	}
	if sum.Matched, err = s.Match(ctx, incidentID, 0); err != nil {
		return nil, err
	}
	if sum.ToldNotAffected, err = s.ToldNotAffected(ctx, incidentID); err != nil {
		return nil, err
	}
	var halted bool
	if err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM mailing WHERE incident = @incident AND status = @stopped)`,
		pgx.NamedArgs{"incident": incidentID, "stopped": incident.MailingHalted}).Scan(&halted); err != nil {
		return nil, err
	}
	if halted {
		if sum.Rest, err = s.CountRest(ctx, incidentID); err != nil {
			return nil, err
		}
	}
	if sum.Spread, err = s.SpreadOfPeople(ctx, incidentID, SpreadRows); err != nil {
		return nil, err
	}
	return json.Marshal(sum)
}

// countOrganisations lists the organisations, sealed: their names are of the file.
func (s *Store) countOrganisations(ctx context.Context, incidentID string) ([]byte, error) {
	list, err := s.readOrganisations(ctx, incidentID)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, err
	}
	return key.seal("people_summary", "content", keptOrganisations, plain)
}
