package play

import "time"

// Case is what `tocsin incident show` answers, as far as the play needs it.
type Case struct {
	ID          string       `json:"id"`
	Number      string       `json:"number"`
	Title       string       `json:"title"`
	State       string       `json:"state"`
	Stage       string       `json:"stage"`
	Now         time.Time    `json:"now"`
	Obligations []Obligation `json:"obligations"`
	Tasks       []Task       `json:"tasks"`
	Rounds      []Round      `json:"rounds"`
	NextAction  struct {
		Text string `json:"text"`
	} `json:"next_action"`
}

// Obligation is one duty of the case.
type Obligation struct {
	N         int        `json:"n"`
	Regime    string     `json:"regime"`
	Authority string     `json:"authority"`
	Status    string     `json:"status"`
	Due       time.Time  `json:"due"`
	Reminders []Reminder `json:"reminders"`
	Filings   []struct {
		Receipt     string `json:"receipt"`
		LateSeconds int64  `json:"late_seconds"`
		Dossier     []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"dossier"`
	} `json:"filings"`
}

// Reminder is one rung that rang.
type Reminder struct {
	Revision       int       `json:"revision"`
	Rung           string    `json:"rung"`
	Mode           string    `json:"mode"`
	DueAt          time.Time `json:"due_at"`
	FiredAt        time.Time `json:"fired_at"`
	AcceptedAt     time.Time `json:"accepted_at"`
	AcknowledgedAt time.Time `json:"acknowledged_at"`
	Calls          []struct {
		Level      int       `json:"level"`
		AcceptedAt time.Time `json:"accepted_at"`
	} `json:"calls"`
}

// Task is one task of the case.
type Task struct {
	N      int       `json:"n"`
	Code   string    `json:"code"`
	DoneAt time.Time `json:"done_at"`
}

// Round is one round of people.
type Round struct {
	N      int    `json:"n"`
	Status string `json:"status"`
	People int    `json:"people"`
	Counts Counts `json:"counts"`
}

// Counts is what `tocsin mailing status` answers, as far as the play needs it.
type Counts struct {
	Status        string `json:"status"`
	Total         int    `json:"total"`
	Accepted      int    `json:"accepted"`
	Undeliverable int    `json:"undeliverable"`
	Unknown       int    `json:"unknown"`
}

// Mail is one message in the catcher.
type Mail struct {
	To        []string            `json:"to"`
	Subject   string              `json:"subject"`
	MessageID string              `json:"message_id"`
	Text      string              `json:"text"`
	Headers   map[string][]string `json:"headers"`
}

// rung finds a rung that rang, by its name, of whatever revision.
func (o Obligation) rung(name string) (Reminder, bool) {
	for i := len(o.Reminders) - 1; i >= 0; i-- {
		if o.Reminders[i].Rung == name {
			return o.Reminders[i], true
		}
	}
	return Reminder{}, false
}
