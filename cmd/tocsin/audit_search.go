package main

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// auditSearch reads the whole record, of all incidents and of the installation.
func (s *session) auditSearch() *cobra.Command {
	var about, kind, role, from, to string
	var limit int
	var before int64
	c := &cobra.Command{
		Use: "search", Short: "Entries of the whole record, the latest first, chosen by incident, kind, role and time", Args: arguments(),
		Long: "Entries of the whole record, of all incidents and of the installation, the latest recorded first.\n\n" +
			"A kind is an area (decisions, notifications, reminders, people, work, reads, security) or one type of events, such as notification_filed.",
	}
	flags := c.Flags()
	flags.StringVar(&about, "incident", "", "the `ID` or number of the one incident, or installation for what belongs to none")
	flags.StringVar(&kind, "kind", "", "an `AREA` such as reads or security, or one type of events")
	flags.StringVar(&role, "role", "", "the `ROLE` of who acted; engine for Tocsin itself")
	flags.StringVar(&from, "from", "", "recorded at this `TIME` or later")
	flags.StringVar(&to, "to", "", "recorded before this `TIME`")
	flags.IntVar(&limit, "limit", 100, "the greatest number `N` of entries, at most 1000")
	flags.Int64Var(&before, "before", 0, "the entries that follow on the one at this `INDEX`; \"next\" of the page before")
	c.RunE = does(func(ctx context.Context, _ []string) error {
		query := url.Values{"limit": {strconv.Itoa(limit)}}
		for name, value := range map[string]string{"incident": about, "kind": kind, "role": role} {
			if value != "" {
				query.Set(name, value)
			}
		}
		for name, value := range map[string]string{"from": from, "to": to} {
			if value == "" {
				continue
			}
			at, err := instant("--"+name, value)
			if err != nil {
				return err
			}
			query.Set(name, at.Format(time.RFC3339Nano))
		}
		if flags.Changed("before") {
			query.Set("before", strconv.FormatInt(before, 10))
		}
		raw, err := s.get(ctx, path("audit", "entries"), query)
		if err != nil {
			return err
		}
		return answer(s, raw, showTrail)
	})
	return c
}

func showTrail(p page, v struct {
	Entries []struct {
		Index  int64  `json:"index"`
		Number string `json:"number"`
		Hash   string `json:"hash"`
		Entry  struct {
			Type       string    `json:"type"`
			RecordedAt time.Time `json:"recorded_at"`
			Actor      struct {
				Role string `json:"role"`
			} `json:"actor"`
		} `json:"entry"`
	} `json:"entries"`
	Next *int64 `json:"next"`
}) {
	p.row("INDEX", "RECORDED", "INCIDENT", "TYPE", "BY", "HASH")
	for _, e := range v.Entries {
		p.row(e.Index, e.Entry.RecordedAt.Format(time.RFC3339), e.Number, e.Entry.Type, e.Entry.Actor.Role, e.Hash)
	}
	if v.Next != nil {
		p.lines("Further entries follow: --before " + strconv.FormatInt(*v.Next, 10))
	}
}
