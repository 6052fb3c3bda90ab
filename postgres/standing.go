package postgres

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// Machine is what a machine with workers keeps outside the database, to recognise a
// copy of it.
type Machine struct {
	// ID names the machine; 16 to 64 characters, made once by chance.
	ID string `json:"id"`
	// Epoch is the take-over by which it may act; 0 before it ever did.
	Epoch int64 `json:"epoch"`
	// Entries is how many entries of the log it has seen, and Root the root of the
	// tree over them in base64.
	Entries int64  `json:"entries"`
	Root    string `json:"root"`
	// Saw is what others that act had done here when this process first asked, for a
	// machine that waits; nil before. It is not kept.
	Saw *int64 `json:"-"`
}

// Standing says whether an installation may act outward.
type Standing struct {
	// Why are the reasons for which everything is held, some of incident's Held
	// constants; none when it may act.
	Why []string `json:"why"`
	// Epoch counts the take-overs.
	Epoch int64 `json:"epoch"`
	// Entries is how many entries the log has.
	Entries int64 `json:"entries"`
	// Lost is how many entries a machine has seen that the log does not have.
	Lost int64 `json:"lost"`
	// Promoted says that the database is held for its place alone, that this is the later
	// timeline of the same cluster on a server that was named for it, and that all
	// machines that acted have come: it may be followed without a person.
	Promoted bool `json:"promoted,omitempty"`
}

// Held says whether everything that goes outward is held.
func (s Standing) Held() bool { return len(s.Why) > 0 }

// waitingFor is for how long a machine counts that waits to be let in and has not
// been heard of.
const waitingFor = 2 * time.Minute

// Stand says whether a machine may act, and what it keeps from now on. The first
// machine on a new database may, and one that comes to others that act here. Nothing is
// asked of a process without workers, which gives nil: it says what holds for the machines.
func (s *Store) Stand(ctx context.Context, m *Machine) (Standing, error) {
	var out Standing
	err := s.transact(ctx, "look whether this is a copy", func(tx pgx.Tx) error {
		out = Standing{Why: []string{}}
		here, known, err := s.lookAround(ctx, tx, &out)
		if err != nil {
			return err
		}
		if known != here {
			out.Why = append(out.Why, incident.HeldDatabase)
		}
		if m == nil {
			return heldMachines(ctx, tx, &out, s.now())
		}
		stranger, err := s.judge(ctx, tx, m, &out)
		if err != nil {
			return err
		}
		if stranger {
			if err := s.receive(ctx, tx, m, &out); err != nil {
				return err
			}
		}
		if err := s.enter(ctx, tx, m, &out); err != nil {
			return err
		}
		out.Promoted, err = s.expected(ctx, tx, known, here, out.Why)
		return err
	})
	return out, err
}

