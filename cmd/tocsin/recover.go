package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"tocsin/cmd/internal/system"
	"tocsin/postgres"
	"tocsin/recovery"
	"tocsin/workflows"
)

// taking is what `tocsin recover --take-over` is given.
type taking struct {
	over, none         bool
	reason, checkpoint string
}

func (s *session) recoverCommand() *cobra.Command {
	dry, take := false, taking{}
	c := &cobra.Command{
		Use: "recover [--dry-run | --take-over --reason TEXT (--checkpoint FILE | --without-checkpoint)]", Args: arguments(),
		Short: "Start what should be running and is not; take over a restored copy",
		PreRunE: func(*cobra.Command, []string) error {
			if !take.over && (take.reason != "" || take.checkpoint != "" || take.none) || take.over && dry {
				return errors.New("--reason, --checkpoint and --without-checkpoint belong to --take-over, and --dry-run does not")
			}
			return nil
		},
		RunE: does(func(ctx context.Context, _ []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			if take.over {
				return s.takeOver(ctx, config, take)
			}
			return s.recover(ctx, config, dry)
		}),
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be started and ended, and change nothing")
	c.Flags().BoolVar(&take.over, "take-over", false, "this database and the machines that wait are the installation from now on; every other one has to be off")
	c.Flags().StringVar(&take.reason, "reason", "", "why (`TEXT`); it is recorded")
	c.Flags().StringVar(&take.checkpoint, "checkpoint", "", "a `FILE` with the last checkpoint that was mailed or the mail itself, - for standard input: it tells whether the backup lacks entries")
	c.Flags().BoolVar(&take.none, "without-checkpoint", false, "no checkpoint is to be had")
	return c
}

func (s *session) takeOver(ctx context.Context, config system.Config, take taking) error {
	in := postgres.Succession{Reason: take.reason, WithoutCheckpoint: take.none}
	if take.checkpoint != "" {
		var err error
		if in.Checkpoints, err = keptCheckpoints([]string{take.checkpoint}, os.Stdin); err != nil {
			return err
		}
	}
	parts, err := system.Open(ctx, config, false, logger(slog.LevelError))
	if err != nil {
		return err
	}
	defer parts.Close()
	done, err := parts.TakeOver(ctx, in)
	if err != nil {
		return err
	}
	return result(s, done, func(p page, v system.TookOver) {
		p.text("This is the installation now. Keep the other one off for good.")
		p.row("Take-over", v.Epoch)
		p.row("Entries", v.Entries)
		if v.Lost > 0 {
			p.row("Missing at the end", fmt.Sprintf("%d entries: look them up in mails and at the authorities, and enter them again with the reason", v.Lost))
		}
		if v.InDoubt > 0 {
			p.row("Notices in doubt", fmt.Sprintf("%d; they are not sent again", v.InDoubt))
		}
		if v.Rounds > 0 {
			p.row("Rounds that halt", fmt.Sprintf("%d, until somebody resumes them", v.Rounds))
		}
		showFound(p, v.Recovered)
	})
}

func (s *session) recover(ctx context.Context, config system.Config, dry bool) error {
	parts, err := system.Open(ctx, config, false, logger(slog.LevelError))
	if err != nil {
		return err
	}
	defer parts.Close()
	found, err := parts.Recover(ctx, dry)
	if err != nil && len(found.Failed) == 0 {
		return err
	}
	if shown := result(s, found, showFound); shown != nil {
		return shown
	}
	return err
}

func showFound(p page, v recovery.Found) {
	started, ended := "Started now", "Ended now"
	if v.DryRun {
		started, ended = "Would be started", "Would be ended"
	}
	p.row("Open incidents", v.Open)
	p.row("Called for by the record", fmt.Sprintf("%d processes", v.Wanted))
	p.row(started, len(v.Started))
	list := func(of []workflows.Process) {
		const shown = 50
		for i, one := range of {
			if i == shown {
				p.row("", fmt.Sprintf("and %d more; -o json lists them all", len(of)-shown))
				return
			}
			p.row("", one.ID)
		}
	}
	list(v.Started)
	if len(v.Ended) > 0 {
		p.row(ended, len(v.Ended))
		list(v.Ended)
	}
	for _, f := range v.Failed {
		p.row("Not seen to", f.ID+": "+f.Why)
	}
}
