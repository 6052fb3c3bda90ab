package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
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
				Advice *incident.Advice `json:"advice"`
			}) {
				showRecorded(p, v.recorded)
				if v.Severity != nil {
					p.text("Severity %s, %s (ENISA 2013), as given", v.Severity.Score, v.Severity.Band)
				}
				if v.Advice == nil {
					p.text("The rules gave no advice: the facts are not in the form that they read (see \"tocsin assess --help\").")
					return
				}
				p.text("The rules advise: %s, severity %s (%s); %s, %s.", strings.ReplaceAll(string(v.Advice.Risk), "_", " "),
					gdpr.Hundredths(v.Advice.Score), v.Advice.Band,
					map[bool]string{true: "notify the authority", false: "no notification"}[v.Advice.NotifyAuthority],
					map[bool]string{true: "tell the people", false: "people need not be told"}[v.Advice.Communicate])
			})
		}),
	}
	record.Flags().StringVar(&file, "file", "", "the `assessment` in JSON: facts, severity, decision")
	return group("assessment", "The judgement of the risk", required(record, "file"))
}
