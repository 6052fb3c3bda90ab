package main

import (
	"cmp"
	"strings"
	"time"
)

// caseView is what the server says of a case, as far as a person at a terminal
// needs it.
type caseView struct {
	Number     string    `json:"number"`
	Title      string    `json:"title"`
	State      string    `json:"state"`
	Stage      string    `json:"stage"`
	Exercise   bool      `json:"exercise"`
	Now        time.Time `json:"now"`
	Zone       string    `json:"zone"`
	NextAction action    `json:"next_action"`
	Missing    []action  `json:"missing"`
	Awareness  []struct {
		At          time.Time `json:"at"`
		Provisional bool      `json:"provisional"`
	} `json:"awareness"`
	Obligations []struct {
		N           int       `json:"n"`
		Regime      string    `json:"regime"`
		Authority   string    `json:"authority"`
		Recipient   string    `json:"recipient"`
		Stage       string    `json:"stage"`
		Status      string    `json:"status"`
		Due         time.Time `json:"due"`
		LeftSeconds int64     `json:"left_seconds"`
		Reminders   []struct {
			Rung           string    `json:"rung"`
			Mode           string    `json:"mode"`
			FiredAt        time.Time `json:"fired_at"`
			AcceptedAt     time.Time `json:"accepted_at"`
			AcknowledgedAt time.Time `json:"acknowledged_at"`
		} `json:"reminders"`
		Filings []struct {
			Receipt     string    `json:"receipt"`
			At          time.Time `json:"at"`
			LateSeconds int64     `json:"late_seconds"`
		} `json:"filings"`
	} `json:"obligations"`
	Tasks  []task `json:"tasks"`
	Rounds []struct {
		N      int    `json:"n"`
		Status string `json:"status"`
		People int    `json:"people"`
	} `json:"rounds"`
}

type action struct {
	Text   string    `json:"text"`
	Before time.Time `json:"before"`
}

func showCase(p page, c caseView) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		zone = time.UTC
	}
	p.text("%s  %s", c.Number, c.Title)
	state := c.State
	if c.Stage != c.State {
		state += ", " + c.Stage
	}
	p.row("State:", state)
	if c.Exercise {
		p.row("Exercise:", "a drill; its own time is "+when(c.Now, zone))
	}
	if n := len(c.Awareness); n > 0 {
		aware := when(c.Awareness[n-1].At, zone)
		if c.Awareness[n-1].Provisional {
			aware += " (provisional: nobody has decided yet)"
		}
		p.row("Aware:", aware)
	}
	p.row("Next:", timed(c.NextAction, zone))
	for _, m := range c.Missing {
		if m != c.NextAction {
			p.row("", timed(m, zone))
		}
	}
	showObligations(p, c, zone)
	if len(c.Tasks) > 0 {
		p.heading("Tasks")
		showTasks(p, c.Tasks, zone)
	}
	if len(c.Rounds) > 0 {
		p.heading("Rounds of people")
		p.row("  N", "PEOPLE", "NOTICE")
		for _, r := range c.Rounds {
			p.row("  "+number(r.N), r.People, r.Status)
		}
	}
}

func showObligations(p page, c caseView, zone *time.Location) {
	if len(c.Obligations) > 0 {
		p.heading("Obligations")
		p.row("  N", "TO", "REGIME", "STAGE", "STATUS", "DUE", "")
	}
	rang := 0
	for _, o := range c.Obligations {
		rang += len(o.Reminders)
		remark := ""
		switch {
		case o.Status == "open" && !o.Due.IsZero():
			remark = left(o.LeftSeconds)
		case len(o.Filings) > 0:
			f := o.Filings[len(o.Filings)-1]
			remark = "filed " + when(f.At, zone) + ", receipt " + f.Receipt
			if f.LateSeconds > 0 {
				remark += ", " + span(time.Duration(f.LateSeconds)*time.Second) + " late"
			}
		}
		p.row("  "+number(o.N), cmp.Or(o.Recipient, o.Authority), o.Regime, o.Stage, o.Status, when(o.Due, zone), remark)
	}
	if rang > 0 {
		p.heading("Reminders")
		p.row("  OBLIGATION", "RUNG", "RANG", "STATE")
	}
	for _, o := range c.Obligations {
		for _, r := range o.Reminders {
			state := "being sent"
			switch {
			case !r.AcknowledgedAt.IsZero():
				state = "acknowledged " + when(r.AcknowledgedAt, zone)
			case r.Mode != "rung":
				state = r.Mode
			case !r.AcceptedAt.IsZero():
				state = "mailed, not acknowledged"
			}
			p.row("  "+number(o.N), r.Rung, when(r.FiredAt, zone), state)
		}
	}
}

func timed(a action, zone *time.Location) string {
	text := strings.TrimSpace(a.Text)
	if text == "" {
		return "nothing"
	}
	if a.Before.IsZero() {
		return text
	}
	return text + " (by " + when(a.Before, zone) + ")"
}
