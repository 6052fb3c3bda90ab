package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Names of the commands about tasks beside [CmdCompleteTask].
const (
	CmdAddTask    = "add_task"
	CmdReopenTask = "reopen_task"
)

// EvTaskReopened says that a task that was done is to be done again. It stands
// in the record for ever.
const EvTaskReopened = "task_reopened"

// taskYears is how far ahead a task may be due: further must be a slip.
const taskYears = 5

// maxTasks is how many tasks a case may have.
const maxTasks = 500

// AddTask puts down something further to be done.
type AddTask struct {
	// Title says in a few words what is to be done, without naming people: it
	// stands in the record.
	Title string `json:"title"`
	// Owner is the role that has to do it: dpo, deputy, responder or approver.
	Owner Role `json:"owner"`
	// DueAt is by when, in the incident's own time.
	DueAt time.Time `json:"due_at"`
	// Reason says why it is to be done.
	Reason string `json:"reason"`
}

// ReopenTask says that a task that was done is to be done again.
type ReopenTask struct {
	// Task is the number of the task.
	Task int `json:"task"`
	// Reason says why.
	Reason string `json:"reason"`
}

// TaskReopened says that a task is to be done again, and why. Who did it before,
// and what, stays in the record.
type TaskReopened struct {
	Task   int    `json:"task"`
	Reason string `json:"reason"`
}

// Name implements [Command].
func (AddTask) Name() string { return CmdAddTask }

// Name implements [Command].
func (ReopenTask) Name() string { return CmdReopenTask }

// Type is [EvTaskReopened].
func (TaskReopened) Type() string { return EvTaskReopened }

// TaskOwners are the roles that a task can be for.
func TaskOwners() []Role { return []Role{RoleDPO, RoleDeputy, RoleResponder, RoleApprover} }

func (a AddTask) check() *Error {
	if blank(a.Title) || strings.ContainsAny(a.Title, "\r\n\t") {
		return InvalidField("title", "", "is missing or has several lines", "a few words that say what is to be done, without naming people")
	}
	if err := limitText("title", a.Title, limitTitle); err != nil {
		return err
	}
	if !slices.Contains(TaskOwners(), a.Owner) {
		return InvalidField("owner", string(a.Owner), "is no role that does tasks", "dpo, deputy, responder or approver")
	}
	if a.DueAt.IsZero() {
		return InvalidField("due_at", "", "is missing", "an instant with offset, such as 2026-11-17T10:17:00+01:00")
	}
	return requireText("reason", a.Reason, limitReason)
}

func (a AddTask) decide(c context) ([]Data, *Error) {
	due := a.DueAt.UTC().Truncate(time.Microsecond)
	for _, t := range c.State.Tasks {
		if t.DoneAt.IsZero() && t.Title == a.Title && t.Owner == a.Owner && t.DueAt.Equal(due) {
			return nil, nil // the same task, given again
		}
	}
	if latest := c.Now.AddDate(taskYears, 0, 0); !due.After(c.Now) || due.After(latest) {
		return nil, InvalidField("due_at", a.DueAt.Format(time.RFC3339), "is not to come, or too far away",
			Say("an instant between %s and %s", c.State.show(c.Now), c.State.show(latest)))
	}
	if len(c.State.Tasks) >= maxTasks {
		return nil, conflict("%s has %d tasks already", c.State.Number, len(c.State.Tasks))
	}
	return []Data{TaskCreated{Task: len(c.State.Tasks) + 1, Owner: a.Owner, DueAt: due, Title: a.Title, Reason: a.Reason}}, nil
}

func (r ReopenTask) check() *Error { return requireText("reason", r.Reason, limitReason) }

func (r ReopenTask) decide(c context) ([]Data, *Error) {
	t := c.State.Task(r.Task)
	if t == nil {
		return nil, noTask(r.Task, len(c.State.Tasks))
	}
	if t.DoneAt.IsZero() {
		if t.Reopened == r.Reason {
			return nil, nil
		}
		return nil, conflict("task %d is open: it can be reopened once it is done", t.N)
	}
	return []Data{TaskReopened(r)}, nil
}

func noTask(n, tasks int) *Error {
	return &Error{Kind: NotFound, Field: "task", Value: fmt.Sprint(n), Message: "there is no such task",
		Expected: fmt.Sprintf("a number from 1 to %d", tasks)}
}

// Task gives a task by its number, or nil.
func (s *State) Task(n int) *Task {
	if n < 1 || n > len(s.Tasks) {
		return nil
	}
	return &s.Tasks[n-1]
}

// Called is how a task is called in English: its title, what the tasks of every case
// are, or its code as words.
func (t Task) Called() string {
	if t.Title != "" {
		return t.Title
	}
	switch t.Code {
	case TaskCutIntegration:
		return "Stop the flow of data to the vendor"
	case TaskSecureEvidence:
		return "Secure the evidence"
	case TaskAskVendor:
		return "Ask the vendor for what is missing"
	case TaskReviewVendors:
		return "Review the other vendors"
	default:
		return spoken(t.Code)
	}
}

func (d TaskReopened) apply(s *State, _ Event) {
	if t := s.Task(d.Task); t != nil {
		t.DoneAt, t.DoneBy, t.Note, t.Reopened = time.Time{}, nil, "", d.Reason
	}
}
