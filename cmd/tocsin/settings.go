package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"
)

// setting is one setting as the server gives it.
type setting struct {
	Key    string    `json:"key"`
	Value  string    `json:"value"`
	Chosen bool      `json:"chosen"`
	Since  time.Time `json:"since"`
}

type settingList struct {
	Settings []setting `json:"settings"`
}

func showSettings(p page, list settingList) {
	p.row("SETTING", "VALUE", "SINCE")
	for _, one := range list.Settings {
		since := "set up by whoever runs Tocsin"
		if one.Chosen {
			since = when(one.Since, nil)
		}
		p.row(one.Key, one.Value, since)
	}
}

// settingsCommands are what holds for the whole installation.
func (s *session) settingsCommands() *cobra.Command {
	print := func(raw json.RawMessage, err error) error {
		if err != nil {
			return err
		}
		return answer(s, raw, showSettings)
	}
	return group("settings", "What holds for the whole installation",
		&cobra.Command{
			Use: "show", Short: "Show every setting that can be changed while Tocsin runs", Args: arguments(),
			RunE: does(func(ctx context.Context, _ []string) error { return print(s.get(ctx, path("settings"), nil)) }),
		},
		&cobra.Command{
			Use: "set KEY VALUE", Short: "Give a setting another value; it counts for incidents that are reported from then on",
			Args: arguments("KEY", "VALUE"),
			RunE: does(func(ctx context.Context, args []string) error {
				return print(s.post(ctx, path("settings"), struct {
					Key   string `json:"key"`
					Value string `json:"value"`
				}{args[0], args[1]}))
			}),
		},
		&cobra.Command{
			Use: "back KEY", Short: "Have the value that whoever runs Tocsin set up count again, for incidents that are reported from then on",
			Args: arguments("KEY"),
			RunE: does(func(ctx context.Context, args []string) error {
				return print(s.post(ctx, path("settings", "back"), struct {
					Key string `json:"key"`
				}{args[0]}))
			}),
		})
}
