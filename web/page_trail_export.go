package web

import (
	"bufio"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// exportTrail gives the entries of the list as a file. Who takes them away is
// recorded before the first byte leaves. A file that breaks off ends the
// connection, so that a browser does not take a part for the whole.
func (s *server) exportTrail(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	words, form := wording.For(user.Locale), r.PostForm.Get("format")
	if form != incident.ExportCSV && form != incident.ExportJSONL {
		return incident.InvalidField("format", intake.Shortened(form), "is not known", "csv or jsonl")
	}
	f, err := s.trailFilter(r.Context(), without(r.PostForm, "before"), user, trailMoment(zoneOf(user.Zone)))
	if err != nil {
		return err
	}
	head, err := s.Store.LogHead(r.Context())
	if err != nil {
		return err
	}
	taken := incident.ExportRecord{Format: form, Incident: f.Incident, Size: head.Size, Kind: r.PostForm.Get("kind")}
	if err := s.Store.RecordForInstallation(r.Context(), actor(user), taken); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	rows := s.Store.TrailExport(r.Context(), f, head.Size)
	name := "audit-trail-" + s.Clock().In(zoneOf(user.Zone)).Format("2006-01-02-1504")
	if form == incident.ExportCSV {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		asFile(w, name+".csv")
		err = people.WriteCSV(out, trailTable(rows, words))
	} else {
		w.Header().Set("Content-Type", "application/jsonl")
		asFile(w, name+".jsonl")
		err = writeTrailLines(out, rows)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.Logger.WarnContext(r.Context(), "an export of the record broke off", "user", user.ID, "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

func writeTrailLines(out *bufio.Writer, rows iter.Seq2[postgres.TrailRow, error]) error {
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for row, err := range rows {
		if err != nil {
			return err
		}
		one, err := trailEntryOf(row)
		if err != nil {
			return err
		}
		if err := lines.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

// trailTable is the list as a table. It names people by their ids alone: the
// file may lie about long after they have left.
func trailTable(rows iter.Seq2[postgres.TrailRow, error], w wording.Words) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		t := tableWords{w: &w}
		if !yield(t.head(strings.Split("index,recorded_at,at,incident,number,seq,type,what,role,actor,hash,data", ",")...), nil) {
			return
		}
		for row, err := range rows {
			e := row.Entry
			cells := []string{strconv.FormatInt(row.Index, 10), e.RecordedAt.Format(time.RFC3339Nano), e.At.Format(time.RFC3339Nano), e.Incident, row.Number,
				strconv.FormatInt(e.Seq, 10), e.Type, trailWhat(e, w, nil), e.Actor.Role, e.Actor.ID, row.Hash, string(e.Data)}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	}
}
