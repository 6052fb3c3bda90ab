package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Settled is the outcome of one claimed delivery.
type Settled struct {
	// ID is the delivery's id.
	ID int64
	// Outcome is what became of it.
	Outcome DeliveryOutcome
}

// Exchange is what one commit of a mailing does: the outcomes of messages that
// have left are written down, and further deliveries are claimed.
type Exchange struct {
	// Incident and Round name the mailing.
	Incident string
	Round    int
	// Owner is who sends.
	Owner string
	// Settled are outcomes of deliveries that the owner holds.
	Settled []Settled
	// Claim is how many further deliveries are wanted; 0 for none.
	Claim int
	// After is the id of the last delivery that this owner was given in this
	// pass, 0 at its beginning: those before it are not looked through again.
	After int64
	// Due are deliveries that were claimed and released before, and are claimed
	// again before others; they count among Claim.
	Due []int64
	// Fresh claims, besides those that are due, only pending deliveries after
	// After: what was released stays where it is.
	Fresh bool
}

// Exchanged is what a commit led to.
type Exchanged struct {
	// Claimed are the deliveries to hand over now. The claims are committed.
	Claimed []Delivery
	// Sending says whether the round is being sent; false once it was paused,
	// stopped or has finished, and then nothing is claimed.
	Sending bool
}

