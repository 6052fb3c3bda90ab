package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"tocsin/cmd/internal/system"
	"tocsin/cmd/tocsin-local/internal/local"
	"tocsin/ledger"
	"tocsin/postgres"
)

// maxCheckpoints bounds a file with checkpoints.
const maxCheckpoints = 64 << 20

// recovering is what `tocsin-local recover` is given.
type recovering struct {
	data, reason, checkpoint string
	takeOver, without, dry   bool
	output                   string
}

// recoverFolder is `tocsin recover` for the folder of a tocsin-local that does not run.
func recoverFolder(ctx context.Context, args []string, out, failed io.Writer) int {
	var r recovering
	flags := flag.NewFlagSet("tocsin-local recover", flag.ContinueOnError)
	flags.SetOutput(failed)
	flags.Usage = func() {
		say(failed, "usage: tocsin-local recover --data DIR [--dry-run | --take-over --reason TEXT (--checkpoint FILE | --without-checkpoint)] [-o json]\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&r.data, "data", "", "the `folder` that holds everything; no tocsin-local may run on it meanwhile")
	flags.BoolVar(&r.dry, "dry-run", false, "say what would be started and ended, and change nothing")
	flags.BoolVar(&r.takeOver, "take-over", false, "this folder is the installation from now on; every other copy of it has to stay off")
	flags.StringVar(&r.reason, "reason", "", "why (`TEXT`); it is recorded")
	flags.StringVar(&r.checkpoint, "checkpoint", "", "a `FILE` with the last checkpoint that was mailed or the mail itself")
	flags.BoolVar(&r.without, "without-checkpoint", false, "no checkpoint is to be had")
	flags.StringVar(&r.output, "o", "text", "text or `json`")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil {
		return exitMisused
	}
	if err := r.check(flags.Args()); err != nil {
		say(failed, "%v", err)
		return exitMisused
	}
	if err := r.run(ctx, out, failed); err != nil {
		say(failed, "tocsin-local recover: %s", oneLine(err))
		return exitFailed
	}
	return exitDone
}

func (r recovering) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not expected; see tocsin-local recover --help", rest[0])
	case r.data == "":
		return errors.New("--data is missing; expected the folder of a tocsin-local")
	case r.output != "text" && r.output != "json":
		return fmt.Errorf("-o: %q is not known; expected text or json", r.output)
	case !r.takeOver && (r.reason != "" || r.checkpoint != "" || r.without) || r.takeOver && r.dry:
		return errors.New("--reason, --checkpoint and --without-checkpoint belong to --take-over, and --dry-run does not")
	}
	if _, err := os.Stat(r.data); err != nil {
		return fmt.Errorf("--data: %q is no folder that can be read; expected the folder of a tocsin-local", r.data)
	}
	return nil
}

func (r recovering) run(ctx context.Context, out, failed io.Writer) error {
	in := postgres.Succession{Reason: r.reason, WithoutCheckpoint: r.without}
	if r.checkpoint != "" {
		content, err := readCheckpoints(r.checkpoint)
		if err != nil {
			return err
		}
		if in.Checkpoints = ledger.FindCheckpoints(content); len(in.Checkpoints) == 0 {
			return fmt.Errorf("--checkpoint: %q holds no signed checkpoint; expected a checkpoint, or a mail with one", r.checkpoint)
		}
	}
	with, err := settings(os.LookupEnv)
	if err != nil {
		return err
	}
	options := local.Options{
		Data: r.data, Listen: "127.0.0.1:0", TemporalAddress: os.Getenv("TEMPORAL_ADDRESS"), Settings: with,
		Logger: slog.New(slog.NewTextHandler(failed, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	return local.Recover(ctx, options, func(parts *system.System) error {
		if r.takeOver {
			done, err := parts.TakeOver(ctx, in)
			if err != nil {
				return err
			}
			return r.show(out, done, fmt.Sprintf("This folder is the installation now (take-over %d). Keep every other copy off for good.\n"+
				"Entries %d, missing at the end %d; notices in doubt %d, not sent again; rounds that halt %d.",
				done.Epoch, done.Entries, done.Lost, done.InDoubt, done.Rounds))
		}
		found, err := parts.Recover(ctx, r.dry)
		if err != nil {
			return err
		}
		started, ended := "started", "ended"
		if r.dry {
			started, ended = "would be started", "would be ended"
		}
		return r.show(out, found, fmt.Sprintf("Open incidents %d; of %d processes %d %s, and %d left over %s.",
			found.Open, found.Wanted, len(found.Started), started, len(found.Ended), ended))
	})
}

func readCheckpoints(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the person names it
	if err != nil {
		return nil, fmt.Errorf("--checkpoint: %q cannot be read; expected a file with the last checkpoint", path)
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, maxCheckpoints))
}

func (r recovering) show(out io.Writer, answer any, text string) error {
	if r.output == "json" {
		content, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		text = string(content)
	}
	say(out, "%s", text)
	return nil
}
