package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/incident"
)

func (s *session) severityCommand() *cobra.Command {
	var in gdpr.Inputs
	var identification, confidentiality, integrity, availability string
	c := &cobra.Command{
		Use:   "severity --dpc N --identification X --confidentiality X --integrity X --availability X [--malicious]",
		Short: "Compute the severity of a breach (ENISA 2013), without a server", Args: arguments(),
		RunE: does(func(context.Context, []string) error {
			for _, one := range []struct {
				flag, text string
				to         *gdpr.Hundredths
			}{
				{"identification", identification, &in.Identification}, {"confidentiality", confidentiality, &in.Confidentiality},
				{"integrity", integrity, &in.Integrity}, {"availability", availability, &in.Availability},
			} {
				n, err := gdpr.ParseHundredths(one.text)
				if err != nil {
					return incident.InvalidField("--"+one.flag, one.text, "is not a number that the method knows",
						"a number such as 0.25")
				}
				*one.to = n
			}
			v, err := gdpr.Explain(in)
			if wrong, ok := errors.AsType[*gdpr.InputError](err); ok {
				return incident.InvalidField("--"+wrong.Field, wrong.Value, "is not a value of the method", wrong.Expected)
			}
			if err != nil {
				return err
			}
			return result(s, v, func(p page, v gdpr.Severity) {
				p.text("Severity %s, %s (ENISA 2013)", v.Score, v.Band)
				showTerms(p, v)
			})
		}),
	}
	c.Flags().IntVar(&in.DPC, "dpc", 0, "the data processing context, 1 to 4 (`N`)")
	c.Flags().StringVar(&identification, "identification", "", "the ease of identification: 0.25, 0.5, 0.75 or 1 (`X`)")
	c.Flags().StringVar(&confidentiality, "confidentiality", "", "its loss: 0, 0.25 or 0.5 (`X`)")
	c.Flags().StringVar(&integrity, "integrity", "", "its loss: 0, 0.25 or 0.5 (`X`)")
	c.Flags().StringVar(&availability, "availability", "", "its loss: 0, 0.25 or 0.5 (`X`)")
	c.Flags().BoolVar(&in.Malicious, "malicious", false, "the breach was caused on purpose")
	return required(c, "dpc", "identification", "confidentiality", "integrity", "availability")
}
