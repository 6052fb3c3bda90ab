package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// registerFlags choose what of the register is asked for.
type registerFlags struct {
	texts  map[string]*string
	drills bool
}

func (f *registerFlags) on(c *cobra.Command) {
	f.texts = map[string]*string{}
	for _, one := range [][2]string{
		{"year", "the `YEAR` of awareness"},
		{"state", "`STATE`: open or closed"},
		{"outcome", "what became of the notification, `OUTCOME`: notified, owed, not_notified, undecided, withdrawn or joined"},
		{"severity", "the `BAND` of severity: low, medium, high or very_high"},
		{"vendor", "a part of the vendor's name (`TEXT`)"},
		{"search", "a `TEXT` in number, title, vendor, facts, reasons or the authority's numbers"},
	} {
		f.texts[one[0]] = c.Flags().String(one[0], "", one[1])
	}
	c.Flags().BoolVar(&f.drills, "drills", false, "take drills in")
}

// given are the fields that were narrowed.
func (f *registerFlags) given() map[string]string {
	fields := map[string]string{}
	for name, text := range f.texts {
		if *text != "" {
			fields[name] = *text
		}
	}
	if f.drills {
		fields["drills"] = "yes"
	}
	return fields
}

// registerCommand lists the register of GDPR Art. 33(5), or writes it to a file.
func (s *session) registerCommand() *cobra.Command {
	var flags registerFlags
	files := map[string]*string{}
	var limit int
	var after string
	c := &cobra.Command{
		Use: "register", Short: "The register of GDPR Art. 33(5): every breach, notified or not, as a list or a file", Args: arguments(),
		Long: "The register of GDPR Art. 33(5): every breach, notified or not, the latest awareness first.\n\n" +
			"With --csv, --xlsx or --pdf all that is chosen is written to a file, in the language of your account; that you took it is recorded.",
	}
	flags.on(c)
	for _, form := range []string{incident.ExportCSV, incident.ExportXLSX, incident.ExportPDF} {
		files[form] = c.Flags().String(form, "", "the `file` to write")
	}
	c.Flags().IntVar(&limit, "limit", 100, "the greatest number `N` of incidents in the list, at most 500")
	c.Flags().StringVar(&after, "after", "", "the incidents that follow on this `ID`; \"next\" of the page before")
	c.MarkFlagsMutuallyExclusive(incident.ExportCSV, incident.ExportXLSX, incident.ExportPDF)
	c.RunE = does(func(ctx context.Context, _ []string) error {
		for form, file := range files {
			if c.Flags().Changed(form) {
				return s.takeRegister(ctx, form, *file, flags.given())
			}
		}
		query := url.Values{"limit": {strconv.Itoa(limit)}}
		for name, value := range flags.given() {
			query.Set(name, value)
		}
		if after != "" {
			query.Set("after", after)
		}
		raw, err := s.get(ctx, path("register"), query)
		if err != nil {
			return err
		}
		return answer(s, raw, showRegister)
	})
	c.AddCommand(s.registerFigures())
	return c
}

func showRegister(p page, v struct {
	Incidents []incident.RegisterEntry `json:"incidents"`
	Total     int                      `json:"total"`
	Next      string                   `json:"next"`
}) {
	p.row("NUMBER", "AWARE", "PEOPLE", "SEVERITY", "NOTIFICATION", "FILED", "RECEIPT", "LATE", "CASE")
	for _, e := range v.Incidents {
		people, filed, receipt, late := "-", "-", "-", "-"
		switch {
		case e.Listed > 0:
			people = strconv.Itoa(e.Listed)
		case e.People != nil:
			people = "about " + strconv.Itoa(*e.People)
		}
		if len(e.Filings) > 0 {
			filed, receipt = e.Filings[0].At.Format(time.RFC3339), e.Filings[0].Receipt
		}
		if e.Late {
			late = "late"
		}
		severity := e.Severity
		if severity == "" {
			severity = "-"
		}
		aware := "-"
		if !e.AwareAt.IsZero() {
			aware = e.AwareAt.Format(time.RFC3339)
		}
		p.row(e.Number, aware, people, severity, e.Outcome, filed, receipt, late, e.Title)
	}
	p.text("%d of %d incidents", len(v.Incidents), v.Total)
	if v.Total == 0 {
		p.lines("Nothing fits what was asked for. Drills are left out unless --drills is given.")
	}
	if v.Next != "" {
		p.lines("Further incidents follow: --after " + v.Next)
	}
}

