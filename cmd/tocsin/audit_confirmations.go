package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
	"tocsin/ledger"
)

// confirmationFile is what "audit confirmations" writes and "verify" reads.
type confirmationFile struct {
	Confirmations []confirmationGiven `json:"confirmations"`
}

// confirmationGiven is what somebody outside confirmed, as the server gives it.
type confirmationGiven struct {
	Kind       string    `json:"kind"`
	Name       string    `json:"name"`
	Size       int64     `json:"size"`
	At         time.Time `json:"at"`
	Content    []byte    `json:"content"`
	Checkpoint string    `json:"checkpoint"`
}

func (c confirmationGiven) confirmation() ledger.Confirmation {
	return ledger.Confirmation{Kind: c.Kind, Name: c.Name, Size: c.Size, Content: c.Content, At: ledger.Instant(c.At)}
}

func (s *session) auditConfirmations() *cobra.Command {
	return &cobra.Command{
		Use: "confirmations", Short: "What witnesses and time stamping authorities confirmed, to check a bundle with", Args: arguments(),
		Long: "What witnesses and time stamping authorities confirmed of the record, with the signed\n" +
			"checkpoints. A bundle holds what was confirmed before it was sealed; of its own checkpoint that\n" +
			"comes later. With -o json kept in a file, \"tocsin verify --confirmations FILE\" checks that too.",
		RunE: does(func(ctx context.Context, _ []string) error {
			list, err := s.confirmations(ctx)
			if err != nil {
				return err
			}
			return result(s, confirmationFile{list}, func(p page, f confirmationFile) {
				if len(f.Confirmations) == 0 {
					p.text("Nobody outside has confirmed a checkpoint yet.")
					return
				}
				p.row("SIZE", "KIND", "BY", "WHEN")
				for _, c := range f.Confirmations {
					p.row(c.Size, c.Kind, c.Name, c.At.UTC().Format(time.RFC3339))
				}
			})
		}),
	}
}

// confirmations takes all that others confirmed from the server, page by page.
func (s *session) confirmations(ctx context.Context) ([]confirmationGiven, error) {
	all := []confirmationGiven{}
	for after := int64(0); ; {
		raw, err := s.get(ctx, path("audit", "confirmations"), url.Values{"after": {strconv.FormatInt(after, 10)}})
		if err != nil {
			return nil, err
		}
		var list struct {
			confirmationFile
			Next int64 `json:"next"`
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("the server's answer is not a list of confirmations: %w", err)
		}
		all = append(all, list.Confirmations...)
		if list.Next <= after {
			return all, nil
		}
		after = list.Next
	}
}

// givenConfirmations reads the files that "audit confirmations" wrote.
func givenConfirmations(files []string, in io.Reader) ([]ledger.GivenConfirmation, error) {
	var given []ledger.GivenConfirmation
	for _, name := range files {
		content, err := pasted("--confirmations", name, in)
		if err != nil {
			return nil, err
		}
		var file confirmationFile
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&file); err != nil || file.Confirmations == nil {
			return nil, incident.InvalidField("--confirmations", name, "holds no confirmations",
				"what \"tocsin audit confirmations -o json\" writes")
		}
		for _, c := range file.Confirmations {
			given = append(given, ledger.GivenConfirmation{Confirmation: c.confirmation(), Checkpoint: c.Checkpoint})
		}
	}
	return given, nil
}
