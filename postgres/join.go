package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// errJoinedMeanwhile says that the case was joined to another, or is no longer,
// between reading it and locking it.
var errJoinedMeanwhile = incident.Refused(incident.Conflict, "the case was joined or taken out at the same moment: look at it, then give the command again")

// otherCase is the second case that a command concerns; empty for none.
func (s *Store) otherCase(ctx context.Context, in Recording) (string, error) {
	switch in.Command.(type) {
	case incident.Join, incident.Reopen:
	default:
		return "", nil
	}
	state, err := s.State(ctx, in.Incident)
	if incident.KindOf(err) == incident.NotFound {
		return "", nil // the decision says so
	}
	if err != nil {
		return "", err
	}
	return state.Other(in.Command), nil
}

// recordBoth records a command that concerns two cases in one transaction, so that
// neither half is ever without the other. Both cases are locked, in the order of
// their locks, so that two people who join at once do not wait for each other.
func (s *Store) recordBoth(ctx context.Context, in Recording, other string) (Recorded, error) {
	one, two := &recording{Recording: in}, &recording{Recording: Recording{Incident: other}}
	ordered := []*recording{one, two}
	slices.SortFunc(ordered, func(a, b *recording) int { return cmp.Compare(incidentLock(a.Incident), incidentLock(b.Incident)) })
	err := s.transact(ctx, "record", func(tx pgx.Tx) error {
		if err := s.begin(ctx, tx, ordered, waitForIncident); err != nil {
			return err
		}
		if one.refused != nil {
			return one.refused
		}
		one.before, two.before = one.state.Seq, two.state.Seq
		if one.repeated {
			return one.repeat(ctx, tx)
		}
		now := s.now()
		if err := s.considerBoth(ctx, tx, one, two, now); err != nil {
			return err
		}
		return s.save(ctx, tx, []*recording{one, two}, now)
	})
	if err != nil {
		return Recorded{}, err
	}
	answer := one.answer()
	s.states.put(one.Incident, one.heldState)
	s.states.put(two.Incident, two.heldState)
	return answer, nil
}

// considerBoth decides in both cases.
func (s *Store) considerBoth(ctx context.Context, tx pgx.Tx, one, two *recording, now time.Time) (err error) {
	if one.AfterSeq < one.state.Seq {
		if one.since, err = readEvents(ctx, tx, one.Incident, one.AfterSeq, one.state.Seq); err != nil {
			return err
		}
	}
	rules := s.rulesOf(one.settings, one.state)
	if has := one.state.Other(one.Command); has != "" && has != two.Incident {
		return errJoinedMeanwhile
	}
	own, others, err := rules.DecideBoth(one.state, two.state, one.Actor, one.Command, now)
	if err != nil {
		return err
	}
	for r, events := range map[*recording][]incident.Event{one: own, two: others} {
		if err := r.follow(events); err != nil {
			return err
		}
	}
	one.since = append(one.since, one.recorded...)
	for _, e := range others {
		out, ok := e.Data.(incident.DisclosureTakenOut)
		if !ok || len(out.DataSets) == 0 {
			continue
		}
		// The file of people belongs to another breach: it does not stay here.
		_, err := tx.Exec(ctx, `DELETE FROM data_set WHERE incident = @incident AND id = ANY (@ids)`,
			pgx.NamedArgs{"incident": two.Incident, "ids": out.DataSets})
		if err != nil {
			return err
		}
	}
	return nil
}

// follow takes over what was decided.
func (r *recording) follow(events []incident.Event) error {
	for _, e := range events {
		data, err := canonicalData(e.Data)
		if err != nil {
			return err
		}
		l, err := write(r.Incident, e, data)
		if err != nil {
			return err
		}
		r.lines, r.recorded, r.at = append(r.lines, l), append(r.recorded, l.event), l.event.RecordedAt
	}
	r.state.Apply(r.recorded...)
	return nil
}

// CopyForJoin seals the files of what a case was told for another one, before the
// joining is recorded that names them. A copy that no case came to name is removed
// later, as every such file is; those of people at once by [Store.DropCopies].
func (s *Store) CopyForJoin(ctx context.Context, from *incident.State, into string) ([]incident.Copy, error) {
	var copies []incident.Copy
	for _, told := range from.Carried() {
		for _, d := range told.Documents {
			doc, content, err := s.Document(ctx, from.ID, d.ID)
			if err != nil {
				return copies, err
			}
			as, err := s.PutDocument(ctx, into, doc.Name, doc.MediaType, content)
			if err != nil {
				return copies, err
			}
			copies = append(copies, incident.Copy{Of: d.ID, As: as})
		}
		if told.DataSet == nil {
			continue
		}
		doc, content, err := s.DataSet(ctx, from.ID, told.DataSet.ID)
		if err != nil {
			return copies, err
		}
		as, err := s.PutDataSet(ctx, into, doc.Name, doc.MediaType, content)
		if err != nil {
			return copies, err
		}
		copies = append(copies, incident.Copy{Of: told.DataSet.ID, As: as})
	}
	return copies, nil
}

// DropCopies removes the copies of files of people that no joining came to name.
func (s *Store) DropCopies(ctx context.Context, from *incident.State, into string, copies []incident.Copy) error {
	var errs []error
	for _, told := range from.Carried() {
		for _, c := range copies {
			if told.DataSet != nil && c.Of == told.DataSet.ID {
				errs = append(errs, s.DropDataSet(ctx, into, c.As.ID))
			}
		}
	}
	return errors.Join(errs...)
}
