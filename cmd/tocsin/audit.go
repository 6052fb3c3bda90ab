package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

func (s *session) auditCommands() *cobra.Command {
	list := &cobra.Command{
		Use: "list ID", Short: "The record's entries of an incident with their hashes", Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := incidentPath(args[0], "audit")
			if err != nil {
				return err
			}
			raw, err := s.entriesOf(ctx, p)
			if err != nil {
				return err
			}
			return answer(s, raw, showAudit)
		}),
	}
	installation := &cobra.Command{
		Use: "installation", Short: "The record's entries that belong to no incident: accounts loaded, people looked at, who signed in", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.entriesOf(ctx, path("audit"))
			if err != nil {
				return err
			}
			return answer(s, raw, showAudit)
		}),
	}
	checkpoint := &cobra.Command{
		Use: "checkpoint", Short: "Sign the head of the record as it stands now", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.post(ctx, path("checkpoint"), struct{}{})
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Checkpoint string `json:"checkpoint"`
			}) {
				p.lines(v.Checkpoint)
			})
		}),
	}
	return group("audit", "The record, for those who check it", list, installation, checkpoint, s.auditExport(), s.auditVerify(), s.auditAt(), s.auditDiff(), s.auditSearch(), s.auditKey(), s.auditConfirmations())
}

// entriesOf asks for all entries, page by page, and gives them as one answer.
func (s *session) entriesOf(ctx context.Context, path string) ([]byte, error) {
	var whole map[string]json.RawMessage
	entries, after := []json.RawMessage{}, int64(0)
	for {
		query := url.Values{}
		if after > 0 {
			query.Set("after", strconv.FormatInt(after, 10))
		}
		raw, err := s.get(ctx, path, query)
		if err != nil {
			return nil, err
		}
		var one struct {
			Entries []json.RawMessage `json:"entries"`
			Next    int64             `json:"next"`
		}
		if err := errors.Join(json.Unmarshal(raw, &one), json.Unmarshal(raw, &whole)); err != nil {
			return nil, fmt.Errorf("the server's answer cannot be read: %w", err)
		}
		if one.Next == 0 && after == 0 {
			return raw, nil // all of them on one page
		}
		entries = append(entries, one.Entries...)
		if one.Next <= after {
			break
		}
		after = one.Next
	}
	delete(whole, "next")
	all, err := json.Marshal(entries)
	if err != nil {
		return nil, fmt.Errorf("the entries cannot be written: %w", err)
	}
	whole["entries"] = all
	return json.Marshal(whole)
}

func showAudit(p page, v struct {
	Entries []struct {
		Hash  string `json:"hash"`
		Entry struct {
			Seq        int64     `json:"seq"`
			Type       string    `json:"type"`
			RecordedAt time.Time `json:"recorded_at"`
			Actor      struct {
				Role string `json:"role"`
			} `json:"actor"`
		} `json:"entry"`
	} `json:"entries"`
}) {
	p.row("SEQ", "RECORDED", "TYPE", "BY", "HASH")
	for _, e := range v.Entries {
		p.row(e.Entry.Seq, e.Entry.RecordedAt.Format(time.RFC3339), e.Entry.Type, e.Entry.Actor.Role, e.Hash)
	}
}

// exported is what an export answers.
type exported struct {
	// File is the path of the bundle, as it was given.
	File string `json:"file"`
	// Bytes is its size.
	Bytes int64 `json:"bytes"`
	// SHA256 is its hash, hexadecimal.
	SHA256 string `json:"sha256"`
}

func (s *session) auditExport() *cobra.Command {
	var out string
	var ask bundleRequest
	c := &cobra.Command{
		Use: "export ID --out FILE.zip [--with-people --reason TEXT]", Short: "Seal the case and write the bundle that can be verified offline",
		Args: arguments("ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			done, err := s.export(ctx, args[0], out, ask)
			if err != nil {
				return err
			}
			return result(s, done, func(p page, v exported) {
				p.row("Bundle", v.File)
				p.row("Bytes", v.Bytes)
				p.row("SHA-256", v.SHA256)
				p.row("Check", "tocsin verify "+v.File)
			})
		}),
	}
	c.Flags().StringVar(&out, "out", "", "the `file` to write")
	c.Flags().BoolVar(&ask.WithPeople, "with-people", false, "put the people's data into it: names, addresses, what became of each notice (DPO and deputy)")
	c.Flags().StringVar(&ask.Reason, "reason", "", "why people's data leave, as `TEXT`; recorded, and on the bundle's first page")
	c.MarkFlagsRequiredTogether("with-people", "reason")
	return required(c, "out")
}

// bundleRequest says what travels in a bundle.
type bundleRequest struct {
	WithPeople bool   `json:"with_people,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// export writes a bundle beside its place and moves it there when it is
// complete. The place is tried first: a seal in the record is not for nothing.
func (s *session) export(ctx context.Context, id, out string, ask bundleRequest) (_ exported, failure error) {
	p, err := incidentPath(id, "bundle")
	if err != nil {
		return exported{}, err
	}
	wrong := func(why string) error {
		return incident.InvalidField("--out", out, why, "the path of a file in a folder that exists and may be written")
	}
	if out == "" || strings.HasSuffix(out, string(os.PathSeparator)) {
		return exported{}, wrong("is not a file")
	}
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return exported{}, wrong("is there and is not a file")
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".tocsin-bundle-*")
	if err != nil {
		return exported{}, wrong("cannot be written")
	}
	defer func() {
		if failure != nil {
			// The file may be closed or moved by now; what matters is that
			// nothing half-done stays.
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	body, err := json.Marshal(ask)
	if err != nil {
		return exported{}, fmt.Errorf("the request cannot be written: %w", err)
	}
	hash := sha256.New()
	count := &counter{w: io.MultiWriter(f, hash)}
	if err := s.downloadFor(ctx, http.MethodPost, p, bytes.NewReader(body), "application/zip", count); err != nil {
		if _, disk := errors.AsType[*os.PathError](err); disk {
			return exported{}, fmt.Errorf("--out: the bundle cannot be written: %w; make room, then give the command again", errors.Unwrap(err))
		}
		return exported{}, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return exported{}, fmt.Errorf("--out: the bundle cannot be written: %w", err)
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return exported{}, wrong("cannot be written")
	}
	return exported{File: out, Bytes: count.n, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// counter counts what passes.
type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
