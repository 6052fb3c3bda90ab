package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/report"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// registerMedia are the media types of the forms of the register.
func registerMedia(form string) string {
	switch form {
	case incident.ExportCSV:
		return "text/csv; charset=utf-8"
	case incident.ExportXLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case incident.ExportPDF:
		return "application/pdf"
	}
	return ""
}

// exportRegister gives the register as a file, as the form of its page asks.
func (s *server) exportRegister(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	return s.giveRegister(w, r, user, r.PostForm.Get("format"), r.PostForm)
}

// giveRegister makes the file whole, records who takes it, and only then lets it
// leave.
func (s *server) giveRegister(w http.ResponseWriter, r *http.Request, user postgres.User, form string, given url.Values) error {
	media := registerMedia(form)
	if media == "" {
		return incident.InvalidField("format", intake.Shortened(form), "is not known", "csv, xlsx or pdf")
	}
	f, err := registerFilter(given)
	if err != nil {
		return err
	}
	n, _, err := s.Store.CountRegister(r.Context(), f)
	if err != nil {
		return err
	}
	if form == incident.ExportPDF && n > report.MaxPrinted {
		return incident.InvalidField("format", form, "holds too many incidents to be printed",
			incident.Say("at most %d incidents: narrow the register to a year, or take csv or xlsx", report.MaxPrinted))
	}
	head, err := s.Store.LogHead(r.Context())
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	reading := s.registerReading(user, words)
	reading.Filter, reading.Size, reading.Root, reading.SignedAt = filterInWords(given, f, words), head.Signed, head.Root, head.SignedAt
	var file bytes.Buffer
	n, err = s.writeRegister(r.Context(), &file, form, f, report.NewRegister(reading), words)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file.Bytes())
	taken := incident.TakeRegister{Format: form, Filter: recordedFilter(given), Incidents: n, SHA256: hex.EncodeToString(sum[:]), Size: head.Signed}
	if err := s.Store.RecordForInstallation(r.Context(), actor(user), taken); err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	asFile(w, "register-"+s.Clock().In(zoneOf(user.Zone)).Format("2006-01-02-1504")+"."+form)
	_, err = file.WriteTo(w)
	return err
}

// writeRegister writes the file and says how many cases it holds.
func (s *server) writeRegister(ctx context.Context, to *bytes.Buffer, form string, f postgres.RegisterFilter, told report.Register, w wording.Words) (int, error) {
	n := 0
	entries := func(yield func(incident.RegisterEntry, error) bool) {
		for e, err := range s.toldRegister(ctx, f, w.Lang) {
			n++
			if !yield(e, err) {
				return
			}
		}
	}
	switch form {
	case incident.ExportPDF:
		var list []incident.RegisterEntry
		for e, err := range entries {
			if err != nil {
				return 0, err
			}
			list = append(list, e)
		}
		paper, err := told.PDF(ctx, list)
		if err != nil {
			return 0, err
		}
		_, err = to.Write(paper)
		return n, err
	case incident.ExportXLSX:
		about := func(yield func([]string, error) bool) {
			for _, one := range told.About(n) { // after the cases were counted
				if !yield(one[:], nil) {
					return
				}
			}
		}
		err := people.WriteXLSX(to,
			people.Sheet{Name: w.T("register_sheet"), Rows: registerTable(told, entries), Numbers: told.Numbers()},
			people.Sheet{Name: w.T("register_sheet_about"), Rows: about})
		return n, err
	}
	// What stands beside a table of one sheet follows it, in rows as long as its own.
	width := len(told.Head())
	rows := func(yield func([]string, error) bool) {
		for row, err := range registerTable(told, entries) {
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, one := range slices.Concat([][2]string{{}}, told.About(n)) {
			row := make([]string, width)
			row[0], row[1] = one[0], one[1]
			if !yield(row, nil) {
				return
			}
		}
	}
	return n, people.WriteCSV(to, rows)
}

// registerTable is the register as a table.
func registerTable(told report.Register, entries iter.Seq2[incident.RegisterEntry, error]) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if !yield(told.Head(), nil) {
			return
		}
		for e, err := range entries {
			if !yield(told.Row(&e), err) || err != nil {
				return
			}
		}
	}
}
