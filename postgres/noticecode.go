package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/jackc/pgx/v5"
)

// codesAtOnce is how many codes of notices are kept with one statement.
const codesAtOnce = 10_000

// KeepNoticeCodes keeps the codes of a round's notices, so that their readers
// can have them checked ([Store.NoticesOfCode]). code gives the code printed in
// the notice to a person, by the person's number. Only a keyed hash is kept, and
// no person: it outlives the incident's key. It may be called again at any time.
//
// Deliveries come first ([Store.PrepareDeliveries]); who cannot be reached by
// mail has no notice and gets no code.
func (s *Store) KeepNoticeCodes(ctx context.Context, incidentID string, round int, code func(person int64) string) error {
	args := pgx.NamedArgs{"incident": incidentID, "round": round, "after": int64(0), "n": codesAtOnce}
	for {
		rows, err := s.pool.Query(ctx, `
			SELECT id, person FROM delivery
			WHERE incident = @incident AND round = @round AND state <> 'undeliverable' AND id > @after
			ORDER BY id LIMIT @n`, args)
		if err != nil {
			return failed("keep codes", err)
		}
		var hashes [][]byte
		var last, person int64
		if _, err := pgx.ForEachRow(rows, []any{&last, &person}, func() error {
			hashes = append(hashes, s.hashOfCode(code(person)))
			return nil
		}); err != nil {
			return failed("keep codes", err)
		}
		if len(hashes) == 0 {
			return nil
		}
		args["after"], args["codes"] = last, hashes
		if _, err := s.pool.Exec(ctx, `
			INSERT INTO notice_code (code, incident, round)
			SELECT code, @incident, @round FROM unnest(@codes::bytea[]) AS code
			ON CONFLICT DO NOTHING`, args); err != nil {
			return failed("keep codes", err)
		}
	}
}

// CodedRound is a round in whose notices a code was printed.
type CodedRound struct {
	// Incident is the incident's id.
	Incident string
	// Round is the number within the incident.
	Round int
}

// NoticesOfCode gives the rounds in whose notices a code was printed, in the
// form that the notice shows it in; none when the code is not known. It does
// the same work whichever the code is, and it looks a keyed hash up, so that
// the time it takes tells nothing about how much of a code is right.
func (s *Store) NoticesOfCode(ctx context.Context, code string) ([]CodedRound, error) {
	rows, err := s.pool.Query(ctx, `SELECT incident, round FROM notice_code WHERE code = @code ORDER BY incident, round`,
		pgx.NamedArgs{"code": s.hashOfCode(code)})
	if err != nil {
		return nil, failed("look a code up", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[CodedRound])
	return found, failed("look a code up", err)
}

// hashOfCode is the form in which codes are kept. Who reads the table without
// the key can neither list the codes nor try them out.
func (s *Store) hashOfCode(code string) []byte {
	mac := hmac.New(sha256.New, s.keys.Index)
	mac.Write([]byte("code of a notice\x00" + code)) // apart from what else is made under this key
	return mac.Sum(nil)[:16]
}
