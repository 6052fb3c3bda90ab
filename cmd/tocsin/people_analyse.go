package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

type analysisView struct {
	Format    string `json:"format"`
	Encoding  string `json:"encoding"`
	Delimiter string `json:"delimiter"`
	Sheet     string `json:"sheet"`
	Columns   []struct {
		Name         string   `json:"name"`
		Field        string   `json:"field"`
		DataKindName string   `json:"data_kind_name"`
		Confidence   int      `json:"confidence"`
		Why          string   `json:"why"`
		Shapes       []string `json:"shapes"`
	} `json:"columns"`
	Rows         int      `json:"rows"`
	RejectedRows int      `json:"rejected_rows"`
	Complete     bool     `json:"complete"`
	Warnings     []string `json:"warnings"`
}

func (s *session) peopleAnalyse() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "analyse ID --file FILE", Short: "See what a vendor's file holds, before anything of it is stored",
		Long: "See what a vendor's file holds, before anything of it is stored: how it is written, what each\n" +
			"column seems to be and why. Correct a column with --map when you import the file.",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "people", "analysis")
			if err != nil {
				return err
			}
			raw, err := s.uploadTo(ctx, p, file, url.Values{"name": {filepath.Base(file)}})
			if err != nil {
				return err
			}
			return answer(s, raw, showAnalysis)
		}),
	}
	c.Flags().StringVar(&file, "file", "", "the `file` of people")
	return required(c, "file")
}

func showAnalysis(p page, v analysisView) {
	written := v.Format
	for _, one := range []string{v.Encoding, v.Sheet} {
		if one != "" {
			written += ", " + one
		}
	}
	p.row("File", written)
	looked := fmt.Sprintf("the first %d rows", v.Rows)
	if v.Complete {
		looked = fmt.Sprintf("all %d rows", v.Rows)
	}
	p.row("Looked at", looked)
	p.row("Could not be read", v.RejectedRows)
	p.row("")
	p.row("COLUMN", "WOULD BE READ AS", "KIND OF DATA", "SURE", "BECAUSE", "VALUES LIKE")
	for _, c := range v.Columns {
		field := c.Field
		if field == "-" {
			field = "not read"
		}
		p.row(c.Name, field, c.DataKindName, fmt.Sprintf("%d %%", c.Confidence), c.Why, strings.Join(c.Shapes, "  "))
	}
	for _, warning := range v.Warnings {
		p.text("Note: %s", warning)
	}
	p.heading("Nothing is stored yet. Import the file with \"tocsin people import\"; correct a column with --map \"COLUMN=FIELD\".")
}
