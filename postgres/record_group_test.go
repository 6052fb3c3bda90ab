package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestWhatWaitsAtTheSameTimeIsRecordedInOneTransaction(t *testing.T) {
	t.Parallel()
	q := newQueue(t, "a", "b", "c", "d", "e")
	used := newKey()
	if _, err := q.store.Record(t.Context(), postgres.Recording{Incident: "e", Key: used, Actor: dpo, Command: assessment(true)}); err != nil {
		t.Fatal(err)
	}
	free := q.holdLog(t)
	first := q.give(t.Context(), reasons("a", "first"))
	q.beginsToRecord(t)
	var later []<-chan given
	for _, in := range []postgres.Recording{
		reasons("b", "one"), reasons("c", "two"), reasons("a", "second"), reasons("d", "three"), reasons("a", "third"),
		{Incident: "e", Key: newKey(), Actor: dpo, Command: incident.ApproveNotification{Obligation: 1}},
		{Incident: "b", Key: used, Actor: dpo, Command: assessment(true)},
		{Incident: "nowhere", Key: newKey(), Actor: dpo, Command: assessment(true)},
	} {
		before := q.store.Waiting()
		later = append(later, q.give(t.Context(), in))
		eventually(t, "the command waiting", func() bool { return q.store.Waiting() == before+1 })
	}
	free()
	for i, answer := range append([]<-chan given{first}, later[:5]...) {
		if got := <-answer; got.err != nil || len(got.out.Recorded) != 1 {
			t.Errorf("command %d recorded %d events, %v; want 1", i, len(got.out.Recorded), got.err)
		}
	}
	for i, kind := range []incident.Kind{incident.Conflict, incident.Internal, incident.NotFound} {
		wantKind(t, (<-later[5+i]).err, kind)
	}
	for said, want := range map[string]int{"one two three second": 1, "first second third": 3} {
		n := query[int](t, q.ownerURL, `SELECT count(DISTINCT xmin::text) FROM event WHERE type = $1 AND data->>'reasons' = ANY ($2)`,
			incident.EvDelayReasonsGiven, strings.Fields(said))
		if n != want {
			t.Errorf("%s: recorded in %d transactions, want %d", said, n, want)
		}
	}
	q.check(t)
}

func TestWhatTheDatabaseRefusesOfOneIsRecordedOfTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, fault string
		kind        incident.Kind
	}{
		{"a row that is not allowed", `ALTER TABLE tocsin.event ADD CHECK (incident <> 'broken') NOT VALID`, incident.Internal},
		{"a lock that another has", `
			CREATE FUNCTION tocsin.in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$;
			CREATE TRIGGER in_the_way BEFORE INSERT ON tocsin.event FOR EACH ROW WHEN (NEW.incident = 'broken') EXECUTE FUNCTION tocsin.in_the_way()`, incident.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(t, "a", "b", "c", "broken")
			if _, err := connect(t, q.ownerURL).Exec(t.Context(), c.fault); err != nil {
				t.Fatal(err)
			}
			free := q.holdLog(t)
			answers := []<-chan given{q.give(t.Context(), reasons("a", "first"))}
			q.beginsToRecord(t)
			for i, id := range []string{"b", "c", "broken"} {
				answers = append(answers, q.give(t.Context(), reasons(id, "because")))
				eventually(t, "the command waiting", func() bool { return q.store.Waiting() == i+1 })
			}
			free()
			for i, answer := range answers[:3] {
				if got := <-answer; got.err != nil || len(got.out.Recorded) != 1 {
					t.Errorf("command %d recorded %d events, %v; want 1", i, len(got.out.Recorded), got.err)
				}
			}
			wantKind(t, (<-answers[3]).err, c.kind)
			q.check(t)
		})
	}
}

func TestACaseThatAnotherProgramRecordsInHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	q := newQueue(t, "a", "held", "b")
	other, err := connect(t, q.ownerURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1, $2)`, postgres.LockIncident, postgres.IncidentLock("held")); err != nil {
		t.Fatal(err)
	}
	free := q.holdLog(t)
	first := q.give(t.Context(), reasons("a", "first"))
	q.beginsToRecord(t)
	held, beside := q.give(t.Context(), reasons("held", "late")), q.give(t.Context(), reasons("b", "soon"))
	eventually(t, "both waiting", func() bool { return q.store.Waiting() == 2 })
	free()
	for _, answer := range []<-chan given{first, beside} {
		if got := <-answer; got.err != nil || len(got.out.Recorded) != 1 {
			t.Errorf("recorded %d events, %v; want 1", len(got.out.Recorded), got.err)
		}
	}
	if err := other.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-held; got.err != nil || len(got.out.Recorded) != 1 {
		t.Errorf("afterwards it recorded %d events, %v; want 1", len(got.out.Recorded), got.err)
	}
	q.check(t)
}

func TestACommandWhoseCallerGaveUpWhileItWaitedIsNotRecorded(t *testing.T) {
	t.Parallel()
	q := newQueue(t, "a", "b")
	free := q.holdLog(t)
	first := q.give(t.Context(), reasons("a", "first"))
	q.beginsToRecord(t)
	ctx, giveUp := context.WithCancel(t.Context())
	second := q.give(ctx, reasons("b", "second"))
	eventually(t, "the command waiting", func() bool { return q.store.Waiting() == 1 })
	giveUp()
	wantKind(t, (<-second).err, incident.Unavailable)
	free()
	if got := <-first; got.err != nil {
		t.Error(got.err)
	}
	if state, err := q.store.State(t.Context(), "b"); err != nil || state.Seq != q.opened["b"] {
		t.Errorf("the case is at %d, %v; want %d as before", state.Seq, err, q.opened["b"])
	}
	q.check(t)
}

func TestAGroupWhoseConnectionIsKilledLeavesNothingAndIsRecordedOnceByItsRetries(t *testing.T) {
	t.Parallel()
	q := newQueue(t, "a", "b", "c")
	before := totals(t, q.ownerURL)
	free := q.holdLog(t)
	group := []postgres.Recording{reasons("a", "first"), reasons("b", "second"), reasons("c", "third")}
	answers := []<-chan given{q.give(t.Context(), group[0])}
	q.beginsToRecord(t)
	for _, in := range group[1:] {
		answers = append(answers, q.give(t.Context(), in))
	}
	eventually(t, "both waiting", func() bool { return q.store.Waiting() == 2 })
	for range 2 { // the first alone, then the others together
		q.kill(t)
	}
	for _, answer := range answers {
		wantKind(t, (<-answer).err, incident.Unavailable)
	}
	free()
	if after := totals(t, q.ownerURL); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	for range 2 {
		for _, in := range group {
			if out, err := q.store.Record(t.Context(), in); err != nil || len(out.Recorded) != 1 {
				t.Errorf("a retry answers %d events, %v; want 1", len(out.Recorded), err)
			}
		}
	}
	for id, seq := range q.opened {
		if state, err := q.store.State(t.Context(), id); err != nil || state.Seq != seq+1 {
			t.Errorf("case %s is at %d, %v; want %d", id, state.Seq, err, seq+1)
		}
	}
	q.check(t)
}

func TestTheRightEdgeIsReadFromWhereTheTreeKeepsIt(t *testing.T) {
	t.Parallel()
	_, ownerURL, _ := postgrestest.Migrated(t)
	conn := connect(t, ownerURL)
	asked := strings.Replace(postgres.LedgerEdge, postgres.LedgerSize, `SELECT $1::bigint`, 1)
	random := rand.New(rand.NewPCG(20, 35))
	sizes := []int64{0, 1, 2, 3, 4, 7, 8, 1_000_000, ledger.MaxTreeSize}
	for range 200 {
		sizes = append(sizes, random.Int64N(int64(1)<<(1+random.IntN(50))))
	}
	for _, size := range sizes {
		var want []int64
		if size > 0 {
			_, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(positions []int64) ([]tlog.Hash, error) {
				want = slices.Clone(positions)
				return make([]tlog.Hash, len(positions)), nil
			}))
			if err != nil {
				t.Fatal(err)
			}
		}
		rows, err := conn.Query(t.Context(), asked, size)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for rows.Next() {
			var position int64
			var hash []byte
			if err := rows.Scan(&position, &hash); err != nil {
				t.Fatal(err)
			}
			got = append(got, position)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("size %d: the edge is read at %v, want %v", size, got, want)
		}
	}
}

// queue is a store whose commands can be made to wait for each other.
type queue struct {
	store              *postgres.Store
	adminURL, ownerURL string
	opened             map[string]int64 // the last event of each case
}

type given struct {
	out postgres.Recorded
	err error
}

func newQueue(t *testing.T, cases ...string) *queue {
	t.Helper()
	clock := newWatch(start)
	q := &queue{opened: map[string]int64{}}
	var appURL string
	q.adminURL, q.ownerURL, appURL = postgrestest.Migrated(t)
	q.store = postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now), postgres.WithoutLimits())
	for _, id := range cases {
		q.opened[id] = openCase(t, q.store, id, start).Seq
	}
	return q
}

func reasons(id, text string) postgres.Recording {
	return postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, AfterSeq: 1 << 40,
		Command: incident.GiveDelayReasons{Obligation: 1, Reasons: text}}
}

func (q *queue) give(ctx context.Context, in postgres.Recording) <-chan given {
	answer := make(chan given, 1)
	go func() {
		out, err := q.store.Record(ctx, in)
		answer <- given{out, err}
	}()
	return answer
}

// holdLog lets nobody add to the log until it is freed.
func (q *queue) holdLog(t *testing.T) (free func()) {
	t.Helper()
	tx, err := connect(t, q.ownerURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1, 0)`, postgres.LockLedger); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// waitsForLog finds who waits for the log.
var waitsForLog = fmt.Sprintf(`pg_locks WHERE locktype = 'advisory' AND classid = %d AND NOT granted
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, postgres.LockLedger)

// beginsToRecord waits until a transaction has written all but its entries.
func (q *queue) beginsToRecord(t *testing.T) {
	t.Helper()
	conn := connect(t, q.ownerURL)
	eventually(t, "a transaction waiting for the log", func() bool {
		var n int
		return conn.QueryRow(t.Context(), `SELECT count(*) FROM `+waitsForLog).Scan(&n) == nil && n == 1
	})
}

// kill ends the connection that waits for the log, and waits until it is gone.
func (q *queue) kill(t *testing.T) {
	t.Helper()
	conn := connect(t, q.adminURL)
	var pid int
	eventually(t, "a transaction waiting for the log", func() bool {
		return conn.QueryRow(t.Context(), `SELECT pid FROM `+waitsForLog).Scan(&pid) == nil
	})
	eventually(t, "the connection gone", func() bool {
		var there bool
		err := conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE pid = $1`, pid).Scan(&there)
		return err == nil && !there
	})
}

func (q *queue) check(t *testing.T) {
	t.Helper()
	for id := range q.opened {
		checkLedger(t, q.store, id)
		checkSnapshot(t, q.store, id)
	}
}
