package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tocsin/anchor"
	"tocsin/incident"
	"tocsin/ledger"
)

// trustFlags are the files with the keys of those who confirm checkpoints.
type trustFlags struct {
	witnesses, roots []string
}

func (f *trustFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.witnesses, "witness-keys", nil, "a `file` with the verifier keys of witnesses, one a line, obtained from them; may be given more than once")
	flags.StringArrayVar(&f.roots, "tsa-roots", nil, "a `file` with root certificates (PEM) of authorities that stamp the time; may be given more than once")
}

// given says whether there is any file.
func (f *trustFlags) given() bool { return len(f.witnesses)+len(f.roots) > 0 }

// check reads the files and gives the check that they allow. What nobody gave a
// key for is not checked.
func (f *trustFlags) check(in io.Reader) (ledger.ConfirmationCheck, error) {
	var trust anchor.Trust
	for _, one := range []struct {
		flag, expected string
		files          []string
		add            func([]byte) error
	}{
		{"--witness-keys", "verifier keys for cosignatures, one a line, such as witness.example.com+1a2b3c4d+BAAA…", f.witnesses, trust.AddWitnessKeys},
		{"--tsa-roots", "root certificates in PEM", f.roots, trust.AddRoots},
	} {
		for _, name := range one.files {
			content, err := pasted(one.flag, name, in)
			if err != nil {
				return nil, err
			}
			if err := one.add(content); err != nil {
				return nil, incident.InvalidField(one.flag, name, "cannot be used: "+err.Error(), one.expected)
			}
		}
	}
	return func(c ledger.Confirmation, checkpoint string) (by string, at time.Time, err error) {
		if c.Kind == ledger.Timestamp {
			by, at, err = trust.Stamped(checkpoint, c.Content)
		} else {
			by, at, err = trust.Cosigned(c.Name, checkpoint, string(c.Content))
		}
		if errors.Is(err, anchor.ErrUnknown) {
			err = fmt.Errorf("%w: %w", ledger.ErrNotChecked, err)
		}
		return by, at, err
	}, nil
}

// showConfirmations says who confirmed what, a line for each who did. What is
// wrong stands among the problems, one by one.
func showConfirmations(p page, list []ledger.ConfirmationReport) {
	type confirmer struct{ state, kind, who string }
	var order []confirmer
	by := map[confirmer][]ledger.ConfirmationReport{}
	for _, c := range list {
		who := confirmer{c.State, c.Kind, cmp.Or(c.By, c.Name)}
		if by[who] == nil {
			order = append(order, who)
		}
		by[who] = append(by[who], c)
	}
	for _, who := range order {
		heading := map[string]string{
			ledger.ConfirmationHolds: "Confirmed", ledger.ConfirmationNotChecked: "Not checked", ledger.ConfirmationUnsound: "Unsound",
		}[who.state]
		role := "witness"
		if who.kind == ledger.Timestamp {
			role = "time stamp"
		}
		first, last := by[who][0], by[who][len(by[who])-1]
		span := fmt.Sprintf("at size %d, %s", last.Size, last.At)
		if first.Size != last.Size {
			span = fmt.Sprintf("%d checkpoints, from size %d, %s, to %s", len(by[who]), first.Size, first.At, strings.TrimPrefix(span, "at "))
		}
		if who.state == ledger.ConfirmationNotChecked {
			span += ": key not given"
		}
		p.row(heading, fmt.Sprintf("%s %q: %s", role, who.who, span))
	}
}