// lookAround reads where the record lives, as it finds it and as it was written down,
// and writes it down the first time.
func (s *Store) lookAround(ctx context.Context, tx pgx.Tx, out *Standing) (here, known string, err error) {
	if here, err = s.findPlace(ctx, tx); err != nil {
		return "", "", err
	}
	if err := tx.QueryRow(ctx, ledgerSize).Scan(&out.Entries); err != nil {
		return "", "", err
	}
	read := func() error {
		return tx.QueryRow(ctx, `SELECT epoch, place FROM standing`).Scan(&out.Epoch, &known)
	}
	if err = read(); errors.Is(err, pgx.ErrNoRows) {
		_, err = tx.Exec(ctx, `INSERT INTO standing (epoch, place, taken_at) VALUES (1, @place, @now) ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{"place": here, "now": s.now()})
		if err == nil {
			err = read()
		}
	}
	return here, known, err
}

// heldMachines says for which reasons machines wait.
func heldMachines(ctx context.Context, q querier, out *Standing, now time.Time) error {
	rows, err := q.Query(ctx, `SELECT held, seen FROM machine WHERE held IS NOT NULL AND seen_at > @since ORDER BY id`,
		pgx.NamedArgs{"since": now.Add(-waitingFor)})
	if err != nil {
		return err
	}
	var held string
	var seen int64
	_, err = pgx.ForEachRow(rows, []any{&held, &seen}, func() error {
		for why := range strings.FieldsSeq(held) {
			if !slices.Contains(out.Why, why) {
				out.Why = append(out.Why, why)
			}
		}
		out.Lost = max(out.Lost, seen-out.Entries)
		return nil
	})
	return err
}

// judge compares what a machine keeps with what it finds, and says whether the record
// does not know it.
func (s *Store) judge(ctx context.Context, tx pgx.Tx, m *Machine, out *Standing) (stranger bool, err error) {
	admitted, first, err := admission(ctx, tx, m.ID)
	if err != nil {
		return false, err
	}
	hold := func(why string) { out.Why = append(out.Why, why) }
	if m.Epoch > out.Epoch {
		hold(incident.HeldEarlier)
		return false, nil
	}
	// Nobody acts yet: whoever comes first does.
	stranger = admitted != out.Epoch && (!first || out.Held())
	if m.Epoch == 0 || m.Epoch < out.Epoch && (admitted == out.Epoch || first) {
		return stranger, nil // let in since: a person looked at what it had seen before
	}
	out.Lost = max(0, m.Entries-out.Entries)
	if out.Lost > 0 {
		hold(incident.HeldShorter)
		return stranger, nil
	}
	root, err := rootOf(ctx, tx, m.Entries)
	if err == nil && root != m.Root {
		hold(incident.HeldHistory)
	}
	return stranger, err
}

// receive lets a machine in that the record does not know, where others that act look
// at this database while it waits: so it is no copy. Otherwise it waits for a person.
func (s *Store) receive(ctx context.Context, tx pgx.Tx, m *Machine, out *Standing) error {
	alive, err := lives(ctx, tx, m, out.Epoch)
	if err != nil {
		return err
	}
	if !alive || out.Held() {
		out.Why = append(out.Why, incident.HeldMachine)
		return nil
	}
	last, err := lockInstallation(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.recordInstallation(ctx, tx, last, incident.Engine(), incident.AdmitMachine{Machine: m.ID, Epoch: out.Epoch}); err != nil {
		return err
	}
	return tx.QueryRow(ctx, ledgerSize).Scan(&out.Entries)
}

// admission is the take-over by which a machine may act, 0 for none, and whether no
// machine may.
func admission(ctx context.Context, q querier, id string) (epoch int64, first bool, err error) {
	err = q.QueryRow(ctx, `
		SELECT coalesce((SELECT epoch FROM machine WHERE id = @id), 0), NOT EXISTS (SELECT FROM machine WHERE epoch IS NOT NULL)`,
		pgx.NamedArgs{"id": id}).Scan(&epoch, &first)
	return epoch, first, err
}

func rootOf(ctx context.Context, q querier, size int64) (string, error) {
	if size == 0 {
		return "", nil
	}
	root, err := ledger.Root(size, hashReader(ctx, q))
	return base64.StdEncoding.EncodeToString(root[:]), err
}

// enter writes down that a machine was there, and gives it what it keeps.
func (s *Store) enter(ctx context.Context, tx pgx.Tx, m *Machine, out *Standing) error {
	var held *string
	var epoch *int64
	seen := m.Entries
	if out.Held() {
		all := strings.Join(out.Why, " ")
		held = &all
	} else {
		root, err := rootOf(ctx, tx, out.Entries)
		if err != nil {
			return err
		}
		m.Epoch, m.Entries, m.Root = out.Epoch, out.Entries, root
		epoch, seen = &out.Epoch, out.Entries
	}
	// One that waits keeps the take-over by which it acted: it is let in anew by the next.
	_, err := tx.Exec(ctx, `
		INSERT INTO machine (id, epoch, held, seen, seen_at, looks) VALUES (@id, @epoch, @held, @seen, @now, @acts::boolean::int)
		ON CONFLICT (id) DO UPDATE SET epoch = coalesce(@epoch, machine.epoch), held = @held, seen = @seen, seen_at = @now,
			looks = machine.looks + @acts::boolean::int`,
		pgx.NamedArgs{"id": m.ID, "epoch": epoch, "held": held, "seen": seen, "now": s.now(), "acts": epoch != nil})
	return err
}

// Succession asks that this database and the machines that wait become the
// installation.
type Succession struct {
	// Reason says why.
	Reason string
	// Checkpoints are the texts of checkpoints that left the building, the last among
	// them; none when there is none to be had.
	Checkpoints []string
	// WithoutCheckpoint says that there is none.
	WithoutCheckpoint bool
	// Rounds is how many rounds were halted for it.
	Rounds int
	// Followed says that a standby was promoted where it was expected; a person decided
	// nothing. It is refused where [Standing.Promoted] would not hold.
	Followed bool
	// Try says what would be recorded, or why it is refused, and changes nothing.
	Try bool
}

// errTried undoes what was only tried.
var errTried = errors.New("tried")

// Succeed makes this database the installation, lets in the machines that wait, and
// settles as unknown what was being sent when the backup was made: it is not sent
// again. All of it is recorded in the same transaction. It is refused when nothing is
// held, and when the checkpoint was signed by another key or contradicts the log.
func (s *Store) Succeed(ctx context.Context, in Succession) (incident.TakeOver, error) {
	var out incident.TakeOver
	err := s.transact(ctx, "take over", func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		standing := Standing{Why: []string{}}
		here, known, err := s.lookAround(ctx, tx, &standing)
		if err != nil {
			return err
		}
		moved := here != known
		if moved {
			standing.Why = append(standing.Why, incident.HeldDatabase)
		}
		if err := heldMachines(ctx, tx, &standing, s.now()); err != nil {
			return err
		}
		if !standing.Held() {
			return &incident.Error{Kind: incident.Conflict, Message: "nothing is held: this installation acts already, or no worker has asked to; start a worker first"}
		}
		if in.Followed {
			if err := s.mayFollow(ctx, tx, known, here, standing); err != nil {
				return err
			}
		}
		out = incident.TakeOver{Followed: in.Followed, Why: standing.Why, Reason: in.Reason, Epoch: standing.Epoch + 1, Entries: standing.Entries, Lost: standing.Lost, Rounds: in.Rounds}
		restored := !slices.Equal(standing.Why, []string{incident.HeldMachine})
		if err := s.compare(ctx, tx, in, restored, &out); err != nil {
			return err
		}
		if restored {
			done, err := tx.Exec(ctx, `UPDATE delivery SET state = 'unknown', owner = NULL, withhold = true WHERE state = 'sending'`)
			if err != nil {
				return err
			}
			out.InDoubt = int(done.RowsAffected())
		}
		if err := s.admit(ctx, tx, out.Epoch, here, moved); err != nil {
			return err
		}
		if err := s.recordInstallation(ctx, tx, last, incident.Engine(), out); err != nil || !in.Try {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return out, err
}

// compare holds the log against the last checkpoint that left the building.
func (s *Store) compare(ctx context.Context, tx pgx.Tx, in Succession, restored bool, out *incident.TakeOver) error {
	if len(in.Checkpoints) == 0 {
		if restored && !in.WithoutCheckpoint {
			return &incident.Error{Kind: incident.Invalid, Field: "checkpoint",
				Message: "the last checkpoint that was mailed is missing: it tells whether the backup lacks entries. Give its text, or say that there is none"}
		}
		return nil
	}
	for _, text := range in.Checkpoints {
		if err := s.compareOne(ctx, tx, text, out); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) compareOne(ctx context.Context, tx pgx.Tx, text string, out *incident.TakeOver) error {
	signed, err := s.ReadCheckpoint(ctx, text)
	if err != nil {
		return &incident.Error{Kind: incident.Invalid, Field: "checkpoint",
			Message: "the checkpoint was not signed by this installation, or was altered; expected the text of the last checkpoint that was mailed"}
	}
	out.Checkpoint = max(out.Checkpoint, signed.Size)
	if signed.Size > out.Entries {
		out.Lost = max(out.Lost, signed.Size-out.Entries)
		return nil
	}
	root, err := ledger.Root(signed.Size, hashReader(ctx, tx))
	if err == nil && root != signed.Root {
		err = &incident.Error{Kind: incident.Conflict,
			Message: "the checkpoint contradicts this record: entries that it covers are others here. This is not a backup of that record; find out which one is right before you go on"}
	}
	return err
}

// admit writes down the place and lets machines act. Those of another place are
// turned out.
func (s *Store) admit(ctx context.Context, tx pgx.Tx, epoch int64, here string, moved bool) error {
	args := pgx.NamedArgs{"epoch": epoch, "place": here, "now": s.now(), "since": s.now().Add(-waitingFor)}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE standing SET epoch = @epoch, place = @place, taken_at = @now`, args)
	if moved {
		batch.Queue(`DELETE FROM machine WHERE held IS NULL OR seen_at <= @since`, args)
	}
	batch.Queue(`
		UPDATE machine SET epoch = @epoch, held = NULL
		WHERE epoch IS NOT NULL AND held IS NULL OR held IS NOT NULL AND seen_at > @since`, args)
	return tx.SendBatch(ctx, batch).Close()
}
