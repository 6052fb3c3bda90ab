package postgres

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// MaxRegister is how many entries of the register one page holds at most.
const MaxRegister = 500

// RegisterFilter says which cases of the register are read. Each field narrows,
// and its zero value does not.
type RegisterFilter struct {
	// Year is the year to which a case is counted, in its own zone.
	Year int
	// Open chooses open cases, or closed ones; nil both.
	Open *bool
	// Outcome is one of [incident.RegisterOutcomes].
	Outcome string
	// Severity is one of [incident.SeverityBands].
	Severity string
	// Vendor is looked for in the vendor's name, Search in number, title, vendor,
	// summary, reasons and the authority's numbers, whatever the case.
	Vendor, Search string
	// Drills takes drills in too.
	Drills bool
	// After is the id of the last case of the page before; empty for the first.
	After string
	// Limit is the greatest number of cases, 1 to [MaxRegister]; 0 stands for 100.
	Limit int
}

// chosen is the condition of a filter, over the table register.
var chosenOfRegister = `
	(@drills OR NOT r.exercise) AND (@year = 0 OR r.year = @year) AND (@outcome = '' OR r.outcome = @outcome)
	AND (@severity = '' OR r.severity = @severity) AND (@closed::boolean IS NULL OR r.closed = @closed)
	AND (@vendor = '' OR r.vendor LIKE ` + folded("@vendor") + `) AND (@search = '' OR r.searched LIKE ` + folded("@search") + `)`

func (f RegisterFilter) args() pgx.NamedArgs {
	var closed *bool
	if f.Open != nil {
		is := !*f.Open
		closed = &is
	}
	return pgx.NamedArgs{"drills": f.Drills, "year": f.Year, "outcome": f.Outcome, "severity": f.Severity, "closed": closed,
		"vendor": pattern(f.Vendor), "search": pattern(f.Search)}
}

// Register lists cases of the register, the latest awareness first.
func (s *Store) Register(ctx context.Context, f RegisterFilter) ([]incident.RegisterEntry, error) {
	args := f.args()
	args["after"], args["limit"] = f.After, min(f.Limit, MaxRegister)
	if f.Limit <= 0 {
		args["limit"] = 100
	}
	rows, err := s.pool.Query(ctx, `
		SELECT entry FROM (
			SELECT incident FROM register r
			WHERE `+chosenOfRegister+`
			  AND (@after = '' OR (r.began_at, r.incident) < (SELECT began_at, incident FROM register WHERE incident = @after))
			ORDER BY began_at DESC, incident DESC
			LIMIT @limit) found
		JOIN register USING (incident)
		ORDER BY began_at DESC, incident DESC`, args)
	if err != nil {
		return nil, failed("read the register", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[incident.RegisterEntry])
	return list, failed("read the register", err)
}

// WholeRegister gives every case that a filter asks for, page by page, so that no
// query waits for a slow reader. After and Limit of the filter count for nothing.
func (s *Store) WholeRegister(ctx context.Context, f RegisterFilter) iter.Seq2[incident.RegisterEntry, error] {
	return func(yield func(incident.RegisterEntry, error) bool) {
		f.After, f.Limit = "", MaxRegister
		for {
			list, err := s.Register(ctx, f)
			if err != nil {
				yield(incident.RegisterEntry{}, err)
				return
			}
			for _, e := range list {
				if !yield(e, nil) {
					return
				}
			}
			if len(list) < f.Limit {
				return
			}
			f.After = list[len(list)-1].ID
		}
	}
}

// CountRegister counts the cases that a filter asks for, and gives the years to
// which any case is counted, the latest first. It sees to it that the register is
// complete; ask it before the others.
func (s *Store) CountRegister(ctx context.Context, f RegisterFilter) (n int, years []int, err error) {
	if err := listOlder(ctx, s.pool); err != nil {
		return 0, nil, failed("count the register", err)
	}
	err = s.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM register r WHERE `+chosenOfRegister+`),
		       coalesce((SELECT array_agg(year ORDER BY year DESC) FROM (SELECT DISTINCT year FROM register WHERE @drills OR NOT exercise) y), '{}')`,
		f.args()).Scan(&n, &years)
	return n, years, failed("count the register", err)
}

// queueRegister brings the register to the state of a case.
func queueRegister(batch *pgx.Batch, state *incident.State) error {
	e := state.Register()
	entry, err := json.Marshal(e)
	if err != nil {
		return err
	}
	year, month := e.Place()
	args := pgx.NamedArgs{
		"incident": e.ID, "exercise": e.Exercise, "began_at": e.Began(), "year": year, "month": int(month), "closed": !e.ClosedAt.IsZero(),
		"outcome": e.Outcome, "severity": e.Severity, "vendor": e.Vendor, "searched": registerText(&e),
		"told": e.ToldPeople, "overdue": e.Overdue(), "entry": string(entry),
		"occurred": between(e.OccurredFrom, e.AwareAt), "received": between(e.ReceivedAt, e.AwareAt), "decided": between(e.AwareAt, e.DecidedAt),
	}
	for _, property := range []string{"confidentiality", "integrity", "availability"} { // the columns of those names
		args[property] = slices.Contains(e.Properties, property)
	}
	args["filed"], args["filed_late"] = notified(state)
	registered.queue(batch, args)
	return nil
}

// registered is given with each recording; it writes nothing where nothing of the
// register changed.
var registered = order(`
	INSERT INTO register AS r (incident, exercise, began_at, year, month, closed, outcome, severity, vendor, searched,
	                           confidentiality, integrity, availability, occurred_seconds, received_seconds,
	                           decided_seconds, filed_seconds, filed_late, told, overdue, entry)
	VALUES (@incident, @exercise, @began_at, @year, @month, @closed, @outcome, @severity, ` + folded("@vendor") + `, ` + folded("@searched") + `,
	        @confidentiality, @integrity, @availability, @occurred, @received, @decided, @filed, @filed_late, @told, @overdue, @entry)
	ON CONFLICT (incident) DO UPDATE SET
		began_at = excluded.began_at, year = excluded.year, month = excluded.month, closed = excluded.closed, outcome = excluded.outcome,
		severity = excluded.severity, vendor = excluded.vendor, searched = excluded.searched, confidentiality = excluded.confidentiality,
		integrity = excluded.integrity, availability = excluded.availability, occurred_seconds = excluded.occurred_seconds,
		received_seconds = excluded.received_seconds, decided_seconds = excluded.decided_seconds, filed_seconds = excluded.filed_seconds,
		filed_late = excluded.filed_late, told = excluded.told, overdue = excluded.overdue, entry = excluded.entry
	WHERE r.entry::text <> excluded.entry::text OR r.overdue <> excluded.overdue`)

// registerText is what a search of the register looks into.
func registerText(e *incident.RegisterEntry) string {
	parts := []string{e.Number, e.Title, e.Vendor}
	for _, f := range e.Filings {
		parts = append(parts, f.To, f.Receipt)
	}
	parts = append(parts, e.Summary, e.Reason)
	text := []rune(strings.Join(parts, " "))
	return string(text[:min(len(text), 4000)])
}

// between is the length of a time in whole seconds; nil where an end is not known
// or the order is another.
func between(from, to time.Time) *int64 {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return nil
	}
	seconds := int64(to.Sub(from) / time.Second)
	return &seconds
}
