package incident

import (
	"strings"
	"testing"
	"time"
)

func TestATaskIsPutDownDoneAndReopened(t *testing.T) {
	p := begin(t)
	due := p.now.Add(48 * time.Hour)
	add := AddTask{Title: "Ask the host for its logs", Owner: RoleDeputy, DueAt: due, Reason: "They end on Friday."}
	p.must(dpo, add)
	if len(p.state.Tasks) != 5 {
		t.Fatalf("there are %d tasks", len(p.state.Tasks))
	}
	if got := p.state.Task(5); got.N != 5 || got.Title != add.Title || got.Owner != RoleDeputy || !got.DueAt.Equal(due) || got.Reason != add.Reason || got.Called() != add.Title {
		t.Errorf("the task is %+v", got)
	}
	before := p.state.Seq
	p.must(dpo, add)
	if p.state.Seq != before {
		t.Error("the same task, given again, stands twice")
	}
	asked := false
	for _, m := range p.state.Summarize(p.now).Missing {
		asked = asked || strings.Contains(m.Text, "Task 5 is open, for the deputy: Ask the host for its logs.")
	}
	if !asked {
		t.Error("nobody is asked to do it")
	}
	p.refused(dpo, ReopenTask{Task: 5, Reason: "r"}, Conflict, "open")
	p.must(Actor{Role: RoleResponder, ID: "r"}, CompleteTask{Task: 5, Note: "asked"})
	p.refused(dpo, ReopenTask{Task: 5}, Invalid, "reason")
	p.refused(dpo, ReopenTask{Task: 6, Reason: "r"}, NotFound, "task")
	p.refused(Actor{Role: RoleResponder, ID: "r"}, ReopenTask{Task: 5, Reason: "r"}, Forbidden, "responder")
	for range 2 {
		p.must(deputy, ReopenTask{Task: 5, Reason: "The logs were cut."})
	}
	if got := p.state.Task(5); !got.DoneAt.IsZero() || got.DoneBy != nil || got.Note != "" || got.Reopened != "The logs were cut." {
		t.Errorf("reopened it is %+v", got)
	}
	p.must(dpo, ReopenTask{Task: 5, Reason: "The logs were cut."})
	p.must(dpo, CompleteTask{Task: 1})
	p.must(dpo, ReopenTask{Task: 1, Reason: "The key still works."})
	if got := p.state.Task(1); !got.DoneAt.IsZero() || got.Code != TaskCutIntegration {
		t.Errorf("a task of every case, reopened, is %+v", got)
	}
}

func TestATaskThatIsWrongIsRefused(t *testing.T) {
	p := begin(t)
	good := AddTask{Title: "T", Owner: RoleDPO, DueAt: p.now.Add(time.Hour), Reason: "r"}
	for field, change := range map[string]func(a *AddTask){
		"title":  func(a *AddTask) { a.Title = "two\nlines" },
		"owner":  func(a *AddTask) { a.Owner = RoleAuditor },
		"due_at": func(a *AddTask) { a.DueAt = p.now },
		"reason": func(a *AddTask) { a.Reason = " " },
	} {
		a := good
		change(&a)
		p.refused(dpo, a, Invalid, field)
	}
	a := good
	a.DueAt = p.now.AddDate(6, 0, 0)
	p.refused(dpo, a, Invalid, "due_at")
	a.Owner = RoleVendor
	p.refused(dpo, a, Invalid, "owner")
}
