package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
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
	// Again is the id of the last delivery that this owner was given once more in
	// this pass, 0 at its beginning. When none is pending after After, those that
	// are to be offered again are looked for from there, then from the first.
	Again int64
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
	batch := &pgx.Batch{}
	if len(x.Settled) > 0 {
		settleMany.queue(batch, rows.args(x))
	}
	claim := func(statement ordered, args pgx.NamedArgs) {
		statement.queue(batch, args).Query(func(rows pgx.Rows) error {
			claimed, err := collectClaimed(rows, key, x.Round)
			out.Claimed = append(out.Claimed, claimed...)
			return err
		})
	}
	args := pgx.NamedArgs{"incident": x.Incident, "round": x.Round, "owner": x.Owner, "now": s.now(), "due": x.Due, "n": x.Claim}
	if len(x.Due) > 0 {
		claim(claimDue, args)
	}
	if n := x.Claim - len(x.Due); n > 0 {
		fresh := maps.Clone(args)
		fresh["n"], fresh["after"] = n, x.After
		claim(claimFresh, fresh)
	}
	// All of it goes in one write and is one transaction.
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return Exchanged{}, uncertain("exchange deliveries", err)
	}
	if out.Sending = len(out.Claimed) > 0; out.Sending {
		return out, nil
	}
	var status string
	err = s.pool.QueryRow(ctx, `SELECT status FROM mailing WHERE incident = @incident AND round = @round`, args).Scan(&status)
	if err := optional(err); err != nil {
		return Exchanged{}, uncertain("exchange deliveries", err)
	}
	if out.Sending = status == mailingSending; x.Claim == 0 || x.Fresh || !out.Sending {
		return out, nil
	}
	for _, after := range slices.Compact([]int64{x.Again, 0}) {
		args["after"] = after
		batch = &pgx.Batch{}
		claim(claimAgain, args)
		if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
			return Exchanged{}, uncertain("exchange deliveries", err)
		}
		if len(out.Claimed) > 0 {
			break
		}
	}
	return out, nil
}

// settleMany writes outcomes in the order of ids, so that two senders never
// wait for each other in a circle.
var settleMany = order(`
	UPDATE delivery d SET
		state = CASE WHEN d.withhold AND u.state = 'deferred' THEN 'withheld' ELSE u.state END, settled_at = u.at,
		retry_at = CASE WHEN NOT d.withhold THEN u.retry_at END, code = nullif(u.code, 0), enhanced = nullif(u.enhanced, ''),
		message_id = nullif(u.message_id, ''), sha256 = u.sha256, reply = u.reply, relay = nullif(u.relay, '')
	FROM unnest(@ids::bigint[], @states::text[], @ats::timestamptz[], @retries::timestamptz[], @codes::int[],
	            @enhanced::text[], @messages::text[], @hashes::bytea[], @replies::bytea[], @relays::text[])
	     AS u (id, state, at, retry_at, code, enhanced, message_id, sha256, reply, relay)
	WHERE d.id = u.id AND d.incident = @incident AND d.owner = @owner AND d.state = 'sending'`)

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

// anyClaimable is everything that may be handed over now.
const anyClaimable = `(state = 'pending' OR state = 'deferred' AND retry_at <= @now OR state = 'unknown' AND NOT resent AND NOT withhold)`

// What a mailing claims: those that are due by their ids, pending ones after the
// owner's last, and everything that may be handed over after a delivery.
var (
	claimDue   = order(claimWhere(`id = ANY (@due) AND ` + anyClaimable))
	claimFresh = order(claimWhere(`state = 'pending' AND id > @after`))
	claimAgain = order(claimWhere(anyClaimable + ` AND id > @after`))
)

// claimWhere is the statement that claims deliveries of a condition, while the
// round is being sent. The condition is a constant, never input.
//
// No index holds a column that it or [settleMany] changes: a delivery stays in
// its page, and no index is written, which costs more than all else.
func claimWhere(condition string) string {
	return `
	WITH claimed AS (
		UPDATE delivery d
		SET before = d.state, resent = d.resent OR d.state = 'unknown', state = 'sending', owner = @owner,
		    claimed_at = @now, attempt = d.attempt + 1, retry_at = NULL,
		    -- A copy of what may have arrived says the same again.
		    kinds = CASE WHEN d.state = 'unknown' THEN d.kinds
		                 WHEN EXISTS (SELECT FROM person_more more WHERE more.person = d.person)
		                 THEN (SELECT ` + allKinds + ` FROM person p WHERE p.id = d.person) END
		-- What is locked stays where it is until the statement ends.
		WHERE d.ctid = ANY (ARRAY (
			SELECT ctid FROM delivery
			WHERE incident = @incident AND round = @round AND ` + condition + `
			  AND EXISTS (SELECT FROM mailing WHERE incident = @incident AND round = @round AND status = '` + mailingSending + `')
			ORDER BY id LIMIT @n FOR UPDATE SKIP LOCKED))
		RETURNING d.id, d.person, d.attempt, d.resent, d.kinds, d.round
	)
	SELECT c.id, c.attempt, c.resent, p.id, p.locale, p.country, coalesce(c.kinds, p.kinds), p.identity,
	       CASE WHEN (SELECT kind FROM mailing WHERE incident = @incident AND round = @round) = 'follow_up' THEN ` + previouslyTold + ` END
	FROM claimed c JOIN person p ON p.id = c.person
	ORDER BY c.id`
}

// previouslyTold is when the last notice before that of the claim c was taken.
const previouslyTold = `(
	SELECT max(told.settled_at) FROM delivery told JOIN mailing r ON r.incident = told.incident AND r.round = told.round
	WHERE told.person = c.person AND told.round <> c.round AND r.kind IN ('affected', 'follow_up') AND told.state IN ('accepted', 'unknown') AND told.bounced_at IS NULL)`

func collectClaimed(rows pgx.Rows, key *incidentKey, round int) ([]Delivery, error) {
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
