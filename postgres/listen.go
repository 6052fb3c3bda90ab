package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// recordChannel is where PostgreSQL tells of what was recorded. What is told is the
// incident's id, once it is committed.
const recordChannel = "tocsin_record"

const (
	// listenCheck is after how much silence the connection is tried.
	listenCheck = 30 * time.Second
	// listenAgain is how long it takes until a lost connection is made anew.
	listenAgain = 2 * time.Second
)

// Listen calls heard for each recording of any process, with the incident's id, or
// [incident.InstallationID]. It calls it with an empty id when it begins to listen,
// and again whenever it could have missed something. It holds one connection of its
// own and ends with the context. What is heard is a hint to look at the record: it
// may come late or twice.
func (s *Store) Listen(ctx context.Context, heard func(incidentID string)) {
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

func (s *Store) listen(ctx context.Context, heard func(incidentID string)) error {
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
	heard("")
	for {
		silence, cancel := context.WithTimeout(ctx, listenCheck)
		told, err := conn.WaitForNotification(silence)
		quiet := silence.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			heard(told.Payload)
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
