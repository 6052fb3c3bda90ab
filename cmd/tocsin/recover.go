package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"tocsin/cmd/internal/system"
	"tocsin/recovery"
	"tocsin/workflows"
)

func (s *session) recoverCommand() *cobra.Command {
	dry := false
	c := &cobra.Command{
		Use: "recover [--dry-run]", Args: arguments(),
		Short: "Start what should be running and is not; say what was found",
		RunE: does(func(ctx context.Context, _ []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			return s.recover(ctx, config, dry)
		}),
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be started and ended, and change nothing")
	return c
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
