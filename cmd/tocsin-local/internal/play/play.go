package play

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Play is one run of an example.
type Play struct {
	// Tocsin gives commands.
	Tocsin Command
	// Example is the folder of the example.
	Example string
	// Key is the key of idempotency of the opening.
	Key string
	// DPO is the account that the installation began with.
	DPO Person
	// VKey is the key that checks the log; when empty, the bundle's own is used.
	VKey string
	// Work is a folder for what the play writes: the bundle and altered files.
	Work string
	// Pace replaces the example's own pace when it is not zero.
	Pace int64
	// Say receives a line per step.
	Say func(format string, args ...any)

	incident string
	deputy   Person
	helper   Person
	choices  decisions
}

// decisions is the example's decisions.json.
type decisions struct {
	Awareness struct {
		At     time.Time `json:"at"`
		Reason string    `json:"reason"`
	} `json:"awareness_revision"`
	Tasks []struct {
		Task string `json:"task"`
		By   string `json:"by"`
		Note string `json:"note"`
	} `json:"tasks"`
	Notification struct {
		Receipt string `json:"receipt"`
	} `json:"notification"`
	Closing struct {
		Reason string `json:"reason"`
	} `json:"closing"`
}

// Outcome is what a play came to.
type Outcome struct {
	// Case is the case as it ended.
	Case Case
	// Counts are the deliveries of the mailing.
	Counts Counts
	// Bundle is the path of the exported bundle.
	Bundle string
	// Verified is the report of `tocsin verify`.
	Verified struct {
		OK      bool `json:"ok"`
		Entries int  `json:"entries"`
	}
}

// Run plays the whole example.
func (p *Play) Run(ctx context.Context) (Outcome, error) {
	raw, err := os.ReadFile(filepath.Join(p.Example, "decisions.json"))
	if err != nil {
		return Outcome{}, fmt.Errorf("read the example: %w", err)
	}
	if err := json.Unmarshal(raw, &p.choices); err != nil {
		return Outcome{}, fmt.Errorf("read the example's decisions.json: %w", err)
	}
	for _, scene := range []func(context.Context) error{
		p.team, p.open, p.contain, p.firstReminder, p.revise, p.people, p.assess, p.notification,
		p.secondReminder, p.file, p.mailing, p.finishTasks, p.close,
	} {
		if err := scene(ctx); err != nil {
			return Outcome{}, err
		}
	}
	return p.evidence(ctx)
}

func (p *Play) path(name string) string { return filepath.Join(p.Example, name) }

// team makes the other accounts.
func (p *Play) team(ctx context.Context) error {
	for _, one := range []struct {
		role, name string
		to         *Person
	}{{"deputy", "Deputy", &p.deputy}, {"responder", "IT lead", &p.helper}} {
		var answer struct {
			Token string `json:"token"`
		}
		// An answer that was lost cannot be had again: the next try takes
		// another address.
		address := fmt.Sprintf("%s.%d@example.com", one.role, time.Now().UnixNano())
		if err := p.Tocsin.run(ctx, p.DPO, &answer, "user", "add",
			"--email", address, "--name", one.name, "--role", one.role); err != nil {
			return err
		}
		*one.to = Person{Role: one.role, Token: answer.Token}
	}
	p.Say("Accounts: a DPO, a deputy who stands in, and an IT lead who does the tasks.")
	return nil
}

func (p *Play) open(ctx context.Context) error {
	file, err := p.disclosure()
	if err != nil {
		return err
	}
	var answer struct {
		ID     string `json:"id"`
		Number string `json:"number"`
	}
	if err := p.Tocsin.run(ctx, p.DPO, &answer, "incident", "open", "--file", file, "--key", p.Key); err != nil {
		return err
	}
	p.incident = answer.ID
	c, err := p.show(ctx)
	if err != nil {
		return err
	}
	p.Say("Opened %s: %s", c.Number, c.Title)
	for _, o := range c.Obligations {
		p.Say("  The clock runs: %s has to be notified by %s.", o.Authority, o.Due.Format("Mon 2 Jan 2006 15:04 -07:00"))
	}
	p.Say("  Next: %s", c.NextAction.Text)
	return nil
}

// disclosure gives the example's disclosure, with another pace when asked.
func (p *Play) disclosure() (string, error) {
	if p.Pace == 0 {
		return p.path("disclosure.json"), nil
	}
	raw, err := os.ReadFile(p.path("disclosure.json"))
	if err != nil {
		return "", err
	}
	var d map[string]any
	if err := json.Unmarshal(raw, &d); err != nil {
		return "", err
	}
	exercise, ok := d["exercise"].(map[string]any)
	if !ok {
		return "", errors.New("the example's disclosure is not an exercise")
	}
	exercise["pace"] = p.Pace
	if raw, err = json.Marshal(d); err != nil {
		return "", err
	}
	notice, err := os.ReadFile(p.path("vendor-notice.eml"))
	if err != nil {
		return "", err
	}
	file := filepath.Join(p.Work, "disclosure.json")
	return file, errors.Join(os.WriteFile(file, raw, 0o600),
		os.WriteFile(filepath.Join(p.Work, "vendor-notice.eml"), notice, 0o600)) //nolint:gosec // the caller's own folder
}

func (p *Play) show(ctx context.Context) (Case, error) {
	var c Case
	err := p.Tocsin.run(ctx, p.DPO, &c, "incident", "show", p.incident)
	return c, err
}

// until looks at the case until a condition holds.
func (p *Play) until(ctx context.Context, what string, limit time.Duration, holds func(Case) bool) (Case, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		c, err := p.show(ctx)
		if err == nil && holds(c) {
			return c, nil
		}
		if waiting := wait(ctx, 150*time.Millisecond); waiting != nil {
			return c, fmt.Errorf("waited %s for %s in vain: %w", limit, what, errors.Join(err, waiting))
		}
	}
}

// request asks for a page as a browser would.
func (p *Play) request(ctx context.Context, method, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s was answered with %s", method, request.URL.Path, response.Status)
	}
	return body, nil
}