// takeRegister writes the register to a file.
func (s *session) takeRegister(ctx context.Context, form, file string, body map[string]string) error {
	wrong := func(why string) error {
		return incident.InvalidField("--"+form, file, why, "the path of a file in a folder that exists and may be written")
	}
	if info, err := os.Stat(filepath.Dir(file)); file == "" || err != nil || !info.IsDir() {
		return wrong("cannot be written")
	}
	body["format"] = form
	asked, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("the request cannot be written: %w", err)
	}
	media := map[string]string{incident.ExportCSV: "text/csv", incident.ExportPDF: "application/pdf",
		incident.ExportXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[form]
	var content bytes.Buffer
	if err := s.downloadFor(ctx, http.MethodPost, path("register", "export"), bytes.NewReader(asked), media, &content); err != nil {
		return err
	}
	if err := os.WriteFile(file, content.Bytes(), 0o600); err != nil {
		return wrong("cannot be written")
	}
	sum := sha256.Sum256(content.Bytes())
	return result(s, exported{File: file, Bytes: int64(content.Len()), SHA256: hex.EncodeToString(sum[:])}, func(p page, v exported) {
		p.row("Register", v.File)
		p.row("Bytes", v.Bytes)
		p.row("SHA-256", v.SHA256)
	})
}

// registerFigures shows the figures of a year.
func (s *session) registerFigures() *cobra.Command {
	var year string
	var drills bool
	c := &cobra.Command{
		Use: "figures", Short: "The figures of a year: incidents by month and kind, hours to decision and filing, share in time", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			query := url.Values{}
			if year != "" {
				query.Set("year", year)
			}
			if drills {
				query.Set("drills", "yes")
			}
			raw, err := s.get(ctx, path("register", "figures"), query)
			if err != nil {
				return err
			}
			return answer(s, raw, showFigures)
		}),
	}
	c.Flags().StringVar(&year, "year", "", "the `YEAR`; the present one when it is not given")
	c.Flags().BoolVar(&drills, "drills", false, "take drills in")
	return c
}

// hoursLine is how lengths of time are spread, as the server says it.
type hoursLine struct {
	Cases  int     `json:"cases"`
	Median float64 `json:"median_hours"`
	P90    float64 `json:"p90_hours"`
}

func showFigures(p page, v struct {
	Year      int `json:"year"`
	Incidents int `json:"incidents"`
	Months    []struct {
		Incidents       int `json:"incidents"`
		Confidentiality int `json:"confidentiality"`
		Integrity       int `json:"integrity"`
		Availability    int `json:"availability"`
		Unjudged        int `json:"unjudged"`
	} `json:"months"`
	FromOccurrence hoursLine `json:"occurrence_to_awareness"`
	FromWord       hoursLine `json:"word_to_awareness"`
	ToDecision     hoursLine `json:"awareness_to_decision"`
	ToFiling       hoursLine `json:"awareness_to_filing"`
	Filed          int       `json:"filed"`
	InTime         int       `json:"filed_in_time"`
	Overdue        int       `json:"overdue"`
	Told           int64     `json:"people_told"`
}) {
	p.row("Year", v.Year)
	p.row("Incidents", v.Incidents)
	p.row("Notified", v.Filed)
	p.row("In time", v.InTime)
	p.row("Overdue", v.Overdue)
	p.row("People told", v.Told)
	p.heading("Hours")
	p.row("STEP", "INCIDENTS", "MEDIAN", "NINE OF TEN")
	for _, one := range []struct {
		name string
		is   hoursLine
	}{{"occurrence to awareness", v.FromOccurrence}, {"word to awareness", v.FromWord}, {"awareness to decision", v.ToDecision}, {"awareness to filing", v.ToFiling}} {
		if one.is.Cases == 0 {
			p.row(one.name, 0, "-", "-")
			continue
		}
		p.row(one.name, one.is.Cases, strconv.FormatFloat(one.is.Median, 'f', 1, 64), strconv.FormatFloat(one.is.P90, 'f', 1, 64))
	}
	p.heading("Months")
	p.row("MONTH", "INCIDENTS", "CONFIDENTIALITY", "INTEGRITY", "AVAILABILITY", "KIND NOT KNOWN")
	for i, m := range v.Months {
		p.row(time.Month(i+1).String(), m.Incidents, m.Confidentiality, m.Integrity, m.Availability, m.Unjudged)
	}
}
