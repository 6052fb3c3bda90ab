package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/incident"
	"tocsin/ledger"
)

func (s *session) auditVerify() *cobra.Command {
	var files []string
	var trust trustFlags
	var in func() io.Reader
	c := &cobra.Command{
		Use: "verify", Short: "Compute the whole record anew, and hold it against checkpoints that left the building", Args: arguments(),
		Long: "Compute the whole record anew, and hold it against every checkpoint that it keeps and those\n" +
			"in the files given with --checkpoint: a checkpoint that was saved, the text of a mail, or a\n" +
			"mailbox file (mbox). \"-\" reads what is pasted on standard input.\n\n" +
			"With --witness-keys and --tsa-roots it is also checked, here and not on the server, what\n" +
			"witnesses and time stamping authorities confirmed.",
		RunE: does(func(ctx context.Context, _ []string) error { return s.verifyRecord(ctx, files, trust, in()) }),
	}
	trust.add(c.Flags())
	in = c.InOrStdin
	c.Flags().StringArrayVar(&files, "checkpoint", nil, "a `file` with checkpoints; may be given more than once")
	return c
}

// recordReport is what the server found of its record, and what was found here of
// those who confirmed it; that is absent when no key was given.
type recordReport struct {
	ledger.LogReport
	Confirmations []ledger.ConfirmationReport `json:"confirmations,omitempty"`
}

func (s *session) verifyRecord(ctx context.Context, files []string, trust trustFlags, in io.Reader) error {
	kept, err := keptCheckpoints(files, in)
	if err != nil {
		return err
	}
	check, err := trust.check(in)
	if err != nil {
		return err
	}
	raw, err := s.post(ctx, path("audit", "verify"), struct {
		Checkpoints string `json:"checkpoints,omitempty"`
	}{strings.Join(kept, "\n")})
	if err != nil {
		return err
	}
	var report recordReport
	if err := json.Unmarshal(raw, &report); err != nil {
		return fmt.Errorf("the server's answer is not a report: %w", err)
	}
	if trust.given() {
		if err := s.checkConfirmations(ctx, &report, check); err != nil {
			return err
		}
		err = result(s, report, showRecordReport)
	} else {
		err = answer(s, raw, showRecordReport)
	}
	if err != nil {
		return err
	}
	if report.OK {
		return nil
	}
	if len(report.Problems) == 0 {
		return errors.New("the server does not say that the record is as it was written, and gives no reason; take the tocsin of the server's version")
	}
	more := ""
	if n := len(report.Problems); n > 1 {
		more = fmt.Sprintf(" (and %d more)", n-1)
	}
	return fmt.Errorf("the record is not as it was written: %s%s; change nothing, keep a copy of the database, and call whoever answers for it",
		report.Problems[0].Detail, more)
}

// keptCheckpoints finds the checkpoints in files that were saved or pasted.
func keptCheckpoints(files []string, in io.Reader) ([]string, error) {
	var kept []string
	for _, name := range files {
		content, err := pasted("--checkpoint", name, in)
		if err != nil {
			return nil, err
		}
		found := ledger.FindCheckpoints(content)
		if len(found) == 0 {
			return nil, incident.InvalidField("--checkpoint", name, "holds no signed checkpoint",
				"a checkpoint, a mail with one, or a mailbox file with such mails")
		}
		kept = append(kept, found...)
	}
	return kept, nil
}

// pasted reads a file, or for "-" what stands on standard input.
func pasted(flag, name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		return read(flag, name)
	}
	content, err := io.ReadAll(io.LimitReader(in, maxRead))
	if err != nil {
		return nil, unreadable(flag, "standard input", err)
	}
	return content, nil
}

// checkConfirmations takes what others confirmed from the server, and checks it here.
func (s *session) checkConfirmations(ctx context.Context, report *recordReport, check ledger.ConfirmationCheck) error {
	list, err := s.confirmations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		found, err := ledger.CheckConfirmation(c.confirmation(), c.Checkpoint, check)
		report.Confirmations = append(report.Confirmations, found)
		if err != nil {
			report.OK = false
			report.Problems = append(report.Problems, ledger.LogProblem{Index: -1, Kind: ledger.KindConfirmation,
				Detail: fmt.Sprintf("what %q confirmed of the checkpoint of %d entries does not hold: %v", c.Name, c.Size, err)})
		}
	}
	return nil
}

func showRecordReport(p page, r recordReport) {
	verdict := "GOOD: the record is as it was written"
	if !r.OK {
		verdict = "BAD: the record is not as it was written"
	}
	p.text("%s", verdict)
	p.row("Entries", r.Entries)
	p.row("Incidents", r.Incidents)
	p.row("Checkpoints", fmt.Sprintf("%d fit", r.Checkpoints))
	if r.Checkpoint.SignedAt != "" {
		p.row("Newest", fmt.Sprintf("%s, %d entries", r.Checkpoint.SignedAt, r.Checkpoint.Size))
	}
	p.row("Root", r.Root)
	showConfirmations(p, r.Confirmations)
	for _, one := range r.Problems {
		where := "log"
		if one.Index >= 0 {
			where = fmt.Sprintf("place %d", one.Index)
		}
		if one.Entry > 0 {
			where += fmt.Sprintf(", entry %d of %s", one.Entry, one.Incident)
		}
		p.text("Problem: %s: %s (%s)", where, one.Detail, one.Kind)
	}
	for _, one := range r.Warnings {
		p.text("Note: %s", one)
	}
}
