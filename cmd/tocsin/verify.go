package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tocsin/incident"
	"tocsin/ledger"
)

func (s *session) verifyCommand() *cobra.Command {
	var key string
	var files, changes, given []string
	var trust trustFlags
	var in func() io.Reader
	c := &cobra.Command{
		Use: "verify BUNDLE", Short: "Check an exported bundle, without a server", Args: arguments("BUNDLE"),
		RunE: does(func(ctx context.Context, args []string) error {
			kept, err := keptCheckpoints(files, in())
			if err != nil {
				return err
			}
			rotations, err := keptRotations(changes, in())
			if err != nil {
				return err
			}
			confirm, err := trust.check(in())
			if err != nil {
				return err
			}
			confirmations, err := givenConfirmations(given, in())
			if err != nil {
				return err
			}
			return s.verify(ctx, args[0], ledger.VerifyOptions{Key: key, Kept: kept, Rotations: rotations, Confirm: confirm, Confirmations: confirmations})
		}),
	}
	in = c.InOrStdin
	c.Flags().StringArrayVar(&files, "checkpoint", nil, "a `file` with checkpoints that you kept (a mail, a mailbox, \"-\"); may be given more than once")
	c.Flags().StringArrayVar(&changes, "rotations", nil, "a `file` with the signed changes of the log's key since the bundle, from \"tocsin audit key --rotations\"")
	trust.add(c.Flags())
	c.Flags().StringArrayVar(&given, "confirmations", nil, "a `file` with what others confirmed since the bundle, from \"tocsin audit confirmations\"")
	c.Flags().StringVar(&key, "key", "", "the log's public key (`VKEY`), obtained on another way than the bundle")
	return c
}

// keptRotations finds the signed changes of the log's key in files.
func keptRotations(files []string, in io.Reader) ([]string, error) {
	var kept []string
	for _, name := range files {
		content, err := pasted("--rotations", name, in)
		if err != nil {
			return nil, err
		}
		found := ledger.FindRotations(content)
		if len(found) == 0 {
			return nil, incident.InvalidField("--rotations", name, "holds no signed change of the log's key",
				"what \"tocsin audit key --rotations\" writes")
		}
		kept = append(kept, found...)
	}
	return kept, nil
}

func (s *session) verify(ctx context.Context, name string, opts ledger.VerifyOptions) (failure error) {
	f, size, err := open("BUNDLE", name)
	if err != nil {
		return err
	}
	defer func() { failure = errors.Join(failure, f.Close()) }()
	report, err := ledger.Verify(ctx, f, size, opts)
	if err != nil {
		return fmt.Errorf("the bundle cannot be checked: %w", err)
	}
	if err := result(s, report, showReport); err != nil {
		return err
	}
	if report.OK {
		return nil
	}
	more := ""
	if n := len(report.Problems); n > 1 {
		more = fmt.Sprintf(" (and %d more)", n-1)
	}
	return fmt.Errorf("the bundle is not as it was recorded: %s%s; do not rely on it, ask for the original",
		report.Problems[0].Detail, more)
}

// showPeopleInBundle says what a bundle holds of people's data.
func showPeopleInBundle(p page, r *ledger.PeopleReport) {
	if r == nil {
		return
	}
	p.row("Personal data", fmt.Sprintf("of %d people, and %d notices; chosen by %s: %s", r.People, r.Deliveries, r.By, r.Reason))
	if r.ErasedAt != "" {
		p.row("Erased", fmt.Sprintf("the people of the case, %s: none of them is named", r.ErasedAt))
	}
	if len(r.Proven) > 0 {
		p.row("Mailings", fmt.Sprintf("%d rounds lead to the root in the record", len(r.Proven)))
	}
}

func showReport(p page, r ledger.Report) {
	verdict := "GOOD: every entry is as it was recorded"
	if !r.OK {
		verdict = "BAD: the bundle is not as it was recorded"
	}
	p.text("%s", verdict)
	p.row("Incident", r.Incident)
	p.row("Entries", r.Entries)
	p.row("Log", r.Origin)
	if r.Checkpoint.SignedAt != "" {
		p.row("Signed at", r.Checkpoint.SignedAt)
		p.row("Log's size", r.Checkpoint.Size)
		p.row("Root", r.Checkpoint.Root)
	}
	p.row("Checkpoints", fmt.Sprintf("%d earlier ones, each a beginning of the next", r.History))
	if r.Kept > 0 {
		p.row("Kept", fmt.Sprintf("%d of those you gave are the same", r.Kept))
	}
	showConfirmations(p, r.Confirmations)
	showPeopleInBundle(p, r.People)
	p.row("Key", r.Key)
	if n := len(r.Keys); n > 1 {
		p.row("Keys", fmt.Sprintf("%d, each named by the one before it; the present one is %s", n, r.Keys[n-1].Key))
	}
	for _, one := range r.Problems {
		where := "bundle"
		if one.Entry > 0 {
			where = fmt.Sprintf("entry %d", one.Entry)
		}
		p.text("Problem: %s: %s (%s)", where, one.Detail, one.Kind)
	}
	for _, one := range r.Warnings {
		p.text("Note: %s", one)
	}
}
