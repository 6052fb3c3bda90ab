package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/cmd/internal/system"
)

// ledgerKeys is what a server says of the keys that signed its record.
type ledgerKeys struct {
	Key         string `json:"key"`
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`
	Here        bool   `json:"here"`
	Keys        []struct {
		Key         string     `json:"key"`
		Fingerprint string     `json:"fingerprint"`
		Begun       *time.Time `json:"begun"`
		From        int64      `json:"from"`
		Until       int64      `json:"until"`
		Ended       string     `json:"ended"`
		Compromised bool       `json:"compromised"`
		Since       string     `json:"since"`
		Reason      string     `json:"reason"`
	} `json:"keys"`
	Rotations []string `json:"rotations"`
}

func (s *session) auditKey() *cobra.Command {
	var notes bool
	c := &cobra.Command{
		Use: "key", Short: "The public key that checks the record, and those before it", Args: arguments(),
		Long: "The public key that checks the record, for \"tocsin verify --key\": publish it on another way than\n" +
			"bundles travel. With --rotations only the signed notes by which each key named its successor; kept in\n" +
			"a file, \"tocsin verify --rotations FILE\" checks a bundle from before a change by a later key.",
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.get(ctx, path("audit", "key"), nil)
			if err != nil {
				return err
			}
			if notes && s.output != "json" {
				var v ledgerKeys
				if err := json.Unmarshal(raw, &v); err != nil {
					return fmt.Errorf("the server's answer is not about its keys: %w", err)
				}
				return result(s, v, func(p page, v ledgerKeys) { p.lines(strings.Join(v.Rotations, "\n")) })
			}
			return answer(s, raw, showLedgerKeys)
		}),
	}
	c.Flags().BoolVar(&notes, "rotations", false, "the signed changes of the key alone")
	c.AddCommand(s.auditKeyRotate())
	return c
}

func showLedgerKeys(p page, v ledgerKeys) {
	p.row("Key", v.Key)
	p.row("Fingerprint", v.Fingerprint)
	if n := len(v.Keys); n > 0 {
		p.row("Signs since", when(moment(v.Keys[n-1].Begun), nil))
	}
	p.row("File", v.File+" in the server's directory of keys")
	if !v.Here {
		p.text("This server does not have the key: copy it to its directory of keys, or nothing is signed.")
	}
	if len(v.Keys) < 2 {
		return
	}
	p.text("")
	p.text("Keys before it:")
	for _, k := range v.Keys[:len(v.Keys)-1] {
		why := k.Reason
		if k.Compromised {
			why = "COMPROMISED"
			if k.Since != "" {
				why += " since " + k.Since
			}
			why += ": " + k.Reason
		}
		p.row(k.Key, fmt.Sprintf("entries %d to %d, until %s", k.From, k.Until, k.Ended), why)
	}
}

// moment gives the zero time for none.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (s *session) auditKeyRotate() *cobra.Command {
	var r system.LedgerRotation
	var since string
	c := &cobra.Command{
		Use: "rotate --reason TEXT | --prepare", Short: "Let another key sign the record from now on, as the record itself then says", Args: arguments(),
		Long: "For whoever runs the server: makes a new key in TOCSIN_KEYS_DIR, and records under the old key and the new\n" +
			"one that it signs from now on. Servers and workers go on meanwhile. What the old key signed stays valid\n" +
			"up to that entry of the log, and nothing that it signs later is. The old key stays in its file, to read\n" +
			"a backup from before. Afterwards publish the new public key.\n\n" +
			"Where several machines have a copy of the keys, first give the command with --prepare, and copy the two\n" +
			"new files to each of them. If the key may have been in other hands, say so with --compromised, and from\n" +
			"when on with --since.",
		RunE: does(func(ctx context.Context, _ []string) error {
			var err error
			if since != "" {
				if r.Since, err = instant("--since", since); err != nil {
					return err
				}
			}
			config, err := system.FromEnvironment(os.LookupEnv)
			if err != nil {
				return err
			}
			done, err := system.RotateLedger(ctx, config, r)
			if err != nil {
				return err
			}
			return result(s, done, func(p page, v system.LedgerRotated) {
				p.row("Key", v.Key)
				p.row("File", v.File)
				if v.Prepared {
					p.text("The key is made and does not sign yet. Copy it and its .vkey to every machine, then rotate.")
					return
				}
				p.row("Before", v.Before)
				p.text("The new key signs from now on. Back it up, and publish the public key above.")
			})
		}),
	}
	c.Flags().StringVar(&r.Reason, "reason", "", "`why`, for the record: a date that came round, a person who left, a key that was seen")
	c.Flags().BoolVar(&r.Compromised, "compromised", false, "the old key may have been in other hands")
	c.Flags().StringVar(&since, "since", "", "from which `TIME` on it may have been; with --compromised")
	c.Flags().BoolVar(&r.Prepare, "prepare", false, "make the new key only, to be taken to other machines before it signs")
	c.MarkFlagsOneRequired("reason", "prepare")
	c.MarkFlagsMutuallyExclusive("reason", "prepare")
	return c
}