// Exchange writes outcomes and claims further deliveries, in one commit for
// all connections of a sender, so that the disk is waited for once.
//
// Outcomes of deliveries that another took over meanwhile are dropped. The same
// exchange again after a lost answer writes nothing twice; what the lost answer
// claimed is given back by [Store.ReleaseOthers].
func (s *Store) Exchange(ctx context.Context, x Exchange) (Exchanged, error) {
	if x.Owner == "" || x.Claim < 0 {
		return Exchanged{}, errors.New("exchange deliveries: an owner and a number are required")
	}
	key, err := s.incidentKey(ctx, x.Incident)
	if err != nil {
		return Exchanged{}, failed("exchange deliveries", err)
	}
	rows, err := settledRows(key, x.Settled)
	if err != nil {
		return Exchanged{}, err
	}
	var out Exchanged
	err = s.transact(ctx, "exchange deliveries", func(tx pgx.Tx) error {
		out = Exchanged{}
		batch := &pgx.Batch{}
		if len(x.Settled) > 0 {
			batch.Queue(settleMany, rows.args(x))
		}
		batch.Queue(`SELECT status FROM mailing WHERE incident = @incident AND round = @round`,
			pgx.NamedArgs{"incident": x.Incident, "round": x.Round}).QueryRow(func(row pgx.Row) error {
			var status string
			err := optional(row.Scan(&status))
			out.Sending = status == mailingSending
			return err
		})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil || !out.Sending || x.Claim == 0 {
			return err
		}
		var err error
		if out.Claimed, err = s.claimMany(ctx, tx, key, x); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return Exchanged{}, err
	}
	return out, nil
}

// settleMany writes outcomes in the order of ids, so that two senders never
// wait for each other in a circle.
const settleMany = `
	UPDATE delivery d SET
		state = CASE WHEN d.withhold AND u.state = 'deferred' THEN 'withheld' ELSE u.state END, settled_at = u.at,
		retry_at = CASE WHEN NOT d.withhold THEN u.retry_at END, code = nullif(u.code, 0), enhanced = nullif(u.enhanced, ''),
		message_id = nullif(u.message_id, ''), sha256 = u.sha256, reply = u.reply, relay = nullif(u.relay, '')
	FROM unnest(@ids::bigint[], @states::text[], @ats::timestamptz[], @retries::timestamptz[], @codes::int[],
	            @enhanced::text[], @messages::text[], @hashes::bytea[], @replies::bytea[], @relays::text[])
	     AS u (id, state, at, retry_at, code, enhanced, message_id, sha256, reply, relay)
	WHERE d.id = u.id AND d.incident = @incident AND d.owner = @owner AND d.state = 'sending'`

// settledColumns are outcomes by column, as the statement takes them.
type settledColumns struct {
	ids                        []int64
	states, enhanced, messages []string
	relays                     []string
	ats                        []time.Time
	retries                    []*time.Time
	codes                      []int32
	hashes, replies            [][]byte
}

func settledRows(key *incidentKey, settled []Settled) (*settledColumns, error) {
	c := &settledColumns{}
	for _, one := range settled {
		o := one.Outcome
		if err := o.check(); err != nil {
			return nil, err
		}
		var reply []byte
		if o.Reply != "" {
			var err error
			if reply, err = key.seal("delivery", "reply", strconv.FormatInt(one.ID, 10), []byte(o.Reply)); err != nil {
				return nil, err
			}
		}
		var retry *time.Time
		if o.State == StateDeferred {
			at := o.RetryAt
			retry = &at
		}
		hash := o.SHA256
		if bytes.Equal(hash, make([]byte, sha256.Size)) {
			hash = nil
		}
		c.ids = append(c.ids, one.ID)
		c.states, c.enhanced, c.messages = append(c.states, o.State), append(c.enhanced, o.Enhanced), append(c.messages, o.MessageID)
		c.ats, c.retries, c.codes = append(c.ats, o.At), append(c.retries, retry), append(c.codes, int32(o.Code)) //nolint:gosec // three digits
		c.hashes, c.replies, c.relays = append(c.hashes, hash), append(c.replies, reply), append(c.relays, o.Relay)
	}
	return c, nil
}

func (c *settledColumns) args(x Exchange) pgx.NamedArgs {
	return pgx.NamedArgs{
		"incident": x.Incident, "owner": x.Owner, "ids": c.ids, "states": c.states, "ats": c.ats, "retries": c.retries,
		"codes": c.codes, "enhanced": c.enhanced, "messages": c.messages, "hashes": c.hashes, "replies": c.replies, "relays": c.relays,
	}
}

// claimMany claims those that are due, then pending deliveries after the owner's
// last one; when there are none left, those whose time has come again.
func (s *Store) claimMany(ctx context.Context, tx pgx.Tx, key *incidentKey, x Exchange) ([]Delivery, error) {
	args := pgx.NamedArgs{
		"incident": x.Incident, "round": x.Round, "owner": x.Owner, "n": x.Claim, "after": x.After, "now": s.now(), "due": x.Due,
	}
	var due []Delivery
	if len(x.Due) > 0 {
		var err error
		if due, err = collectClaimed(ctx, tx, key, x.Round, claimWhere(`id = ANY (@due) AND `+anyClaimable), args); err != nil {
			return nil, err
		}
		if args["n"] = x.Claim - len(due); len(due) >= x.Claim {
			return due, nil
		}
	}
	claimed, err := collectClaimed(ctx, tx, key, x.Round, claimWhere(`state = 'pending' AND id > @after`), args)
	if err != nil || len(claimed) > 0 || x.Fresh {
		return append(due, claimed...), err
	}
	claimed, err = collectClaimed(ctx, tx, key, x.Round, claimWhere(anyClaimable), args)
	return append(due, claimed...), err
}

// anyClaimable is everything that may be handed over now.
const anyClaimable = `(state = 'pending' OR state = 'deferred' AND retry_at <= @now OR state = 'unknown' AND NOT resent AND NOT withhold)`

// claimWhere is the statement that claims deliveries of a condition. The
// condition is a constant, never input.
func claimWhere(condition string) string {
	return `
	WITH next AS (
		SELECT id FROM delivery
		WHERE incident = @incident AND round = @round AND state IN ('pending', 'deferred', 'unknown') AND ` + condition + `
		ORDER BY id LIMIT @n FOR UPDATE SKIP LOCKED
	), claimed AS (
		UPDATE delivery d
		SET before = d.state, resent = d.resent OR d.state = 'unknown', state = 'sending', owner = @owner,
		    claimed_at = @now, attempt = d.attempt + 1, retry_at = NULL,
		    -- A copy of what may have arrived says the same again.
		    kinds = CASE WHEN d.state = 'unknown' THEN d.kinds
		                 WHEN EXISTS (SELECT FROM person_more more WHERE more.person = d.person) THEN ` + allKinds + ` END
		FROM next, person p WHERE d.id = next.id AND p.id = d.person
		RETURNING d.id, d.person, d.attempt, d.resent, d.kinds, d.incident, d.round
	)
	SELECT c.id, c.attempt, c.resent, p.id, p.locale, p.country, coalesce(c.kinds, p.kinds), p.identity,
	       CASE WHEN own.kind = 'follow_up' THEN ` + previouslyTold + ` END
	FROM claimed c JOIN person p ON p.id = c.person
	LEFT JOIN mailing own ON own.incident = c.incident AND own.round = c.round
	ORDER BY c.id`
}

// previouslyTold is when the last notice before that of the claim c was taken.
const previouslyTold = `(
	SELECT max(told.settled_at) FROM delivery told JOIN mailing r ON r.incident = told.incident AND r.round = told.round
	WHERE told.person = c.person AND told.round <> c.round AND r.kind IN ('affected', 'follow_up') AND told.state IN ('accepted', 'unknown') AND told.bounced_at IS NULL)`

func collectClaimed(ctx context.Context, tx pgx.Tx, key *incidentKey, round int, statement string, args pgx.NamedArgs) ([]Delivery, error) {
	rows, err := tx.Query(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Delivery, error) {
		var d Delivery
		var sealed []byte
		var previous *time.Time
		p := &d.Person
		if err := row.Scan(&d.ID, &d.Attempt, &d.Resend, &p.ID, &p.Locale, &p.Country, &p.Kinds, &sealed, &previous); err != nil {
			return d, err
		}
		d.PersonID, p.Round, d.PreviousAt = p.ID, round, moment(previous)
		return d, openIdentity(key, p, sealed)
	})
}

// ReleaseOthers gives back every claim of an owner but those that are held:
// claims whose answer was lost and that nobody has begun to send.
func (s *Store) ReleaseOthers(ctx context.Context, incidentID string, round int, owner string, held []int64) error {
	if held == nil {
		held = []int64{}
	}
	_, err := s.pool.Exec(ctx, releaseClaims+`
		WHERE incident = @incident AND round = @round AND owner = @owner AND state = 'sending' AND id <> ALL (@held)`,
		pgx.NamedArgs{"incident": incidentID, "round": round, "owner": owner, "held": held})
	return failed("release deliveries", err)
}
