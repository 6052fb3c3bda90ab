package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"tocsin/cmd/internal/system"
)

func (s *session) keysRotate() *cobra.Command {
	var reason string
	var prepare bool
	c := &cobra.Command{
		Use: "rotate --reason TEXT | --prepare", Short: "Wrap the incidents' keys by a new master key; the old one stays, to read backups", Args: arguments(),
		Long: "Makes a new master key in TOCSIN_KEYS_DIR, and wraps by it the key of each incident and what else the\n" +
			"one before wrapped. What is sealed under the incidents' keys stays as it is. Servers and workers go on\n" +
			"meanwhile and read the file again by themselves. The rotation and its reason are recorded: see\n" +
			"\"tocsin audit installation\". If it breaks off, the same command goes on where it ended.\n\n" +
			"Where several machines have a copy of the keys, first give the command with --prepare, copy\n" +
			"master.keyset to each of them, rotate, and copy it again.",
		RunE: does(func(ctx context.Context, _ []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			done, err := system.Rotate(ctx, config, reason, prepare)
			if err != nil {
				return err
			}
			return result(s, done, showRotation)
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "`why`, for the record: a date that came round, a person who left, a key that was seen")
	c.Flags().BoolVar(&prepare, "prepare", false, "make the new key only, to be taken to other machines before it is used")
	c.MarkFlagsOneRequired("reason", "prepare")
	c.MarkFlagsMutuallyExclusive("reason", "prepare")
	return c
}

func showRotation(p page, v system.Rotated) {
	if v.Prepared {
		p.text("The key %s is made and not used yet; %s still wraps. Copy master.keyset to every machine, then rotate.", v.Key, v.Before)
		return
	}
	if v.Resumed {
		p.text("A rotation that had broken off is finished. Give the command again for a further key.")
	}
	p.row("Master key", v.Key)
	p.row("Before", v.Before)
	p.row("Incidents", v.Incidents)
	p.row("Accounts", v.Accounts)
	p.row("Webhooks", v.Webhooks)
	p.text("Back master.keyset up now, apart from the database: without it people and files cannot be read.")
}

func (s *session) keysReplace() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "replace FILE --reason TEXT", Short: "Use the key that lies in the directory for one that is lost for good", Args: arguments("FILE"),
		Long: "Every start compares the keys with those with which the record was written, and refuses others.\n" +
			"When a key is lost for good, make another by \"tocsin keys create\" and give this command: it\n" +
			"records the reason. What the lost key sealed or signed stays lost.",
		RunE: does(func(ctx context.Context, args []string) error {
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			if err := system.ReplaceKey(ctx, config, args[0], reason); err != nil {
				return err
			}
			type replaced struct {
				// Key is the file.
				Key string `json:"key"`
			}
			return result(s, replaced{args[0]}, func(p page, v replaced) {
				p.text("The key %s is used from now on, and the record says so. Back it up now, apart from the database.", v.Key)
			})
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "`why` it is lost, for the record")
	return required(c, "reason")
}
