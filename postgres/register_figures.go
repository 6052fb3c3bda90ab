package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// RegisterFigures are the figures of one year of the register.
type RegisterFigures struct {
	// Year is the year.
	Year int
	// Incidents is the number of cases.
	Incidents int
	// Months are its twelve months, from January.
	Months [12]RegisterMonth
	// FromOccurrence is how long it took from the beginning of the breach to
	// awareness, FromWord from the word of it to awareness, ToDecision from
	// awareness to the first decision, ToFiling from awareness to the first filing
	// under GDPR Art. 33.
	FromOccurrence, FromWord, ToDecision, ToFiling Lengths
	// Filed is the number of cases that an authority was notified of, InTime of
	// those of them that were not late.
	Filed, InTime int
	// Overdue is the number of cases of which an authority should have been notified
	// by now and was not.
	Overdue int
	// Told is the number of people whom a message told.
	Told int64
}

// RegisterMonth counts the cases of a month. A case that lost several properties
// is counted for each of them.
type RegisterMonth struct {
	// Incidents are all cases.
	Incidents int
	// Confidentiality, Integrity and Availability are those that lost it.
	Confidentiality, Integrity, Availability int
	// Unjudged are those of which nobody said what was lost.
	Unjudged int
}

// Lengths says how lengths of time are spread.
type Lengths struct {
	// Cases is how many there are; the others are zero for none.
	Cases int
	// Median is the length that half of them do not exceed, P90 that which nine of
	// ten do not. Between two lengths it is interpolated.
	Median, P90 time.Duration
}

// RegisterFigures computes the figures of a year, drills only where they are asked
// for.
func (s *Store) RegisterFigures(ctx context.Context, year int, drills bool) (RegisterFigures, error) {
	figures := RegisterFigures{Year: year}
	args := pgx.NamedArgs{"year": year, "drills": drills}
	// A case that was joined to another is one breach with it.
	const ofYear = ` FROM register WHERE year = @year AND (@drills OR NOT exercise) AND outcome <> '` + incident.RegisterJoined + `'`
	rows, err := s.pool.Query(ctx, `
		SELECT month, count(*), count(*) FILTER (WHERE confidentiality), count(*) FILTER (WHERE integrity), count(*) FILTER (WHERE availability),
		       count(*) FILTER (WHERE NOT (confidentiality OR integrity OR availability))`+ofYear+` GROUP BY month`, args)
	if err != nil {
		return figures, failed("compute figures", err)
	}
	var month int
	var m RegisterMonth
	_, err = pgx.ForEachRow(rows, []any{&month, &m.Incidents, &m.Confidentiality, &m.Integrity, &m.Availability, &m.Unjudged}, func() error {
		figures.Months[month-1] = m
		figures.Incidents += m.Incidents
		return nil
	})
	if err != nil {
		return figures, failed("compute figures", err)
	}
	spreads := []struct {
		column string
		to     *Lengths
	}{{"occurred_seconds", &figures.FromOccurrence}, {"received_seconds", &figures.FromWord}, {"decided_seconds", &figures.ToDecision}, {"filed_seconds", &figures.ToFiling}}
	columns, into := ``, make([]any, 0, 3*len(spreads)+4)
	seconds := make([][2]float64, len(spreads))
	for i, one := range spreads {
		columns += `count(` + one.column + `),
			coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY ` + one.column + `), 0),
			coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY ` + one.column + `), 0), `
		into = append(into, &one.to.Cases, &seconds[i][0], &seconds[i][1])
	}
	into = append(into, &figures.Filed, &figures.InTime, &figures.Overdue, &figures.Told)
	//nolint:gosec // names of columns of our own
	err = s.pool.QueryRow(ctx, `SELECT `+columns+`
		count(*) FILTER (WHERE filed_seconds IS NOT NULL), count(*) FILTER (WHERE NOT filed_late), count(*) FILTER (WHERE overdue), coalesce(sum(told), 0)::bigint`+ofYear, args).Scan(into...)
	for i, one := range spreads {
		one.to.Median = time.Duration(seconds[i][0] * float64(time.Second)).Truncate(time.Second)
		one.to.P90 = time.Duration(seconds[i][1] * float64(time.Second)).Truncate(time.Second)
	}
	return figures, failed("compute figures", err)
}
