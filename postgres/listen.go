package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// recordChannel is where PostgreSQL tells of what was recorded. What is told is the
// incident's id, once it is committed; before it stands progressMark when nothing was
// recorded and a mailing has gone on.
const (
	recordChannel = "tocsin_record"
	progressMark  = "progress "
)

// Heard is what a process was told of.
type Heard struct {
	// Incident is the id of the incident, or [incident.InstallationID]; empty when
	// anything may have changed.
	Incident string
	// Progress says that nothing was recorded in the case, and that its notices have
	// gone on.
	Progress bool
}

// TellProgress tells every process that the notices of an incident have gone on. It
// is for a sender, every few seconds, not for every notice.
func (s *Store) TellProgress(ctx context.Context, incidentID string) error {
	_, err := s.pool.Exec(ctx, `SELECT pg_notify(@channel, @told)`, pgx.NamedArgs{"channel": recordChannel, "told": progressMark + incidentID})
	return failed("tell of progress", err)
}

const (
	// listenCheck is after how much silence the connection is tried.
	listenCheck = 30 * time.Second
	// listenAgain is how long it takes until a lost connection is made anew.
	listenAgain = 2 * time.Second
)

// Listen calls heard for each recording of any process, and for the progress of
// mailings. It calls it without an incident when it begins to listen, and again
// whenever it could have missed something. It holds one connection of its
// own and ends with the context. What is heard is a hint to look at the record: it
// may come late or twice.
func (s *Store) Listen(ctx context.Context, heard func(Heard)) {
	for ctx.Err() == nil {
		// An error means that the database is away, which every request says too.
		_ = s.listen(ctx, heard)
		again := time.NewTimer(listenAgain)
		select {
		case <-ctx.Done():
		case <-again.C:
		}
		again.Stop()
	}
}

func (s *Store) listen(ctx context.Context, heard func(Heard)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(end) // nothing is lost with it
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+recordChannel); err != nil {
		return err
	}
	heard(Heard{})
	for {
		silence, cancel := context.WithTimeout(ctx, listenCheck)
		told, err := conn.WaitForNotification(silence)
		quiet := silence.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			id, goesOn := strings.CutPrefix(told.Payload, progressMark)
			heard(Heard{Incident: id, Progress: goesOn})
		case quiet && !conn.IsClosed():
			// A connection that broke without a word is found out here.
			try, cancel := context.WithTimeout(ctx, listenAgain)
			err := conn.Ping(try)
			cancel()
			if err != nil {
				return err
			}
		default:
			return err
		}
	}
}
