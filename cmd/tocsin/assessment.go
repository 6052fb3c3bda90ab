package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
)

func (s *session) assessmentCommands() *cobra.Command {
	var file string
	record := &cobra.Command{
		Use: "record ID --file ASSESSMENT.json", Short: "Record an assessment of the risk and the decision", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			document, err := readJSON("--file", file)
			if err != nil {
				return err
			}
			raw, err := s.postFor(ctx, document, args[0], "assessments")
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				recorded
				Severity *struct {
					Score json.Number `json:"score"`
					Band  string      `json:"band"`
				} `json:"severity"`
			}) {
				showRecorded(p, v.recorded)
				if v.Severity != nil {
					p.text("Severity %s, %s (ENISA 2013)", v.Severity.Score, v.Severity.Band)
				}
			})
		}),
	}
	record.Flags().StringVar(&file, "file", "", "the `assessment` in JSON: facts, severity, decision")
	return group("assessment", "The judgement of the risk", required(record, "file"))
}
